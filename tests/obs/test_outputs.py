"""Recording, stream and replay buffer: a command is done when it has happened, and never waits for good."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from restrike_lab.obs import OutputState
from restrike_lab.obs.errors import (
    ActionFailed,
    ConnectionLost,
    NotConnected,
    RequestTimeout,
)
from restrike_lab.obs.events import Event, RecordState, ReplaySaved
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from tests.obs.coroutines import until
from tests.obs.peers import BOTH, pair

SECOND = {"Second": {"Warm-up": ("Camera", "Mat"), "Ring1": ("Mat",)}}


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


async def test_a_recording_that_begins_late_has_a_time_code_that_stands(tmp_path: Path) -> None:
    async with pair(FakeV5, Troubles(late_start_seconds=60.0)) as (_server, client):
        await client.start_record()
        await asyncio.sleep(0.05)
        assert (await client.record_status()).timecode_ms == 0


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


@BOTH
async def test_a_file_has_the_name_that_was_asked_for_and_no_two_have_the_same(kind: type[FakeObs]) -> None:
    async with pair(kind) as (_server, client):
        await client.set_file_name("101 CRO-KOR")
        paths = []
        for _ in range(2):
            await client.start_record()
            paths.append(await client.stop_record())
        assert [str(path).rpartition("/")[2] for path in paths] == ["101 CRO-KOR.mkv", "101 CRO-KOR (2).mkv"]
