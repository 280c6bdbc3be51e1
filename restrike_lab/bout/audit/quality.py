"""The report on the data of a match, drawn from what the audit remembers."""

from __future__ import annotations

from restrike_lab.bout.audit.state import AuditState
from restrike_lab.bout.findings import Check, DataQuality
from restrike_lab.bout.loss_rate import loss_rate

__all__ = ["quality"]


def quality(state: AuditState) -> DataQuality:
    """Return the report on the running match as it stands."""
    counts: dict[str, int] = {}
    for finding in state.findings:
        if finding.status != "withdrawn":
            counts[finding.kind] = counts.get(finding.kind, 0) + finding.count
    tally = state.tally
    ticks = state.ticks.seen + tally.countdown_ticks
    lost_ticks = counts.get("tick", 0) + counts.get("countdown", 0)
    lost = sum(count for kind, count in counts.items() if kind != "gap")
    return DataQuality(
        match_id=state.course.match_id,
        whole=state.course.whole,
        findings=state.findings,
        counts=counts,
        ticks=loss_rate(lost_ticks, ticks + lost_ticks),
        messages=loss_rate(lost, ticks + tally.messages + lost),
        checks=_checks(state),
    )


def _checks(state: AuditState) -> tuple[Check, ...]:
    tally = state.tally
    lost: dict[str, int] = {}
    for finding in state.findings:
        if finding.status != "withdrawn":
            lost[finding.kind] = lost.get(finding.kind, 0) + 1
    scores, loads, confirmations = lost.get("score", 0), lost.get("load", 0), lost.get("confirmation", 0)
    alone = lost.get("point", 0) + lost.get("gam_jeom", 0)
    met = tally.acts + state.ledger.met
    return (
        Check("scores told twice, as sc and as points per round", tally.pairs, tally.pairs + scores),
        Check("changes of the score explained by a point or a gam-jeom", met, met + alone),
        Check("statistics of a round against what was counted", tally.rounds_agreed, tally.rounds_counted),
        Check("winner of a round against its score", tally.winners_agreed, tally.winners_compared),
        Check("rounds won against the winners of the rounds", tally.results_agreed, tally.results_compared),
        Check("loads of a match that came whole", max(0, tally.loads - loads), tally.loads),
        Check(
            "confirmations of a round that came whole", max(0, tally.confirmations - confirmations), tally.confirmations
        ),
    )
