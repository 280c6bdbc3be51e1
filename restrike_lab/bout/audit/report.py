"""Writing findings down: a new one, or one that later evidence changes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from restrike_lab.bout.audit.state import AuditState
from restrike_lab.bout.findings import Finding, Kind, Severity, Status
from restrike_lab.bout.state import Arrival

__all__ = ["MAX_KEPT", "find", "moment", "place", "report", "revise"]

MAX_KEPT = 500
"""Findings of one match after which no more are made: a match of which a fifth is lost has some 150."""


def report(
    state: AuditState,
    kind: Kind,
    text: str,
    *,
    at: Arrival,
    certainty: float,
    reason: str,
    severity: Severity = "warning",
    streams: tuple[str, ...],
    count: int = 1,
    since: Arrival | None = None,
    evidence: Iterable[Arrival | None] = (),
    round_number: int | None = None,
    clock_ms: int | None = None,
    athlete: int | None = None,
    points: int | None = None,
    status: Status = "reported",
    ticks_ms: tuple[int, ...] = (),
) -> AuditState:
    """Return the state with one more finding. ``since`` and ``at`` are the arrivals between which it was lost.

    Where everything contradicts everything, as when several courts send to one port, it stops at ``MAX_KEPT``.
    """
    if len(state.findings) >= MAX_KEPT:
        return state
    course = state.course
    owner = str(course.match_id) if course.match_id is not None else f"from{course.since.seq}"
    seqs = sorted({one.seq for one in (since, *evidence, at) if one is not None and one.seq})
    finding = Finding(
        id=f"{owner}.{kind}.{state.serial + 1}",
        kind=kind,
        match_id=course.match_id,
        round=course.round if round_number is None else round_number,
        clock_ms=clock_ms,
        athlete=athlete,
        points=points,
        streams=streams,
        count=count,
        text=text,
        certainty=round(certainty, 2),
        reason=reason,
        severity=severity,
        evidence=tuple(seqs),
        from_ns=(since or at).wall_ns,
        until_ns=at.wall_ns,
        status=status,
        ticks_ms=ticks_ms,
    )
    return replace(state, findings=(*state.findings, finding), fresh=(*state.fresh, finding), serial=state.serial + 1)


def revise(state: AuditState, finding_id: str, at: Arrival | None = None, **changes: object) -> AuditState:
    """Return the state with a finding changed, ``at`` added to its evidence and its revision counted up."""
    old = find(state, finding_id)
    if old is None:
        return state
    evidence = old.evidence if at is None or at.seq in old.evidence else (*old.evidence, at.seq)
    new = replace(old, evidence=evidence, revision=old.revision + 1, **changes)
    findings = tuple(new if one.id == finding_id else one for one in state.findings)
    fresh = (*(one for one in state.fresh if one.id != finding_id), new)
    return replace(state, findings=findings, fresh=fresh)


def find(state: AuditState, finding_id: str) -> Finding | None:
    """Return the finding of this match with that id, or ``None``."""
    return next((one for one in state.findings if one.id == finding_id), None)


def moment(clock_ms: int | None, round_number: int | None) -> str:
    """Return when in the bout something was: ``at 1:12 of round 2``, or ``in round 2`` where no clock is known."""
    where = place(round_number)
    return f"in {where}" if clock_ms is None else f"at {clock_ms // 60_000}:{clock_ms // 1000 % 60:02d} of {where}"


def place(round_number: int | None) -> str:
    """Return a round in words."""
    return "an unknown round" if round_number is None else f"round {round_number}"
