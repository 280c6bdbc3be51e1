"""The round clock and the rest between rounds, and the stages of a match that follow from them.

A load becomes a bout fought when its clock starts. The clock's own words decide (``start``, ``stop``, ``stopEnd``);
where a ``start`` was lost, a clock that counts on by a second tells the same.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.state import Arrival, ClockState, CourtState, Match, RoundSpan
from restrike_lab.pss import streams

__all__ = ["between_rounds", "on_break", "on_clock"]

TICK_MS = 1000


def on_clock(state: CourtState, message: streams.Clock, at: Arrival) -> CourtState:
    """Follow the clock: one tick a second, and its starts and stops."""
    clock = state.clock
    time_ms = clock.time_ms if message.time_ms is None else message.time_ms
    match message.action:
        case None:
            return _ticked(state, time_ms, at)
        case "start":
            return _started(state, ClockState(time_ms, True), at)
        case "stop":
            over = time_ms == 0 and not _counts_up(state.match)
            return _stopped(state, ClockState(time_ms, False), at, over=over)
        case "stopEnd":
            return _stopped(state, ClockState(time_ms, False), at, over=True)
        case _:
            return state if time_ms == clock.time_ms else replace(state, clock=ClockState(time_ms, clock.running))


def on_break(state: CourtState, message: streams.Break, at: Arrival) -> CourtState:
    """Follow the rest between rounds; its end, a new round or a running clock takes it off."""
    if message.action == "stopEnd":
        return state if state.break_ms is None else replace(state, break_ms=None)
    if message.time_ms is None or message.time_ms == state.break_ms:
        return state
    return replace(between_rounds(state), break_ms=message.time_ms)


def between_rounds(state: CourtState) -> CourtState:
    """Return the state with its match, if it is being fought, in the stage between two rounds."""
    match = state.match
    if match is None or match.stage not in ("fighting", "stopped"):
        return state
    return replace(state, match=replace(match, stage="between"))


def _ticked(state: CourtState, time_ms: int | None, at: Arrival) -> CourtState:
    clock = state.clock
    if time_ms == clock.time_ms:
        return state
    if clock.running or not _counts_on(state, time_ms):
        return replace(state, clock=ClockState(time_ms, clock.running))
    return _started(state, ClockState(time_ms, True), at)


def _counts_on(state: CourtState, time_ms: int | None) -> bool:
    """Tell whether a standing clock is seen to run: its ``start`` was lost, or overtaken by the first tick."""
    before = state.clock.time_ms
    match = state.match
    if before is None or time_ms is None or (match is not None and match.stage == "decided"):
        return False
    passed = time_ms - before if _counts_up(match) else before - time_ms
    return 0 < passed <= TICK_MS


def _counts_up(match: Match | None) -> bool:
    return match is not None and match.count == "cntUp"


def _started(state: CourtState, clock: ClockState, at: Arrival) -> CourtState:
    return replace(
        state,
        clock=clock,
        match=_fighting(state.match, at),
        injury=None,
        challenge=None,
        break_ms=None,
        span=_opened(state.span, at),
    )


def _fighting(match: Match | None, at: Arrival) -> Match | None:
    if match is None or match.stage == "fighting":
        return match
    started_ns = at.wall_ns if match.started_ns is None else match.started_ns
    if match.stage != "decided":
        return replace(match, stage="fighting", started_ns=started_ns)
    # The operator took the decision back: a clock that runs says that the bout goes on.
    return replace(
        match, stage="fighting", started_ns=started_ns, ended_ns=None, winner=None, winner_name=None, decision=None
    )


def _stopped(state: CourtState, clock: ClockState, at: Arrival, *, over: bool) -> CourtState:
    if over:
        return replace(between_rounds(state), clock=clock, span=_closed(state.span, at))
    match = state.match
    if match is not None and match.stage == "fighting":
        return replace(state, clock=clock, match=replace(match, stage="stopped"))
    return state if clock == state.clock else replace(state, clock=clock)


def _opened(span: RoundSpan, at: Arrival) -> RoundSpan:
    if span.started_ns is not None and span.ended_ns is None:
        return span
    return replace(span, started_ns=at.wall_ns if span.started_ns is None else span.started_ns, ended_ns=None)


def _closed(span: RoundSpan, at: Arrival) -> RoundSpan:
    return span if span.ended_ns is not None else replace(span, ended_ns=at.wall_ns)
