"""The last word on a round: ``rst`` counts what the console sent, so it tells what of it did not come.

It settles every suspect of the round: confirmed, turned into what it really was, or withdrawn as a correction by hand,
which ``rst`` does not count. What nobody suspected is reported now, as when a score and its reason were lost together.
A count below what was seen is no loss: it says that the console counts this technique under another name.
"""

from __future__ import annotations

from itertools import combinations

from msgspec.structs import replace

from restrike_lab.bout.audit.ledger import settle_ledger
from restrike_lab.bout.audit.report import place, report, revise
from restrike_lab.bout.audit.state import SIDES, AuditState, Suspect
from restrike_lab.bout.audit.suspects import as_gam_jeom, as_point, lost_gam_jeom, with_suspect
from restrike_lab.bout.findings import COLOURS, TECHNIQUES
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import streams

__all__ = ["compare_statistics"]

REASON = "the statistics of the round count one more than came"
MOST = 60
"""Counts above are no statistics of a round of some minutes."""

MOST_PARTS = 10
"""Lost acts among which those that add up to one rise are looked for."""

GAM_JEOM = 0
"""Stands for a gam-jeom of the opponent among the values 1..5 of points."""


def compare_statistics(state: AuditState, message: streams.RoundStatistics, at: Arrival) -> AuditState:
    """Compare the statistics of the running round with what was counted, and settle what was suspected."""
    state = settle_ledger(state, None)
    ledger = state.ledger
    told = _told(message)
    blue, red = ledger.gam_jeoms
    if told is None or message.round != state.course.round or not ledger.whole or blue is None or red is None:
        return state
    before = len(state.fresh)
    seen = (blue, red)
    for athlete in SIDES:
        counts, gam_jeoms = told[athlete - 1][0], told[2 - athlete][1]
        lost = [count - known for count, known in zip(counts, ledger.counts[athlete - 1], strict=True)]
        state = _settle(state, athlete, lost, gam_jeoms - seen[2 - athlete], at)
    agreed = len(state.fresh) == before
    tally = state.tally
    tally = replace(tally, rounds_counted=tally.rounds_counted + 1, rounds_agreed=tally.rounds_agreed + agreed)
    settled = replace(state.ledger, gam_jeoms=(told[0][1], told[1][1]))
    return replace(state, ledger=settled, tally=tally)


def _told(message: streams.RoundStatistics) -> tuple[tuple[tuple[int, ...], int], ...] | None:
    """Return for blue and red the counts by value 1..5, and the gam-jeoms; ``None`` if any is missing or absurd."""
    sides = []
    for colour in ("blue", "red"):
        counts = [getattr(message, f"{colour}_{name}") for name in ("punch", "body", "head", "x", "y", "gam_jeoms")]
        if not all(count is not None and 0 <= count <= MOST for count in counts):
            return None
        sides.append((tuple(counts[:5]), counts[5]))
    return tuple(sides)


def _settle(state: AuditState, athlete: int, lost: list[int], gam_jeoms: int, at: Arrival) -> AuditState:
    """Settle what raised the score of ``athlete``: ``lost`` points by value, ``gam_jeoms`` of the opponent."""
    wanted = [value for value, count in enumerate(lost, 1) for _ in range(count)]
    wanted += [GAM_JEOM] * gam_jeoms
    suspects = [one for one in state.ledger.suspects if one.athlete == athlete and not one.settled]
    if not (wanted or suspects or gam_jeoms):
        return state
    state, wanted, suspects = _as_suspected(state, wanted, suspects, at)
    state, wanted, suspects = _taken_apart(state, wanted, suspects, at)
    for suspect in suspects:
        state = _become(state, suspect, wanted.pop(0), at, 0.8) if wanted else _withdraw(state, suspect, at)
    if not any(count < 0 for count in lost):
        state = _unsuspected(state, athlete, wanted, at)
    for _ in range(-gam_jeoms):
        if any(fall.athlete == athlete and fall.change == -1 for fall in state.ledger.falls):
            state, _ = lost_gam_jeom(state, 3 - athlete, -1, at, None)
    return state


Settling = tuple[AuditState, list[int], list[Suspect]]


def _as_suspected(state: AuditState, wanted: list[int], suspects: list[Suspect], at: Arrival) -> Settling:
    """Confirm what was suspected rightly; then give rises by one to what else raises by one."""
    left: list[Suspect] = []
    for suspect in suspects:
        value = GAM_JEOM if suspect.by_gam_jeom else suspect.points
        if value in wanted:
            wanted.remove(value)
            state = _become(state, suspect, value, at)
        else:
            left.append(suspect)
    still: list[Suspect] = []
    for suspect in left:
        other = next((value for value in (GAM_JEOM, 1) if value in wanted), None)
        if suspect.points == 1 and other is not None:
            wanted.remove(other)
            state = _become(state, suspect, other, at)
        else:
            still.append(suspect)
    return state, wanted, still


def _taken_apart(state: AuditState, wanted: list[int], suspects: list[Suspect], at: Arrival) -> Settling:
    """Give rises to several lost acts that add up to them."""
    left: list[Suspect] = []
    for suspect in suspects:
        parts = _parts(wanted, suspect.points)
        if not parts:
            left.append(suspect)
            continue
        for value in parts:
            wanted.remove(value)
        state = _become(state, suspect, parts[0], at)
        for value in parts[1:]:
            state = _become(state, replace(suspect, finding=""), value, at)
    return state, wanted, left


def _parts(wanted: list[int], points: int) -> tuple[int, ...]:
    near = wanted[:MOST_PARTS]
    for size in range(2, min(len(near), 6) + 1):
        for parts in combinations(near, size):
            if sum(part or 1 for part in parts) == points:
                return parts
    return ()


def _become(state: AuditState, suspect: Suspect, value: int, at: Arrival, certainty: float = 0.98) -> AuditState:
    if value == GAM_JEOM:
        return as_gam_jeom(state, suspect, at, REASON)
    return as_point(state, suspect, value, at, REASON, certainty)


def _withdraw(state: AuditState, suspect: Suspect, at: Arrival) -> AuditState:
    state = with_suspect(state, replace(suspect, settled=True), suspect)
    if not suspect.finding:
        return state
    reason = "the statistics of the round count no such point: the score was raised by hand"
    return revise(state, suspect.finding, at, status="withdrawn", certainty=0.1, reason=reason)


def _unsuspected(state: AuditState, athlete: int, wanted: list[int], at: Arrival) -> AuditState:
    """Report what was lost without a trace in the score; when, within the round, is not known."""
    where = place(state.course.round)
    for value in wanted:
        if value == GAM_JEOM:
            who = 3 - athlete
            state = report(
                state,
                "gam_jeom",
                f"gam-jeom of {COLOURS[who]} in {where}: message missing",
                at=at,
                certainty=0.85,
                reason=REASON,
                severity="error",
                streams=("wg",),
                athlete=who,
                status="confirmed",
            )
        else:
            state = report(
                state,
                "point",
                f"{TECHNIQUES[value]} point of {COLOURS[athlete]} in {where}: message missing",
                at=at,
                certainty=0.8,
                reason=f"{REASON}, and the score does not show when",
                severity="error",
                streams=("pt",),
                athlete=athlete,
                points=value,
                status="confirmed",
            )
    return state
