"""A fake server of obs-websocket 5, in the words of 5.1.0 or 5.5.2."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import uuid
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, ClassVar

from restrike_lab.obs.fake.editions import EDITIONS
from restrike_lab.obs.fake.five_outputs import OUTPUTS
from restrike_lab.obs.fake.five_requests import REQUESTS
from restrike_lab.obs.fake.parts import FakeItem, Happening, Refusal
from restrike_lab.obs.fake.server import FakeObs, Guest, Message
from restrike_lab.obs.fake.studio import Studio

__all__ = ["FakeV5"]


class Intent(IntEnum):
    """Kinds of events that clients subscribe to."""

    GENERAL = 1 << 0
    CONFIG = 1 << 1
    SCENES = 1 << 2
    TRANSITIONS = 1 << 4
    OUTPUTS = 1 << 6
    ITEMS = 1 << 7
    UI = 1 << 10


STATE = "OBS_WEBSOCKET_OUTPUT_"
NO_TYPE = "Your request type is not valid."

REFUSALS: Mapping[str, tuple[int, str | None]] = {
    "no scene": (600, "No source was found by the name of `{name}`."),
    "no transition": (600, "No scene transition was found by that name."),
    "no item": (600, "No scene items were found in the specified scene by that name or offset."),
    "no collection": (600, None),
    "no profile": (600, None),
    "studio mode off": (506, None),
    "record active": (500, None),
    "record inactive": (501, None),
    "record paused": (502, None),
    "record not paused": (503, None),
    "stream active": (500, None),
    "stream inactive": (501, None),
    "replay active": (500, None),
    "replay inactive": (501, None),
    "replay disabled": (604, "Replay buffer is not available."),
    "no splitting": (702, "Verify that file splitting is enabled in the output settings."),
    "no chapters": (702, "Verify that the output being used supports chapter markers."),
    "missing": (300, "Your request is missing the `{name}` field."),
    "not text": (401, "The field value of `{name}` must be a string."),
    "not ready": (207, "OBS is not ready to perform the request."),
}

TRANSFORM = {
    "alignment": 5,
    "boundsAlignment": 0,
    "boundsHeight": 0.0,
    "boundsType": "OBS_BOUNDS_NONE",
    "boundsWidth": 0.0,
    "cropBottom": 0,
    "cropLeft": 0,
    "cropRight": 0,
    "cropTop": 0,
    "height": 360.0,
    "positionX": 0.0,
    "positionY": 0.0,
    "rotation": 0.0,
    "scaleX": 1.0,
    "scaleY": 1.0,
    "sourceHeight": 360.0,
    "sourceWidth": 640.0,
    "width": 640.0,
}

HANDLERS = {**REQUESTS.handlers, **OUTPUTS.handlers}


class FakeV5(FakeObs):
    """obs-websocket 5; ``version`` is 5.1.0 or 5.5.2."""

    subprotocols: ClassVar[tuple[str, ...]] = ("obswebsocket.json",)

    def __init__(self, studio: Studio | None = None, *, password: str | None = None, version: str = "5.1.0") -> None:
        super().__init__(studio, password=password, version=version)
        self.edition = EDITIONS[version]
        self.salt = base64.b64encode(os.urandom(32)).decode()
        self.challenges: dict[Guest, str] = {}

    # -- the greeting ------------------------------------------------------------------------------------------------

    async def greet(self, guest: Guest) -> None:
        """Send Hello."""
        if self.troubles.silent:
            return
        await asyncio.sleep(self.troubles.hello_seconds)
        hello: dict[str, Any] = {"obsWebSocketVersion": self.version, "rpcVersion": 1}
        if self.password is not None:
            self.challenges[guest] = base64.b64encode(os.urandom(32)).decode()
            hello["authentication"] = {"challenge": self.challenges[guest], "salt": self.salt}
        guest.say({"d": hello, "op": 0})

    async def identify(self, guest: Guest, body: Mapping[str, Any]) -> None:
        """Check an Identify: authentication first, then the version, as the real server does."""
        if self.troubles.close_on_greeting is not None:
            await guest.connection.close(self.troubles.close_on_greeting)
        elif guest.admitted:
            await guest.connection.close(4008, "You are already Identified with the obs-websocket server.")
        elif self.password is not None and body.get("authentication") != self.proof(self.challenges.pop(guest, "")):
            await guest.connection.close(4009, "Authentication failed.")
        elif body.get("rpcVersion") != 1:
            await guest.connection.close(4010, "Your requested RPC version is not supported by this server.")
        else:
            guest.subscriptions = int(body.get("eventSubscriptions", 0x7FF))
            guest.admitted = True
            guest.say({"d": {"negotiatedRpcVersion": 1}, "op": 2})

    def proof(self, challenge: str) -> str:
        """Return what a client that knows the password answers to a challenge."""
        secret = base64.b64encode(hashlib.sha256(f"{self.password}{self.salt}".encode()).digest()).decode()
        return base64.b64encode(hashlib.sha256(f"{secret}{challenge}".encode()).digest()).decode()

    def wants(self, guest: Guest, intent: int) -> bool:
        """Tell whether a client subscribed to a kind of event."""
        return bool(guest.subscriptions & intent)

    # -- requests ----------------------------------------------------------------------------------------------------

    async def take(self, guest: Guest, message: Any) -> None:
        """Take one message."""
        if not isinstance(message, dict):
            await guest.connection.close(4002, "Unable to decode Json.")
            return
        op, body = message.get("op"), message.get("d")
        if "request-type" in message and not guest.admitted:
            await guest.connection.close(4010, "You appear to be attempting to connect with the pre-5.0.0 protocol.")
        elif not isinstance(op, int):
            await guest.connection.close(4006, "Your request is missing an `op`.")
        elif not isinstance(body, dict):
            await guest.connection.close(4003, "Your payload is missing data (`d`).")
        elif op == 1:
            await self.identify(guest, body)
        elif not guest.admitted:
            await guest.connection.close(4007, "You attempted to send a non-Identify message while not identified.")
        elif op == 3:
            guest.subscriptions = int(body.get("eventSubscriptions", guest.subscriptions))
            guest.say({"d": {"negotiatedRpcVersion": 1}, "op": 2})
        elif op == 6:
            await self.request(guest, body)
        else:
            await guest.connection.close(4006, f"Unknown OpCode: {op}")

    async def request(self, guest: Guest, body: Mapping[str, Any]) -> None:
        """Carry a request out and answer it."""
        name, number = body.get("requestType"), body.get("requestId")
        if number is None:
            await guest.connection.close(4003, "Your payload's data is missing a `requestId`.")
            return
        if self.troubles.close_on_request is not None:
            await guest.connection.close(self.troubles.close_on_request)
            return
        self.requests.append(body)
        guest.hold()
        status, data = self.carry_out(str(name), body.get("requestData") or {})
        reply: dict[str, Any] = {"requestId": number, "requestStatus": status, "requestType": name}
        if data is not None:
            reply["responseData"] = data
        await self.answer(guest, str(name), {"d": reply, "op": 7})

    def carry_out(self, name: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], Message | None]:
        """Return status and data of the answer to a request."""
        if name in self.troubles.statuses:
            return _status(*self.troubles.statuses[name]), None
        if self.troubles.not_ready or (self.studio.changing and self.edition.uuids):
            self.troubles.not_ready = max(0, self.troubles.not_ready - 1)
            return _status(*REFUSALS["not ready"]), None
        handler = HANDLERS.get(name)
        if handler is None or name not in self.edition.requests:
            return _status(204, NO_TYPE) if name not in self.edition.requests else _status(205, "not pretended"), None
        try:
            answer = handler(self, data)
        except Refusal as refusal:
            code, comment = REFUSALS[refusal.kind]
            return _status(code, comment and comment.format(name=refusal.name)), None
        if name in self.troubles.answers:
            answer = {**(answer or {}), **self.troubles.answers[name]}
        return {"code": 100, "result": True}, answer

    # -- words -------------------------------------------------------------------------------------------------------

    def identity(self, kind: str, name: str | None) -> str | None:
        """Return the UUID of something."""
        return None if name is None else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}:{name}"))

    def named(self, key: str, name: str | None, kind: str = "scene") -> dict[str, Any]:
        """Return a name, with its UUID in versions that have it: ``sceneName`` and ``sceneUuid``."""
        fields: dict[str, Any] = {f"{key}Name": name}
        if self.edition.uuids:
            fields[f"{key}Uuid"] = self.identity(kind, name)
        return fields

    def words(self, happening: Happening) -> list[tuple[int, Message]]:
        """Return the event that tells of a happening."""
        if self.studio.changing and self.edition.uuids and not happening.kind.startswith("collection"):
            return []  # 5.3 and later are silent during a change
        found = self.event(happening.kind, happening.facts)
        if found is None:
            return []
        kind, intent, data = found
        body: dict[str, Any] = {"eventIntent": int(intent), "eventType": kind}
        if data is not None:
            body["eventData"] = data
        return [(intent, {"d": body, "op": 5})]

    def event(self, kind: str, facts: Mapping[str, Any]) -> tuple[str, int, Message | None] | None:
        """Return name, intent and data of an event."""
        match kind.split(" "):
            case ["program"]:
                return "CurrentProgramSceneChanged", Intent.SCENES, self.named("scene", facts["scene"])
            case ["preview"]:
                return "CurrentPreviewSceneChanged", Intent.SCENES, self.named("scene", facts["scene"])
            case ["transition", *phase]:
                word = {"began": "Started", "video ended": "VideoEnded", "ended": "Ended"}[" ".join(phase)]
                return (
                    f"SceneTransition{word}",
                    Intent.TRANSITIONS,
                    self.named("transition", self.studio.transition, "transition"),
                )
            case ["visibility"]:
                return (
                    "SceneItemEnableStateChanged",
                    Intent.ITEMS,
                    {
                        **self.named("scene", facts["scene"]),
                        "sceneItemId": facts["number"],
                        "sceneItemEnabled": facts["visible"],
                    },
                )
            case ["studio", "mode"]:
                return "StudioModeStateChanged", Intent.UI, {"studioModeEnabled": facts["enabled"]}
            case ["replay", "saved"]:
                return "ReplayBufferSaved", Intent.OUTPUTS, {"savedReplayPath": facts["path"]}
            case ["record", "file", "changed"]:
                return "RecordFileChanged", Intent.OUTPUTS, {"newOutputPath": facts["path"]}
            case ["record" | "stream" | "replay" as output, state]:
                return self.output_event(output, state, facts.get("path"))
            case ["scene", "removed"]:
                return "SceneRemoved", Intent.SCENES, {**self.named("scene", facts["scene"]), "isGroup": False}
            case ["collection", "changing" | "changed" as phase]:
                name = {"sceneCollectionName": facts["name"]}
                return f"CurrentSceneCollection{phase.capitalize()}", Intent.CONFIG, name
            case ["profile", "changing" | "changed" as phase]:
                return f"CurrentProfile{phase.capitalize()}", Intent.CONFIG, {"profileName": facts["name"]}
            case ["exiting"]:
                return "ExitStarted", Intent.GENERAL, None
            case ["custom"]:
                return "CustomEvent", Intent.GENERAL, facts["data"]
        return None

    def output_event(self, output: str, state: str, path: str | None) -> tuple[str, int, Message]:
        """Return the event of an output; ``outputActive`` is what the real server calls so."""
        data: dict[str, Any] = {
            "outputActive": state in ("started", "resumed", "reconnected"),
            "outputState": STATE + state.upper(),
        }
        if output == "record":
            data["outputPath"] = path if state in ("started", "stopped") else None
        name = {"record": "Record", "stream": "Stream", "replay": "ReplayBuffer"}[output]
        return f"{name}StateChanged", Intent.OUTPUTS, data

    def item_fields(self, index: int, item: FakeItem) -> dict[str, Any]:
        """Return an item as a list of items shows it."""
        fields: dict[str, Any] = {
            "inputKind": "color_source_v3",
            "isGroup": None,
            "sceneItemBlendMode": "OBS_BLEND_NORMAL",
            "sceneItemEnabled": item.visible,
            "sceneItemId": item.number,
            "sceneItemIndex": index,
            "sceneItemLocked": False,
            "sceneItemTransform": dict(TRANSFORM),
            "sourceType": "OBS_SOURCE_TYPE_INPUT",
            **self.named("source", item.source, "input"),
        }
        if self.edition.crop_to_bounds:
            fields["sceneItemTransform"]["cropToBounds"] = False
        return fields


def _status(code: int, comment: str | None) -> dict[str, Any]:
    status: dict[str, Any] = {"code": code, "result": False}
    if comment:
        status["comment"] = comment
    return status
