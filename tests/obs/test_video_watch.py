"""Watching an OBS for the video clock, with servers of both protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from restrike_lab.obs import Client
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.video_clock import How
from restrike_lab.obs.video_fit import Encoder, Recorded, Replayed, fit, fit_replay, measured_lag
from restrike_lab.obs.video_probe import Probe
from restrike_lab.obs.video_watch import Hazard, VideoWatch
from tests.obs.coroutines import until
from tests.obs.peers import client_of, fake

BOTH = pytest.mark.parametrize("kind", [FakeV4, FakeV5])


@dataclass
class Seen:
    """What a watch has told, and the files that can be looked into."""

    kept: dict[int, Recorded] = field(default_factory=dict)
    replays: list[Replayed] = field(default_factory=list)
    hazards: list[Hazard] = field(default_factory=list)
    lengths: dict[str, float] = field(default_factory=dict)
    watch: VideoWatch = field(init=False)

    def keep(self, found: Recorded | Replayed) -> None:
        if isinstance(found, Recorded):
            self.kept[found.begun.mono_ns] = found
        else:
            self.replays.append(found)

    def look_in(self, path: str) -> Probe | None:
        length = self.lengths.get(path)
        return None if length is None else Probe(length, length, 30.0)

    @property
    def last(self) -> Recorded:
        return self.kept[max(self.kept)]


@asynccontextmanager
async def watched(client: Client, resume: Recorded | None = None, epoch: int = 1) -> AsyncIterator[Seen]:
    seen = Seen()
    seen.watch = VideoWatch(client, seen.keep, seen.hazards.append, epoch=epoch, resume=lambda: resume,
                            look_in=seen.look_in)  # fmt: skip
    try:
        yield seen
    finally:
        await seen.watch.stop()


@asynccontextmanager
async def stage(kind: type[FakeObs] = FakeV5, troubles: Troubles | None = None, **options: object) -> AsyncIterator[
    tuple[FakeObs, Client, Seen]
]:  # fmt: skip
    async with fake(kind, troubles, **options) as server, client_of(server) as client, watched(client) as seen:
        yield server, client, seen


@BOTH
async def test_a_recording_is_kept_from_its_start_to_its_end(kind: type[FakeObs]) -> None:
    async with stage(kind) as (server, client, seen):
        await client.start_record()
        running = seen.last
        assert (running.instance, running.told, running.encoder) == ("ring1", True, Encoder.IDLE)
        assert running.ended is None
        assert running.local
        await client.stop_record()
        ended = seen.last
        assert len(seen.kept) == 1
        assert ended.ended is not None
        assert ended.files[0].path == client.state.record_path
        assert not ended.lost
        assert (ended.epoch, ended.profile) == (1, "Test")
        assert server.studio.record.active is False


@BOTH
async def test_pauses_are_kept_and_one_that_lasts_ends_with_the_recording(kind: type[FakeObs]) -> None:
    async with stage(kind) as (_server, client, seen):
        await client.start_record()
        await client.pause_record()
        assert seen.last.pauses[0].ended is None
        await client.resume_record()
        await client.pause_record()
        await client.stop_record()
        first, second = seen.last.pauses
        assert first.ended
        assert first.ended.mono_ns > first.begun.mono_ns
        assert second.ended == seen.last.ended


@BOTH
async def test_the_time_code_is_looked_at_and_tells_the_lag(kind: type[FakeObs]) -> None:
    async with stage(kind) as (_server, client, seen):
        await client.start_record()
        await until(lambda: seen.last.behind is not None, 5)
        assert seen.last.behind
        assert seen.last.behind.ms == pytest.approx(600, abs=60)
        assert seen.last.fps == pytest.approx(30)
        assert measured_lag(replace(seen.last, begun=client.clock()), [seen.last]).measured
        await client.stop_record()
        assert fit(seen.last, measured_lag(seen.last, [])).how is How.START


@BOTH
@pytest.mark.parametrize("output", ["replay", "stream"])
async def test_what_runs_on_the_encoder_at_the_start_is_noted(kind: type[FakeObs], output: str) -> None:
    async with stage(kind) as (_server, client, seen):
        await (client.start_replay() if output == "replay" else client.start_stream())
        await client.start_record()
        assert seen.last.encoder is Encoder.BUSY


async def test_a_recording_without_a_picture_is_warned_of_while_it_runs_and_when_it_has_one() -> None:
    async with stage(troubles=Troubles(late_start_seconds=2.0)) as (_server, client, seen):
        await client.start_replay()
        await client.start_record()
        await until(lambda: seen.hazards, 5)
        assert "no picture for 1.5 s" in seen.hazards[0].message
        assert "key frame interval to 1 s" in seen.hazards[0].hint
        assert seen.last.late
        assert seen.watch.hazard is seen.hazards[0]
        await until(lambda: len(seen.hazards) == 2, 5)
        assert "missing" in seen.hazards[1].message
        assert seen.last.behind
        assert seen.last.behind.ms == pytest.approx(2_600, abs=80)
        await client.stop_record()
        await client.start_record()
        assert seen.watch.hazard is None


async def test_a_recording_that_ended_without_a_picture_is_an_error() -> None:
    async with stage(troubles=Troubles(late_start_seconds=60.0)) as (_server, client, seen):
        await client.start_record()
        seen.lengths[str(client.state.record_path)] = 0.0
        await client.stop_record()
        await until(lambda: seen.hazards, 5)
        assert seen.hazards[0].level == "error"
        assert "holds no picture" in seen.hazards[0].message


async def test_a_paused_recording_is_not_late() -> None:
    async with stage() as (_server, client, seen):
        await client.start_record()
        await client.pause_record()
        await asyncio.sleep(1.9)
        assert seen.hazards == []
        assert not seen.last.late


async def test_a_split_is_a_further_file() -> None:
    async with stage(version="5.5.2") as (server, client, seen):
        server.studio.splitting_possible = True
        await client.start_record()
        await asyncio.sleep(0.3)
        await client.split_record()
        await until(lambda: len(seen.last.files) == 2, 5)
        first, second = seen.last.files
        assert first.path != second.path == client.state.record_path
        assert second.since
        assert second.since.mono_ns > seen.last.begun.mono_ns
        await client.stop_record()
        assert len(seen.last.files) == 2


async def test_files_that_obs_did_not_tell_of_are_found_by_their_length(tmp_path: Path) -> None:
    async with stage(folder=str(tmp_path)) as (_server, client, seen):
        await client.start_record()
        first = str(client.state.record_path)
        for name in (first, str(tmp_path / "next.mkv"), str(tmp_path / "other.mkv")):
            await asyncio.sleep(0.02)
            Path(name).write_bytes(b"x")
        seen.lengths = {first: 500.0, str(tmp_path / "next.mkv"): 1_600.0}  # the other one is no video
        await asyncio.sleep(2.1)
        await client.stop_record()
        await until(lambda: len(seen.last.files) == 2, 5)
        assert [each.length_ms for each in seen.last.files] == [500.0, 1_600.0]


async def test_files_that_do_not_fit_are_left_alone(tmp_path: Path) -> None:
    async with stage(folder=str(tmp_path)) as (_server, client, seen):
        await client.start_record()
        first = str(client.state.record_path)
        for name in (first, str(tmp_path / "next.mkv")):
            Path(name).write_bytes(b"x")
        seen.lengths = {first: 500.0, str(tmp_path / "next.mkv"): 60_000.0}
        await asyncio.sleep(2.1)
        await client.stop_record()
        await until(lambda: seen.last.length_ms is not None, 5)
        assert len(seen.last.files) == 1


async def test_a_replay_is_kept_with_the_moment_it_was_asked_for() -> None:
    async with stage() as (_server, client, seen):
        await client.start_replay()
        before = client.clock()
        path = str(await client.save_replay())
        after = client.clock()
        [replay] = seen.replays
        assert replay.path == path
        assert replay.asked
        assert before.mono_ns <= replay.asked.mono_ns <= after.mono_ns
        assert client.replay_asked is None


async def test_a_replay_that_others_asked_for_is_kept_by_its_news() -> None:
    async with stage() as (server, client, seen):
        await client.start_replay()
        server.studio.save_replay()
        await until(lambda: seen.replays, 5)
        assert seen.replays[0].asked is None
        assert fit_replay(replace(seen.replays[0], length_ms=5_000.0)).how is How.SAVED


async def test_a_replay_is_looked_into() -> None:
    async with stage() as (server, client, seen):
        await client.start_replay()
        server.studio.new_path = lambda prefix="": f"/rec/{prefix}a.mkv"  # type: ignore[method-assign]
        seen.lengths["/rec/Replay a.mkv"] = 4_000.0
        await client.save_replay()
        await until(lambda: seen.replays[-1].length_ms == 4_000.0, 5)
        assert seen.replays[-1].saved == seen.replays[0].saved


# -- the lab or OBS goes away and comes back ---------------------------------------------------------------------------


@BOTH
async def test_a_recording_that_runs_already_is_taken_up_by_its_time_code(kind: type[FakeObs]) -> None:
    async with fake(kind) as server, client_of(server) as before:
        await before.start_record()
        server.studio.record.begun -= 60
        async with client_of(server) as client, watched(client) as seen:
            await until(lambda: seen.kept and seen.last.behind, 5)
            assert (seen.last.told, seen.last.encoder) == (False, Encoder.UNKNOWN)
            clock = fit(seen.last, measured_lag(seen.last, []))
            place = clock.place(client.clock().mono_ns)
            assert place is not None
            assert place.position_ms == pytest.approx(61_000, abs=2_000)
            await client.stop_record()
            await until(lambda: seen.last.files[0].path is not None, 5)


async def test_a_recording_goes_on_when_the_connection_comes_back() -> None:
    async with stage() as (server, client, seen):
        await client.start_record()
        await until(lambda: seen.last.behind, 5)
        begun = seen.last.begun
        server.drop()
        await until(lambda: not client.connected, 5)
        await client.until_connected(5)
        await until(lambda: seen.watch.current is not None, 5)
        await client.stop_record()
        assert list(seen.kept) == [begun.mono_ns]
        assert seen.last.ended
        assert not seen.last.lost


async def test_a_recording_that_is_over_when_the_connection_comes_back_is_ended_as_lost() -> None:
    async with stage() as (server, client, seen):
        await client.start_record()
        server.drop()
        await until(lambda: not client.connected, 5)
        server.studio.record.active = False
        await client.until_connected(5)
        await until(lambda: seen.last.ended is not None, 5)
        assert seen.last.lost
        assert seen.watch.current is None


async def test_a_recording_of_an_earlier_hub_goes_on_in_this_one() -> None:
    async with stage() as (server, client, seen):
        await client.start_record()
        await until(lambda: seen.last.behind, 5)
        earlier = seen.last
        async with client_of(server) as later, watched(later, resume=earlier, epoch=2) as again:
            await until(lambda: again.kept, 5)
            assert list(again.kept) == [pytest.approx(earlier.begun.mono_ns, abs=5_000_000)]
            assert (again.last.epoch, again.last.told) == (2, True)
            assert again.last.begun.wall_ns == earlier.begun.wall_ns
            await later.stop_record()
            await until(lambda: again.last.ended is not None, 5)


async def test_a_pause_that_nobody_saw_makes_it_another_recording() -> None:
    async with stage() as (server, client, seen):
        await client.start_record()
        await until(lambda: seen.last.behind, 5)
        server.drop()
        await until(lambda: not client.connected, 5)
        server.studio.record.paused_for += 30  # as if it had been paused for so long
        server.studio.record.begun -= 60
        await client.until_connected(5)
        await until(lambda: len(seen.kept) == 2, 5)
        first, second = (seen.kept[key] for key in sorted(seen.kept))
        assert first.lost
        assert not second.told
