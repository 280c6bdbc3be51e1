"""What the figures were: the last minutes by the second, the last day by the minute, in memory that does not grow.

Pure: times are passed in. A value that is not known is a gap (NaN), never zero.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

__all__ = ["History", "slope"]

SECONDS, MINUTES = 300, 1440
TREND_MINUTES = 30
LEAST_FOR_TREND = 60


class Ring:
    """The last ``size`` values, oldest first when asked."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept: array[float] = array("d")
        self.next = 0

    def add(self, value: float) -> None:
        """Keep a value in place of the oldest."""
        if len(self.kept) < self.size:
            self.kept.append(value)
        else:
            self.kept[self.next] = value
        self.next = (self.next + 1) % self.size

    def values(self) -> list[float]:
        """Return what is kept, oldest first."""
        if len(self.kept) < self.size:
            return self.kept.tolist()
        return [*self.kept[self.next :], *self.kept[: self.next]]


class Track:
    """One figure's past."""

    def __init__(self) -> None:
        self.seconds = Ring(SECONDS)
        self.minutes = Ring(MINUTES)
        self.sum = 0.0
        self.count = 0

    def add(self, value: float | None) -> None:
        """Take the value of this second."""
        self.seconds.add(math.nan if value is None else value)
        if value is not None:
            self.sum += value
            self.count += 1

    def end_minute(self) -> None:
        """Keep the mean of the minute that ends."""
        self.minutes.add(self.sum / self.count if self.count else math.nan)
        self.sum, self.count = 0.0, 0


class History:
    """The past of every figure, one value a second."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}
        self.taken = 0

    def add(self, values: Mapping[str, float | None]) -> None:
        """Take the figures of this second; the names are the same every time."""
        self.taken += 1
        for name, value in values.items():
            track = self.tracks.get(name)
            if track is None:
                track = self.tracks[name] = Track()
            track.add(value)
            if self.taken % 60 == 0:
                track.end_minute()

    def seconds(self, name: str, last: int = SECONDS) -> list[float | None]:
        """Return up to the last five minutes of a figure by the second, oldest first."""
        track = self.tracks.get(name)
        return known(track.seconds.values()[-last:]) if track else []

    def minutes(self, name: str, last: int = MINUTES) -> list[float | None]:
        """Return up to the last day of a figure by the minute, oldest first."""
        track = self.tracks.get(name)
        return known(track.minutes.values()[-last:]) if track else []

    def trend(self, name: str) -> float | None:
        """Return by how much a figure changes in an hour, over the last half hour or what there is of it.

        None before the first full minute.
        """
        track = self.tracks.get(name)
        if track is None:
            return None
        minutes = track.minutes.values()[-TREND_MINUTES:]
        if len(minutes) >= 5:
            per_minute = slope(minutes)
            return None if per_minute is None else per_minute * 60
        seconds = track.seconds.values()
        per_second = slope(seconds) if len(seconds) >= LEAST_FOR_TREND else None
        return None if per_second is None else per_second * 3600


def known(values: Sequence[float]) -> list[float | None]:
    """Return values with None for what was not known, rounded to what can be seen."""
    return [None if math.isnan(value) else round(value, 3) for value in values]


def slope(values: Sequence[float]) -> float | None:
    """Return the change per step of the line nearest to the values (least squares); gaps are left out."""
    points = [(at, value) for at, value in enumerate(values) if not math.isnan(value)]
    if len(points) < 2:
        return None
    count = len(points)
    mean_at = sum(at for at, _ in points) / count
    mean = sum(value for _, value in points) / count
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return sum((at - mean_at) * (value - mean) for at, value in points) / spread
