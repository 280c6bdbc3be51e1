"""Everything that a person can ask of OBS, asked of two real ones at once: in Python, in words, and by command line."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.errors import CommandError
from restrike_lab.client.lab import Lab
from restrike_lab.client.obs_words import obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.obs import Client, OutputState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.results import StreamService
from tests.hub.helpers import send, wait_until
from tests.obs.coroutines import until
from tests.obs.peers import free_port
from tests.peers.real_obs import PASSWORD, RealObs
from tests.peers.test_real_obs import client_of

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]

HOSTILE_LOAD = (
    b"pre;FightLoaded",
    'at1;../../A:B*C?"<|>%CCYY;Blue;CRO;at2;\u0e27\u0e07. ../etc;Red;KOR'.encode(),
    b"mch;10/1;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5",
    b"rdy;FightReady",
)


@pytest.fixture
def lab(tmp_path: Path, pair: tuple[RealObs, RealObs]) -> Iterator[Lab]:
    """A lab that works both."""
    with Lab(config=HubConfig(data_dir=str(tmp_path / "data"), port=0, bind="127.0.0.1", ws_port=0)) as lab:
        for name, obs in zip(("one", "two"), pair, strict=True):
            if obs.process is None or obs.process.poll() is not None:
                obs.start()
            lab.obs.add(name, port=obs.port, password=PASSWORD)
        wait_until(lambda: all(each.connected for each in lab.obs.values()))
        yield lab


def test_in_python_both_do_the_same_at_the_same_time(lab: Lab, pair: tuple[RealObs, RealObs]) -> None:
    both = list(lab.obs.values())
    for obs in both:
        obs.scene = "Ring1"
        obs.show("Ring1", "Overlay", False)
    wait_until(lambda: all(obs.scene == "Ring1" for obs in both))
    wait_until(lambda: all(not obs.state["items"]["Ring1"][0]["visible"] for obs in both))

    async def record() -> None:
        await asyncio.gather(*(obs.asking("record.start") for obs in both))
        await asyncio.gather(*(obs.asking("record.pause") for obs in both))
        await asyncio.gather(*(obs.asking("record.resume") for obs in both))

    asyncio.run(record())
    wait_until(lambda: all(obs.recording for obs in both))
    for obs, real in zip(both, pair, strict=True):
        path = obs.stop_record()
        assert path is not None
        assert Path(path).parent == real.videos
        obs.show("Ring1", "Overlay")


def test_in_words_everything_can_be_asked(lab: Lab) -> None:
    def said(line: str) -> str:
        return obey(lab.obs, [*line.split(), "on", "one"])

    said("studio on")
    said("preview Replay")
    assert "* Cut" in said("transitions")
    said("transition Fade")
    assert "* Fade" in said("transitions")
    said("transition Cut")
    said("take")
    wait_until(lambda: lab.obs["one"].scene == "Replay")
    said("studio off")
    wait_until(lambda: lab.obs["one"].studio_mode is False)
    said("scene Idle")
    said("back")
    wait_until(lambda: lab.obs["one"].scene == "Replay")
    said("hide Ring1 Overlay")
    said("show Ring1 Overlay")
    said("replay start")
    wait_until(lambda: bool(lab.obs["one"].state["replaying"]))
    assert Path(said("replay save").partition(": replay save: ")[2]).suffix == ".mkv"
    said("replay stop")
    said("record start")
    for newer in ("record split", "chapter Round 1"):  # obs-websocket 5.1 has neither
        with pytest.raises(CommandError, match="not supported"):
            said(newer)
    assert said("record stop").endswith(".mkv")
    assert said("reconnect") == "one: reconnect."
    assert obey(lab.obs, ["test", "two"]).startswith("two answers: OBS ")
    obey(lab.obs, ["disable", "two"])
    wait_until(lambda: not lab.obs["two"].connected)
    obey(lab.obs, ["enable", "two"])
    wait_until(lambda: lab.obs["two"].connected)
    assert "scene         Replay" in obey(lab.obs, ["status", "one"])


def test_files_are_named_after_the_bout_whatever_its_names_are(lab: Lab, tmp_path: Path) -> None:
    send(int(lab.command("status")["courts"]["1"]["port"]), HOSTILE_LOAD)
    wait_until(lambda: (lab.live.courts["1"].get("match") or {}).get("number") == "10/1")
    one = lab.obs["one"]
    folder = one.choose_folder(f"{tmp_path}/{{weight}}/{{blue_country}}-{{red_country}}")
    name = one.name_files("{date} {number} {blue}-{red}")
    one.start_record()
    path = one.stop_record()
    assert path is not None
    assert Path(path).parent == Path(folder) == tmp_path / "M -68kg" / "CRO-KOR"
    assert Path(path).stem == name
    assert Path(path).stat().st_size > 0
    assert not set('/\\:*?"<>|%') & set(name)


def test_a_wrong_password_a_missing_scene_and_a_wrong_port_are_told_with_the_way_out(
    lab: Lab, pair: tuple[RealObs, RealObs], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = f"--data-dir={tmp_path / 'data'}"
    lab.obs.change("two", password="wrong")
    wait_until(lambda: "password" in (lab.obs["two"].state["error"] or {"message": ""})["message"])
    assert main(["obs", where, "scene", "Nowhere", "on", "one"]) == 1
    assert main(["obs", where, "record", "start", "on", "two"]) == 1
    assert main(["obs", where, "test", str(free_port())]) == 0
    said = capsys.readouterr()
    assert "No source was found" in said.err
    assert "hint: Set the password that OBS shows" in said.err
    assert "connection refused" in said.out
    lab.obs.change("two", password=PASSWORD)
    wait_until(lambda: lab.obs["two"].connected)
    assert main(["obs", where]) == 0
    listed = capsys.readouterr().out
    assert listed.count("connected, OBS") == 2
    assert PASSWORD not in listed + said.out + said.err


@contextmanager
def sink(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Take one stream over RTMP."""
    command = ["ffmpeg", "-loglevel", "error", "-listen", "1", "-f", "flv", "-i", f"rtmp://127.0.0.1:{port}/live/key"]
    with (folder / "sink.log").open("wb") as log:
        process = subprocess.Popen([*command, "-f", "null", "-"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def streams_to(client: Client, port: int) -> None:
    """Begin to stream; the sink may not listen yet."""
    service = StreamService("rtmp_custom", {"server": f"rtmp://127.0.0.1:{port}/live", "key": "key"})
    await client.request(rq.SetStreamService(service))
    await client.start_stream()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="a stream needs ffmpeg to take it")
async def test_a_stream_runs_reconnects_when_its_server_dies_and_is_stopped(obs: RealObs, tmp_path: Path) -> None:
    port = free_port()
    async with client_of(obs) as client:
        with sink(port, tmp_path) as server:
            await asyncio.sleep(0.5)
            await streams_to(client, port)
            assert client.state.stream is OutputState.STARTED
            assert (await client.stream_status()).active
            await asyncio.sleep(1.0)
            server.kill()
            await until(lambda: client.state.stream is OutputState.RECONNECTING, 30)
            assert client.state.streaming  # it runs, as far as a person is concerned
        await client.stop_stream()
        assert client.state.stream is OutputState.STOPPED
