"""The dialect of obs-websocket 4 (4.9.x), a plugin of OBS up to 27 and, as a compatibility build, of later ones.

Messages are flat objects: ``request-type`` and ``message-id`` go out, a reply has ``message-id`` and ``status``, an
event ``update-type``. The server is silent until asked, sends every event to everybody, and has no codes but texts.
An error for a frame it could not read names no request and can be matched to none [measured].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from restrike_lab.obs.auth import response
from restrike_lab.obs.dialect import (
    Dialect,
    EventReader,
    Forms,
    Incoming,
    Prepared,
    Reply,
    Spoken,
    Stray,
    load,
)
from restrike_lab.obs.errors import ObsError, text_error
from restrike_lab.obs.events import Stamp
from restrike_lab.obs.fields import Fields
from restrike_lab.obs.requests import Call, Request
from restrike_lab.obs.v4_tables import EVENTS, FORMS, LACKS

__all__ = ["V4"]


class V4(Dialect):
    """obs-websocket 4."""

    spoken: ClassVar[Spoken] = "v4"
    forms: ClassVar[Forms] = FORMS
    lacks: ClassVar[Mapping[type[Request[Any]], str]] = LACKS
    events: ClassVar[Mapping[str, EventReader]] = EVENTS

    def frame(self, name: str, request_id: str, fields: Mapping[str, Any]) -> bytes:
        """Return the frame of a request."""
        return msgspec.json.encode({"request-type": name, "message-id": request_id, **fields})

    def ask_challenge(self, request_id: str) -> Prepared[tuple[str, str] | None]:
        """Return the request for challenge and salt; its result is ``None`` where no password is asked for."""
        prepared = self.prepare(Call("GetAuthRequired"), request_id)

        def read(reply: Reply) -> tuple[str, str] | None:
            f = Fields(prepared.read(reply), "the answer to GetAuthRequired")
            return (f.text("challenge"), f.text("salt")) if f.flag("authRequired") else None

        return Prepared(prepared.name, prepared.frame, read)

    def authenticate(self, request_id: str, password: str, challenge: str, salt: str) -> Prepared[Mapping[str, Any]]:
        """Return the request that proves the password; its reader raises ``AuthFailed`` where it is wrong."""
        return self.prepare(Call("Authenticate", {"auth": response(password, salt, challenge)}), request_id)

    def read(self, frame: bytes | str, at: Stamp) -> Incoming:
        """Return what a frame says; never raises."""
        message = load(frame)
        if isinstance(message, Stray):
            return message
        kind = message.get("update-type")
        if isinstance(kind, str):
            return self.event(kind, message, at)
        request_id, status = message.get("message-id"), message.get("status")
        if not isinstance(request_id, str) or not isinstance(status, str):
            return Stray(
                f"neither an event nor an answer that names its request: {message.get('error') or 'no reason'}"
            )
        said = message.get("error")
        return Reply(request_id, status == "ok", message, text=said if isinstance(said, str) else "")

    def refusal(self, name: str, reply: Reply) -> ObsError:
        """Return the error that a refusing reply stands for."""
        return text_error(name, reply.text, self.version)
