"""A protocol of OBS without I/O: frames and typed values, and nothing that waits.

A dialect turns a ``Request`` into a frame and the function that reads its result (``prepare``), and a frame that came
in into one of the ``Incoming`` (``read``). It opens no socket and knows no time; ``session`` moves the frames. The two
dialects differ in their tables: ``FORMS`` says how a request is put, ``EVENTS`` how an event is read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

import msgspec

from restrike_lab.obs.errors import BadAnswer, BadRequest, ObsError, Unsupported
from restrike_lab.obs.events import Event, Stamp, UnknownEvent
from restrike_lab.obs.fields import Fields
from restrike_lab.obs.requests import Call, Request
from restrike_lab.obs.results import Versions

__all__ = [
    "Dialect",
    "EventReader",
    "Form",
    "Forms",
    "Hello",
    "Identified",
    "Incoming",
    "Prepared",
    "Reply",
    "Spoken",
    "Stray",
    "load",
    "nothing",
]

R = TypeVar("R")
Spoken = Literal["v4", "v5"]
"""Which protocol is spoken."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the request ``id``; ``code`` only in v5, ``text`` what OBS said where it refused."""

    id: str
    ok: bool
    data: Mapping[str, Any]
    code: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of a v5 server; ``challenge`` and ``salt`` are ``None`` where it asks for no password."""

    websocket_version: str
    rpc_version: int
    challenge: str | None = None
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """A v5 server has accepted this client."""

    rpc_version: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A frame that belongs to nothing: no JSON, no object, or an answer that names no request."""

    reason: str


Incoming: TypeAlias = Reply | Event | Hello | Identified | Stray
EventReader = Callable[[Stamp, Fields], Event]


def nothing(_value: Any) -> Any:
    """Read or write no field at all."""
    return None


@dataclass(frozen=True, slots=True)
class Form:
    """How one request is put: its wire name, the fields it sends, and how its answer is read."""

    name: str | Callable[[Any], str]
    fields: Callable[[Any], Mapping[str, Any] | None] = nothing
    result: Callable[[Fields], Any] = nothing

    def wire_name(self, request: Request[Any]) -> str:
        """Return the name under which the request is sent."""
        return self.name if isinstance(self.name, str) else self.name(request)


Forms: TypeAlias = Mapping[type[Request[Any]], tuple[Form, ...]]
"""For each request the forms it can be put in, the best first; the first that OBS knows is taken."""


@dataclass(frozen=True, slots=True)
class Prepared(Generic[R]):
    """A request ready to be sent, and the reader of its answer."""

    name: str
    frame: bytes
    read: Callable[[Reply], R]


class Dialect(ABC):
    """One protocol. ``versions`` is what OBS said of itself, once it has."""

    spoken: ClassVar[Spoken]
    forms: ClassVar[Forms]
    lacks: ClassVar[Mapping[type[Request[Any]], str]] = {}
    events: ClassVar[Mapping[str, EventReader]]

    def __init__(self, versions: Versions | None = None) -> None:
        self.versions = versions

    @property
    def version(self) -> str:
        """The version of obs-websocket, or the protocol's name until it is known."""
        return self.versions.websocket if self.versions else self.spoken

    @abstractmethod
    def frame(self, name: str, request_id: str, fields: Mapping[str, Any]) -> bytes:
        """Return the frame of a request."""

    @abstractmethod
    def read(self, frame: bytes | str, at: Stamp) -> Incoming:
        """Return what a frame says; never raises."""

    @abstractmethod
    def refusal(self, name: str, reply: Reply) -> ObsError:
        """Return the error that a refusing reply stands for."""

    def knows(self, request: type[Request[Any]]) -> bool:
        """Tell whether this OBS has a request, as far as it has told."""
        names = [form.name for form in self.forms.get(request, ())]
        return any(not isinstance(name, str) or self._has(name) for name in names)

    def prepare(self, request: Request[R], request_id: str) -> Prepared[R]:
        """Return a request as a frame, with the reader of its answer.

        Raises ``Unsupported`` for what this protocol or this OBS does not have, ``BadRequest`` for what cannot be
        written. The reader raises ``RequestFailed`` where OBS refused and ``BadAnswer`` where the answer has not the
        form it should.
        """
        name, form = self._form(request)
        try:
            frame = self.frame(name, request_id, form.fields(request) or {})
        except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError) as problem:
            raise BadRequest(
                f"{name} cannot be sent as it is: {problem}", hint="Give plain texts and numbers."
            ) from None

        def read(reply: Reply) -> R:
            if not reply.ok:
                raise self.refusal(name, reply)
            result: R = form.result(Fields(reply.data, f"the answer to {name}"))
            return result

        return Prepared(name, frame, read)

    def event(self, kind: str, data: object, at: Stamp) -> Event:
        """Return an event by its wire name; one that is not known, or not as it should be, is an ``UnknownEvent``."""
        raw: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        reader = self.events.get(kind)
        if reader is None:
            return UnknownEvent(at, kind, raw)
        try:
            return reader(at, Fields(raw, kind))
        except BadAnswer as problem:
            return UnknownEvent(at, kind, raw, problem.message)

    def _form(self, request: Request[Any]) -> tuple[str, Form]:
        if isinstance(request, Call):
            return request.name, Form(request.name, lambda call: call.data, lambda fields: fields.data)
        kind = type(request)
        forms = self.forms.get(kind)
        if forms is None:
            raise Unsupported(kind.__name__, self.version, reason=self.lacks.get(kind, ""))
        for form in forms:
            if self._has(name := form.wire_name(request)):
                return name, form
        raise Unsupported(kind.__name__, self.version)

    def _has(self, name: str) -> bool:
        return self.versions is None or not self.versions.requests or name in self.versions.requests


def load(frame: bytes | str) -> Mapping[str, Any] | Stray:
    """Return the JSON object of a frame."""
    try:
        message = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return Stray(f"not JSON: {problem}")
    return message if isinstance(message, dict) else Stray("not an object")
