"""The dialect of obs-websocket 5 (JSON, RPC version 1), which is inside OBS from 28 on.

Messages are ``{"op": n, "d": {..}}``. The server speaks first; who does not identify is answered nothing. Which
requests a version has is read from ``availableRequests`` and never guessed from its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Any, ClassVar

import msgspec

from restrike_lab.obs.auth import response
from restrike_lab.obs.dialect import (
    Dialect,
    EventReader,
    Forms,
    Hello,
    Identified,
    Incoming,
    Reply,
    Spoken,
    Stray,
    load,
)
from restrike_lab.obs.errors import BadAnswer, ObsError, status_error
from restrike_lab.obs.events import Stamp
from restrike_lab.obs.fields import Fields
from restrike_lab.obs.v5_tables import EVENTS, FORMS

__all__ = ["SUBPROTOCOL", "SUBSCRIPTIONS", "V5", "Op", "Subscription"]

SUBPROTOCOL = "obswebsocket.json"
"""Offered when connecting; only v5 selects it, which is how the protocols are told apart."""

RPC_VERSION = 1


class Op(IntEnum):
    """What kind a message is."""

    HELLO = 0
    IDENTIFY = 1
    IDENTIFIED = 2
    REIDENTIFY = 3
    EVENT = 5
    REQUEST = 6
    RESPONSE = 7
    BATCH = 8
    BATCH_RESPONSE = 9


class Subscription(IntFlag):
    """Kinds of events that a client may ask for."""

    GENERAL = 1 << 0
    CONFIG = 1 << 1
    SCENES = 1 << 2
    INPUTS = 1 << 3
    TRANSITIONS = 1 << 4
    FILTERS = 1 << 5
    OUTPUTS = 1 << 6
    SCENE_ITEMS = 1 << 7
    MEDIA_INPUTS = 1 << 8
    VENDORS = 1 << 9
    UI = 1 << 10


SUBSCRIPTIONS = (
    Subscription.GENERAL
    | Subscription.CONFIG
    | Subscription.SCENES
    | Subscription.OUTPUTS
    | Subscription.SCENE_ITEMS
    | Subscription.UI
)
"""What the lab listens to: everything that its state is made of, and no noise of inputs."""


class V5(Dialect):
    """obs-websocket 5."""

    spoken: ClassVar[Spoken] = "v5"
    forms: ClassVar[Forms] = FORMS
    events: ClassVar[Mapping[str, EventReader]] = EVENTS

    def frame(self, name: str, request_id: str, fields: Mapping[str, Any]) -> bytes:
        """Return the frame of a request."""
        body: dict[str, Any] = {"requestType": name, "requestId": request_id}
        if fields:
            body["requestData"] = fields
        return msgspec.json.encode({"op": Op.REQUEST.value, "d": body})

    def identify(self, hello: Hello, password: str | None, subscriptions: int = SUBSCRIPTIONS) -> bytes:
        """Return the frame that answers a ``Hello``."""
        body: dict[str, Any] = {"rpcVersion": RPC_VERSION}
        if hello.challenge is not None and hello.salt is not None:
            body["authentication"] = response(password or "", hello.salt, hello.challenge)
        body["eventSubscriptions"] = int(subscriptions)
        return msgspec.json.encode({"op": Op.IDENTIFY.value, "d": body})

    def read(self, frame: bytes | str, at: Stamp) -> Incoming:
        """Return what a frame says; never raises."""
        message = load(frame)
        if isinstance(message, Stray):
            return message
        try:
            return self._read(message.get("op"), Fields(message.get("d"), "the message"), at)
        except BadAnswer as problem:
            return Stray(problem.message)

    def _read(self, op: object, body: Fields, at: Stamp) -> Incoming:
        match op:
            case Op.RESPONSE:
                return self._reply(body)
            case Op.EVENT:
                return self.event(body.text("eventType"), body.data.get("eventData"), at)
            case Op.HELLO:
                auth = body.object("authentication") if body.data.get("authentication") is not None else None
                return Hello(
                    body.text("obsWebSocketVersion"),
                    body.integer("rpcVersion"),
                    auth.text("challenge") if auth else None,
                    auth.text("salt") if auth else None,
                )
            case Op.IDENTIFIED:
                return Identified(body.integer("negotiatedRpcVersion"))
        return Stray(f"a message of the kind {op!r}, which is not known")

    def _reply(self, body: Fields) -> Reply:
        status = body.object("requestStatus")
        data = body.data.get("responseData")
        return Reply(
            id=body.text("requestId"),
            ok=status.flag("result"),
            data=data if isinstance(data, dict) else {},
            code=status.integer("code"),
            text=status.text_or_none("comment") or "",
        )

    def refusal(self, name: str, reply: Reply) -> ObsError:
        """Return the error that a refusing reply stands for."""
        return status_error(name, reply.code or 0, reply.text, self.version)
