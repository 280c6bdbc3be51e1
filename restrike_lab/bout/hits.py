"""Hit levels and points as they come in: the last hits of each athlete, and which point owns which hit.

Decides by the rule that ``links`` spells out, online: a point takes the hits before it at once; a hit behind a point
waits 150 ms, in case a further point follows that it belongs to. What is still waiting stands in ``state.window`` and
falls due with the first event later than ``window.due_ms``, with a new window, or by ``settle``.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.links import AFTER_MS, BEFORE_MS
from restrike_lab.bout.state import (
    NO_HITS,
    NO_WINDOW,
    SHOWN_HITS,
    Arrival,
    AthleteWindow,
    CourtState,
    HitMark,
    Link,
    LinkWindow,
    OpenHit,
)
from restrike_lab.pss import streams

__all__ = ["MAX_OPEN_HITS", "NS_PER_MS", "clear_window", "on_hit_level", "on_point", "settle"]

MAX_OPEN_HITS = 64
"""Hits per athlete that wait for a point; more within 5 s come from no sensor, and the oldest is given up."""

NS_PER_MS = 1_000_000

Links = tuple[Link, ...]


def on_hit_level(state: CourtState, message: streams.HitLevel, at: Arrival) -> CourtState:
    """Show the hit and open its window; a hit without a level says nothing and is left out."""
    if message.level is None:
        return state
    side = message.athlete - 1
    mark = HitMark(at.seq, message.level, at.wall_ns)
    shown = (*state.hits[side][1 - SHOWN_HITS :], mark)
    now_ms = at.mono_ns // NS_PER_MS
    window = _side(state.window, side)
    waiting = window.hits[1 - MAX_OPEN_HITS :]
    while waiting and now_ms - waiting[0].at_ms > BEFORE_MS:
        waiting = waiting[1:]
    opened = replace(window, hits=(*waiting, OpenHit(at.seq, now_ms, message.level)))
    return replace(state, hits=_with_side(state.hits, side, shown), window=_with_window(state.window, side, opened))


def on_point(state: CourtState, message: streams.Point, at: Arrival) -> tuple[CourtState, Links]:
    """Give the point the hits of its athlete's open window.

    Whatever belonged to the point before has been settled when this is called.
    """
    if message.points is None:
        return state, ()
    side = message.athlete - 1
    now_ms = at.mono_ns // NS_PER_MS
    window = _side(state.window, side)
    links: list[Link] = []
    bare = True
    for hit in window.hits:
        delay_ms = now_ms - hit.at_ms
        if not 0 <= delay_ms <= BEFORE_MS:
            continue
        bare = bare and _follows(window, hit) and delay_ms > AFTER_MS
        links.append(
            Link(at.seq, hit.seq, message.athlete, hit.level, message.points, delay_ms, state.match_id, state.round)
        )
    now = AthleteWindow(at.seq, now_ms, message.points, state.round, bare)
    state = replace(state, window=_with_window(state.window, side, now))
    return _marked(state, side, links), tuple(links)


def settle(state: CourtState, now_ms: int | None) -> tuple[CourtState, Links]:
    """Decide the links that have fallen due before ``now_ms``; ``None`` means that nothing more will come."""
    state, blue = _settle_side(state, 0, now_ms)
    state, red = _settle_side(state, 1, now_ms)
    return state, blue + red


def clear_window(state: CourtState) -> tuple[CourtState, Links]:
    """Decide what is open and begin a new window, with no hits on show."""
    if state.window is NO_WINDOW and state.hits is NO_HITS:
        return state, ()
    state, links = settle(state, None)
    return replace(state, window=NO_WINDOW, hits=NO_HITS), links


def _settle_side(state: CourtState, side: int, now_ms: int | None) -> tuple[CourtState, Links]:
    window = _side(state.window, side)
    links: list[Link] = []
    waiting: list[OpenHit] = []
    for hit in window.hits:
        due = now_ms is None or now_ms > hit.at_ms + AFTER_MS
        if due and window.point_seq is not None and window.bare and _follows(window, hit):
            delay_ms = window.point_ms - hit.at_ms
            links.append(
                Link(
                    window.point_seq,
                    hit.seq,
                    side + 1,
                    hit.level,
                    window.points,
                    delay_ms,
                    state.match_id,
                    window.point_round,
                )
            )
        else:
            waiting.append(hit)
    if not links:
        return state, ()
    settled = replace(window, hits=tuple(waiting))
    state = replace(state, window=_with_window(state.window, side, settled))
    return _marked(state, side, links), tuple(links)


def _follows(window: AthleteWindow, hit: OpenHit) -> bool:
    """Tell whether the hit came right behind the athlete's last point."""
    return window.point_seq is not None and 0 <= hit.at_ms - window.point_ms <= AFTER_MS


def _side(window: LinkWindow, side: int) -> AthleteWindow:
    return window.red if side else window.blue


def _with_window(window: LinkWindow, side: int, changed: AthleteWindow) -> LinkWindow:
    blue, red = (window.blue, changed) if side else (changed, window.red)
    due = [
        hit.at_ms + AFTER_MS
        for athlete in (blue, red)
        if athlete.bare
        for hit in athlete.hits
        if _follows(athlete, hit)
    ]
    return LinkWindow(min(due, default=0), blue, red)


def _with_side(
    hits: tuple[tuple[HitMark, ...], tuple[HitMark, ...]], side: int, changed: tuple[HitMark, ...]
) -> tuple[tuple[HitMark, ...], tuple[HitMark, ...]]:
    return (hits[0], changed) if side else (changed, hits[1])


def _marked(state: CourtState, side: int, links: list[Link]) -> CourtState:
    if not links:
        return state
    owned = {link.hit_seq for link in links}
    shown = tuple(
        replace(mark, linked=True) if mark.seq in owned and not mark.linked else mark for mark in state.hits[side]
    )
    return replace(state, hits=_with_side(state.hits, side, shown))
