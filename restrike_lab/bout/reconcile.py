"""Proof of loss: what the messages of a court prove about the ones that did not come.

The console numbers nothing and signs nothing, but it says most things more than once. ``reconcile`` follows one court
message by message, beside ``reduce`` and independent of it, and hands out findings: what was probably lost, which
events show it, how sure that is. A finding comes when its evidence is complete, within a second; ``due`` is asked where
a court has gone quiet, ``quality`` for the report on a match. Pure functions over a frozen state, no clock, no I/O.

What only looks like trouble gives no finding: a score right after the clock stopped, gam-jeoms and rounds while it
stands, a rest that is skipped, loads that repeat, replace or abort, messages a few ms out of order, either order of a
scoring burst, corrections of score, gam-jeoms and clock, challenges, listening that begins in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from msgspec.structs import replace

from restrike_lab.bout.audit import clock, countdowns, course, ledger, loads
from restrike_lab.bout.audit.quality import quality
from restrike_lab.bout.audit.report import report
from restrike_lab.bout.audit.state import SETTLED_NS, AuditState, ClockWatch, Ledger, Ticks
from restrike_lab.bout.audit.statistics import compare_statistics
from restrike_lab.bout.findings import Finding
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import streams

__all__ = ["AuditState", "Heard", "Reconciled", "due", "follow", "gap", "quality", "reconcile"]

Reconciled: TypeAlias = tuple[AuditState, tuple[Finding, ...]]

Heard: TypeAlias = tuple[streams.Message, int, int, int]
"""A message with the three numbers of its ``Arrival``."""


def reconcile(state: AuditState, message: streams.Message, at: Arrival) -> Reconciled:
    """Return the state after a message of a court, and the findings that became due with it.

    Begin with ``AuditState()``. ``at.mono_ns`` must not run backwards within a court; ``at.seq`` becomes evidence.
    """
    found: tuple[Finding, ...] = ()
    if state.due_ns and at.mono_ns >= state.due_ns:
        state, found = due(state, at.mono_ns)
    kind = type(message)
    if kind is streams.Clock:
        ticks = state.ticks
        next_ms = ticks.next_ms
        # Nine messages in ten are the next second of a running clock.
        if (
            next_ms is not None
            and message.time_ms == next_ms  # type: ignore[attr-defined]
            and message.action is None  # type: ignore[attr-defined]
            and at.mono_ns - ticks.at.mono_ns < clock.PAUSE_NS
        ):
            return replace(state, ticks=Ticks(next_ms + state.clock.step, next_ms, at, ticks.seen + 1)), found
    handler = HANDLERS.get(kind)
    if handler is None:
        return state, found
    if not state.heard:
        state = replace(state, course=replace(state.course, since=at))
    before = state
    state = handler(state, message, at)
    due_ns = before.due_ns
    if not (state.clock is before.clock and state.course is before.course and state.ledger is before.ledger):
        due_ns = _due_ns(state)  # it depends on nothing else
    if kind in COUNTED_ELSEWHERE:
        if state.heard and not state.fresh and due_ns == state.due_ns:
            return state, found
        tally = state.tally
    else:
        tally = replace(state.tally, messages=state.tally.messages + 1)
    fresh = state.fresh
    state = replace(state, heard=True, tally=tally, due_ns=due_ns, fresh=())
    return state, (*found, *fresh) if fresh else found


def follow(state: AuditState, heard: Iterable[Heard]) -> Reconciled:
    """Return the state after several messages of a court, and all findings: the same as ``reconcile`` one by one.

    Nine messages in ten are seconds of a running clock or levels of hits. The former are taken a run at a time, the
    latter prove nothing, so that the audit of a busy hall costs half as much.
    """
    every: list[Finding] = []
    ticks, step, due_ns = state.ticks, state.clock.step, state.due_ns
    next_ms, since_ns, run = ticks.next_ms, ticks.at.mono_ns, 0
    last = (0, 0, 0)
    for message, seq, wall_ns, mono_ns in heard:
        kind = type(message)
        if not (due_ns and mono_ns >= due_ns):
            if kind is streams.Clock:
                if (
                    next_ms is not None
                    and message.time_ms == next_ms  # type: ignore[attr-defined]
                    and message.action is None  # type: ignore[attr-defined]
                    and mono_ns - since_ns < clock.PAUSE_NS
                ):
                    next_ms, since_ns, run = next_ms + step, mono_ns, run + 1
                    last = (seq, wall_ns, mono_ns)
                    continue
            elif kind not in HANDLERS:
                continue
        if run:
            state = _after_run(state, next_ms, last, run)
        state, found = reconcile(state, message, Arrival(seq, wall_ns, mono_ns))
        every += found
        ticks, step, due_ns = state.ticks, state.clock.step, state.due_ns
        next_ms, since_ns, run = ticks.next_ms, ticks.at.mono_ns, 0
    return (_after_run(state, next_ms, last, run) if run else state), tuple(every)


def _after_run(state: AuditState, next_ms: int | None, last: tuple[int, int, int], run: int) -> AuditState:
    """Return the state after so many seconds of a running clock, the last of which arrived at ``last``."""
    assert next_ms is not None
    ticks = Ticks(next_ms, next_ms - state.clock.step, Arrival(*last), state.ticks.seen + run)
    return replace(state, ticks=ticks)


def due(state: AuditState, mono_ns: int) -> Reconciled:
    """Return the state with everything decided that could be decided at ``mono_ns`` without another message.

    Call it for a quiet court when ``state.due_ns`` (0: nothing pending) has passed and the court was listened to until
    then. What is pending when listening ends is not known to be lost: nothing is said of it.
    """
    found: tuple[Finding, ...] = ()
    while state.due_ns and (moment := state.due_ns) <= mono_ns:
        # Each at its own moment: what is found must not depend on how often somebody asks.
        state, found = _handed_out(_settled(state, moment), found)
        if state.due_ns == moment:
            break
    return state, found


def gap(state: AuditState, from_ns: int, to_ns: int, at: Arrival, reason: str = "") -> Reconciled:
    """Return the state after a time in which nobody listened, as between two terms of ownership, and the finding.

    ``from_ns`` and ``to_ns`` are wall times; ``at`` is the arrival before which the gap lies. Nothing is said about
    what was not heard: score, clock and round are taken anew from what comes.
    """
    seconds = max(0, to_ns - from_ns) / 1e9
    state = report(
        state,
        "gap",
        f"nobody listened for {seconds:.1f} s" + (f": {reason}" if reason else ""),
        at=Arrival(at.seq, to_ns, at.mono_ns),
        since=Arrival(0, from_ns, 0),
        certainty=1.0,
        reason="the lab knows when it did not listen",
        severity="error",
        streams=(),
        count=0,
    )
    state = replace(
        state,
        ticks=Ticks(seen=state.ticks.seen),
        clock=ClockWatch(step=state.clock.step, round_ms=state.clock.round_ms),
        ledger=Ledger(),
        course=replace(
            state.course, since=at, whole=False, round=None, load=None, s_lost=None, confirmation=None, result=None
        ),
        heard=True,
        rest=None,
        injury=None,
        time_out=None,
    )
    return _handed_out(state, ())


# What is pending ----------------------------------------------------------------------------------------------------


def _settled(state: AuditState, now_ns: int) -> AuditState:
    load = state.course.load
    if load is not None and loads.load_until_ns(load) <= now_ns:
        state = loads.close_load(state)
    state = ledger.settle_ledger(clock.settle_clock(state, now_ns), now_ns)
    group, result = state.course.confirmation, state.course.result
    if group is not None and group.last.mono_ns + SETTLED_NS <= now_ns:
        state = course.conclude_confirmation(state)
    if result is not None and result[1].mono_ns + SETTLED_NS <= now_ns:
        state = course.conclude_result(state)
    return state


def _due_ns(state: AuditState) -> int:
    """Return when the first thing pending can be decided, 0 if nothing is pending."""
    now = state.course
    book = state.ledger
    times = [clock.until_ns(one) for one in state.clock.awaited]
    if now.load is not None:
        times.append(loads.load_until_ns(now.load))
    if now.confirmation is not None:
        times.append(now.confirmation.last.mono_ns + SETTLED_NS)
    if now.result is not None:
        times.append(now.result[1].mono_ns + SETTLED_NS)
    if book.steps:
        times.append(book.steps[0].at.mono_ns + SETTLED_NS)
    if book.waiting:
        times.append(book.waiting[0].at.mono_ns + SETTLED_NS)
    if book.acts:
        times.append(book.acts[0].at.mono_ns + ledger.ACT_NS)
    return min(times) if times else 0


def _handed_out(state: AuditState, found: tuple[Finding, ...]) -> Reconciled:
    due_ns = _due_ns(state)
    if state.fresh:
        found = (*found, *state.fresh)
        return replace(state, fresh=(), due_ns=due_ns), found
    return (state if due_ns == state.due_ns else replace(state, due_ns=due_ns)), found


# Messages -----------------------------------------------------------------------------------------------------------


def _beyond_load(state: AuditState) -> AuditState:
    return state if state.course.load is None else loads.close_load(state)


def _on_clock(state: AuditState, message: streams.Clock, at: Arrival) -> AuditState:
    if message.action is None and loads.takes(state, "clk"):
        shown = replace(state, ticks=Ticks(None, message.time_ms, at, state.ticks.seen))
        if message.time_ms and state.clock.step < 0:
            shown = replace(shown, clock=replace(state.clock, round_ms=message.time_ms))
        return loads.loading(shown, "clk", at)
    state = _beyond_load(state)
    if clock.begins_round(state, message, at):
        state = course.implied_round(state, at)
    return clock.on_running_clock(state, message, at)


def _on_score(state: AuditState, message: streams.Score, at: Arrival) -> AuditState:
    if loads.takes(state, "sc"):
        return loads.loading(ledger.take_base(state, message.blue, message.red), "sc", at)
    return ledger.told(_beyond_load(state), "sc", message.blue, message.red, at)


def _on_round_points(state: AuditState, message: streams.RoundPoints, at: Arrival) -> AuditState:
    number = state.course.round
    blue, red = _of_round(message, number)
    if loads.takes(state, "s"):
        return loads.loading(ledger.take_base(state, blue, red), "s", at)
    state = _beyond_load(state)
    if not state.course.s_seen:
        state = loads.told_rounds(state)
    if number is not None and any(_of_round(message, number + 1)):
        state = course.missed_round(state, at)
        blue, red = _of_round(message, number + 1)
    state = replace(state, ledger=replace(state.ledger, s_at=at))
    if blue is not None or red is not None:
        state = ledger.told(state, "s", blue, red, at)
    return course.confirm(state, "s", at)


def _of_round(message: streams.RoundPoints, number: int | None) -> tuple[int | None, int | None]:
    match number:
        case 1:
            return message.blue_1, message.red_1
        case 2:
            return message.blue_2, message.red_2
        case 3:
            return message.blue_3, message.red_3
        case 4:
            return message.blue_4, message.red_4
        case 5:
            return message.blue_5, message.red_5
        case _:
            return None, None


def _on_point(state: AuditState, message: streams.Point, at: Arrival) -> AuditState:
    return ledger.on_point(_beyond_load(state), message, at)


def _on_gam_jeoms(state: AuditState, message: streams.GamJeoms, at: Arrival) -> AuditState:
    if loads.takes(state, "wg"):
        return loads.loading(state, "wg", at)
    state = _beyond_load(state)
    if message.blue == message.red == 0 and not state.clock.running:
        state = replace(state, course=replace(state.course, early=at))
        if state.clock.over:
            return state
    return ledger.on_gam_jeoms(state, message, at)


def _on_round(state: AuditState, message: streams.Round, at: Arrival) -> AuditState:
    if loads.takes(state, "rnd"):
        return loads.loading(_with_round(state, message.number), "rnd", at)
    return course.on_round(_beyond_load(state), message, at)


def _with_round(state: AuditState, number: int | None) -> AuditState:
    if number is None or not 1 <= number <= course.MOST_ROUNDS:
        return state
    return replace(state, course=replace(state.course, round=number))


def _on_round_winners(state: AuditState, message: streams.RoundWinners, at: Arrival) -> AuditState:
    if loads.takes(state, "wrd"):
        return loads.loading(state, "wrd", at)
    winners = tuple(one or 0 for one in (message.rd1, message.rd2, message.rd3, message.rd4, message.rd5))
    state = _beyond_load(state)
    return course.confirm(replace(state, course=replace(state.course, winners=winners)), "wrd", at)


def _on_statistics(state: AuditState, message: streams.RoundStatistics, at: Arrival) -> AuditState:
    state = _beyond_load(state)
    number = state.course.round
    if number is not None and message.round == number + 1:
        state = course.missed_round(state, at)
    return compare_statistics(course.confirm(state, "rst", at), message, at)


def _on_statistics_end(state: AuditState, message: streams.StatisticsEnd, at: Arrival) -> AuditState:
    return course.confirm(_beyond_load(state), "rsr", at)


def _on_challenge(state: AuditState, message: streams.Challenge, at: Arrival) -> AuditState:
    return state if state.clock.challenged else replace(state, clock=replace(state.clock, challenged=True))


def _on_result(state: AuditState, message: streams.Winner | streams.MatchResult, at: Arrival) -> AuditState:
    return course.on_result(_beyond_load(state), message, at)


def _on_fight_loaded(state: AuditState, message: streams.FightLoaded, at: Arrival) -> AuditState:
    return loads.loading(state, "pre", at)


def _on_officials(state: AuditState, message: streams.Officials, at: Arrival) -> AuditState:
    return loads.loading(state, "ref", at)


def _on_athletes(state: AuditState, message: streams.Athletes, at: Arrival) -> AuditState:
    return loads.loading(state, "at", at)


def _on_match_config(state: AuditState, message: streams.MatchConfig, at: Arrival) -> AuditState:
    state = loads.loading(state, "mch", at)
    seconds = message.round_seconds
    up = message.count == "cntUp"
    round_ms = seconds * 1000 if seconds is not None and seconds > 0 else state.clock.round_ms
    return replace(state, clock=replace(state.clock, round_ms=round_ms, step=1000 if up else -1000))


def _on_superiority(state: AuditState, message: streams.Superiority, at: Arrival) -> AuditState:
    return loads.loading(state, "sup", at) if loads.takes(state, "sup") else state


def _on_fight_ready(state: AuditState, message: streams.FightReady, at: Arrival) -> AuditState:
    return loads.loading(state, "rdy", at)


HANDLERS: Mapping[type[streams.Message], Callable[[AuditState, Any, Arrival], AuditState]] = {
    streams.Clock: _on_clock,
    streams.Break: countdowns.on_rest,
    streams.Score: _on_score,
    streams.RoundPoints: _on_round_points,
    streams.Point: _on_point,
    streams.GamJeoms: _on_gam_jeoms,
    streams.Superiority: _on_superiority,
    streams.Injury: countdowns.on_injury,
    streams.TimeOut: countdowns.on_time_out,
    streams.Challenge: _on_challenge,
    streams.Round: _on_round,
    streams.RoundWinners: _on_round_winners,
    streams.RoundStatistics: _on_statistics,
    streams.StatisticsEnd: _on_statistics_end,
    streams.Winner: _on_result,
    streams.MatchResult: _on_result,
    streams.FightLoaded: _on_fight_loaded,
    streams.Officials: _on_officials,
    streams.Athletes: _on_athletes,
    streams.MatchConfig: _on_match_config,
    streams.FightReady: _on_fight_ready,
}
"""What is done with a message, by its stream; all others prove nothing."""

COUNTED_ELSEWHERE = frozenset((streams.Break, streams.Injury, streams.TimeOut, streams.Superiority, streams.Challenge))
"""Streams whose messages count as ticks, or would not be missed."""
