"""What a rise of the score without ``pt`` or ``wg`` was: a point, a gam-jeom of the opponent, or a correction by hand.

While the clock runs a score does not rise by hand [guess], so the points tell the technique. One point alone is a punch
or a gam-jeom: which of them the next ``wg``, a total, or the statistics of the round tell. While the clock stands or a
challenge is handled a rise of two or more may well be a correction: nothing is said until the statistics are there.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations_with_replacement
from math import prod

from msgspec.structs import replace

from restrike_lab.bout.audit.report import MAX_KEPT, moment, report, revise
from restrike_lab.bout.audit.state import SETTLED_NS, AuditState, Step, Suspect
from restrike_lab.bout.findings import COLOURS, TECHNIQUES
from restrike_lab.bout.state import Arrival

__all__ = [
    "accuse",
    "as_gam_jeom",
    "as_point",
    "lost_gam_jeom",
    "no_gam_jeom",
    "report_gam_jeom",
    "report_point",
    "with_suspect",
]

SHARES = {1: 0.3, 2: 0.4, 3: 0.25, 4: 0.03, 5: 0.02}
"""How frequent rises of one to five points are, roughly: only for taking a rise of several acts apart."""

MOST, MOST_ACTS = 15, 4
"""Points up to which a rise is taken apart, and into how many acts at the most."""

MOST_SUSPECTS = 100
"""Suspects of a round kept; no round has so many."""

AGAIN = 0.02
"""How much less probable each further lost act is than one."""


def accuse(state: AuditState, step: Step, points: int, *, partly: bool) -> AuditState:
    """Return the state with suspects, and findings where they are sure enough, for ``points`` without a reason.

    ``partly``: the rest of the step had its reason, so an act before it was lost with its scores.
    """
    if len(state.findings) >= MAX_KEPT:
        return state
    if points == 1 and _was_taken_back(state, step):
        return _report_taken_back(state, step)
    for value, certainty in likely(points):
        state = _accuse_one(state, step, value, certainty, partly=partly)
    return state


@lru_cache(maxsize=64)
def likely(points: int) -> tuple[tuple[int, float], ...]:
    """Return the most probable acts that add up to ``points``, each with its share of certainty.

    Beyond ``MOST`` points nobody can tell: they stay together.
    """
    if points > MOST:
        return ((points, 0.3),)
    ways = [
        (values, prod(SHARES[value] for value in values) * AGAIN ** (size - 1))
        for size in range(1, MOST_ACTS + 1)
        for values in combinations_with_replacement((1, 2, 3, 4, 5), size)
        if sum(values) == points
    ]
    total = sum(weight for _, weight in ways)
    values, weight = max(ways, key=lambda way: way[1])
    return tuple((value, weight / total) for value in values)


def _accuse_one(state: AuditState, step: Step, value: int, certainty: float, *, partly: bool) -> AuditState:
    by_gam_jeom = value == 1 and step.standing
    suspect = Suspect("", step.athlete, value, by_gam_jeom, step.at, step.before, step.clock_ms)
    if step.challenged or (step.standing and value > 1):
        return with_suspect(state, suspect)
    if by_gam_jeom:
        reason = "the score rose by one while the clock stood, and neither pt nor wg came: a punch is less probable"
        state = report_gam_jeom(state, suspect, certainty=0.75 * certainty, reason=reason)
    else:
        if value == 1:
            certainty, doubt = 0.6 * certainty, "; it may have been a gam-jeom of the opponent"
        else:
            certainty, doubt = 0.93 * certainty, "" if certainty > 0.9 else "; other points add up to the same"
        how = "rose by more than its point" if partly else "rose and neither pt nor wg came"
        state = report_point(state, suspect, certainty=certainty, reason=f"the score {how}{doubt}")
    return with_suspect(state, replace(suspect, finding=state.findings[-1].id))


def with_suspect(state: AuditState, suspect: Suspect, instead_of: Suspect | None = None) -> AuditState:
    """Return the state with a suspect added, or put in the place of another."""
    ledger = state.ledger
    kept = tuple(one for one in ledger.suspects if one is not instead_of)
    return replace(state, ledger=replace(ledger, suspects=(*kept[-MOST_SUSPECTS:], suspect)))


# Gam-jeoms of which the message was lost ----------------------------------------------------------------------------


def lost_gam_jeom(
    state: AuditState, athlete: int, sign: int, at: Arrival, since: Arrival | None
) -> tuple[AuditState, bool]:
    """Return the state with a lost gam-jeom (``sign`` -1: taken back) of ``athlete``, and whether its point was seen.

    It is the earliest rise by one of the opponent without a reason, or a fall, if there is one.
    """
    reason = "the next wg counted one more than it could alone" if sign > 0 else "the next wg counted one less"
    ledger = state.ledger
    if sign > 0:
        for suspect in ledger.suspects:
            if suspect.athlete == 3 - athlete and suspect.points == 1 and not suspect.settled:
                return as_gam_jeom(state, suspect, at, reason), True
    else:
        for fall in ledger.falls:
            if fall.athlete == 3 - athlete and fall.change == -1:
                kept = tuple(one for one in ledger.falls if one is not fall)
                state = replace(state, ledger=replace(ledger, falls=kept))
                state = _report_loss(state, athlete, fall.at, fall.at, fall.clock_ms, 0.9, reason, back=True)
                return state, True
    return _report_loss(state, athlete, at, since, None, 0.85, reason, back=sign < 0), False


def no_gam_jeom(state: AuditState, at: Arrival) -> AuditState:
    """Return the state after a ``wg`` that counts none of the rises by one before it: they were punches."""
    reason = "the score rose and neither pt nor wg came; the next wg counts no gam-jeom for it"
    for suspect in state.ledger.suspects:
        if suspect.points != 1 or not suspect.finding or suspect.settled or suspect.counted:
            continue
        if suspect.at.mono_ns + SETTLED_NS < at.mono_ns:
            state = as_point(state, suspect, 1, at, reason, 0.9)
            settled = state.ledger.suspects[-1]
            state = with_suspect(state, replace(settled, settled=False, counted=True), settled)
    return state


def as_gam_jeom(state: AuditState, suspect: Suspect, at: Arrival, reason: str) -> AuditState:
    """Settle a rise by one as a gam-jeom of the opponent."""
    athlete = 3 - suspect.athlete
    if suspect.finding:
        state = revise(
            state,
            suspect.finding,
            at,
            kind="gam_jeom",
            athlete=athlete,
            points=None,
            streams=("wg",),
            text=_gam_jeom_text(state, athlete, suspect.clock_ms),
            certainty=0.97,
            reason=reason,
            status="confirmed",
        )
    else:
        state = report_gam_jeom(state, suspect, certainty=0.97, reason=reason, confirmed=at)
    return with_suspect(state, replace(suspect, by_gam_jeom=True, settled=True), suspect)


def as_point(
    state: AuditState, suspect: Suspect, points: int, at: Arrival, reason: str, certainty: float = 0.98
) -> AuditState:
    """Settle a rise as a point of a certain value."""
    if suspect.finding:
        state = revise(
            state,
            suspect.finding,
            at,
            kind="point",
            athlete=suspect.athlete,
            points=points,
            streams=("pt",),
            text=_point_text(state, suspect.athlete, points, suspect.clock_ms),
            certainty=certainty,
            reason=reason,
            status="confirmed",
        )
    else:
        state = report_point(state, replace(suspect, points=points), certainty=certainty, reason=reason, confirmed=at)
    return with_suspect(state, replace(suspect, points=points, by_gam_jeom=False, settled=True), suspect)


def _was_taken_back(state: AuditState, step: Step) -> bool:
    """Tell whether ``wg`` came with the step and counts no more: one was taken back before, unseen, and given again."""
    warned = state.ledger.warned
    return (
        warned is not None
        and abs(warned.mono_ns - step.at.mono_ns) <= SETTLED_NS
        and any(fall.athlete == step.athlete and fall.change == -1 for fall in state.ledger.falls)
    )


def _report_taken_back(state: AuditState, step: Step) -> AuditState:
    state, _ = lost_gam_jeom(state, 3 - step.athlete, -1, step.at, step.before)
    return state


# Words --------------------------------------------------------------------------------------------------------------


def report_point(
    state: AuditState, suspect: Suspect, *, certainty: float, reason: str, confirmed: Arrival | None = None
) -> AuditState:
    """Report a lost point."""
    doubted = suspect.points == 1 and confirmed is None
    return report(
        state,
        "point",
        _point_text(state, suspect.athlete, suspect.points, suspect.clock_ms, doubted=doubted),
        at=suspect.at,
        since=suspect.before,
        evidence=(confirmed,),
        certainty=certainty,
        reason=reason,
        severity="error",
        streams=("pt",),
        clock_ms=suspect.clock_ms,
        athlete=suspect.athlete,
        points=suspect.points,
        status="confirmed" if confirmed else "reported",
    )


def report_gam_jeom(
    state: AuditState, suspect: Suspect, *, certainty: float, reason: str, confirmed: Arrival | None = None
) -> AuditState:
    """Report a lost gam-jeom of the opponent of the athlete whose score rose."""
    athlete, at = 3 - suspect.athlete, suspect.at
    clock_ms = suspect.clock_ms
    return _report_loss(state, athlete, at, suspect.before, clock_ms, certainty, reason, confirmed=confirmed)


def _report_loss(
    state: AuditState,
    athlete: int,
    at: Arrival,
    since: Arrival | None,
    clock_ms: int | None,
    certainty: float,
    reason: str,
    *,
    back: bool = False,
    confirmed: Arrival | None = None,
) -> AuditState:
    return report(
        state,
        "gam_jeom",
        _gam_jeom_text(state, athlete, clock_ms, back=back),
        at=at,
        since=since,
        evidence=(confirmed,),
        certainty=certainty,
        reason=reason,
        severity="error",
        streams=("wg",),
        clock_ms=clock_ms,
        athlete=athlete,
        status="confirmed" if confirmed else "reported",
    )


def _point_text(state: AuditState, athlete: int, points: int, clock_ms: int | None, *, doubted: bool = False) -> str:
    where = moment(clock_ms, state.course.round)
    if points not in TECHNIQUES:
        return f"{points} points of {COLOURS[athlete]} {where}: messages missing"
    other = f", or gam-jeom of {COLOURS[3 - athlete]}," if doubted else ""
    return f"{TECHNIQUES[points]} point of {COLOURS[athlete]}{other} {where}: message missing"


def _gam_jeom_text(state: AuditState, athlete: int, clock_ms: int | None, *, back: bool = False) -> str:
    taken = " taken back" if back else ""
    return f"gam-jeom of {COLOURS[athlete]}{taken} {moment(clock_ms, state.course.round)}: message missing"
