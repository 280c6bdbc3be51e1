"""The fake servers held to recorded sessions: the client of each session is played to them, frame by frame."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from restrike_lab.obs.auth import response
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Pace, Studio
from tests.obs.recorded import ALL, V4, Recording, Step, is_reply, recording, text

PASSWORD = "testpass"
PACE = Pace(transition=0.004, starting=0.004, pausing=0.004, stopping=0.02, saving=0.02, collection=0.02)


def fake_of(session: Recording, order: str = "reply first") -> FakeObs:
    studio = Studio(pace=PACE)
    studio.troubles.order = order  # type: ignore[assignment]
    kind = FakeV4 if session.name == V4 else FakeV5
    return kind(studio, password=PASSWORD, version=session.version)


class Player:
    """Sends what a recorded client sent, with the proof that today's challenge asks for."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.challenge: dict[str, str] = {}

    async def play(self, step: Step) -> list[dict[str, Any]]:
        """Send the frame of a step and return as many frames as the recorded server answered with."""
        if step.out is not None:
            await self.connection.send(json.dumps(self.proved(step.out)))
        came: list[dict[str, Any]] = []
        async with asyncio.timeout(3):
            while len(came) < len(step.came):
                frame = json.loads(await self.connection.recv())
                found = frame.get("d", {}).get("authentication") or frame
                if "challenge" in found:
                    self.challenge = found
                came.append(frame)
        return came

    def proved(self, frame: dict[str, Any]) -> dict[str, Any]:
        if frame.get("auth") not in (None, "wrong"):
            return {**frame, "auth": self.proof()}
        if "authentication" in frame.get("d", {}):
            return {**frame, "d": {**frame["d"], "authentication": self.proof()}}
        return frame

    def proof(self) -> str:
        return response(PASSWORD, self.challenge["salt"], self.challenge["challenge"])

    async def nothing_more(self) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                raise AssertionError(f"one frame too many: {await self.connection.recv()!r}")


@pytest.mark.parametrize("order", ["reply first", "events first"])
@pytest.mark.parametrize("name", ALL)
async def test_every_frame_of_a_real_server_is_said_by_the_fake(name: str, order: str) -> None:
    session = recording(name)
    fake = fake_of(session, order)
    port = await fake.start()
    try:
        async with connect(
            f"ws://127.0.0.1:{port}", subprotocols=["obswebsocket.json"], compression=None, proxy=None
        ) as connection:
            assert connection.subprotocol == session.subprotocol
            player = Player(connection)
            for number, step in enumerate(session.steps):
                came = await player.play(step)
                wanted, found = sorted(map(text, step.came)), sorted(map(text, came))
                assert found == wanted, f"step {number}: {step.out}"
                assert families(came) == families(step.came), f"step {number}: {step.out}"
            await player.nothing_more()
    finally:
        await fake.stop()


def families(frames: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the events of each output, of transitions and of scenes, in their order.

    Between such families, and between them and the reply, the order is free: real servers show several.
    """
    found: dict[str, list[str]] = {}
    for frame in frames:
        if not is_reply(frame):
            kind = str(frame.get("update-type") or frame["d"]["eventType"])
            family = kind.rstrip("abcdefghijklmnopqrstuvwxyz")[:6] if kind.startswith(("Rec", "Rep")) else kind[:12]
            found.setdefault(family, []).append(text(frame))
    return found


@pytest.mark.parametrize("name", ALL)
def test_real_servers_answer_before_and_after_the_events_they_cause(name: str) -> None:
    orders = {is_reply(step.came[0]) for step in recording(name).steps if len(step.came) > 1}
    assert orders == {True, False}
