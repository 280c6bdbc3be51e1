"""The rule that ties hits to points, written the plain way over whole lists.

The reducer in ``hits`` decides the same while events come in; this module is what it is tested against and what
re-derivation uses. Times are integer ms of arrival on the monotonic clock. Hits and points are of one athlete, one
load, and one window: ``pre`` and ``rdy`` cut windows apart.

- p+(h): the first point after hit h, in order of ``seq``, that comes 0..5000 ms later (consoles send the hit first
  [live], 25 to 60 ms ahead).
- p-(h): the last point before h that came 0..150 ms earlier (other senders put the hit up to 100 ms behind).
- h is a *candidate* for p-(h) where that exists and p+(h) does not follow within 150 ms.
- p is *bare* where every hit h' with p+(h') = p is a candidate.
- The owner of h is p-(h) where h is a candidate and p-(h) is bare, else p+(h), else nobody.

A hit has one owner at most; a point may own many hits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["AFTER_MS", "BEFORE_MS", "Moment", "owners"]

BEFORE_MS = 5000
"""How long before its point a hit may come."""

AFTER_MS = 150
"""How long after its point a hit may come."""


class Moment(NamedTuple):
    """A hit or a point: its place in the stream and its arrival."""

    seq: int
    at_ms: int


def owners(hits: Sequence[Moment], points: Sequence[Moment]) -> Mapping[int, int]:
    """Return the ``seq`` of the owning point by the ``seq`` of the hit, for the hits that have an owner.

    Both lists are of one athlete and one window. Takes time in proportion to hits times points.
    """
    ordered = sorted(points)
    following = {hit: _following(hit, ordered) for hit in hits}
    preceding = {hit: _preceding(hit, ordered) for hit in hits}
    candidates = {hit for hit in hits if preceding[hit] is not None and not _within(hit, following[hit], AFTER_MS)}
    taken = {following[hit] for hit in hits if hit not in candidates}
    owned: dict[int, int] = {}
    for hit in hits:
        before, after = preceding[hit], following[hit]
        owner = before if hit in candidates and before not in taken else after
        if owner is not None:
            owned[hit.seq] = owner.seq
    return owned


def _following(hit: Moment, points: Sequence[Moment]) -> Moment | None:
    return next((point for point in points if point.seq > hit.seq and _within(hit, point, BEFORE_MS)), None)


def _preceding(hit: Moment, points: Sequence[Moment]) -> Moment | None:
    return next((point for point in reversed(points) if point.seq < hit.seq and _within(point, hit, AFTER_MS)), None)


def _within(first: Moment, second: Moment | None, limit_ms: int) -> bool:
    return second is not None and 0 <= second.at_ms - first.at_ms <= limit_ms
