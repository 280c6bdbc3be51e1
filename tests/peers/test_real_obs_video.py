"""The video clock against a real OBS: an item is toggled at known times, and the files are decoded."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from tests.hub.helpers import LOAD
from tests.obs.films import require_ffmpeg
from tests.obs.peers import free_port
from tests.peers.marks import Marked, VideoObs, changes, table
from tests.peers.real_obs import PASSWORD, require_obs
from tests.peers.situations import Stage, stage_of

pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def obs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VideoObs]:
    require_obs()
    require_ffmpeg()
    real = VideoObs(tmp_path_factory.mktemp("obs"), free_port())
    try:
        real.start()
        yield real
    finally:
        real.close()


@pytest.fixture(scope="module")
def stage(obs: VideoObs, request: pytest.FixtureRequest) -> Stage:
    """Everything that can happen to a recording, once."""

    async def play() -> Stage:
        async with stage_of(obs) as stage:
            await stage.undisturbed(lambda: stage.idle("Test"))
            await stage.undisturbed(stage.paused)
            await stage.undisturbed(stage.split)
            await stage.undisturbed(lambda: stage.replay_running("Test", wait=2.3, replay=True))
            await stage.undisturbed(lambda: stage.idle("Every3"))
            await stage.undisturbed(lambda: stage.replay_running("Every3"))
            await stage.undisturbed(stage.found)
            await stage.nothing_moves()
            return stage

    played = asyncio.run(play())
    with request.getfixturevalue("shown")():
        print(f"\n{table(played.results)}\n(repeated because this machine was busy with others: {played.disturbed})")
    return played


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest) -> Callable[[], contextlib.AbstractContextManager[object]]:
    """Lets what is printed through to whoever runs the tests."""
    manager = request.config.pluginmanager.getplugin("capturemanager")
    return manager.global_and_fixture_disabled if manager else contextlib.nullcontext


def of(stage: Stage, word: str) -> list[Marked]:
    found = [each for each in stage.results if word in each.situation]
    assert found
    return found


def test_with_an_idle_encoder_95_of_100_positions_are_true_within_60_ms(stage: Stage) -> None:
    idle = [*of(stage, "encoder idle"), *of(stage, "pauses")]
    together = Marked("together", "", [error for each in idle for error in each.errors])
    assert together.p95 <= 60


def test_the_true_error_is_inside_the_stated_bound_in_every_situation(stage: Stage) -> None:
    assert {each.situation: each.inside for each in stage.results if each.inside < 0.95} == {}


def test_a_finished_recording_is_known_within_a_tenth_of_a_second_whatever_happened_to_it(stage: Stage) -> None:
    finished = [each for each in stage.results if "not ended" not in each.situation and "replay," not in each.how]
    for each in finished:
        if "others" not in each.situation:
            assert max(each.bounds) < 150, each.situation


def test_a_start_that_is_late_is_warned_of_with_its_remedy(stage: Stage) -> None:
    late = [each for each in stage.hazards if each.level == "warning"]
    assert any("no picture for 1.5 s" in each.message for each in late)
    assert any("are missing" in each.message for each in late)
    assert all("key frame interval to 1 s" in each.hint for each in late)


def test_a_short_recording_without_a_picture_is_an_error(stage: Stage) -> None:
    assert stage.last.length_ms == 0
    assert stage.hazards[-1].level == "error"
    assert "holds no picture" in stage.hazards[-1].message


def test_a_bout_recorded_by_the_rules_is_found_in_its_video_and_cut_out(tmp_path: Path, obs: VideoObs) -> None:
    with Lab(config=HubConfig(data_dir=str(tmp_path / "data"), port=0, ws_port=0, bind="127.0.0.1")) as lab:
        ring = lab.obs.add("ring1", port=obs.port, password=PASSWORD)
        wait(lambda: ring.connected)
        wait(lambda: ring.state["profile"] is not None)
        follow_the_bout(lab)
        ring.show("Ring1", "Overlay")
        send(lab, LOAD)
        wait(lambda: ring.recording)
        time.sleep(1.2)
        send(lab, [b"clk;02:00;start"])
        time.sleep(1.2)
        send(lab, [b"pt1;2"])  # a rule hides the item, so that the point can be seen
        wait(lambda: not lab.video("101").events.query("stream == 'pt'")["file"].isna().any())
        time.sleep(1.5)
        send(lab, [b"win;BLUE"])
        wait(lambda: not ring.recording)
        wait(lambda: not lab.video.recordings()["length_ms"].isna().any())
        video = lab.video("101")
        events = video.events.set_index("stream")
        assert events.loc["pt", "how"] == "start"
        assert events.loc["pt", "shown"]
        [hidden] = changes(Path(events.loc["pt", "file"]))
        assert -events.loc["pt", "uncertainty_ms"] <= hidden - events.loc["pt", "position_ms"] < 300
        clip = video.clip(int(events.loc["pt", "seq"]), tmp_path / "clip.mp4", before_ms=1000, after_ms=1000)
        [cut] = changes(clip)
        assert cut == pytest.approx(1000 + hidden - events.loc["pt", "position_ms"], abs=70)
        assert [each.title for each in video.chapters()[events.loc["pt", "file"]]] == [
            "Round 1",
            "Blue: body kick, +2",
            "Winner: Blue",
        ]
        with_chapters = put_in(tmp_path, Path(events.loc["pt", "file"]), video.ffmetadata(lead_ms=0))
        assert chapter_titles(with_chapters) == ["Round 1", "Blue: body kick, +2", "Winner: Blue"]


def follow_the_bout(lab: Lab) -> None:
    stop = {"name": "record-winner", "when": {"stream": "win"}, "do": [{"request": "record.stop"}], "delay_ms": 800}
    hide = {"request": "visible", "args": {"scene": "Ring1", "item": "Overlay", "visible": False}}
    lab.obs.rules.put(stop, on=True)
    lab.obs.rules.put({"name": "hide", "when": {"stream": "pt"}, "do": [hide]}, on=True)
    lab.obs.rules.switch("record-load", "record-ready")


def put_in(folder: Path, video: Path, metadata: str) -> Path:
    """Put chapters into a video as the README says."""
    (folder / "chapters.txt").write_text(metadata, "utf-8")
    made = folder / "chapters.mkv"
    command = ["ffmpeg", "-v", "error", "-i", video, "-i", folder / "chapters.txt", "-map_metadata", "1"]
    subprocess.run([*command, "-codec", "copy", made], check=True, stdin=subprocess.DEVNULL)
    return made


def chapter_titles(video: Path) -> list[str]:
    command = ["ffprobe", "-v", "error", "-show_entries", "chapter_tags=title", "-of", "csv=p=0", video]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [line.strip('"') for line in listed.splitlines()]


def send(lab: Lab, messages: Sequence[bytes]) -> None:
    port = int(lab.command("status")["courts"]["1"]["port"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        for each in messages:
            console.sendto(each, ("127.0.0.1", port))


def wait(true: Callable[[], object], seconds: float = 30.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.02)
