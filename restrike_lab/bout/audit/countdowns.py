"""Rest, injury time and para-taekwondo time-outs: seconds without a hole, like the round clock's.

They begin, stop and vanish as the operator likes, so only a hole between two seconds of one countdown is a loss.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.audit.report import report
from restrike_lab.bout.audit.state import TICK_MS, AuditState, Countdown
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import streams

__all__ = ["on_injury", "on_rest", "on_time_out"]

LONGEST = 300
"""Seconds in a row beyond which a countdown was set and did not run."""


def on_rest(state: AuditState, message: streams.Break, at: Arrival) -> AuditState:
    """Follow the rest between rounds; it can be skipped at any second."""
    if message.action == "stopEnd":
        return state if state.rest is None else replace(state, rest=None)
    if message.time_ms is None:
        return state
    state = _counted(state, state.rest, message, "rest", at, whole=message.action is None)
    return replace(state, rest=Countdown(message.time_ms, at))


def on_injury(state: AuditState, message: streams.Injury, at: Arrival) -> AuditState:
    """Follow injury time; ``hide`` shows the second at which it was taken off."""
    if message.time_ms is None:
        return replace(state, injury=None) if message.action in ("hide", "reset") else state
    if message.action == "show":
        return replace(state, injury=Countdown(message.time_ms, at))
    state = _counted(state, state.injury, message, "injury time", at, whole=message.action is None)
    gone = message.action in ("hide", "reset")
    return replace(state, injury=None if gone else Countdown(message.time_ms, at))


def on_time_out(state: AuditState, message: streams.TimeOut, at: Arrival) -> AuditState:
    """Follow a time-out."""
    if message.time_ms is None:
        return state
    before = None if message.action in ("start", "corr") else state.time_out
    state = _counted(state, before, message, "time-out", at, whole=message.action is None)
    gone = message.action in ("stop", "stopEnd")
    return replace(state, time_out=None if gone else Countdown(message.time_ms, at))


def _counted(
    state: AuditState,
    before: Countdown | None,
    message: streams.Break | streams.Injury | streams.TimeOut,
    name: str,
    at: Arrival,
    *,
    whole: bool,
) -> AuditState:
    """Compare a second with the one before. ``whole``: it is a tick; else it repeats the second on display."""
    assert message.time_ms is not None
    if whole:
        state = replace(state, tally=replace(state.tally, countdown_ticks=state.tally.countdown_ticks + 1))
    if before is None or message.time_ms >= before.time_ms:
        return state
    shown = message.time_ms if whole else message.time_ms - TICK_MS
    lost = tuple(range(before.time_ms - TICK_MS, shown, -TICK_MS))
    if not 0 < len(lost) <= LONGEST:
        return state
    seconds = "one second" if len(lost) == 1 else f"{len(lost)} seconds"
    return report(
        state,
        "countdown",
        f"{seconds} of the {name}: {'message' if len(lost) == 1 else 'messages'} missing",
        at=at,
        since=before.at,
        certainty=0.95,
        reason=f"the {name} jumped over {seconds}",
        severity="info",
        streams=(message.stream,) * len(lost),
        count=len(lost),
        ticks_ms=lost,
    )
