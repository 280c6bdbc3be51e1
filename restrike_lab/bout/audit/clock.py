"""The round clock: its seconds have no holes, and it neither runs without a start nor rests without a stop.

Every tick, start and stop shows a second, so they form one row. A hole in it is lost ticks, a change from standing to
running or back without its message a lost start or stop. Messages a few ms apart may overtake each other: what looks
lost behind a start or stop is reported only when 250 ms have passed.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.audit.report import moment, place, report
from restrike_lab.bout.audit.state import SETTLED_NS, TICK_MS, AuditState, Awaited, ClockWatch, Ticks
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import streams

__all__ = ["PAUSE_NS", "begins_round", "end_clock", "new_round_clock", "on_running_clock", "settle_clock", "until_ns"]

PAUSE_NS = 2_500_000_000
"""Time between two ticks of a running clock from which on a stop and a start must have been lost in between."""

CATCH_UP_NS = 700_000_000
"""A tick that follows sooner shows that the one before was only late on its way."""

TRAILING = 2
"""Seconds at the very end of a round that are taken for lost if neither they nor the end were seen."""

EARLY_MS = 10_000
"""How far into a round its first seconds may be lost and it is still recognized as a new one."""

MOST_AWAITED = 10
"""Clock messages awaited at once; no clock has more than two or three."""

LONGEST = 300
"""Seconds in a row beyond which nobody takes them for lost."""

NS_PER_MS = 1_000_000


def on_running_clock(state: AuditState, message: streams.Clock, at: Arrival) -> AuditState:
    """Follow a clock message outside a load burst that is not simply the next second."""
    ticks = state.ticks
    time_ms = message.time_ms if message.time_ms is not None else ticks.time_ms
    match message.action:
        case None:
            return state if time_ms is None else _ticked(state, time_ms, at)
        case "start":
            return _started(state, time_ms, at)
        case "stop":
            return _stopped(state, time_ms, at)
        case "stopEnd":
            return _ended(state, at)
        case _:
            return _shown(state, time_ms, at)


def until_ns(awaited: Awaited) -> int:
    """Return the monotonic time up to which an awaited message may still come."""
    return awaited.at.mono_ns + (CATCH_UP_NS if awaited.what == "pause" else SETTLED_NS)


def settle_clock(state: AuditState, now_ns: int | None) -> AuditState:
    """Report the clock messages that did not come in time; ``None`` waits no longer for any."""
    awaited = state.clock.awaited
    due = tuple(one for one in awaited if now_ns is None or until_ns(one) <= now_ns)
    if not due:
        return state
    left = tuple(one for one in awaited if one not in due)
    state = replace(state, clock=replace(state.clock, awaited=left))
    for one in due:
        state = _report(state, one)
        if one.what == "stopEnd":
            state = replace(state, clock=replace(state.clock, ended=True, over=True))
    return state


def end_clock(state: AuditState, at: Arrival) -> AuditState:
    """Take the round for over because something came that only follows its end."""
    clock = state.clock
    if clock.began and clock.running:
        state = _report_unseen_end(state, at)
    elif clock.began and clock.running is False and not clock.ended:
        lost = Awaited("stopEnd", at, state.ticks.at, state.ticks.time_ms)
        state = _report(state, lost, certainty=0.8)
    elif clock.over:
        return state
    return _halted(state, ended=True, over=True)


def begins_round(state: AuditState, message: streams.Clock, at: Arrival) -> bool:
    """Tell whether a clock message begins another round although none was announced: the last one is over."""
    clock = state.clock
    if not clock.over or clock.round_ms is None or message.time_ms is None:
        return False
    run = message.time_ms if clock.step > 0 else clock.round_ms - message.time_ms
    if message.action == "start":
        return run == 0
    long_ago = at.mono_ns - max(clock.stopped_ns, state.ticks.at.mono_ns) > TICK_MS * NS_PER_MS
    return message.action is None and 0 < run <= EARLY_MS and (run == TICK_MS or long_ago)


def new_round_clock(state: AuditState, at: Arrival) -> AuditState:
    """Return the state with the clock of a new round, which stands at its full time."""
    clock = state.clock
    full = clock.round_ms if clock.step < 0 else 0
    fresh = ClockWatch(running=False, step=clock.step, round_ms=clock.round_ms)
    return replace(state, clock=fresh, ticks=Ticks(None, full, at, state.ticks.seen))


# Messages -----------------------------------------------------------------------------------------------------------


def _ticked(state: AuditState, time_ms: int, at: Arrival) -> AuditState:
    clock, ticks = state.clock, state.ticks
    if clock.running is None:
        return _joined(state, time_ms, at)
    last = ticks.time_ms
    if last is None or (time_ms - last) % TICK_MS:
        return _shown(state, time_ms, at)
    steps = (time_ms - last) // clock.step
    if _is_late(state, time_ms):
        return _without_tick(state, time_ms)
    if not clock.running:
        return _run_without_start(state, time_ms, steps, at)
    if steps == 0:
        return state
    if steps < 0:
        return _run(_report_set(state, at, time_ms, running=True), time_ms, at)
    state = _cancel(state, "pause") if at.mono_ns - ticks.at.mono_ns < CATCH_UP_NS else state
    if at.mono_ns - ticks.at.mono_ns - (steps - 1) * TICK_MS * NS_PER_MS > PAUSE_NS:
        state = _await(state, Awaited("pause", at, ticks.at, last))
    if lost := _seconds(last, time_ms, clock.step):
        state = _report(state, Awaited("tick", at, ticks.at, last, lost))
    return _run(state, time_ms, at, seen=1)


def _joined(state: AuditState, time_ms: int, at: Arrival) -> AuditState:
    """Take a tick of a clock of which nothing is known: the second one in a row shows that it runs."""
    last = state.ticks.time_ms
    if last is None or abs(time_ms - last) != TICK_MS:
        return _shown(state, time_ms, at)
    clock = replace(state.clock, running=True, step=time_ms - last)
    return _run(replace(state, clock=clock), time_ms, at, seen=1)


def _run_without_start(state: AuditState, time_ms: int, steps: int, at: Arrival) -> AuditState:
    """Take a tick of a clock that stood: its start was lost, or was overtaken by the first tick [live: 2 ms]."""
    clock, ticks = state.clock, state.ticks
    if steps <= 0:
        return _shown(state, time_ms, at)
    last = ticks.time_ms or 0
    state = _await(state, Awaited("start", at, ticks.at, last))
    if lost := _seconds(last, time_ms, clock.step):
        state = _report(state, Awaited("tick", at, ticks.at, last, lost))
    return _run(_begun(state), time_ms, at, seen=1)


def _started(state: AuditState, time_ms: int | None, at: Arrival) -> AuditState:
    clock, ticks = state.clock, state.ticks
    if any(one.what == "start" for one in clock.awaited):
        return _begun(_cancel(state, "start"))
    last = ticks.time_ms
    if clock.round_ms is None and not clock.began and time_ms is not None and clock.step < 0:
        state = replace(state, clock=replace(clock, round_ms=time_ms))
    known = last is not None and time_ms is not None and clock.began
    if known and clock.running:
        assert last is not None
        assert time_ms is not None
        if lost := _seconds(last, time_ms + clock.step, clock.step):
            state = _report(state, Awaited("tick", at, ticks.at, last, lost))
        state = _report(state, Awaited("stop", at, ticks.at, time_ms))
    elif known and clock.running is False and time_ms != last:
        state = _report_set(state, at, time_ms, running=False)
    return _run(_begun(state), time_ms, at)


def _stopped(state: AuditState, time_ms: int | None, at: Arrival) -> AuditState:
    clock, ticks = state.clock, state.ticks
    last = ticks.time_ms
    expected = any(one.what == "stop" for one in clock.awaited)
    state = _cancel(state, "stop")
    if time_ms is not None and last is not None and (clock.running or (expected and not time_ms)):
        if lost := _seconds(last, time_ms + clock.step, clock.step):
            state = _await(state, Awaited("tick", at, ticks.at, last, lost))
    elif clock.running is False and clock.began and not clock.over and time_ms is not None and last is not None:
        lost = _seconds(last, time_ms + clock.step, clock.step)
        if lost:
            state = _report(state, Awaited("start", at, ticks.at, last))
            state = _report(state, Awaited("tick", at, ticks.at, last, lost))
    natural = time_ms == _end_ms(clock)
    if natural and not clock.ended and clock.running is not None:
        state = _await(state, Awaited("stopEnd", at, at, time_ms))
    state = _halted(state, ended=clock.ended, over=clock.over, stopped_ns=at.mono_ns)
    return state if clock.over and not natural else _shown(state, time_ms, at)


def _ended(state: AuditState, at: Arrival) -> AuditState:
    """Take ``stopEnd``, whose time says nothing (``0:00`` however the round ended)."""
    clock, ticks = state.clock, state.ticks
    state = _cancel(state, "stopEnd")
    if clock.running:
        state = _await(state, Awaited("stop", at, ticks.at, ticks.time_ms))
        state = replace(state, clock=replace(state.clock, stopped_ns=at.mono_ns))
    return _halted(state, ended=True, over=True, stopped_ns=state.clock.stopped_ns)


# The row of seconds -------------------------------------------------------------------------------------------------


def _shown(state: AuditState, time_ms: int | None, at: Arrival) -> AuditState:
    """Take the time that the clock shows, whether it stands or not."""
    clock = state.clock
    following = time_ms + clock.step if clock.running and time_ms is not None else None
    return replace(state, ticks=Ticks(following, time_ms, at, state.ticks.seen))


def _run(state: AuditState, time_ms: int | None, at: Arrival, *, seen: int = 0) -> AuditState:
    """Let the clock run on from the second it shows; while something is awaited no tick is taken for granted."""
    clock = state.clock
    following = None if clock.awaited or time_ms is None else time_ms + clock.step
    return replace(state, ticks=Ticks(following, time_ms, at, state.ticks.seen + seen))


def _begun(state: AuditState) -> AuditState:
    clock = replace(state.clock, running=True, began=True, ended=False, over=False, challenged=False, stopped_ns=0)
    return replace(state, clock=clock)


def _halted(state: AuditState, *, ended: bool, over: bool, stopped_ns: int | None = None) -> AuditState:
    clock = state.clock
    since = clock.stopped_ns if stopped_ns is None else stopped_ns
    halted = replace(clock, running=False, ended=ended, over=over, stopped_ns=since)
    return replace(state, clock=halted, ticks=replace(state.ticks, next_ms=None))


def _seconds(last: int, shown: int, step: int) -> tuple[int, ...]:
    """Return the seconds between two that were shown, both exclusive; none where the clock must have been set."""
    seconds = range(last + step, shown, step)
    return tuple(seconds) if len(seconds) <= LONGEST else ()


def _end_ms(clock: ClockWatch) -> int | None:
    return 0 if clock.step < 0 else clock.round_ms


def _is_late(state: AuditState, time_ms: int) -> bool:
    return any(one.what == "tick" and time_ms in one.ticks_ms for one in state.clock.awaited)


def _without_tick(state: AuditState, time_ms: int) -> AuditState:
    """Return the state with an awaited tick that came late, overtaken by a stop."""
    kept = []
    for one in state.clock.awaited:
        left = tuple(tick for tick in one.ticks_ms if tick != time_ms)
        if left or not one.ticks_ms:
            kept.append(one if len(left) == len(one.ticks_ms) else replace(one, ticks_ms=left))
    ticks = replace(state.ticks, seen=state.ticks.seen + 1)
    return replace(state, clock=replace(state.clock, awaited=tuple(kept)), ticks=ticks)


def _await(state: AuditState, awaited: Awaited) -> AuditState:
    return replace(state, clock=replace(state.clock, awaited=(*state.clock.awaited[-MOST_AWAITED:], awaited)))


def _cancel(state: AuditState, what: str) -> AuditState:
    awaited = state.clock.awaited
    if not awaited:
        return state
    return replace(state, clock=replace(state.clock, awaited=tuple(one for one in awaited if one.what != what)))


# Findings -----------------------------------------------------------------------------------------------------------


def _report(state: AuditState, lost: Awaited, *, certainty: float = 0.95) -> AuditState:
    if lost.what == "tick":
        return _report_ticks(state, lost)
    if lost.what == "pause":
        return report(
            state,
            "clock",
            f"stop and start of the clock {moment(lost.clock_ms, state.course.round)}: messages missing",
            at=lost.at,
            since=lost.since,
            certainty=0.85,
            reason="the clock ran, yet far more time passed between two of its seconds than it shows",
            streams=("clk;stop", "clk;start"),
            count=2,
            clock_ms=lost.clock_ms,
        )
    words = {"start": "start of the clock", "stop": "stop of the clock", "stopEnd": "end of the round"}
    reasons = {
        "start": "the clock runs and was not started",
        "stop": "the clock was started or the round ended while it ran",
        "stopEnd": "the round is over and its end was not told",
    }
    state = report(
        state,
        "clock",
        f"{words[lost.what]} {moment(lost.clock_ms, state.course.round)}: message missing",
        at=lost.at,
        since=lost.since,
        certainty=certainty,
        reason=reasons[lost.what],
        streams=(f"clk;{lost.what}",),
        clock_ms=lost.clock_ms,
    )
    return _report_trailing(state, lost) if lost.what == "stop" and state.clock.ended else state


def _report_ticks(state: AuditState, lost: Awaited) -> AuditState:
    first, count = lost.ticks_ms[0], len(lost.ticks_ms)
    seconds, messages = ("second", "message") if count == 1 else (f"{count} seconds", "messages")
    return report(
        state,
        "tick",
        f"{seconds} of the clock {moment(first, state.course.round)}: {messages} missing",
        at=lost.at,
        since=lost.since,
        certainty=0.98,
        reason=f"the clock jumped over {'one second' if count == 1 else seconds}",
        severity="info",
        streams=("clk",) * count,
        count=count,
        clock_ms=first,
        ticks_ms=lost.ticks_ms,
    )


def _report_trailing(state: AuditState, lost: Awaited) -> AuditState:
    """Report the last seconds of a round that ran out, seen from its end, when the stop was lost as well."""
    last, end = lost.clock_ms, _end_ms(state.clock)
    if last is None or end is None or last == end:
        return state
    left = _seconds(last, end + state.clock.step, state.clock.step)
    passed_ms = (lost.at.mono_ns - lost.since.mono_ns) // NS_PER_MS
    if not left or abs(passed_ms - (len(left) + 1) * TICK_MS) > TICK_MS // 3:
        return state  # the round was ended before its time
    return _report_ticks(state, replace(lost, what="tick", ticks_ms=left))


def _report_unseen_end(state: AuditState, at: Arrival) -> AuditState:
    clock, ticks = state.clock, state.ticks
    state = report(
        state,
        "clock",
        f"stop of the clock and end of {place(state.course.round)}: messages missing",
        at=at,
        since=ticks.at,
        certainty=0.95,
        reason="the round is over and the clock was last seen running",
        streams=("clk;stop", "clk;stopEnd"),
        count=2,
        clock_ms=ticks.time_ms,
    )
    end = _end_ms(clock)
    if ticks.time_ms is None or end is None:
        return state
    left = _seconds(ticks.time_ms, end + clock.step, clock.step)
    if not left or len(left) > TRAILING or at.mono_ns - ticks.at.mono_ns < len(left) * TICK_MS * NS_PER_MS:
        return state
    return _report_ticks(state, Awaited("tick", at, ticks.at, ticks.time_ms, left))


def _report_set(state: AuditState, at: Arrival, time_ms: int | None, *, running: bool) -> AuditState:
    return report(
        state,
        "clock",
        f"correction of the clock, seen {moment(time_ms, state.course.round)}: message missing",
        at=at,
        since=state.ticks.at,
        certainty=0.5 if running else 0.6,
        reason="the clock shows another time than before without having run there; some consoles may not tell",
        severity="info",
        streams=("clk;corr",),
        clock_ms=time_ms,
    )
