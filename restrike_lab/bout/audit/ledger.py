"""The score of the running round against its reasons.

Every change of a score is told three times: by ``sc``, by ``s..`` and by its reason, ``pt`` or ``wg``, in any order
within a moment. A change is a *step*, a reason an *act*; they meet and are forgotten. What is left alone after 250 ms
was lost in part: a step without an act is a point or a gam-jeom that did not come (``suspects`` says which), an act
without a step a score that did not, a step told by one of ``sc`` and ``s..`` only a copy that did not. A score that
falls by itself was corrected by hand.
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.audit.report import moment, report
from restrike_lab.bout.audit.state import SETTLED_NS, SIDES, Act, AuditState, Fall, Ledger, Step, Waiting
from restrike_lab.bout.audit.suspects import accuse, lost_gam_jeom, no_gam_jeom
from restrike_lab.bout.findings import COLOURS, TECHNIQUES
from restrike_lab.bout.state import Arrival, Pair
from restrike_lab.pss import streams

__all__ = ["ACT_NS", "NEAR_NS", "on_gam_jeoms", "on_point", "opened_ledger", "settle_ledger", "take_base", "told"]

NEAR_NS = 150_000_000
"""A reason this near to a change of the score belongs to it: bursts take 25 to 60 ms [live], ``hl`` aside."""

ACT_NS = SETTLED_NS + NEAR_NS
"""How long an act waits for its step; longer than a step for its act, so that the step is judged first."""

MOST_PENDING = 30
"""Steps, acts or scores pending at once; what is older is let go. No bout has more than a few."""

MOST_GAM_JEOMS = 10
"""Totals above are no gam-jeoms: the fifth loses the round."""

STANDING_NS = 1_000_000_000
"""A clock that stood longer than this when the score changed: the winning point of a round comes before."""


def opened_ledger() -> Ledger:
    """Return the ledger of a round that begins."""
    return Ledger(score=(0, 0), gam_jeoms=(0, 0), whole=True)


# What is told -------------------------------------------------------------------------------------------------------


def take_base(state: AuditState, blue: int | None, red: int | None) -> AuditState:
    """Take a score as given, as in a load burst."""
    score = state.ledger.score or (0, 0)
    return replace(state, ledger=replace(state.ledger, score=_merged(score, blue, red)))


def told(state: AuditState, stream: str, blue: int | None, red: int | None, at: Arrival) -> AuditState:
    """Take the score of the running round as ``stream`` (``sc`` or ``s``) tells it; ``None`` is not told."""
    ledger = state.ledger
    if ledger.score is None:
        if blue is None or red is None:
            return state
        known = replace(ledger, score=(blue, red), scored=at, blind_ns=at.mono_ns + SETTLED_NS, acts=())
        return replace(state, ledger=known)
    score = _merged(ledger.score, blue, red)
    if ledger.waiting:
        for one in ledger.waiting:
            if one.stream == stream and _merged(one.score, blue, red) == one.score:
                return _told_twice(state, one)
    if score == ledger.score:
        return state
    return _changed(state, stream, score, at)


def on_point(state: AuditState, message: streams.Point, at: Arrival) -> AuditState:
    """Take a point."""
    points = message.points
    if points is None or message.athlete not in SIDES:
        return state
    ledger = state.ledger
    if 1 <= points <= 5:
        counts = list(ledger.counts)
        mine = counts[message.athlete - 1]
        counts[message.athlete - 1] = (*mine[: points - 1], mine[points - 1] + 1, *mine[points:])
        ledger = replace(ledger, counts=(counts[0], counts[1]))
    act = Act(message.athlete, points, "pt", at, state.ticks.time_ms)
    return replace(state, ledger=_with_act(ledger, act))


def on_gam_jeoms(state: AuditState, message: streams.GamJeoms, at: Arrival) -> AuditState:
    """Take the gam-jeoms of the round: each more is a point for the opponent, each less takes it back.

    One message changes one gam-jeom; where the totals moved by more, messages before it were lost.
    """
    ledger = state.ledger
    changes = [0, 0]
    totals = list(ledger.gam_jeoms)
    for side, total in enumerate((message.blue, message.red)):
        if total is None or not 0 <= total <= MOST_GAM_JEOMS:
            continue
        before = totals[side]
        changes[side] = _first_change(ledger, side) if before is None else total - before
        totals[side] = total
    ledger = replace(ledger, gam_jeoms=(totals[0], totals[1]), warned=at)
    clock_ms = state.ticks.time_ms
    since = state.ledger.warned
    state = replace(state, ledger=ledger)
    for side in _lost_changes(ledger, changes):
        sign = 1 if changes[side] > 0 else -1
        state, explained = lost_gam_jeom(state, side + 1, sign, at, since)
        if explained:
            changes[side] -= sign
    ledger = state.ledger
    for side, change in enumerate(changes):
        for _ in range(abs(change)):
            ledger = _with_act(ledger, Act(2 - side, 1 if change > 0 else -1, "wg", at, clock_ms))
    state = replace(state, ledger=ledger)
    return no_gam_jeom(state, at) if ledger.suspects else state


def _first_change(ledger: Ledger, side: int) -> int:
    """Return the change that the first ``wg`` heard tells, which gives a total only: what the score says of it."""
    return int(any(step.athlete == 2 - side and step.change == 1 for step in ledger.steps))


def _lost_changes(ledger: Ledger, changes: list[int]) -> list[int]:
    """Return the sides (0, 1) of the gam-jeoms that earlier messages should have told, one for each."""
    left = [abs(change) for change in changes]
    lost: list[int] = []
    while sum(left) > 1:
        # The gam-jeom of this message has its step here; one with a suspect has been waiting for its message.
        waiting = {step.athlete for step in ledger.steps}
        accused = {one.athlete for one in ledger.suspects if not one.settled and one.points == 1}
        side = max((0, 1), key=lambda side: (left[side] > 0, 2 - side in accused, 2 - side not in waiting, left[side]))
        left[side] -= 1
        lost.append(side)
    return lost


def _merged(before: Pair, blue: int | None, red: int | None) -> Pair:
    return (before[0] if blue is None or blue < 0 else blue, before[1] if red is None or red < 0 else red)


def _told_twice(state: AuditState, waiting: Waiting) -> AuditState:
    ledger = state.ledger
    left = tuple(one for one in ledger.waiting if one is not waiting)
    tally = replace(state.tally, pairs=state.tally.pairs + 1)
    return replace(state, ledger=replace(ledger, waiting=left), tally=tally)


def _changed(state: AuditState, stream: str, score: Pair, at: Arrival) -> AuditState:
    ledger, clock, course = state.ledger, state.clock, state.course
    assert ledger.score is not None
    standing = clock.running is False and at.mono_ns - clock.stopped_ns > STANDING_NS
    time_ms = state.ticks.time_ms
    before = ledger.scored
    waiting = ledger.waiting[-MOST_PENDING:]
    if stream == "sc":
        if course.s_seen and course.round is not None:
            waiting = (*waiting, Waiting("s", score, at, time_ms))
    elif course.confirmation is None:
        waiting = (*waiting, Waiting("sc", score, at, time_ms))
    changes = (score[0] - ledger.score[0], score[1] - ledger.score[1])
    ledger = replace(ledger, score=score, scored=at, waiting=waiting)
    for athlete, change in zip(SIDES, changes, strict=True):
        if change:
            step = Step(athlete, change, at, before, time_ms, standing, clock.challenged)
            ledger = _with_step(ledger, step)
    return replace(state, ledger=ledger)


# Steps and acts meet ------------------------------------------------------------------------------------------------


def _with_step(ledger: Ledger, step: Step) -> Ledger:
    for act in ledger.acts:
        if act.athlete == step.athlete and (met := _meet(ledger, step, act)) is not None:
            return replace(met, acts=tuple(one for one in ledger.acts if one is not act), met=ledger.met + 1)
    return replace(ledger, steps=(*ledger.steps[-MOST_PENDING:], step))


def _with_act(ledger: Ledger, act: Act) -> Ledger:
    for step in ledger.steps:
        if act.athlete == step.athlete and (met := _meet(ledger, step, act)) is not None:
            return replace(met, steps=tuple(one for one in ledger.steps if one is not step), met=ledger.met + 1)
    if ledger.score is None or act.at.mono_ns <= ledger.blind_ns:
        return ledger  # its score was there when listening began
    return replace(ledger, acts=(*ledger.acts[-MOST_PENDING:], act))


def _meet(ledger: Ledger, step: Step, act: Act) -> Ledger | None:
    """Return the ledger if the act explains the step, alone or with what is owed."""
    if act.change == step.change:
        return ledger
    owed = ledger.owed[step.athlete - 1]
    if owed and act.change + owed == step.change:
        return _owing(ledger, step.athlete, 0)
    return None


def _owing(ledger: Ledger, athlete: int, points: int) -> Ledger:
    blue, red = ledger.owed
    return replace(ledger, owed=(points, red) if athlete == 1 else (blue, points))


# What was left alone ------------------------------------------------------------------------------------------------


def settle_ledger(state: AuditState, now_ns: int | None) -> AuditState:
    """Judge the steps, acts and scores that waited long enough; ``None`` waits no longer for any."""
    ledger = state.ledger
    if not (ledger.steps or ledger.acts or ledger.waiting):
        return state
    for step in ledger.steps:
        if now_ns is None or step.at.mono_ns + SETTLED_NS <= now_ns:
            state = _judge_step(state, step)
    for act in state.ledger.acts:
        if now_ns is None or act.at.mono_ns + ACT_NS <= now_ns:
            state = _judge_act(state, act)
    for waiting in ledger.waiting:
        if now_ns is None or waiting.at.mono_ns + SETTLED_NS <= now_ns:
            state = _report_copy(state, waiting)
    return state


def _judge_step(state: AuditState, step: Step) -> AuditState:
    ledger = state.ledger
    ledger = replace(ledger, steps=tuple(one for one in ledger.steps if one is not step))
    near = [
        act
        for act in ledger.acts
        if act.athlete == step.athlete
        and act.change * step.change > 0
        and abs(act.at.mono_ns - step.at.mono_ns) <= NEAR_NS
    ]
    while near and abs(sum(act.change for act in near)) > abs(step.change):
        near.remove(min(near, key=lambda act: abs(act.change)))
    ledger = replace(ledger, acts=tuple(act for act in ledger.acts if act not in near))
    rest = step.change - sum(act.change for act in near)
    owed = ledger.owed[step.athlete - 1]
    if owed and rest * owed > 0 and abs(rest) >= abs(owed):
        rest -= owed
        ledger = _owing(ledger, step.athlete, 0)
    state = replace(state, ledger=ledger)
    if rest > 0:
        return accuse(state, step, rest, partly=bool(near))
    if rest < 0:
        fall = Fall(step.athlete, rest, step.at, step.clock_ms)
        return replace(state, ledger=replace(ledger, falls=(*ledger.falls[-MOST_PENDING:], fall)))
    return state


def _judge_act(state: AuditState, act: Act) -> AuditState:
    """Report the score that an act should have changed; what it owes is looked for in the next one."""
    ledger = replace(state.ledger, acts=tuple(one for one in state.ledger.acts if one is not act))
    ledger = _owing(ledger, act.athlete, ledger.owed[act.athlete - 1] + act.change)
    state = replace(state, ledger=ledger)
    colour = COLOURS[act.athlete]
    if act.stream == "pt":
        what = f"the {TECHNIQUES.get(act.change, f'{act.change}-point')} point of {colour}"
    else:
        what = f"a gam-jeom of {COLOURS[3 - act.athlete]}"
    both = ("sc", "s") if state.course.s_seen else ("sc",)
    missing = "messages missing" if len(both) > 1 else "message missing"
    return report(
        state,
        "score",
        f"score after {what} {moment(act.clock_ms, state.course.round)}: {missing}",
        at=act.at,
        certainty=0.9,
        reason="a point or gam-jeom came and the score did not change",
        severity="info",
        streams=both,
        count=len(both),
        clock_ms=act.clock_ms,
        athlete=act.athlete,
    )


def _report_copy(state: AuditState, waiting: Waiting) -> AuditState:
    ledger = state.ledger
    ledger = replace(ledger, waiting=tuple(one for one in ledger.waiting if one is not waiting))
    name = "score" if waiting.stream == "sc" else "points per round"
    other = "the points per round" if waiting.stream == "sc" else "the score"
    return report(
        replace(state, ledger=ledger),
        "score",
        f"{name} {waiting.score[0]}:{waiting.score[1]} {moment(waiting.clock_ms, state.course.round)}: message missing",
        at=waiting.at,
        certainty=0.95,
        reason=f"{other} told it, and every change is told by both",
        severity="info",
        streams=(waiting.stream,),
        clock_ms=waiting.clock_ms,
    )
