"""What can happen to a recording while it is made, each with marks: situations in which the video clock must hold."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from restrike_lab.obs import Client, Instance, Stamp
from restrike_lab.obs import requests as rq
from restrike_lab.obs.results import Statistics, StreamService
from restrike_lab.obs.transport import Waits
from restrike_lab.obs.video_fit import Encoder, Lag, Recorded, Replayed, fit, fit_replay, measured_lag
from restrike_lab.obs.video_watch import Hazard, VideoWatch
from tests.obs.coroutines import until
from tests.obs.peers import free_port
from tests.peers.marks import Marked, VideoObs, compare, set_marks
from tests.peers.real_obs import PASSWORD

__all__ = ["Stage", "stage_of"]

TRIES, MOST_REPEATED, FEW_FRAMES, SLOW_MS = 3, 4, 2, 60.0


@dataclass
class Stage:
    """A client of a real OBS that is watched, and everything that came of it."""

    client: Client
    kept: dict[int, Recorded] = field(default_factory=dict)
    replays: dict[int, Replayed] = field(default_factory=dict)
    hazards: list[Hazard] = field(default_factory=list)
    disturbed: int = 0
    slowest: float = 0.0
    results: list[Marked] = field(default_factory=list)
    watch: VideoWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = VideoWatch(self.client, self.keep, self.hazards.append)

    def keep(self, found: Recorded | Replayed) -> None:
        if isinstance(found, Recorded):
            self.kept[found.begun.mono_ns] = found
        else:
            self.replays[found.saved.mono_ns] = found

    @property
    def last(self) -> Recorded:
        return self.kept[max(self.kept)]

    async def use(self, profile: str) -> None:
        """Use a profile of OBS."""
        if self.client.state.profile != profile:
            await self.client.set_profile(profile)
            await until(lambda: self.client.state.profile == profile, 10)
            await asyncio.sleep(0.5)

    async def stop(self, situation: str, marks: Sequence[Stamp], *, lag: Lag | None = None) -> Recorded:
        """End the recording and compare it with its marks."""
        await asyncio.sleep(0.4)
        await self.client.stop_record()
        await until(lambda: self.last.length_ms is not None, 20)
        recorded = self.last
        clock = fit(recorded, lag or measured_lag(recorded, list(self.kept.values())))
        paths = [each.path for each in recorded.files if each.path]
        self.results.append(compare(situation, clock, marks, paths))
        return recorded

    async def mark(self, count: int) -> list[Stamp]:
        """Set marks."""
        marks, slowest = await set_marks(self.client, count)
        self.slowest = max(self.slowest, slowest)
        return marks

    async def undisturbed(self, situation: Callable[[], Awaitable[object]]) -> None:
        """Go through a situation, again where OBS missed frames or was slow, as on a machine that is busy with others.

        What came of the last try counts in any case.
        """
        for tries in range(TRIES):
            before, known = await self.client.statistics(), len(self.results)
            self.slowest = 0.0
            await situation()
            after = await self.client.statistics()
            if _missed(after) - _missed(before) <= FEW_FRAMES and self.slowest < SLOW_MS:
                return
            if tries == TRIES - 1 or self.disturbed >= MOST_REPEATED:
                return
            self.disturbed += 1
            del self.results[known:]

    # -- the situations ------------------------------------------------------------------------------------------------

    async def idle(self, profile: str, marks: int = 16) -> Recorded:
        await self.use(profile)
        await self.client.start_record()
        return await self.stop(f"encoder idle, {profile}", await self.mark(marks))

    async def paused(self, pauses: int = 2) -> None:
        await self.use("Test")
        await self.client.start_record()
        marks = await self.mark(6)
        for _ in range(pauses):
            await asyncio.sleep(0.3)
            await self.client.pause_record()
            await asyncio.sleep(0.7)
            await self.client.resume_record()
            marks += await self.mark(6)
        await self.stop(f"{pauses} pauses", marks)

    async def split(self) -> None:
        """OBS 29 splits by its hotkey and tells nobody."""
        await self.use("Every1")
        await self.client.start_record()
        marks = await self.mark(6)
        await asyncio.sleep(0.8)  # the change is written then, and no cut falls on it
        await self.client.request(rq.TriggerHotkey("OBSBasic.SplitFile"))
        await asyncio.sleep(1.3)
        marks += await self.mark(10)
        recorded = await self.stop("split, untold", marks)
        assert len(recorded.files) == 2

    async def replay_running(self, profile: str, marks: int = 16, wait: float = 0.0, replay: bool = False) -> None:
        """Marks begin after ``wait`` seconds; the first makes the encoder set a key frame, so the file begins there."""
        await self.use(profile)
        await self.client.start_replay()
        await asyncio.sleep(1.2)
        await self.client.start_record()
        await asyncio.sleep(wait)
        set_ = await self.mark(marks)
        name = f"replay buffer runs, {profile}" + (f", {wait:g} s" if wait else "")
        if replay:
            await asyncio.sleep(0.3)
            await self.client.save_replay()
            await until(lambda: max(self.replays.items())[1].length_ms, 20)
            self.compare_replays(name, set_)
        recorded = await self.stop(name, set_)
        self.while_it_ran(name, recorded, set_)
        await self.client.stop_replay()

    def while_it_ran(self, name: str, recorded: Recorded, marks: Sequence[Stamp]) -> None:
        """Compare what was known before the recording ended, with a measured lag and with none."""
        live = replace(recorded, ended=None, files=(replace(recorded.files[0], length_ms=None, written_ms=None),))
        paths = [each.path for each in recorded.files if each.path]
        for lag in (measured_lag(recorded, list(self.kept.values())), measured_lag(recorded, [])):
            self.results.append(compare(f"{name}, not ended", fit(live, lag), marks, paths))

    def compare_replays(self, name: str, marks: Sequence[Stamp]) -> None:
        replayed = max(self.replays.items())[1]
        assert replayed.path
        assert replayed.asked
        self.results.append(compare(f"saved replay, {name}", fit_replay(replayed), marks, [replayed.path]))
        others = replace(replayed, asked=None)
        self.results.append(compare("saved replay, asked by others", fit_replay(others), marks, [replayed.path]))

    async def nothing_moves(self, profile: str = "Test", seconds: float = 2.2) -> Recorded:
        """A short recording while the replay buffer runs, of a picture that stands still."""
        await self.use(profile)
        await self.client.start_replay()
        await asyncio.sleep(1.2)
        await self.client.start_record()
        await asyncio.sleep(seconds)
        await self.client.stop_record()
        await self.client.stop_replay()
        await until(lambda: self.last.ended and self.last.length_ms is not None, 20)
        return self.last

    async def streaming(self) -> None:
        """A stream runs on the encoder; its server is ffmpeg."""
        await self.use("Shared")
        port = free_port()
        server = StreamService("rtmp_custom", {"server": f"rtmp://127.0.0.1:{port}/live", "key": "k"})
        await self.client.request(rq.SetStreamService(server))
        command = ["ffmpeg", "-v", "error", "-listen", "1", "-i", f"rtmp://127.0.0.1:{port}/live/k", "-f", "null", "-"]
        sink = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await asyncio.sleep(1.0)
            await self.client.start_stream()
            await asyncio.sleep(1.2)
            await self.client.start_record()
            marks = await self.mark(16)
            recorded = await self.stop("stream runs", marks)
            assert recorded.encoder is Encoder.BUSY
            self.while_it_ran("stream runs", recorded, marks)
            await self.client.stop_stream()
        finally:
            sink.terminate()
            sink.wait(10)

    async def killed(self, obs: VideoObs) -> None:
        """OBS is killed in the middle of a recording; its file was never ended."""
        await self.use("Test")
        await self.client.start_record()
        marks = await self.mark(16)
        await asyncio.sleep(1.5)
        await asyncio.to_thread(obs.kill)
        await until(lambda: not self.client.connected, 20)
        await asyncio.to_thread(obs.start)
        await until(lambda: self.last.length_ms is not None, 60)
        recorded = self.last
        assert recorded.lost
        clock = fit(recorded, measured_lag(recorded, list(self.kept.values())))
        paths = [each.path for each in recorded.files if each.path]
        written = [mark for mark in marks if (place := clock.place(mark.mono_ns)) and place.shown]
        self.results.append(compare("OBS killed", clock, written, paths))

    async def found(self) -> None:
        """The lab connects while a recording runs."""
        await self.use("Test")
        await self.watch.stop()
        await self.client.start_record()
        await asyncio.sleep(1.5)
        self.watch = VideoWatch(self.client, self.keep, self.hazards.append)
        await until(lambda: self.watch.current is not None, 10)
        await self.stop("found running", await self.mark(16))


def _missed(statistics: Statistics) -> int:
    return statistics.render_missed + statistics.output_skipped


@asynccontextmanager
async def stage_of(obs: VideoObs) -> AsyncIterator[Stage]:
    """A stage on a running OBS."""
    client = Client(Instance("ring1", port=obs.port, password=PASSWORD), waits=Waits(opening=10.0, request=10.0))
    client.start()
    await client.until_connected(30)
    stage = Stage(client)
    try:
        yield stage
    finally:
        await stage.watch.stop()
        await client.stop()
