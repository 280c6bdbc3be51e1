"""One OBS as the lab uses it: the state stays true, and both protocols do the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.obs import Client, LinkState, OutputState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    ActionFailed,
    ConnectionLost,
    NotConnected,
    NotFound,
    NotReady,
    ObsError,
    RequestTimeout,
    Unsupported,
    WrongState,
)
from restrike_lab.obs.events import CollectionChanged, Event, ItemVisibility, RecordState, ReplaySaved, SceneChanged
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.results import StreamService
from tests.obs.coroutines import until
from tests.obs.peers import PASSWORD, SHORT, client_of, fake

BOTH = pytest.mark.parametrize("kind", [FakeV4, FakeV5])
SECOND = {"Second": {"Warm-up": ("Camera", "Mat"), "Ring1": ("Mat",)}}


@asynccontextmanager
async def pair(
    kind: type[FakeObs] = FakeV5, troubles: Troubles | None = None, **more: Any
) -> AsyncIterator[tuple[FakeObs, Client]]:
    async with fake(kind, troubles, **more) as server, client_of(server) as client:
        yield server, client


# -- the state ---------------------------------------------------------------------------------------------------------


@BOTH
async def test_after_connecting_everything_is_known(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        state = client.state
        assert state.protocol == ("v4" if kind is FakeV4 else "v5")
        assert state.versions is not None
        assert state.versions.websocket == server.version
        assert (state.scenes, state.scene, state.preview) == (("Ring1", "Replay", "Idle"), "Ring1", None)
        assert [(item.name, item.number, item.visible) for item in state.items["Ring1"]] == [
            ("Overlay", 2, True),
            ("Mat", 1, True),
        ]
        assert (state.studio_mode, state.recording, state.streaming, state.replaying) == (False, False, False, False)
        assert (state.collection, state.profile) == ("Test", "Test")
        await until(lambda: client.state.statistics is not None)


@BOTH
async def test_what_others_do_in_obs_is_followed(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        studio = server.studio
        studio.set_scene("Idle")
        studio.set_visible("Ring1", "Overlay", False)
        studio.start(studio.record)
        studio.start(studio.replay)
        studio.start(studio.stream)
        await until(lambda: client.state.scene == "Idle" and client.state.replaying and client.state.streaming)
        assert client.state.record is OutputState.STARTED
        assert client.state.record_path == studio.record.path
        assert client.state.record_since is not None
        assert not next(item for item in client.state.items["Ring1"] if item.name == "Overlay").visible
        studio.pause()
        await until(lambda: client.state.paused)
        assert client.state.recording
        studio.set_studio_mode(True)
        studio.set_preview("Replay")
        await until(lambda: client.state.preview == "Replay" and client.state.studio_mode)
        studio.set_studio_mode(False)
        await until(lambda: client.state.preview is None)
        assert client.state.scene == "Idle"


@BOTH
async def test_a_state_already_there_is_read_when_connecting(kind: type[FakeObs]) -> None:
    async with fake(kind) as server:
        studio = server.studio
        studio.set_studio_mode(True)
        studio.set_preview("Replay")
        studio.start(studio.record)
        studio.start(studio.replay)
        await until(lambda: studio.record.active and studio.replay.active)
        studio.pause()
        await until(lambda: studio.record.paused)
        async with client_of(server) as client:
            state = client.state
            assert (state.studio_mode, state.preview, state.scene) == (True, "Replay", "Ring1")
            assert (state.record, state.record_since, state.replaying) == (OutputState.PAUSED, None, True)


@BOTH
async def test_a_visibility_event_names_the_item(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        server.studio.set_visible("Ring1", "Mat", False)
        await until(lambda: events)
        event = events[0]
        assert isinstance(event, ItemVisibility)
        assert (event.scene, event.item, event.item_id, event.visible) == ("Ring1", "Mat", 1, False)


async def test_an_item_that_is_not_known_yet_makes_the_scene_be_read_again() -> None:
    async with pair(FakeV5) as (server, client):
        studio = server.studio
        studio.scenes["Ring1"].insert(0, type(studio.scenes["Ring1"][0])(9, "New", True))
        studio.set_visible("Ring1", "New", False)
        await until(lambda: any(item.name == "New" for item in client.state.items["Ring1"]))


@BOTH
async def test_after_a_reconnect_everything_is_read_again(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        server.drop()
        server.studio.program = "Replay"
        server.studio.scenes["Late"] = []
        await until(lambda: client.status.connects == 2)
        assert (client.state.scene, client.state.scenes[-1]) == ("Replay", "Late")


@BOTH
async def test_while_there_is_no_connection_nothing_is_said_to_be_known(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        server.studio.start(server.studio.record)
        await until(lambda: client.state.recording)
        await server.stop()
        await until(lambda: not client.connected)
        assert (client.state.record, client.state.scene, client.state.statistics) == (None, None, None)
        with pytest.raises(NotConnected):
            await client.set_scene("Idle")


@BOTH
async def test_a_change_of_the_collection_is_waited_for_and_read(kind: type[FakeObs]) -> None:
    async with pair(kind, collections=SECOND) as (server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        await client.set_collection("Second")
        await until(lambda: any(isinstance(event, CollectionChanged) for event in events))
        await until(lambda: client.state.scenes == ("Warm-up", "Ring1"))
        assert client.state.collection == "Second"
        assert [item.name for item in client.state.items["Warm-up"]] == ["Camera", "Mat"]
        await client.set_item_visible("Ring1", "Mat", False)
        assert server.studio.item("Ring1", "Mat").visible is False


@pytest.mark.parametrize("version", ["5.1.0", "5.5.2"])
async def test_requests_during_a_change_of_the_collection_get_the_truth_after_it(version: str) -> None:
    troubles = Troubles(removal_flood=50)
    async with pair(FakeV5, troubles, version=version, collections=SECOND) as (server, client):
        server.studio.pace = server.studio.pace.__class__(collection=0.2)
        server.studio.set_collection("Second")
        await until(lambda: client.state.changing)
        scenes = await client.request(rq.GetScenes())
        assert scenes.scenes == ("Warm-up", "Ring1")
        await until(lambda: client.state.scenes == ("Warm-up", "Ring1"))
        asked = sum(request["requestType"] == "GetSceneList" for request in server.requests)
        assert asked <= 5  # a flood of removals is no flood of questions


async def test_a_request_that_obs_is_not_ready_for_is_repeated_and_everything_read_again() -> None:
    async with pair(FakeV5) as (server, client):
        server.studio.program = "Idle"  # nobody told
        server.troubles.not_ready = 3
        assert await client.request(rq.GetStudioMode()) is False
        await until(lambda: client.state.scene == "Idle")


async def test_connecting_waits_until_obs_is_ready() -> None:
    async with pair(FakeV5) as (server, client):
        server.troubles.not_ready = 8
        server.drop()
        await until(lambda: client.status.connects == 2)
        assert server.troubles.not_ready == 0
        assert client.state.scene == "Ring1"


async def test_never_ready_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.obs.client.NOT_READY_SECONDS", 0.2)
    async with pair(FakeV5) as (server, client):
        server.troubles.not_ready = 1 << 30
        with pytest.raises(NotReady):
            await client.request(rq.GetStudioMode())


async def test_the_flood_before_the_end_of_obs_does_no_harm() -> None:
    async with pair(FakeV5, Troubles(removal_flood=500)) as (server, client):
        await server.stop()
        await until(lambda: not client.connected)
        assert isinstance(client.status.error, ObsError)


async def test_an_obs_that_answers_pings_but_no_requests_is_seen_as_not_responding() -> None:
    async with fake(FakeV5) as server, client_of(server, waits=SHORT) as client:
        client._statistics_seconds = 0.05
        await until(lambda: client.state.statistics is not None)
        server.troubles.unanswered = {"*"}
        await until(lambda: not client.state.responding, 15)
        assert client.connected
        server.troubles.unanswered = set()
        await until(lambda: client.state.responding, 15)


async def test_a_listener_that_fails_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with pair() as (server, client):
        seen: list[Event] = []
        client.subscribe(lambda event: 1 / 0)  # type: ignore[arg-type, return-value]
        unsubscribe = client.subscribe(seen.append)
        client.watch(lambda client: 1 / 0)  # type: ignore[arg-type, return-value]
        server.studio.set_scene("Idle")
        await until(lambda: client.state.scene == "Idle" and seen)
        unsubscribe()
        count = len(seen)
        server.studio.set_scene("Ring1")
        await until(lambda: client.state.scene == "Ring1")
        assert len(seen) == count
        assert "a listener to OBS failed" in caplog.text


# -- commands, the same in both protocols ------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("order", ["reply first", "events first", "mixed"])
async def test_every_operation_that_v4_has_does_the_same_in_v5(kind: type[FakeObs], order: Any, tmp_path: Path) -> None:
    async with pair(kind, Troubles(order=order), folder=str(tmp_path)) as (server, client):
        await client.set_scene("Idle")
        await client.set_scene("Idle")
        await client.set_studio_mode(True)
        await client.set_studio_mode(True)
        await client.set_preview("Replay")
        await client.set_preview("Replay")
        await client.take()
        await until(lambda: (client.state.scene, client.state.preview) == ("Replay", "Idle"))
        await client.set_studio_mode(False)
        await client.set_item_visible("Ring1", "Overlay", False)
        assert await client.item_visible("Ring1", "Overlay") is False
        await client.set_item_visible("Ring1", 2, True)
        assert await client.item_visible("Ring1", 2) is True
        assert [(i.name, i.visible) for i in await client.items("Ring1")] == [("Overlay", True), ("Mat", True)]

        await client.set_record_folder(str(tmp_path / "rec"))
        assert await client.record_folder() == str(tmp_path / "rec")
        await client.set_file_name("Bout 101 CRO-KOR")
        assert await client.file_name() == "Bout 101 CRO-KOR"
        await client.start_record()
        assert client.state.record is OutputState.STARTED
        assert (await client.record_status()).active
        await client.pause_record()
        assert client.state.paused
        assert (await client.record_status()).paused
        await client.resume_record()
        assert not client.state.paused
        path = await client.stop_record()
        assert path
        assert path.startswith(str(tmp_path / "rec"))
        assert client.state.record is OutputState.STOPPED

        await client.start_replay()
        assert client.state.replaying
        await client.stop_replay()
        await client.start_stream()
        assert (await client.stream_status()).active
        await client.request(rq.SendCaption("Round 1"))
        await client.stop_stream()
        assert not client.state.streaming

        assert {i.name for i in await client.request(rq.GetInputs())} == {"Mat", "Overlay", "Black"}
        await client.request(rq.SetInputSettings("Mat", {"color": 7}))
        assert await client.request(rq.GetInputSettings("Mat")) == {"color": 7}
        await client.request(rq.SetMuted("Mat", True))
        assert await client.request(rq.GetMuted("Mat")) is True
        await client.request(rq.SetVolume("Mat", 0.5))
        assert await client.request(rq.GetVolume("Mat")) == 0.5
        await client.request(rq.SetStreamService(StreamService("rtmp_custom", {"server": "rtmp://x", "key": "k"})))
        assert await client.request(rq.GetStreamService()) == StreamService(
            "rtmp_custom", {"server": "rtmp://x", "key": "k"}
        )
        assert await client.collections() == ("Test",)
        assert await client.profiles() == ("Test",)
        await client.set_profile("Test")
        await client.request(rq.TriggerHotkey("OBSBasic.Screenshot"))
        assert (await client.statistics()).fps > 29
        assert server.studio.program == "Replay"


@BOTH
async def test_the_same_mistakes_are_the_same_errors(kind: type[FakeObs]) -> None:
    async with pair(kind) as (_server, client):
        for mistake, error in [
            (client.set_scene("Missing"), NotFound),
            (client.set_item_visible("Ring1", "Missing", True), NotFound),
            (client.items("Missing"), NotFound),
            (client.item_visible("Missing", "Mat"), NotFound),
            (client.set_preview("Idle"), WrongState),
            (client.take(), WrongState),
            (client.stop_record(), WrongState),
            (client.pause_record(), WrongState),
            (client.resume_record(), WrongState),
            (client.stop_stream(), WrongState),
            (client.stop_replay(), WrongState),
            (client.save_replay(), WrongState),
            (client.set_collection("Missing"), NotFound),
            (client.set_profile("Missing"), NotFound),
            (client.request(rq.Call("NoSuchRequest")), Unsupported),
        ]:
            with pytest.raises(error):
                await mistake
        await client.start_record()
        with pytest.raises(WrongState):
            await client.start_record()
        await client.pause_record()
        with pytest.raises(WrongState):
            await client.pause_record()


async def test_what_v4_does_not_have_is_refused_with_the_reason() -> None:
    async with pair(FakeV4) as (_server, client):
        for command, reason in [
            (client.add_chapter("R1"), "knows no chapters"),
            (client.split_record(), "cannot split"),
            (client.last_replay(), "where a replay was saved"),
            (client.request(rq.GetProfileParameter("Output", "Mode")), "parameters of a profile"),
            (client.request(rq.ToggleRecordPause()), "no toggle"),
        ]:
            with pytest.raises(Unsupported, match=reason):
                await command


async def test_chapters_where_obs_has_them() -> None:
    async with pair(FakeV5, version="5.5.2") as (server, client):
        await client.start_record()
        with pytest.raises(ActionFailed, match="chapter markers"):
            await client.add_chapter("Round 1")
        server.studio.chapters_possible = True
        await client.add_chapter("Round 1")
        assert [name for name, _ in server.studio.chapters] == ["Round 1"]


# -- replies mean "accepted" -------------------------------------------------------------------------------------------


async def test_a_saved_replay_has_its_path_in_v5() -> None:
    async with pair(FakeV5) as (server, client):
        await client.start_replay()
        path = await client.save_replay()
        assert path == server.studio.last_replay == await client.last_replay() == client.state.last_replay


async def test_a_saved_replay_is_found_in_its_folder_in_v4(tmp_path: Path) -> None:
    (tmp_path / "older.mkv").write_bytes(b"x")
    async with pair(FakeV4, folder=str(tmp_path)) as (_server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        await client.start_replay()
        saving = asyncio.ensure_future(client.save_replay())
        await asyncio.sleep(0.15)
        (tmp_path / "notes.txt").write_bytes(b"x")
        (tmp_path / "Replay new.mkv").write_bytes(b"some video")
        assert await saving == str(tmp_path / "Replay new.mkv")
        assert [event.path for event in events if isinstance(event, ReplaySaved)] == [str(tmp_path / "Replay new.mkv")]


async def test_a_saved_replay_in_a_folder_of_another_machine_has_no_path_in_v4() -> None:
    async with pair(FakeV4, folder="/nowhere/on/this/machine") as (_server, client):
        await client.start_replay()
        assert await client.save_replay() is None


async def test_a_start_that_obs_forgets_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.obs.outputs.FORGOTTEN_SECONDS", 0.1)
    async with pair(FakeV5) as (server, client):
        server.troubles.forgotten_starts = 2
        await client.start_record()
        assert client.state.recording


@BOTH
async def test_a_change_that_never_comes_is_a_time_out(kind: type[FakeObs], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECORD_SECONDS", "STREAM_SECONDS", "REPLAY_SECONDS"):
        monkeypatch.setattr(f"restrike_lab.obs.outputs.{name}", 0.2)
    troubles = Troubles(never={"record stopped", "replay saved"}, dialog_on_stream=True)
    async with pair(kind, troubles) as (_server, client):
        with pytest.raises(RequestTimeout, match="StartStream"):
            await client.start_stream()
        await client.start_record()
        with pytest.raises(RequestTimeout, match="StopRecord"):
            await client.stop_record()
        if kind is FakeV5:
            await client.start_replay()
            with pytest.raises(RequestTimeout, match="not saved"):
                await client.save_replay()


async def test_a_change_whose_event_was_lost_is_seen_in_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.obs.outputs.RECORD_SECONDS", 0.2)
    async with pair(FakeV5) as (server, client):
        server.wants = lambda guest, intent: False  # type: ignore[method-assign]
        await client.start_record()
        assert (await client.record_status()).active


@BOTH
async def test_a_start_that_ends_in_a_stop_is_a_failure(kind: type[FakeObs]) -> None:
    async with pair(kind, Troubles(stream_stops=True)) as (_server, client):
        with pytest.raises(ActionFailed, match="then OBS stopped"):
            await client.start_stream()


async def test_a_listener_sees_the_state_after_its_event() -> None:
    async with pair() as (server, client):
        seen: list[str | None] = []
        client.subscribe(lambda event: seen.append(client.state.scene) if isinstance(event, SceneChanged) else None)
        server.studio.set_scene("Idle")
        await until(lambda: seen == ["Idle"])


async def test_a_recording_that_begins_late_has_a_time_code_that_stands(tmp_path: Path) -> None:
    async with pair(FakeV5, Troubles(late_start_seconds=60.0)) as (_server, client):
        await client.start_record()
        await asyncio.sleep(0.05)
        assert (await client.record_status()).timecode_ms == 0


async def test_a_congestion_that_is_no_number_is_not_known() -> None:
    async with pair(FakeV5, Troubles(answers={"GetStreamStatus": {"outputCongestion": None}})) as (_server, client):
        assert (await client.stream_status()).congestion is None


@BOTH
async def test_a_stop_and_a_start_one_after_the_other_both_happen(kind: type[FakeObs]) -> None:
    async with pair(kind) as (_server, client):
        await client.start_record()
        stopping = asyncio.ensure_future(client.stop_record())
        await asyncio.sleep(0)
        await client.start_record()
        assert stopping.done()
        assert client.state.recording


async def test_a_start_waits_for_a_stop_that_another_client_began() -> None:
    async with pair(FakeV5) as (server, client):
        await client.start_record()
        server.studio.pace = server.studio.pace.__class__(stopping=0.2, starting=0.002)
        server.studio.stop(server.studio.record)
        await until(lambda: client.state.record is OutputState.STOPPING)
        await client.start_record()
        assert client.state.recording


@BOTH
async def test_a_connection_that_breaks_while_a_change_is_waited_for_fails_it_at_once(kind: type[FakeObs]) -> None:
    async with pair(kind, Troubles(never={"record started"})) as (server, client):
        starting = asyncio.ensure_future(client.start_record())
        await until(lambda: client.state.record is OutputState.STARTING)
        server.drop()
        with pytest.raises((ConnectionLost, NotConnected)):
            async with asyncio.timeout(5):
                await starting


@pytest.mark.parametrize("version", ["5.1.0", "5.5.2"])
async def test_the_folder_is_set_in_versions_with_and_without_a_request_for_it(version: str) -> None:
    async with pair(FakeV5, version=version) as (server, client):
        await client.set_record_folder("/videos/ring1")
        assert server.studio.folder == "/videos/ring1"
        asked = {request["requestType"] for request in server.requests}
        assert ("SetRecordDirectory" in asked) == (version == "5.5.2")


async def test_garbage_time_codes_are_not_taken_for_times() -> None:
    async with pair(FakeV4, Troubles(garbage_timecode=True)) as (_server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        await client.start_record()
        await client.stop_record()
        codes = [event.timecode_ms for event in events if isinstance(event, RecordState)]
        assert all(code is None or code < 10_000 for code in codes)


async def test_until_connected_says_what_stands_in_the_way() -> None:
    async with fake(FakeV5) as server, client_of(server) as client:
        await client.use(client.instance.__class__("ring1", port=server.port, password="wrong"))
        with pytest.raises(ObsError, match="refused the password"):
            await client.until_connected(10)
        assert client.status.state is LinkState.HALTED
        await client.use(client.instance.__class__("ring1", port=server.port, password=PASSWORD))
        await client.until_connected(10)
        client.reconnect()
        await client.stop()
        with pytest.raises(NotConnected):
            await client.until_connected(0.05)


@BOTH
async def test_a_pause_and_a_resume_that_obs_forgets_are_repeated(
    kind: type[FakeObs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restrike_lab.obs.outputs.FORGOTTEN_SECONDS", 0.1)
    async with pair(kind) as (server, client):
        await client.start_record()
        server.troubles.forgotten_pauses = 2
        await client.pause_record()
        assert client.state.paused
        server.troubles.forgotten_pauses = 2
        await client.resume_record()
        assert client.state.recording
        assert not client.state.paused
