"""``lab.obs`` with the real hub and fake OBS servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.client.lab import Lab
from restrike_lab.client.obs import details_of
from restrike_lab.hub.config import HubConfig
from restrike_lab.obs.fake import FakeObs
from tests.client.obs_stage import lab, servers, with_rings
from tests.hub.helpers import LOAD, send, wait_until

__all__ = ["lab", "servers"]


def test_a_scene_is_set_by_assigning_it(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    for ring in lab.obs.values():
        ring.scene = "Replay"
    assert [server.studio.program for server in servers] == ["Replay", "Replay"]
    wait_until(lambda: [ring.scene for ring in lab.obs.values()] == ["Replay", "Replay"])


def test_a_recording_is_made_and_its_path_returned(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    lab.obs["ring1"].start_record()
    wait_until(lambda: lab.obs["ring1"].recording)
    path = lab.obs["ring1"].stop_record()
    assert path is not None
    assert path.endswith(".mkv")


def test_requests_can_be_awaited_side_by_side(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)

    async def both() -> None:
        await asyncio.gather(*(ring.asking("scene", scene="Idle") for ring in lab.obs.values()))

    asyncio.run(both())
    assert [server.studio.program for server in servers] == ["Idle", "Idle"]


def test_a_refusal_raises_with_the_way_out(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    with pytest.raises(CommandError, match="OBS refused") as refused:
        lab.obs["ring1"].scene = "Nowhere"
    assert refused.value.hint
    with pytest.raises(KeyError, match="ring1, ring2"):
        lab.obs["ring9"]


def test_a_transition_is_chosen_by_assigning_it(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    for ring, server in zip(lab.obs.values(), servers, strict=True):
        assert ring.transitions == ["Cut", "Fade"]
        ring.transition = "Fade"
        assert (server.studio.transition, ring.transition) == ("Fade", "Fade")
        with pytest.raises(CommandError, match="OBS refused"):
            ring.transition = "Wipe"


def test_everything_that_is_known_is_told_but_the_password(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    lab.obs["ring1"].show("Ring1", "Overlay", False)
    lab.obs["ring1"].start_record()
    wait_until(lambda: lab.obs["ring1"].state["record_path"] and lab.obs["ring1"].state["fps"])
    told = details_of(lab.obs["ring1"].state)
    for what in ("OBS 29.0.2, obs-websocket 5.1.0 (v5)", "Overlay in Ring1", "65.3 GB", "6.4 %", "0 dropped", ".mkv"):
        assert what in told
    assert "kyorugi" not in told
    wait_until(lambda: lab.obs["ring1"].recording)
    lab.obs["ring1"].stop_record()


def test_files_are_named_after_the_bout_of_the_court_that_is_asked_for(
    tmp_path: Path, servers: tuple[FakeObs, FakeObs]
) -> None:
    config = HubConfig(data_dir=str(tmp_path), courts={"A": 0, "B": 0}, bind="127.0.0.1", ws_port=0)
    with Lab(config=config) as lab:
        with_rings(lab, servers)
        for court, number in (("A", b"101"), ("B", b"202")):
            port = int(lab.command("status")["courts"][court]["port"])
            send(port, [message.replace(b"101", number) for message in LOAD])
            wait_until(lambda now=court: (lab.live.courts[now].get("match") or {}).get("stage") == "ready")
        ring = lab.obs["ring1"]
        named = [ring.name_files("{court} {number}", court) for court in (None, "A", "B", "C")]
        assert named == ["A 101", "A 101", "B 202", "A 101"]
