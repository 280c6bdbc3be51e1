"""What the hub counts about the events it stored: rule results, statistics, unknown patterns, findings.

An ``Account`` covers the events up to a ``seq``. It is written in one transaction together with that number, a moment
after the events themselves: whatever a crash takes away is counted again from the stored events at the next start, so
the counts are exact at all times up to ``accounting.seq``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from restrike_lab.bout.findings import Finding
from restrike_lab.pss.patterns import PatternRow

__all__ = ["Account", "AccountTables", "Statistic", "finding_row"]

_RESULT = "REPLACE INTO pss_event_validation_results VALUES (?, ?, ?, ?)"
_RULES = """
INSERT INTO pss_event_rule_counts VALUES (?, ?, ?, ?, ?)
ON CONFLICT (session_id, rule_id, revision) DO UPDATE SET
    passed = passed + excluded.passed, failed = failed + excluded.failed
"""
_STATISTICS = """
INSERT INTO pss_event_statistics (session_id, event_type, total, recognized, partial, unknown, deprecated,
    min_ms, max_ms, sum_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (session_id, event_type) DO UPDATE SET
    total = total + excluded.total, recognized = recognized + excluded.recognized,
    partial = partial + excluded.partial, unknown = unknown + excluded.unknown,
    deprecated = deprecated + excluded.deprecated,
    min_ms = min(min_ms, excluded.min_ms), max_ms = max(max_ms, excluded.max_ms), sum_ms = sum_ms + excluded.sum_ms
"""
# Notes and suggestions are people's and the analysis's; counting leaves them as they are.
_PATTERN = """
INSERT INTO pss_unknown_events (pattern_hash, shape, occurrence_count, first_seen, last_seen, samples, courts,
    sessions, whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pattern_hash) DO UPDATE SET
    occurrence_count = excluded.occurrence_count, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
    samples = excluded.samples, courts = excluded.courts, sessions = excluded.sessions, whole = excluded.whole
"""
_FINDING = f"REPLACE INTO pss_findings VALUES ({', '.join('?' * 19)})"
_PATTERN_COLUMNS = "pattern_hash, shape, occurrence_count, first_seen, last_seen, samples, courts, sessions, whole"


class Statistic(NamedTuple):
    """Count the events of one kind in one session; processing times in ms."""

    session_id: int
    event_type: str
    total: int
    recognized: int
    partial: int
    unknown: int
    deprecated: int
    min_ms: float
    max_ms: float
    sum_ms: float


class Account(NamedTuple):
    """Everything to be counted of the events up to ``until_seq``.

    ``results`` are ``(seq, rule_id, revision, message)``, ``rules`` ``(session_id, rule_id, revision, passed,
    failed)``; ``patterns`` replace those of the same hash, ``removed`` hashes go.
    """

    until_seq: int
    results: Sequence[tuple[int, str, int, str]] = ()
    rules: Sequence[tuple[int, str, int, int, int]] = ()
    statistics: Sequence[Statistic] = ()
    patterns: Sequence[PatternRow] = ()
    removed: Sequence[str] = ()
    findings: Sequence[tuple[str, Finding]] = ()


class AccountTables:
    """Write accounts, inside the caller's transaction."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def write(self, account: Account) -> None:
        """Add an account to what is counted."""
        for sql, rows in (
            (_RESULT, account.results),
            (_RULES, account.rules),
            (_STATISTICS, account.statistics),
            ("DELETE FROM pss_unknown_events WHERE pattern_hash = ?", [(each,) for each in account.removed]),
            (_PATTERN, [_pattern_row(each) for each in account.patterns]),
            (_FINDING, [finding_row(court, finding) for court, finding in account.findings]),
        ):
            if rows:
                self._db.executemany(sql, rows)
        self._db.execute("UPDATE accounting SET seq = ?", (account.until_seq,))

    def counted_until(self) -> int:
        """Return the ``seq`` up to which everything is counted."""
        return int(self._db.execute("SELECT seq FROM accounting").get)

    def patterns(self, schema: str = "main") -> list[PatternRow]:
        """Return the unknown patterns, to go on counting them."""
        rows: list[Any] = self._db.execute(f"SELECT {_PATTERN_COLUMNS} FROM {schema}.pss_unknown_events").fetchall()
        names = [column.strip() for column in _PATTERN_COLUMNS.split(",")]
        return [PatternRow(**dict(zip(names, row, strict=True))) for row in rows]

    def clear(self) -> None:
        """Forget everything that can be counted again; notes on patterns stay with those that come again."""
        for table in ("pss_event_validation_results", "pss_event_rule_counts", "pss_event_statistics", "pss_findings"):
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("DELETE FROM pss_unknown_events WHERE notes = ''")
        self._db.execute("UPDATE pss_unknown_events SET occurrence_count = 0, courts = '{}', sessions = '{}'")
        self._db.execute("UPDATE accounting SET seq = 0")


def finding_row(court: str, finding: Finding) -> tuple[Any, ...]:
    """Return a finding as a row of ``pss_findings``."""
    return (
        finding.id,
        court,
        finding.match_id,
        finding.round,
        finding.clock_ms,
        finding.kind,
        finding.athlete,
        finding.points,
        _json(finding.streams),
        finding.count,
        finding.text,
        finding.certainty,
        finding.reason,
        finding.severity,
        _json(finding.evidence),
        finding.from_ns,
        finding.until_ns,
        finding.status,
        finding.revision,
    )


def _pattern_row(row: PatternRow) -> tuple[Any, ...]:
    return (
        row.pattern_hash,
        row.shape,
        row.occurrence_count,
        row.first_seen,
        row.last_seen,
        row.samples,
        row.courts,
        row.sessions,
        int(row.whole),
    )


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
