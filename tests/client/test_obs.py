"""``lab.obs``, ``restrike-lab obs`` and their words, with the real hub and fake OBS servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.errors import CommandError
from restrike_lab.client.lab import Lab
from restrike_lab.client.obs_words import obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.obs.fake import FakeObs, FakeThread, FakeV4, FakeV5, Pace, Studio
from tests.hub.helpers import LOAD, send, wait_until

PASSWORD = "kyorugi-85"


@pytest.fixture
def servers() -> Iterator[tuple[FakeObs, FakeObs]]:
    pair = FakeV5(Studio(pace=Pace.quick()), password=PASSWORD), FakeV4(Studio(pace=Pace.quick()), password=PASSWORD)
    thread = FakeThread(pair)
    thread.start()
    yield pair
    thread.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(config=HubConfig(data_dir=str(tmp_path), port=0, bind="127.0.0.1", ws_port=0)) as lab:
        yield lab


def with_rings(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    for number, server in enumerate(servers, 1):
        lab.obs.add(f"ring{number}", port=server.port, password=PASSWORD, role="record")
    wait_until(lambda: all(ring.connected for ring in lab.obs.values()))


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


def test_words_do_what_they_say(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    assert obey(lab.obs, ["list"]) == "no OBS instances yet"
    port = str(servers[0].port)
    said = obey(lab.obs, ["add", "ring1", f"127.0.0.1:{port}", "record"], lambda: PASSWORD)
    assert "ring1 answers: OBS" in said
    wait_until(lambda: lab.obs["ring1"].connected)
    assert obey(lab.obs, ["scene", "Replay"]) == "ring1: scene Replay."
    assert servers[0].studio.program == "Replay"
    obey(lab.obs, ["studio", "on"])
    obey(lab.obs, ["preview", "Idle"])
    obey(lab.obs, ["take"])
    obey(lab.obs, ["hide", "Ring1", "Mat"])
    obey(lab.obs, ["record", "start", "on", "ring1"])
    assert obey(lab.obs, ["record", "stop"]).endswith(".mkv")
    assert "scene" in obey(lab.obs, [])
    assert obey(lab.obs, ["disable", "ring1"]) == "ring1 is disabled."
    wait_until(lambda: "switched off" in obey(lab.obs, []))
    assert obey(lab.obs, ["remove", "ring1"]) == "ring1 is forgotten."
    wait_until(lambda: obey(lab.obs, []) == "no OBS instances yet")


def test_rules_are_switched_paused_and_rehearsed(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    assert "off record-load" in obey(lab.obs, ["rules"])
    obey(lab.obs, ["rule", "on", "record-load", "record-ready"])
    assert "on  record-load" in repr(lab.obs.rules)
    assert obey(lab.obs, ["firings"]) == "No rule has fired yet."
    port = int(lab.command("status")["courts"]["1"]["port"])
    send(port, LOAD)
    wait_until(lambda: len(lab.obs.rules.firings()) == 6)
    assert set(lab.obs.rules.firings()["outcome"]) == {"done", "skipped"}
    match_id = int(lab.obs.rules.firings()["match_id"][0])
    assert list(lab.obs.rules.rehearse(match_id)["request"]) == ["record.stop", "file_name", "record.start"]
    assert "record-ready: record.start" in obey(lab.obs, ["rehearse", str(match_id)])
    assert obey(lab.obs, ["pause"]) == "All rules are paused."
    wait_until(lambda: lab.live.obs["automation"]["paused"])
    obey(lab.obs, ["go-on"])
    own = {"name": "own", "when": {"stream": "pt"}, "do": [{"request": "replay.save"}]}
    lab.obs.rules.put(own)
    assert "off own" in repr(lab.obs.rules)
    lab.obs.rules.drop("own")
    assert "off own" not in repr(lab.obs.rules)


@pytest.mark.parametrize("words", [["dance"], ["record"], ["add", "ring3", "port"], ["scene", "Idle"]])
def test_words_that_mean_nothing_are_refused_with_a_way_out(
    lab: Lab, servers: tuple[FakeObs, FakeObs], words: list[str]
) -> None:
    with_rings(lab, servers)
    with pytest.raises(CommandError) as refused:
        obey(lab.obs, words)
    assert refused.value.hint


def test_the_command_line_works_a_running_hub(
    lab: Lab,
    servers: tuple[FakeObs, FakeObs],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RESTRIKE_LAB_OBS_PASSWORD", PASSWORD)
    where = f"--data-dir={tmp_path}"
    assert main(["obs", where, "add", "ring1", str(servers[1].port)]) == 0
    wait_until(lambda: lab.obs["ring1"].connected)
    assert main(["obs", where, "scene", "Replay"]) == 0
    assert main(["obs", where]) == 0
    said = capsys.readouterr().out
    assert "ring1 answers" in said
    assert "ring1: scene Replay." in said
    assert "(v4)" in said
    assert main(["obs", where, "scene", "Nowhere"]) == 1
    assert "hint:" in capsys.readouterr().err


def test_the_command_line_says_where_no_hub_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["obs", f"--data-dir={tmp_path}"]) == 1
    assert "hint:" in capsys.readouterr().err
