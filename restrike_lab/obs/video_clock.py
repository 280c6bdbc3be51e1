"""The video clock: where in a file a moment is, how sure that is, and from what it is known.

A recording has one axis, the time that was recorded: it begins with the first frame, stands still in pauses, and is cut
into parts where OBS went on in another file. A replay has its last frame as anchor. Moments are ns of one clock, the
monotonic one of the machine that listened; positions and bounds are ms. Nothing here asks for the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

__all__ = ["NS", "How", "Part", "Place", "RecordingClock", "ReplayClock", "recorded_ms"]

NS = 1e6
"""Nanoseconds in a ms."""


class How(StrEnum):
    """From what a position is known, the best first."""

    START = "start"
    """From the arrival of "started", with nothing else at work on the encoder: the first frame within about a frame."""
    TIME_CODE = "time code"
    """From OBS's time code and the lag that was measured at another recording of the same instance."""
    END = "end of file"
    """From the length of the file and the moment at which it was ended."""
    ASSUMED_LAG = "time code, lag assumed"
    """From OBS's time code and a lag as encoders commonly have it, since none has been measured yet."""
    UNCERTAIN_START = "start, encoder busy"
    """From the arrival of "started" alone, although the file may begin seconds later."""
    REQUEST = "request"
    """Of a replay: its last frame is the moment at which saving it was asked for."""
    SAVED = "saved"
    """Of a replay that somebody else had saved: its last frame was that long before OBS told of it as is usual."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a moment is: ``position_ms`` in the file, true within ``bound_ms`` in at least 95 of 100 cases.

    ``shown`` is false where the moment is not in the picture (a pause, or before the first frame of a late start); the
    position is then that of the nearest picture. ``path`` is as OBS has it, ``None`` as long as it has not told.
    """

    instance: str
    kind: str
    path: str | None
    position_ms: float
    bound_ms: float
    how: How
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording: what of the recorded time it holds, ``to_ms`` is ``None`` while that is open."""

    path: str | None
    from_ms: float = 0.0
    to_ms: float | None = None
    bound_ms: float = 0.0
    """What the beginning of this part adds to the bound."""


def recorded_ms(at_ns: int, begun_ns: int, pauses: Sequence[tuple[int, int | None]]) -> float:
    """Return the ms that were recorded from ``begun_ns`` to a moment: what passed, less the pauses."""
    away = sum(
        max(0, min(at_ns, at_ns if ended is None else ended) - max(paused, begun_ns))
        for paused, ended in pauses
        if paused < at_ns
    )
    return (at_ns - begun_ns - away) / NS


@dataclass(frozen=True, slots=True)
class RecordingClock:
    """The clock of one recording.

    ``onset_ms`` is how much recorded time passed from ``begun_ns`` to the first frame of the file; negative where the
    recording ran already. ``drift`` is what the other machine's clock gains, in ms per ms. ``end_ns`` is the moment of
    the last frame, ``None`` while it runs.
    """

    instance: str
    begun_ns: int
    onset_ms: float
    bound_ms: float
    how: How
    parts: tuple[Part, ...]
    pauses: tuple[tuple[int, int | None], ...] = ()
    end_ns: int | None = None
    drift: float = 0.0
    unsure: float = 0.0
    """What each ms since the beginning adds to the bound, in ms: two machines' clocks do not run alike."""

    def position(self, at_ns: int) -> float:
        """Return the position in the recorded time, as if all of it were one file; it may be negative."""
        passed = recorded_ms(at_ns, self.begun_ns, self.pauses)
        return passed * (1 + self.drift) - self.onset_ms

    def place(self, at_ns: int) -> Place | None:
        """Return where a moment is, ``None`` where it is not in this recording."""
        if at_ns < self.begun_ns or (self.end_ns is not None and at_ns > self.end_ns):
            return None
        at = self.position(at_ns)
        part = self.part(at)
        inside = max(0.0, at - part.from_ms)
        shown = at >= -self.bound_ms and not self.paused(at_ns)
        if part.to_ms is not None and at > part.to_ms:
            inside, shown = part.to_ms - part.from_ms, shown and at - part.to_ms <= self.bound_ms
        bound = self.bound_ms + part.bound_ms + self.unsure * max(0.0, at)
        return Place(self.instance, "recording", part.path, inside, bound, self.how, shown)

    def part(self, recorded: float) -> Part:
        """Return the file that holds a position of the recorded time."""
        for part, after in pairwise(self.parts):
            if recorded < after.from_ms:
                return part
        return self.parts[-1]

    def paused(self, at_ns: int) -> bool:
        """Tell whether nothing was recorded at a moment."""
        return any(paused < at_ns and (ended is None or at_ns < ended) for paused, ended in self.pauses)


@dataclass(frozen=True, slots=True)
class ReplayClock:
    """The clock of a saved replay: ``last_ns`` is the moment of its last frame, ``length_ms`` how long it is.

    Where the length is not known there is no position, since it counts from the beginning.
    """

    instance: str
    path: str | None
    last_ns: int
    length_ms: float | None
    bound_ms: float
    how: How

    def place(self, at_ns: int) -> Place | None:
        """Return where a moment is, ``None`` where it is not in this replay."""
        if self.length_ms is None or at_ns > self.last_ns:
            return None
        position = self.length_ms - (self.last_ns - at_ns) / NS
        if position < 0:
            return None
        return Place(self.instance, "replay", self.path, position, self.bound_ms, self.how)
