"""The course of a bout: its rounds, the messages that confirm each of them, and the result.

Which messages confirm a round is learned from the court: ``rst`` and ``rsr`` are sent by some consoles only.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.audit.clock import end_clock, new_round_clock, settle_clock
from restrike_lab.bout.audit.ledger import opened_ledger, settle_ledger
from restrike_lab.bout.audit.report import place, report
from restrike_lab.bout.audit.state import SETTLED_NS, AuditState, Confirmation, Course, Ledger
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import streams

__all__ = [
    "MOST_ROUNDS",
    "begin_round",
    "close_round",
    "conclude_confirmation",
    "conclude_result",
    "confirm",
    "implied_round",
    "just_joined",
    "missed_round",
    "on_result",
    "on_round",
]

MOST_ROUNDS = 5
"""``s..`` and ``wrd`` know no more."""


def just_joined(state: AuditState, at: Arrival, within_ns: int = SETTLED_NS) -> bool:
    """Tell whether listening began so lately that what belongs to ``at`` may have come before."""
    course = state.course
    return not state.heard or (not course.whole and at.mono_ns - course.since.mono_ns < within_ns)


# Rounds -------------------------------------------------------------------------------------------------------------


def on_round(state: AuditState, message: streams.Round, at: Arrival) -> AuditState:
    """Begin the round that is named, after a last look at the one before."""
    number, before = message.number, state.course.round
    if number is None or number == before or not 1 <= number <= MOST_ROUNDS:
        return state
    if before is None:
        return begin_round(state, number, at)
    if number < before:
        state = settle_ledger(settle_clock(state, None), None)
        state = _report_back(state, number, at)
    else:
        state = close_round(state, at)
        if number > before + 1:
            state = _report_round(state, at, number - before - 1)
    return begin_round(state, number, at)


def begin_round(state: AuditState, number: int, at: Arrival) -> AuditState:
    """Return the state at the beginning of a round: nought to nought, unless ``sc`` counts the whole bout."""
    course = replace(state.course, round=number, confirmation=None, confirmed=False, decided=False)
    if course.s_seen:
        ledger = opened_ledger()
    else:
        # A conventional bout counts on; one that was joined in the middle may be either kind.
        ledger = Ledger(score=state.ledger.score, whole=True) if course.whole else Ledger()
    tally = replace(state.tally, acts=state.tally.acts + state.ledger.met)
    state = new_round_clock(state, at)
    return replace(state, course=course, ledger=ledger, tally=tally, rest=None, injury=None, time_out=None)


def implied_round(state: AuditState, at: Arrival) -> AuditState:
    """Begin the next round because its clock starts although no ``rnd`` came."""
    number = state.course.round
    if number is None:
        return state
    state = _report_round(close_round(state, at), at, 1)
    return begin_round(state, number + 1, at)


def missed_round(state: AuditState, at: Arrival) -> AuditState:
    """Go on in the next round because something of it came although no ``rnd`` did and no clock was seen to start."""
    number = state.course.round
    if number is None:
        return state
    state = _report_round(settle_ledger(state, None), at, 1)
    tally = replace(state.tally, acts=state.tally.acts + state.ledger.met)
    course = replace(state.course, round=number + 1, confirmation=None, confirmed=False, whole=False)
    watch = replace(state.clock, over=False, ended=False)
    return replace(state, course=course, clock=watch, ledger=Ledger(), tally=tally)


def close_round(state: AuditState, at: Arrival) -> AuditState:
    """Judge a round that is over: score, clock and confirmation."""
    state = settle_ledger(settle_clock(state, None), None)
    began = state.clock.began
    state = end_clock(state, at)
    if state.course.confirmation is not None:
        return conclude_confirmation(state)
    expected = _confirming(state.course)
    if not began or state.course.confirmed or not expected:
        return state
    state = replace(state, course=replace(state.course, confirmed=True))
    return _report_confirmation(state, at, state.ticks.at, expected)


def _report_round(state: AuditState, at: Arrival, count: int) -> AuditState:
    number = state.course.round
    return report(
        state,
        "round",
        f"beginning of the round after round {number}: message missing",
        at=at,
        since=state.ticks.at,
        certainty=0.85,
        reason="a new round goes on and was not announced",
        severity="error",
        streams=("rnd",) * count,
        count=count,
    )


def _report_back(state: AuditState, number: int, at: Arrival) -> AuditState:
    return report(
        state,
        "round",
        f"round {number} after round {state.course.round}: the operator went back, or a load was lost",
        at=at,
        since=state.ticks.at,
        certainty=0.5,
        reason="the number of the round went down outside a load",
        streams=("pre",),
    )


# Confirmation of a round --------------------------------------------------------------------------------------------


def confirm(state: AuditState, part: str, at: Arrival) -> AuditState:
    """Take a part of ``wrd s.. rst rsr``, the messages that confirm a round that is over."""
    course = state.course
    if part in ("rst", "rsr") and part not in course.habits:
        state = replace(state, course=replace(course, habits=course.habits | {"rst", "rsr"}))
    course = state.course
    if course.confirmed or (part == "s" and course.confirmation is None):
        return state
    group = course.confirmation
    if group is None and just_joined(state, at):
        return replace(state, course=replace(course, confirmed=True))
    if group is None:
        parts = {part}
        seen = state.ledger.s_at
        if seen is not None and at.mono_ns - seen.mono_ns <= SETTLED_NS:
            parts.add("s")
        group = Confirmation(at, at, frozenset(parts))
        state = end_clock(settle_clock(state, None), at)
    else:
        group = replace(group, last=at, parts=group.parts | {part})
    state = replace(state, course=replace(state.course, confirmation=group))
    whole = "rsr" in group.parts and group.parts >= _confirming(state.course)
    return conclude_confirmation(state) if whole else state


def conclude_confirmation(state: AuditState) -> AuditState:
    """Judge the confirmation of a round that is over."""
    course = state.course
    group = course.confirmation
    if group is None:
        return state
    tally = replace(state.tally, confirmations=state.tally.confirmations + 1)
    state = replace(state, course=replace(course, confirmation=None, confirmed=True), tally=tally)
    state = _compare_winner(state)
    lost = _confirming(course) - group.parts
    return _report_confirmation(state, group.last, group.first, lost) if lost else state


def _confirming(course: Course) -> frozenset[str]:
    """Return the streams that confirm a round on this court, in this match."""
    expected = course.habits & {"wrd", "rst", "rsr"}
    return expected | {"s"} if course.s_seen and expected else expected


def _report_confirmation(state: AuditState, at: Arrival, since: Arrival, lost: frozenset[str]) -> AuditState:
    names = tuple(part for part in ("wrd", "s", "rst", "rsr") if part in lost)
    words = {"wrd": "winners of the rounds", "s": "points per round", "rst": "statistics", "rsr": "end of statistics"}
    return report(
        state,
        "confirmation",
        f"{', '.join(words[name] for name in names)} behind {place(state.course.round)}: "
        f"{'message' if len(names) == 1 else 'messages'} missing",
        at=at,
        since=since,
        certainty=0.9,
        reason="every round of this match is confirmed by these messages together",
        severity="info" if lost <= {"s", "rsr"} else "warning",
        streams=names,
        count=len(names),
    )


def _compare_winner(state: AuditState) -> AuditState:
    """Compare the winner of the round with its score. The referees may decide otherwise: no finding comes of it."""
    course, score = state.course, state.ledger.score
    number = course.round
    if number is None or score is None or number > len(course.winners) or score[0] == score[1]:
        return state
    winner = course.winners[number - 1]
    if winner not in (1, 2):
        return state
    agreed = winner == (1 if score[0] > score[1] else 2)
    tally = state.tally
    tally = replace(tally, winners_compared=tally.winners_compared + 1, winners_agreed=tally.winners_agreed + agreed)
    return replace(state, tally=tally)


# Result -------------------------------------------------------------------------------------------------------------


def on_result(state: AuditState, message: streams.Winner | streams.MatchResult, at: Arrival) -> AuditState:
    """Take ``win`` or ``wmh``; each has the other within a moment."""
    course = state.course
    if not course.decided:
        state = close_round(state, at) if state.clock.over else state
        result = None if just_joined(state, at) else (message.stream, at)
        state = replace(state, course=replace(state.course, decided=True, result=result))
    elif course.result is not None and course.result[0] != message.stream:
        state = replace(state, course=replace(course, result=None))
    return _compare_result(state, message) if isinstance(message, streams.MatchResult) else state


def conclude_result(state: AuditState) -> AuditState:
    """Report the other half of a result that did not come."""
    result = state.course.result
    if result is None:
        return state
    stream, at = result
    other = "wmh" if stream == "win" else "win"
    state = replace(state, course=replace(state.course, result=None))
    return report(
        state,
        "result",
        f"{'decision' if other == 'wmh' else 'winner'} of the match: message missing",
        at=at,
        certainty=0.8,
        reason=f"{stream} and {other} are sent together",
        severity="error",
        streams=(other,),
    )


def _compare_result(state: AuditState, message: streams.MatchResult) -> AuditState:
    """Compare the rounds won with the winners told round by round, where the bout was decided on points."""
    winners = state.course.winners
    if message.decision not in ("PTF", "PTG", "SUP", "PTS") or not winners:
        return state
    agreed = (message.rounds_blue, message.rounds_red) == (winners.count(1), winners.count(2))
    tally = state.tally
    tally = replace(tally, results_compared=tally.results_compared + 1, results_agreed=tally.results_agreed + agreed)
    return replace(state, tally=tally)
