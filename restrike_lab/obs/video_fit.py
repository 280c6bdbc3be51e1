"""From what was observed of a recording or a replay to its clock, and to what is wrong with it.

Measured on OBS 29.0.2, 30.2.3 and 32.2.2 by toggling an item at known times and decoding the files:

The arrival of "started" is the first frame within -34 to +41 ms, if nothing else used the encoder. A replay buffer or a
stream on the same encoder makes the file begin at the next key frame, 0 to 8 s later, and nothing reports it. The time
code trails the true position by a lag that belongs to the encoder (5 to 19 frames) and is the same in both cases, so a
recording with an idle encoder measures it for the others. The frames that were written, counted in the order of the
encoder, end half a frame after the moment a recording was stopped, and one and a half after a replay was asked for,
each within 20 ms; the last picture is up to three frames later, since the encoder does not keep to their order.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from restrike_lab.obs.events import Stamp
from restrike_lab.obs.video_clock import NS, How, Part, RecordingClock, ReplayClock, recorded_ms

__all__ = [
    "Behind",
    "Encoder",
    "Lag",
    "Lags",
    "Pause",
    "Recorded",
    "Replayed",
    "VideoFile",
    "fit",
    "fit_replay",
    "measured_lag",
    "rebased",
]

DEFAULT_FPS = 30.0
EVENT_MS = 50.0
"""How late an event of OBS may be where its bytes had to wait for an acknowledgement."""

PAUSE_MS = 15.0
"""What each pause adds to the bound: both its ends fall on frames."""

LAG_MS = 40.0
"""How much the lag of an encoder differs between recordings; 20 ms were seen."""

ASSUMED_FRAMES, ASSUMED_BOUND_FRAMES = 12.0, 9.0
"""The lag of an encoder that was never measured: 5 frames with the fastest settings, 18 or 19 with the usual ones."""

CLOSE_MS = 120.0
"""A start whose time code differs by less from what the lag tells was on time."""

START_FRAMES = 0.5
"""OBS tells of a start so much after the first frame."""

STOP_FRAMES, REPLAY_FRAMES = 0.6, 1.5
"""What is written after a recording was stopped, or a replay asked for."""

ASKED_MS = 25.0
"""What the bound of a replay has beside a frame and a half: the request has its way to OBS."""

AGREE_MS = 250.0
"""An end of the file that says otherwise than the start by more is believed, where no time code was seen."""

SAVING_MS, SAVING_BOUND_MS = 850.0, 450.0
"""From the request to the news that a replay is saved: 0.65 to 0.88 s, longer on a busy machine."""

BUSY_BOUND_MS = 10_000.0
"""How late a file may begin at most: OBS's largest usual key interval is 250 frames, 8.3 s at 30 frames a second."""

CLOCKS_APART = 100e-6
"""How far two machines' clocks run apart at most, where nothing corrects it."""

NEAREST = 3
"""So many recordings tell the lag of an encoder."""

DRIFT_FROM_MS = 60_000.0
"""Recorded time after which later looks at the time code say something about the drift."""


class Encoder(StrEnum):
    """What else was at work on the encoder when a recording began."""

    IDLE = "idle"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of a recording; ``ended`` is ``None`` while it lasts."""

    begun: Stamp
    ended: Stamp | None = None


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A file of a recording: ``since`` when OBS told of it; ``length_ms`` and ``written_ms`` as ``Probe`` has them."""

    path: str | None
    since: Stamp | None = None
    length_ms: float | None = None
    written_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """By how much the time code was behind what had been recorded since the beginning: the median of some looks."""

    ms: float
    looks: int
    at: Stamp


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the time code of an encoder trails the true position; measured or assumed."""

    ms: float
    bound_ms: float
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was observed of one recording.

    ``told`` is whether its "started" was heard: if not, it ran when the lab connected, and ``begun`` is that moment.
    ``late`` is set when its time code stood at zero for too long. ``ended`` is the arrival of "stopping", or when the
    connection was ``lost`` on the way.
    """

    instance: str
    begun: Stamp
    epoch: int = 0
    told: bool = True
    encoder: Encoder = Encoder.UNKNOWN
    local: bool = True
    fps: float | None = None
    profile: str | None = None
    files: tuple[VideoFile, ...] = ()
    pauses: tuple[Pause, ...] = ()
    behind: Behind | None = None
    later: Behind | None = None
    late: bool = False
    ended: Stamp | None = None
    lost: bool = False

    @property
    def breaks(self) -> tuple[tuple[int, int | None], ...]:
        """The pauses on the monotonic clock."""
        return tuple((each.begun.mono_ns, each.ended.mono_ns if each.ended else None) for each in self.pauses)

    @property
    def frame_ms(self) -> float:
        """How long a frame is."""
        return 1000 / (self.fps or DEFAULT_FPS)

    @property
    def length_ms(self) -> float | None:
        """The length of all files together, ``None`` where one is not known."""
        lengths = [each.length_ms for each in self.files]
        return sum(length for length in lengths if length) if lengths and None not in lengths else None

    def recorded(self, at: Stamp) -> float:
        """Return the ms that were recorded up to a moment, pauses left out, whether they are in the file or not."""
        return recorded_ms(at.mono_ns, self.begun.mono_ns, self.breaks)

    def axis(self, wall_ns: int, mono_ns: int, epoch: int) -> int:
        """Return a moment on this recording's monotonic clock; of another term only the wall clock can be used."""
        return mono_ns if epoch == self.epoch else self.begun.mono_ns + wall_ns - self.begun.wall_ns


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was observed of a saved replay; ``asked`` is ``None`` where somebody else had it saved."""

    instance: str
    path: str | None
    saved: Stamp
    asked: Stamp | None = None
    epoch: int = 0
    fps: float | None = None
    length_ms: float | None = None
    written_ms: float | None = None

    def axis(self, wall_ns: int, mono_ns: int, epoch: int) -> int:
        """Return a moment on the monotonic clock of this replay's term."""
        return mono_ns if epoch == self.epoch else self.saved.mono_ns + wall_ns - self.saved.wall_ns


class Lags:
    """The lags of encoders, as recordings show that began with an idle one."""

    def __init__(self, recordings: Iterable[Recorded]) -> None:
        self._known: dict[tuple[str, str | None, int], list[Recorded]] = {}
        for each in sorted(recordings, key=lambda each: each.begun.wall_ns):
            if _tells_lag(each):
                self._known.setdefault(_encoder_of(each), []).append(each)

    def of(self, recorded: Recorded) -> Lag:
        """Return the lag for a recording: of the same instance, profile and frame rate, nearest in time."""
        known = self._known.get(_encoder_of(recorded), [])
        at = bisect_left(known, recorded.begun.wall_ns, key=lambda each: each.begun.wall_ns)
        return measured_lag(recorded, known[max(0, at - NEAREST) : at + NEAREST + 1])


def measured_lag(recorded: Recorded, others: Iterable[Recorded]) -> Lag:
    """Return the lag of a recording's encoder, as other recordings show that began with an idle one.

    Those nearest in time count, of the same instance, profile and frame rate. Where there is none it is assumed.
    """
    known = (each for each in others if _tells_lag(each) and _encoder_of(each) == _encoder_of(recorded))
    fitting = [each for each in known if each.begun != recorded.begun]
    if not fitting:
        frame = recorded.frame_ms
        return Lag(ASSUMED_FRAMES * frame, ASSUMED_BOUND_FRAMES * frame, measured=False)
    fitting.sort(key=lambda each: abs(each.begun.wall_ns - recorded.begun.wall_ns))
    return Lag(statistics.median(each.behind.ms for each in fitting[:NEAREST] if each.behind), LAG_MS)


def _tells_lag(recorded: Recorded) -> bool:
    """Tell whether a recording began on time for certain, so that its time code shows the lag."""
    idle = recorded.told and recorded.encoder is Encoder.IDLE and not recorded.late
    return idle and recorded.behind is not None


def _encoder_of(recorded: Recorded) -> tuple[str, str | None, int]:
    return recorded.instance, recorded.profile, round(recorded.frame_ms)


def fit(recorded: Recorded, lag: Lag) -> RecordingClock:
    """Return the clock of a recording, the best that its observations allow."""
    onset, bound, how = _onset(recorded, lag)
    drift, unsure = _drift(recorded)
    return RecordingClock(
        instance=recorded.instance,
        begun_ns=recorded.begun.mono_ns,
        onset_ms=onset,
        bound_ms=bound + PAUSE_MS * len(recorded.pauses),
        how=how,
        parts=_parts(recorded, onset, _own_lag(recorded) or lag),
        pauses=recorded.breaks,
        end_ns=recorded.ended.mono_ns if recorded.ended else None,
        drift=drift,
        unsure=unsure,
    )


def _own_lag(recorded: Recorded) -> Lag | None:
    """Return the lag that a recording shows by itself."""
    return Lag(recorded.behind.ms, LAG_MS) if recorded.behind and _tells_lag(recorded) else None


def _onset(recorded: Recorded, lag: Lag) -> tuple[float, float, How]:
    """Return the recorded ms that the file does not have, the bound, and how it was obtained."""
    base, behind, end = recorded.frame_ms + EVENT_MS, recorded.behind, _by_end(recorded)
    start = START_FRAMES * recorded.frame_ms
    on_time = behind is not None and lag.measured and abs(behind.ms - lag.ms) <= CLOSE_MS
    by_code = None if behind is None else behind.ms - lag.ms + start
    if recorded.told and not recorded.late and (recorded.encoder is Encoder.IDLE or on_time):
        doubtful = behind is None and end is not None and abs(end - start) > AGREE_MS
        if not doubtful:
            return *_middle(start, end, by_code if lag.measured else None, base), How.START
    bound = base + lag.bound_ms
    if end is not None and (by_code is None or abs(end - by_code) <= base + bound):
        return end, base, How.END
    if by_code is not None:
        return by_code, bound, How.TIME_CODE if lag.measured else How.ASSUMED_LAG
    return start, BUSY_BOUND_MS, How.UNCERTAIN_START


def _middle(start: float, end: float | None, by_code: float | None, base: float) -> tuple[float, float]:
    """Return the middle of what start, end and time code say, and the bound: wider by what they disagree.

    On a machine that is busy each of them can be a tenth of a second off, seldom two of them.
    """
    said = sorted([start, *(each for each in (end, by_code) if each is not None and abs(each - start) <= AGREE_MS)])
    apart = min((after - before for before, after in pairwise(said)), default=0.0)
    return statistics.median(said), base + apart / 2


def _by_end(recorded: Recorded) -> float | None:
    """Return what the file does not have as its written frames tell, of a finished recording with all its files."""
    lengths = [each.length_ms for each in recorded.files]
    if recorded.ended is None or recorded.lost or not lengths or None in lengths:
        return None
    last = recorded.files[-1]
    short = (last.length_ms or 0.0) - (last.written_ms or last.length_ms or 0.0)
    written = sum(length for length in lengths if length) - short
    return recorded.recorded(recorded.ended) + STOP_FRAMES * recorded.frame_ms - written if written else None


def _parts(recorded: Recorded, onset: float, lag: Lag) -> tuple[Part, ...]:
    """Return the files on the axis of recorded time: one after the other by length, or since OBS told of them.

    OBS tells of a new file when its first frame is written, which is a lag after that frame was rendered.
    """
    parts: list[Part] = []
    since: float | None = 0.0
    bound = 0.0
    for index, each in enumerate(recorded.files):
        begins = since
        if begins is None and each.since is not None:
            begins, bound = recorded.recorded(each.since) - onset - lag.ms, lag.bound_ms + recorded.frame_ms
        if begins is None:
            begins, bound = parts[-1].from_ms, BUSY_BOUND_MS
        if parts and parts[-1].to_ms is None:
            last = parts.pop()
            parts.append(Part(last.path, last.from_ms, begins, last.bound_ms))
        to_ms = None if each.length_ms is None else begins + each.length_ms
        parts.append(Part(each.path, begins, to_ms, bound))
        since = to_ms if index < len(recorded.files) - 1 else None
    return tuple(parts) or (Part(None),)


def _drift(recorded: Recorded) -> tuple[float, float]:
    """Return what the other machine's clock gains, and what each ms adds to the bound."""
    if recorded.local:
        return 0.0, 0.0
    first, later = recorded.behind, recorded.later
    if first is None or later is None:
        return 0.0, CLOCKS_APART
    passed = recorded.recorded(later.at) - recorded.recorded(first.at)
    if passed < DRIFT_FROM_MS:
        return 0.0, CLOCKS_APART
    gained = (first.ms - later.ms) / passed
    return (gained, CLOCKS_APART / 5) if abs(gained) < 5 * CLOCKS_APART else (0.0, CLOCKS_APART)


def fit_replay(replayed: Replayed) -> ReplayClock:
    """Return the clock of a saved replay."""
    frame = 1000 / (replayed.fps or DEFAULT_FPS)
    if replayed.asked is not None:
        last, bound, how = replayed.asked.mono_ns, ASKED_MS + 1.5 * frame, How.REQUEST
    else:
        last = replayed.saved.mono_ns - round(SAVING_MS * NS)
        bound, how = SAVING_BOUND_MS + ASKED_MS + 1.5 * frame, How.SAVED
    beyond = (replayed.length_ms or 0.0) - (replayed.written_ms or replayed.length_ms or 0.0)
    last += round((REPLAY_FRAMES * frame + beyond) * NS)
    return ReplayClock(replayed.instance, replayed.path, last, replayed.length_ms, bound, how)


def rebased(recorded: Recorded, now: Stamp, epoch: int) -> Recorded:
    """Return a recording of an earlier term on the monotonic clock of this one, by way of the wall clock."""
    shift = now.mono_ns - now.wall_ns

    def moved(stamp: Stamp) -> Stamp:
        return Stamp(stamp.wall_ns, stamp.wall_ns + shift)

    return replace(
        recorded,
        epoch=epoch,
        begun=moved(recorded.begun),
        pauses=tuple(Pause(moved(each.begun), each.ended and moved(each.ended)) for each in recorded.pauses),
        files=tuple(replace(each, since=each.since and moved(each.since)) for each in recorded.files),
        behind=recorded.behind and replace(recorded.behind, at=moved(recorded.behind.at)),
        later=recorded.later and replace(recorded.later, at=moved(recorded.later.at)),
        ended=recorded.ended and moved(recorded.ended),
    )
