"""A fake server of obs-websocket 4, in the words of 4.9.1."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from typing import Any

from restrike_lab.obs.fake.editions import EDITIONS
from restrike_lab.obs.fake.four_outputs import OUTPUTS
from restrike_lab.obs.fake.four_requests import REQUESTS, scene_sources
from restrike_lab.obs.fake.parts import Happening, Refusal, timecode
from restrike_lab.obs.fake.server import FakeObs, Guest, Message
from restrike_lab.obs.fake.studio import Studio

__all__ = ["FakeV4"]

OPEN = frozenset({"GetVersion", "GetAuthRequired", "Authenticate"})
"""Requests that are answered before the password is proved."""

GARBAGE = "26:20:01.337"

REFUSALS: Mapping[str, str] = {
    "no scene": "requested scene does not exist",
    "no transition": "requested transition does not exist",
    "no item": "specified scene item name doesn't exist",
    "no collection": "scene collection does not exist",
    "no profile": "profile does not exist",
    "studio mode off": "studio mode not enabled",
    "record active": "recording already active",
    "record inactive": "recording not active",
    "pause inactive": "recording is not active",
    "record paused": "recording already paused",
    "record not paused": "recording is not paused",
    "stream active": "streaming already active",
    "stream inactive": "streaming not active",
    "replay active": "replay buffer already active",
    "replay inactive": "replay buffer not active",
    "replay disabled": "replay buffer disabled in settings",
    "missing": "missing request parameters",
    "not text": "missing request parameters",
}

HANDLERS = {**REQUESTS.handlers, **OUTPUTS.handlers}


class FakeV4(FakeObs):
    """obs-websocket 4.9.1. One challenge is shared by all clients and replaced whenever one succeeds."""

    def __init__(self, studio: Studio | None = None, *, password: str | None = None, version: str = "4.9.1") -> None:
        super().__init__(studio, password=password, version=version)
        self.edition = EDITIONS[version]
        self.salt = base64.b64encode(bytes(range(32))).decode()
        self.challenge = self.new_challenge()

    def new_challenge(self) -> str:
        """Return a challenge that was never given."""
        return base64.b64encode(os.urandom(32)).decode()

    def proof(self) -> str:
        """Return what a client that knows the password answers to the challenge."""
        secret = base64.b64encode(hashlib.sha256(f"{self.password}{self.salt}".encode()).digest()).decode()
        return base64.b64encode(hashlib.sha256(f"{secret}{self.challenge}".encode()).digest()).decode()

    async def greet(self, guest: Guest) -> None:
        """Say nothing; who needs no password hears every event at once."""
        guest.admitted = self.password is None

    # -- requests ----------------------------------------------------------------------------------------------------

    async def take(self, guest: Guest, message: Any) -> None:
        """Take one message."""
        if not isinstance(message, dict):
            guest.say({"error": "invalid JSON payload", "status": "error"})
            return
        name, number = message.get("request-type"), message.get("message-id")
        if name is None or number is None:
            guest.say({"error": "missing request parameters", "status": "error"})
            return
        if self.troubles.close_on_request is not None and guest.admitted:
            await guest.connection.close(self.troubles.close_on_request)
            return
        if self.troubles.close_on_greeting is not None:
            await guest.connection.close(self.troubles.close_on_greeting)
            return
        self.requests.append(message)
        guest.hold()
        said = self.carry_out(guest, str(name), message)
        shown = number if isinstance(number, str) else ""  # a number comes back as nothing [measured]
        await self.answer(guest, str(name), {**said, "message-id": shown})

    def carry_out(self, guest: Guest, name: str, data: Mapping[str, Any]) -> Message:
        """Return the answer to a request."""
        if name in self.troubles.statuses:
            return _error(self.troubles.statuses[name][1])
        if not guest.admitted and name not in OPEN:
            return _error("Not Authenticated")
        if name == "GetAuthRequired":
            return self.auth_required()
        if name == "Authenticate":
            return self.authenticate(guest, data)
        handler = HANDLERS.get(name)
        if handler is None or name not in self.edition.requests:
            return _error("invalid request type")
        try:
            answer = handler(self, data)
        except Refusal as refusal:
            return _error(REFUSALS[refusal.kind])
        return {**(answer or {}), **self.troubles.answers.get(name, {}), "status": "ok"}

    def auth_required(self) -> Message:
        """Tell whether a password is asked for, with the challenge of all."""
        if self.password is None:
            return {"authRequired": False, "status": "ok"}
        return {"authRequired": True, "challenge": self.challenge, "salt": self.salt, "status": "ok"}

    def authenticate(self, guest: Guest, data: Mapping[str, Any]) -> Message:
        """Check the proof of a password."""
        if guest.admitted:
            return _error("already authenticated")
        if "auth" not in data:
            return _error("missing request parameters")
        if data["auth"] != self.proof():
            return _error("Authentication Failed.")
        self.challenge = self.new_challenge()
        guest.admitted = True
        return {"status": "ok"}

    # -- words -------------------------------------------------------------------------------------------------------

    def words(self, happening: Happening) -> list[tuple[int, Message]]:
        """Return the event that tells of a happening, with the time code of a recording that runs."""
        event = self.event(happening.kind, happening.facts)
        if event is None:
            return []
        record = self.studio.record
        if record.active and happening.kind != "record stopped":
            event["rec-timecode"] = timecode(record)
        elif self.troubles.garbage_timecode:
            event["rec-timecode"] = GARBAGE
        if self.studio.stream.active:
            event["stream-timecode"] = timecode(self.studio.stream)
        return [(0, event)]

    def event(self, kind: str, facts: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return an event without its time codes; v4 has none for a saved replay."""
        match kind.split(" "):
            case ["program"]:
                return self.scene_event("SwitchScenes", facts["scene"])
            case ["preview"]:
                return self.scene_event("PreviewSceneChanged", facts["scene"])
            case ["transition", *phase]:
                word = {"began": "Begin", "video ended": "VideoEnd", "ended": "End"}[" ".join(phase)]
                used = self.studio.transition
                cut = {"duration": 0, "name": used, "type": f"{used.lower()}_transition", "to-scene": facts["target"]}
                source = {"from-scene": facts["source"]} if "source" in facts else {}
                return {**cut, **source, "update-type": f"Transition{word}"}
            case ["visibility"]:
                return {
                    "item-id": facts["number"],
                    "item-name": facts["source"],
                    "item-visible": facts["visible"],
                    "scene-name": facts["scene"],
                    "update-type": "SceneItemVisibilityChanged",
                }
            case ["studio", "mode"]:
                return {"new-state": facts["enabled"], "update-type": "StudioModeSwitched"}
            case ["replay", "saved"]:
                return None
            case ["record", state]:
                file = {"recordingFilename": facts["path"]} if facts.get("path") else {}
                return {**file, "update-type": f"Recording{state.capitalize()}"}
            case ["stream" | "replay" as output, state]:
                return {"update-type": f"{output.capitalize()}{state.capitalize()}"}
            case ["scene", "removed"]:
                return {"scenes": [], "update-type": "ScenesChanged"}
            case ["collection", "changed"]:
                return {"sceneCollection": facts["name"], "update-type": "SceneCollectionChanged"}
            case ["profile", "changed"]:
                return {"profile": facts["name"], "update-type": "ProfileChanged"}
            case ["exiting"]:
                return {"update-type": "Exiting"}
            case ["custom"]:
                return {**facts["data"], "update-type": "BroadcastCustomMessage"}
        return None

    def scene_event(self, kind: str, scene: str) -> dict[str, Any]:
        """Return an event about a scene, with its sources."""
        return {"scene-name": scene, "sources": scene_sources(self.studio, scene), "update-type": kind}


def _error(text: str) -> dict[str, Any]:
    return {"error": text, "status": "error"}
