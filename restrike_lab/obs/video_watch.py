"""Watching one OBS for the video clock: what it records, pauses, splits and saves, and when.

Lives in the loop of the client. What is known of a recording is handed to ``keep`` whenever it grew, so that a hub that
dies loses nothing; what a person should know is handed to ``warn``. Recording is only ever observed, never changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from restrike_lab.obs.client import Client
from restrike_lab.obs.errors import ObsError
from restrike_lab.obs.events import Event, OutputState, RecordFile, RecordState, ReplaySaved, Stamp
from restrike_lab.obs.requests import GetVideoFormat
from restrike_lab.obs.video_clock import NS
from restrike_lab.obs.video_fit import Behind, Encoder, Pause, Recorded, Replayed, VideoFile, rebased
from restrike_lab.obs.video_probe import Probe, files_written, probe

__all__ = ["Hazard", "VideoWatch"]

LOOK_SECONDS = 0.2
FIRST_LOOKS, FEWEST_LOOKS = 20, 3
LATER_SECONDS = 10.0
LATER_LOOKS = 6
LATE_MS = 1500.0
"""A time code still at zero after this: the longest lag of an encoder is 0.63 s [measured]."""

TRIP_MS = 60.0
"""Looks that took longer say too little."""

SETTLED_MS = 1500.0
"""After a pause the time code still runs for a lag, or stands still for one."""

SAME_MS = 1500.0
"""A recording found running is the one that was known if its time code fits this well."""

SHORT_MS = 1500.0
"""A file that lacks more than this of what was recorded lacks a part."""

LEAVING_SECONDS = 3.0
WRITTEN_NS = 15_000_000_000
KEY_INTERVAL = (
    "Set the key frame interval to 1 s in OBS (Settings > Output, mode Advanced), or start the recording before the "
    "replay buffer and the stream, or keep one recording running for the whole session."
)


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something wrong with a recording that nobody would notice before it is needed, with its remedy."""

    level: str
    message: str
    hint: str


class VideoWatch:
    """Watch a client. ``resume`` gives a recording of it that had no end yet when an earlier hub ended.

    ``look_in`` looks into a finished file (in a thread of its own).
    """

    def __init__(
        self,
        client: Client,
        keep: Callable[[Recorded | Replayed], None],
        warn: Callable[[Hazard], None],
        *,
        epoch: int = 0,
        resume: Callable[[], Recorded | None] = lambda: None,
        look_in: Callable[[str], Probe | None] = probe,
    ) -> None:
        self.client = client
        self.current: Recorded | None = None
        self.hazard: Hazard | None = None
        self._keep = keep
        self._warn = warn
        self._epoch = epoch
        self._resume = resume
        self._look_in = look_in
        self._connected = False
        self._cut: Stamp | None = None
        self._looking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._replays: set[str] = set()
        self._leave = [client.subscribe(self.take), client.watch(self._follow)]
        self._follow(client)

    async def stop(self) -> None:
        """Watch no more; files that are being looked into have a moment to be done."""
        for leave in self._leave:
            leave()
        self._look_no_more()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVING_SECONDS)
            for task in tuple(self._tasks):
                task.cancel()

    # -- events ------------------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Take one event of the client."""
        match event:
            case RecordState(at=at, state=OutputState.STARTED, path=path):
                self._begin(at, path, told=True)
            case RecordState(at=at, state=OutputState.STOPPING) if self.current and self.current.ended is None:
                self._know(replace(self.current, ended=at))
            case RecordState(at=at, state=OutputState.STOPPED, path=path) if self.current:
                self._finish(replace(self._named(self.current, path), ended=self.current.ended or at))
            case RecordState(at=at, state=OutputState.PAUSED) if self.current and not _paused(self.current):
                self._know(replace(self.current, pauses=(*self.current.pauses, Pause(at))))
            case RecordState(at=at, state=OutputState.RESUMED) if self.current and _paused(self.current):
                *before, last = self.current.pauses
                self._know(replace(self.current, pauses=(*before, replace(last, ended=at))))
            case RecordFile(at=at, path=path) if self.current:
                self._know(replace(self.current, files=(*self.current.files, VideoFile(path, at))))
            case ReplaySaved(at=at, path=path):
                self._saved(at, path)

    def _follow(self, client: Client) -> None:
        """Follow the connection: it may come back to another OBS, or to one whose recording went on."""
        if client.connected == self._connected:
            return
        self._connected = client.connected
        if client.connected:
            self._do(self._take_up())
        else:
            self._cut = client.clock()
            self._look_no_more()

    def _begin(self, at: Stamp, path: str | None, *, told: bool) -> None:
        if self.current is not None:
            self._finish(replace(self.current, ended=self.current.ended or at, lost=True))
        state = self.client.state
        busy = Encoder.BUSY if state.streaming or state.replaying else Encoder.IDLE
        self.hazard = None
        self._know(
            Recorded(
                instance=self.client.name,
                begun=at,
                epoch=self._epoch,
                told=told,
                encoder=busy if told else Encoder.UNKNOWN,
                local=_is_here(self.client.instance.host),
                profile=state.profile,
                files=(VideoFile(path, at if told else None),),
                pauses=(Pause(at),) if state.paused else (),
            )
        )
        self._look()

    def _saved(self, at: Stamp, path: str | None) -> None:
        if path:
            self._replays.add(path)
        fps = self.current.fps if self.current else None
        replayed = Replayed(self.client.name, path, at, self.client.replay_asked, self._epoch, fps)
        self._keep(replayed)
        self._do(self._look_into_replay(replayed))

    # -- looking at the time code --------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._look_no_more()
        self._looking = asyncio.create_task(self._look_on(), name="obs-video-look")

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_on(self) -> None:
        """Look at the time code closely at first, then now and then (a task, ended with the recording)."""
        with contextlib.suppress(ObsError):
            found = await self.client.request(GetVideoFormat())
            self._know_more(fps=found.fps)
        first: list[float] = []
        later: deque[float] = deque(maxlen=LATER_LOOKS)
        while (current := self.current) is not None:
            await asyncio.sleep(LOOK_SECONDS if len(first) < FIRST_LOOKS else LATER_SECONDS)
            with contextlib.suppress(ObsError):
                looked = await self._look_once()
                if looked is None or self.current is None:
                    continue
                behind, at = looked
                if len(first) < FIRST_LOOKS:
                    first.append(behind)
                    if len(first) in (FEWEST_LOOKS, FIRST_LOOKS):
                        self._know_more(behind=Behind(statistics.median(first), len(first), at))
                    if current.late and len(first) == FEWEST_LOOKS:
                        self._tell_of_late(statistics.median(first))
                else:
                    later.append(behind)
                    if len(later) == LATER_LOOKS:
                        self._know_more(later=Behind(statistics.median(later), LATER_LOOKS, at))

    async def _look_once(self) -> tuple[float, Stamp] | None:
        """Return by how much the time code is behind what was recorded; ``None`` where this look says nothing."""
        before = self.client.clock()
        status = await self.client.record_status()
        after = self.client.clock()
        current = self.current
        if current is None or current.ended or not status.active or _unsettled(current, after):
            return None
        if not status.timecode_ms:
            if current.told and not current.late and current.recorded(after) > LATE_MS:
                self._know_more(late=True)
                self._tell_of_late(None)
            return None
        trip = after.mono_ns - before.mono_ns
        if trip > TRIP_MS * NS:
            return None
        middle = Stamp(before.wall_ns + trip // 2, before.mono_ns + trip // 2)
        return current.recorded(middle) - status.timecode_ms, middle

    def _tell_of_late(self, behind: float | None) -> None:
        name = self.client.name
        if behind is None:
            why = f"{name}: the recording has had no picture for {LATE_MS / 1000:g} s since its start"
        else:
            why = f"{name}: the first {behind / 1000:.1f} s of the recording are missing"
        self._tell(
            Hazard("warning", f"{why}: the encoder was in use, so the file begins at its next key frame", KEY_INTERVAL)
        )

    def _tell(self, hazard: Hazard) -> None:
        self.hazard = hazard
        self._warn(hazard)

    # -- connections that come and go ----------------------------------------------------------------------------------

    async def _take_up(self) -> None:
        """Find out what became of a recording that ran before, and whether one runs (a task)."""
        known = self.current
        if known is None and (kept := await asyncio.to_thread(self._resume)) is not None and self.current is None:
            known = rebased(kept, self.client.clock(), self._epoch)
        if self.current is not known and self.current is not None:
            return  # a new one was told of meanwhile
        cut, self._cut = self._cut, None
        if not self.client.state.recording:
            if known is not None:
                self._finish(replace(known, ended=known.ended or cut or _last_sign(known), lost=True))
            return
        if known is not None and known.ended is None:
            self.current = known
            same = await self._still_the_same(known)
            if self.current is None or self.current.ended is not None:
                return  # it has come to its end meanwhile
            if same:
                self._know(self.current)
                self._look()
                return
            self._finish(replace(known, ended=cut or _last_sign(known), lost=True))
        if self.client.connected:
            self._begin(self.client.clock(), self.client.state.record_path, told=False)

    async def _still_the_same(self, known: Recorded) -> bool:
        """Tell whether what runs is the recording that was known, without an unseen pause."""
        with contextlib.suppress(ObsError):
            status = await self.client.record_status()
            if status.active and status.timecode_ms is not None:
                usual = known.behind.ms if known.behind else 0.0
                behind = known.recorded(self.client.clock()) - status.timecode_ms
                return status.paused == _paused(known) and abs(behind - usual) < SAME_MS
        return False

    # -- the end -----------------------------------------------------------------------------------------------------

    def _finish(self, recorded: Recorded) -> None:
        self.current = None
        self._look_no_more()
        if _paused(recorded):
            *before, last = recorded.pauses
            recorded = replace(recorded, pauses=(*before, replace(last, ended=recorded.ended)))
        self._keep(recorded)
        self._do(self._look_into(recorded))

    async def _look_into(self, recorded: Recorded) -> None:
        """Look into the files of a finished recording, and for files that OBS did not tell of (a task)."""
        files, fps = await self._measured(recorded.files)
        recorded = replace(recorded, files=files, fps=recorded.fps or fps)
        if (missing := _missing(recorded)) > SHORT_MS and (more := await self._untold(recorded)):
            files, _ = await self._measured((*recorded.files, *map(VideoFile, more)))
            longer = replace(recorded, files=tuple(each for each in files if each.length_ms))
            if abs(_missing(longer)) < min(missing, SHORT_MS):
                recorded = longer
        self._keep(recorded)
        if recorded.length_ms == 0 and not recorded.lost:
            path = recorded.files[0].path or "the file"
            message = f"{self.client.name}: the recording that has just ended holds no picture ({Path(path).name})"
            self._tell(Hazard("error", message, KEY_INTERVAL))

    async def _measured(self, files: tuple[VideoFile, ...]) -> tuple[tuple[VideoFile, ...], float | None]:
        """Return files with their lengths as far as they can be seen, and the frame rate of the last."""
        found: list[VideoFile] = []
        fps: float | None = None
        for each in files:
            seen = None
            if each.path and each.length_ms is None:
                seen = await asyncio.to_thread(self._look_in, each.path)
            found.append(replace(each, length_ms=seen.length_ms, written_ms=seen.written_ms) if seen else each)
            fps = seen.fps if seen and seen.fps else fps
        return tuple(found), fps

    async def _untold(self, recorded: Recorded) -> list[str]:
        """Return files that may be further parts: OBS before 30.2 splits without a word [measured]."""
        first = recorded.files[0].path
        if first is None or recorded.ended is None:
            return []
        known = self._replays | {each.path for each in recorded.files if each.path}
        until = recorded.ended.wall_ns + WRITTEN_NS
        return await asyncio.to_thread(files_written, Path(first).parent, recorded.begun.wall_ns, until, known)

    async def _look_into_replay(self, replayed: Replayed) -> None:
        if replayed.path and (seen := await asyncio.to_thread(self._look_in, replayed.path)):
            fps, length = replayed.fps or seen.fps, seen.length_ms or None
            self._keep(replace(replayed, length_ms=length, written_ms=seen.written_ms or None, fps=fps))

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _know(self, recorded: Recorded) -> None:
        self.current = recorded
        self._keep(recorded)

    def _know_more(self, **facts: Any) -> None:
        if self.current is not None:
            self._know(replace(self.current, **facts))

    def _named(self, recorded: Recorded, path: str | None) -> Recorded:
        """Return a recording with the path that is told at its end, where none was told before."""
        if path is None or recorded.files[0].path is not None:
            return recorded
        return replace(recorded, files=(replace(recorded.files[0], path=path), *recorded.files[1:]))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="obs-video")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _paused(recorded: Recorded) -> bool:
    return bool(recorded.pauses) and recorded.pauses[-1].ended is None


def _unsettled(recorded: Recorded, at: Stamp) -> bool:
    """Tell whether a pause is on, or so near that the time code has not caught up."""
    if not recorded.pauses:
        return False
    ended = recorded.pauses[-1].ended
    return ended is None or at.mono_ns - ended.mono_ns < SETTLED_MS * NS


def _last_sign(recorded: Recorded) -> Stamp:
    """Return the last moment at which a recording is known to have run."""
    signs = [recorded.begun, *(each.at for each in (recorded.behind, recorded.later) if each)]
    signs += [each.ended or each.begun for each in recorded.pauses]
    return max(signs, key=lambda sign: sign.mono_ns)


def _missing(recorded: Recorded) -> float:
    """Return the ms that were recorded and are in no file, 0 where that cannot be said."""
    lengths = [each.length_ms for each in recorded.files if each.length_ms is not None]
    if recorded.ended is None or recorded.lost or not recorded.told or not lengths:
        return 0.0
    late = max(0.0, recorded.behind.ms - SHORT_MS / 2) if recorded.late and recorded.behind else 0.0
    return recorded.recorded(recorded.ended) - late - sum(lengths)


def _is_here(host: str) -> bool:
    """Tell whether an address is this machine, whose monotonic clock OBS then uses, too."""
    return host == "localhost" or host.startswith("127.") or host == "::1"
