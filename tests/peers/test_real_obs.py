"""The lab against real OBS processes: every command, and OBS killed, stopped and frozen in the middle of things."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from restrike_lab.obs import Client, Fleet, Instance, LinkState, Memory, OutputState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    ActionFailed,
    AuthFailed,
    NotFound,
    ObsError,
    Unsupported,
    WrongState,
)
from restrike_lab.obs.events import Event, ItemVisibility, SceneChanged, UnknownEvent
from restrike_lab.obs.results import StreamService
from restrike_lab.obs.transport import Waits
from tests.obs.coroutines import until
from tests.obs.peers import hurried
from tests.peers.real_obs import PASSWORD, RealObs

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]

PATIENT = Waits(opening=10.0, request=10.0, ping=10.0)
QUICK = Waits(opening=2.0, request=2.0, ping=1.0, closing=0.5)


@asynccontextmanager
async def client_of(obs: RealObs, waits: Waits = PATIENT, password: str = PASSWORD) -> AsyncIterator[Client]:
    client = Client(Instance("ring1", port=obs.port, password=password), waits=waits, backoff=hurried())
    client.start()
    try:
        await client.until_connected(30)
        yield client
    finally:
        await client.stop()


async def test_two_instances_at_once_are_found_out_and_told_apart(pair: tuple[RealObs, RealObs]) -> None:
    one, two = pair
    fleet = Fleet(
        Memory([Instance("one", port=one.port, password=PASSWORD), Instance("two", port=two.port, password=PASSWORD)]),
        waits=PATIENT,
    )
    await fleet.start()
    try:
        for client in fleet:
            await client.until_connected(30)
            assert client.state.protocol == "v5"
            assert client.state.scenes == ("Ring1", "Replay", "Idle")
            assert client.state.collection == "Test"
        await asyncio.gather(fleet["one"].set_scene("Idle"), fleet["two"].set_scene("Replay"))
        await until(lambda: (fleet["one"].state.scene, fleet["two"].state.scene) == ("Idle", "Replay"), 10)
        await asyncio.gather(fleet["one"].start_record(), fleet["two"].start_record())
        await asyncio.sleep(1.0)
        paths = await asyncio.gather(fleet["one"].stop_record(), fleet["two"].stop_record())
        for obs, path in zip(pair, paths, strict=True):
            assert path
            assert Path(path).parent == obs.videos
            assert Path(path).stat().st_size > 0
    finally:
        await fleet.stop()


async def test_every_command_of_scenes_and_items(obs: RealObs) -> None:
    async with client_of(obs) as client:
        events: list[Event] = []
        client.subscribe(events.append)
        await client.set_scene("Ring1")
        await client.set_scene("Ring1")
        await client.set_scene("Idle")
        await until(lambda: client.state.scene == "Idle", 10)
        assert await client.request(rq.GetScene()) == "Idle"
        for visible in (False, True):
            await client.set_item_visible("Ring1", "Overlay", visible)
            await until(lambda now=visible: client.state.items["Ring1"][0].visible is now, 10)
            assert await client.item_visible("Ring1", 2) is visible
        shown = [event for event in events if isinstance(event, ItemVisibility)]
        assert [(event.item, event.visible) for event in shown] == [("Overlay", False), ("Overlay", True)]
        assert [item.name for item in await client.items("Ring1")] == ["Overlay", "Mat"]
        for mistake in (client.set_scene("Missing"), client.items("Missing"), client.item_visible("Ring1", "Missing")):
            with pytest.raises(NotFound):
                await mistake
        assert [event for event in events if isinstance(event, UnknownEvent)] == []


async def test_studio_mode(obs: RealObs) -> None:
    async with client_of(obs) as client:
        await client.set_scene("Idle")
        for mistake in (client.set_preview("Replay"), client.take()):
            with pytest.raises(WrongState):
                await mistake
        await until(lambda: client.state.scene == "Idle", 10)
        await client.set_studio_mode(True)
        await client.set_studio_mode(True)
        await client.set_preview("Replay")
        await client.take()
        await until(lambda: (client.state.scene, client.state.preview) == ("Replay", "Idle"), 10)
        assert await client.request(rq.GetPreview()) == "Idle"
        await client.set_studio_mode(False)
        await until(lambda: client.state.scene == "Replay" and client.state.preview is None, 10)
        await asyncio.sleep(0.3)
        assert client.state.scene == await client.request(rq.GetScene()) == "Replay"


async def test_every_command_of_recording(obs: RealObs, tmp_path: Path) -> None:
    async with client_of(obs) as client:
        folder, name = await client.record_folder(), await client.file_name()
        assert Path(folder) == obs.videos
        await client.set_record_folder(str(tmp_path))
        await client.set_file_name("Bout 101 CRO-KOR")
        for mistake in (client.stop_record(), client.pause_record(), client.resume_record()):
            with pytest.raises(WrongState):
                await mistake
        await client.start_record()
        assert client.state.record_since is not None
        assert client.state.record_path == str(tmp_path / "Bout 101 CRO-KOR.mkv")
        with pytest.raises(WrongState):
            await client.start_record()
        await asyncio.sleep(0.5)
        await client.pause_record()
        assert (await client.record_status()).paused
        with pytest.raises(WrongState):
            await client.pause_record()
        await client.resume_record()
        await asyncio.sleep(0.5)
        status = await client.record_status()
        assert (status.active, status.paused) == (True, False)
        for newer in (client.split_record(), client.add_chapter("Round 1")):
            with pytest.raises((Unsupported, ActionFailed)):
                await newer
        assert await client.stop_record() == str(tmp_path / "Bout 101 CRO-KOR.mkv")
        assert client.state.record is OutputState.STOPPED
        await client.start_record()  # at once after a stop
        await client.stop_record()
        assert len(list(tmp_path.glob("*.mkv"))) == 2
        await client.set_record_folder(folder)
        await client.set_file_name(name)


async def test_pause_and_resume_as_fast_as_can_be_leave_a_recording_that_ends(obs: RealObs) -> None:
    async with client_of(obs) as client:
        await client.start_record()
        for _ in range(3):
            await client.pause_record()
            await client.resume_record()
        assert await client.stop_record()


async def test_every_command_of_replay_and_stream(obs: RealObs) -> None:
    async with client_of(obs) as client:
        for mistake in (client.save_replay(), client.stop_replay(), client.stop_stream(), client.last_replay()):
            with pytest.raises(WrongState):
                await mistake
        await client.start_replay()
        assert client.state.replaying
        await asyncio.sleep(1.5)
        path = await client.save_replay()
        assert path == client.state.last_replay == await client.last_replay()
        assert path
        assert Path(path).stat().st_size > 0
        await client.stop_replay()
        assert not client.state.replaying
        assert not (await client.stream_status()).active
        with pytest.raises(ObsError):  # no server is set: OBS stops again, or opens a dialog
            await client.start_stream()


async def test_everything_else(obs: RealObs) -> None:
    async with client_of(obs) as client:
        statistics = await client.statistics()
        assert statistics.disk_free_mb > 0
        assert round(statistics.fps) == obs.fps
        video = await client.request(rq.GetVideoFormat())
        assert (video.fps, video.base_width, video.output_height) == (obs.fps, *obs.size)
        assert {i.name for i in await client.request(rq.GetInputs())} == {"Mat", "Overlay", "Black"}
        await client.request(rq.SetInputSettings("Mat", {"color": 0xFF112233}))
        assert (await client.request(rq.GetInputSettings("Mat")))["color"] == 0xFF112233
        service = StreamService("rtmp_custom", {"server": "rtmp://127.0.0.1:1/x", "key": "k"})
        await client.request(rq.SetStreamService(service))
        told = await client.request(rq.GetStreamService())
        assert (told.kind, told.settings["server"]) == ("rtmp_custom", "rtmp://127.0.0.1:1/x")
        await client.request(rq.SendCustomMessage("restrike", {"round": 1}))
        assert {"simple_file_output", "Replay Buffer"} & {o.name for o in await client.request(rq.GetOutputs())}
        assert await client.profiles() == ("Test",)
        assert set(await client.collections()) == {"Test", "Second"}
        with pytest.raises(Unsupported):
            await client.request(rq.Call("NoSuchRequest"))
        assert (await client.request(rq.GetProfileParameter("Output", "Mode"))) == "Simple"


async def test_a_change_of_the_collection(obs: RealObs) -> None:
    async with client_of(obs) as client:
        switching = asyncio.ensure_future(client.set_collection("Second"))
        asked = [asyncio.ensure_future(client.request(rq.GetScenes())) for _ in range(5)]
        await switching
        await asyncio.gather(*asked)
        await until(lambda: client.state.scenes == ("Warm-up", "Ring1"), 10)
        assert client.state.collection == "Second"
        assert [item.name for item in client.state.items["Warm-up"]] == ["Camera"]
        await client.set_item_visible("Ring1", "Mat", True)
        await client.set_collection("Test")
        await until(lambda: client.state.scenes == ("Ring1", "Replay", "Idle"), 10)
        assert [item.name for item in client.state.items["Ring1"]] == ["Overlay", "Mat"]


async def test_a_wrong_password(obs: RealObs) -> None:
    client = Client(Instance("ring1", port=obs.port, password="wrong"), waits=PATIENT)
    client.start()
    with pytest.raises(AuthFailed):
        await client.until_connected(30)
    assert client.status.state is LinkState.HALTED
    await client.use(Instance("ring1", port=obs.port, password=PASSWORD))
    await client.until_connected(30)
    await client.stop()


async def test_another_client_is_followed(obs: RealObs) -> None:
    async with client_of(obs) as one, client_of(obs) as two:
        told: list[float] = []
        two.subscribe(lambda event: told.append(time.monotonic()) if isinstance(event, SceneChanged) else None)
        for scene in ("Ring1", "Idle", "Replay"):
            await one.set_scene(scene)
            await until(lambda now=scene: one.state.scene == two.state.scene == now, 10)
        assert len(told) >= 2
