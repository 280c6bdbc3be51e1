"""Hits and the points that own them, straight from the events.

The rule is the one of ``restrike_lab.bout.links``, which the live lab decides by while a bout runs; here it is one
query over any number of events, with both windows as parameters. Time is cut into buckets as wide as both windows
together, each point stands in the two buckets its windows reach into, and an ordinary equality join brings each hit to
the few points near it: no sorting of the whole stream, no range join, and nothing that Spark could not run.

In a flood of more than 64 hits of one athlete within 5 s the live lab gives up the oldest; the query does not.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import ibis

from restrike_lab.analysis.estimate import AnalysisError
from restrike_lab.bout.links import AFTER_MS, BEFORE_MS

__all__ = ["Table", "link", "links", "nearest"]

Table: TypeAlias = Any
"""An ibis table expression, of whatever backend."""

_NS_PER_MS = 1_000_000
_READY, _HIT, _POINT, _NO_VALUE = range(4)


def link(events: Table, *, before_ms: int = BEFORE_MS, after_ms: int = AFTER_MS) -> Table:
    """Return every hit of ``events`` with the point that owns it, if one does.

    ``before_ms`` is how long before its point a hit may come, ``after_ms`` how long after it. ``events`` needs the
    columns seq, epoch, court, match_id, round, clock_ms, arrival_ns, mono_ns, stream, athlete, value.

    One row per hit: seq, court, match_id, round, clock_ms, arrival_ns, athlete, level (0..100), scored, point_seq,
    points, delay_ms (positive where the hit came first). Raises ``AnalysisError`` for windows that are none.
    """
    if after_ms < 0 or before_ms < after_ms:
        raise AnalysisError(
            f"no link can be made with windows of {before_ms} ms before and {after_ms} ms after a point",
            hint="give 0 <= after_ms <= before_ms",
        )
    said = _said(events)
    owned = _owned(_near(said, before_ms, after_ms), after_ms)
    points = said.filter(said.kind == _POINT).select(owner_seq="seq", points="value")
    owned = owned.join(points, owned.point_seq == points.owner_seq)
    hits = said.filter(said.kind == _HIT)
    joined = hits.left_join(owned, hits.seq == owned.hit_seq)
    return joined.select(
        *(hits[name] for name in ("seq", "court", "match_id", "round", "clock_ms", "arrival_ns", "athlete")),
        level=hits.value,
        scored=owned.point_seq.notnull(),
        point_seq=owned.point_seq,
        points=owned.points,
        delay_ms=owned.delay_ms,
    )


def links(hits: Table) -> Table:
    """Return the links among ``hits``: hit_seq, point_seq, match_id, round, athlete, level, points, delay_ms."""
    owned = hits.filter(hits.point_seq.notnull())
    return owned.select("point_seq", "match_id", "round", "athlete", "level", "points", "delay_ms", hit_seq=owned.seq)


def nearest(hits: Table) -> Table:
    """Return ``hits`` with only the hit nearest in time to each point as its owner's; the others did not score.

    A window of 5 s gives a point every hit before it, also those that missed. Where a hit belongs to its point within
    a moment, the nearest one is the likely scorer; of two equally near the later one is taken. Columns as in ``hits``.
    """
    owned = hits.filter(hits.point_seq.notnull())
    # One number that orders by nearness first and then by lateness, so that one plain aggregate finds the hit.
    distance = owned.delay_ms.abs()
    closest = owned.group_by("point_seq").aggregate(distance=distance.min())
    ranked = owned.join(closest, "point_seq")
    ranked = ranked.filter(ranked.delay_ms.abs() == ranked.distance)
    chosen = ranked.group_by("point_seq").aggregate(chosen_seq=ranked.seq.max())
    joined = hits.left_join(chosen, hits.seq == chosen.chosen_seq)
    is_chosen = chosen.chosen_seq.notnull()
    replaced = {
        "scored": is_chosen,
        "point_seq": ibis.ifelse(is_chosen, hits.point_seq, None),
        "points": ibis.ifelse(is_chosen, hits.points, None),
        "delay_ms": ibis.ifelse(is_chosen, hits.delay_ms, None),
    }
    return joined.select(**{name: replaced.get(name, hits[name]) for name in hits.columns})


def _said(events: Table) -> Table:
    """Return hits, points and the ends of load bursts, with time in ms and what they belong to.

    All three are one relation, and ``read_once`` makes engines keep it: nothing looks at these random numbers, but what
    draws them must not be evaluated twice. Without them every use reads the events again, which takes half as long
    again.
    """
    kept = events.filter(events.stream.isin(["hl", "pt", "rdy"]))
    return kept.select(
        "seq",
        "court",
        "match_id",
        "round",
        "clock_ms",
        "arrival_ns",
        "athlete",
        "value",
        # Where no load is known yet, the term of the hub that heard it holds events together.
        load=kept.match_id.coalesce(-kept.epoch),
        # Division is one of floating point numbers underneath; half a millisecond keeps it from falling short.
        ms=(kept.mono_ns - kept.mono_ns % _NS_PER_MS + _NS_PER_MS // 2) // _NS_PER_MS,
        # A number, since it is looked at by every use, and a text takes longer.
        kind=ibis.cases(
            (kept.stream == "rdy", _READY), (kept.value.isnull(), _NO_VALUE), (kept.stream == "hl", _HIT), else_=_POINT
        ),
        read_once=ibis.random(),
    )


def _near(said: Table, before_ms: int, after_ms: int) -> Table:
    """Return every hit with every point near it: court, load, hit_seq, point_seq, delay_ms.

    Points come twice, once for each bucket of time that their windows reach into.
    """
    width = before_ms + after_ms + 1
    hits = said.filter(said.kind == _HIT)
    hits = hits.select("court", "load", "athlete", "ms", hit_seq="seq", bucket=hits.ms // width)
    points = said.filter(said.kind == _POINT)
    first = (points.ms - before_ms) // width
    buckets = ibis.array([first, first + 1]).unnest()
    points = points.select("court", "load", "athlete", point_seq="seq", point_ms="ms", bucket=buckets)
    near = hits.join(points, ["court", "load", "athlete", "bucket"])
    near = near.select("court", "load", "hit_seq", "point_seq", delay_ms=points.point_ms - hits.ms)
    near = near.filter(near.delay_ms.between(-after_ms, before_ms))
    # ``rdy`` begins a new window: nothing is linked across the end of a load burst.
    ready = said.filter(said.kind == _READY).select("court", "load", ready_seq="seq")
    return near.anti_join(
        ready,
        [
            near.court == ready.court,
            near.load == ready.load,
            ready.ready_seq > ibis.least(near.hit_seq, near.point_seq),
            ready.ready_seq < ibis.greatest(near.hit_seq, near.point_seq),
        ],
    )


def _owned(near: Table, after_ms: int) -> Table:
    """Return the owner of each hit that has one: hit_seq, point_seq, delay_ms."""
    is_next = (near.point_seq > near.hit_seq) & (near.delay_ms >= 0)
    is_last = (near.point_seq < near.hit_seq) & (near.delay_ms <= 0)
    # Times do not run backwards within a court, so the first point behind a hit is the one with the least delay.
    hits = near.group_by("hit_seq").aggregate(
        next_seq=near.point_seq.min(where=is_next),
        next_ms=near.delay_ms.min(where=is_next),
        last_seq=near.point_seq.max(where=is_last),
        last_ms=near.delay_ms.max(where=is_last),
    )
    candidate = hits.last_seq.notnull() & (hits.next_ms > after_ms).fill_null(True)
    hits = hits.mutate(candidate=candidate)
    taken = hits.filter(hits.next_seq.notnull() & ~hits.candidate).select(taken_seq="next_seq").distinct()
    judged = hits.left_join(taken, [hits.candidate, hits.last_seq == taken.taken_seq])
    is_last = hits.candidate & taken.taken_seq.isnull()
    owned = judged.select(
        hit_seq=hits.hit_seq,
        point_seq=ibis.ifelse(is_last, hits.last_seq, hits.next_seq),
        delay_ms=ibis.ifelse(is_last, hits.last_ms, hits.next_ms),
    )
    return owned.filter(owned.point_seq.notnull())
