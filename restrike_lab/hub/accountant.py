"""The accountant: counts what was stored, right after it was stored, on the pipeline's thread.

It keeps rule counts, statistics per session, unknown patterns and the audit of every court in memory and gives them
out as an ``Account`` once a second (or sooner when much has gathered). The live path does not wait for it: an event is
stored and published first. After a crash the events above ``accounting.seq`` are counted again from the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from restrike_lab.bout import Arrival
from restrike_lab.bout.findings import Finding
from restrike_lab.bout.reconcile import AuditState, due, gap, reconcile
from restrike_lab.pss import PatternBook, Recognition, RuleTally, Table
from restrike_lab.store.accounting import Account, Statistic
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["Accountant", "Court"]

SEQ, COURT, SESSION, ARRIVAL, MONO, TOOK = map(
    EVENT_COLUMNS.index, ("seq", "court", "session_id", "arrival_ns", "mono_ns", "processing_time_ms")
)
STATUSES = ("recognized", "partial", "unknown", "deprecated")

MAX_RESULTS = 5_000
"""Failed evaluations that may gather before an account is due, whatever the time."""


class Court:
    """What is counted for one court in one session under one table."""

    def __init__(self, name: str, session_id: int, table: Table, audit: AuditState) -> None:
        self.name = name
        self.session_id = session_id
        self.tally = RuleTally(table)
        self.audit = audit
        self.statistics: dict[str, list[Any]] = {}

    def count(self, recognitions: Sequence[Recognition], took_ms: float) -> None:
        """Count some events of this court, all of which took ``took_ms`` to process."""
        self.tally.add(recognitions)
        statistics = self.statistics
        for it in recognitions:
            held = statistics.get(it.event_type)
            if held is None:
                held = statistics[it.event_type] = [0, 0, 0, 0, 0, took_ms, took_ms, 0.0]
            held[0] += 1
            held[1 + STATUSES.index(it.status)] += 1
            held[7] += took_ms
            if took_ms < held[5]:
                held[5] = took_ms
            elif took_ms > held[6]:
                held[6] = took_ms

    def take_statistics(self) -> list[Statistic]:
        """Return the counts since the last call."""
        taken = [Statistic(self.session_id, kind, *held) for kind, held in self.statistics.items()]
        self.statistics = {}
        return taken

    def take_rules(self) -> list[tuple[int, str, int, int, int]]:
        """Return how often each rule held and failed since the last call."""
        return [(self.session_id, each.rule_id, each.revision, each.passed, each.failed) for each in self.tally.take()]


class Accountant:
    """Count events; one instance, the pipeline's thread. ``report`` hears every finding at once."""

    def __init__(
        self,
        courts: Sequence[Court],
        book: PatternBook,
        counted_until: int,
        report: Callable[[str, Finding], None],
    ) -> None:
        self.courts = {court.name: court for court in courts}
        self.book = book
        self.until_seq = self.written_until = counted_until
        self.report = report
        self.results: list[tuple[int, str, int, str]] = []
        self.findings: dict[tuple[str, str], tuple[str, Finding]] = {}
        self.left: list[Court] = []

    def add(self, rows: Sequence[Sequence[Any]], recognitions: Sequence[Recognition]) -> None:
        """Count a group that was stored. Events that are counted already are passed over."""
        if not rows or rows[-1][SEQ] <= self.until_seq:
            return
        by_court: dict[str, list[Recognition]] = {}
        for row, it in zip(rows, recognitions, strict=True):
            court = self.courts[row[COURT]]
            by_court.setdefault(row[COURT], []).append(it)
            self.audit(court, it, Arrival(row[SEQ], row[ARRIVAL], row[MONO]))
            if it.failed:
                seq = row[SEQ]
                self.results += [(seq, failure.rule_id, failure.revision, failure.text) for failure in it.failed]
            if it.shape:
                self.book.add(it.shape, it.raw, row[ARRIVAL], row[COURT], row[SESSION], row[SEQ])
        took_ms = rows[0][TOOK] or 0.0
        for name, counted in by_court.items():
            self.courts[name].count(counted, took_ms)
        self.until_seq = rows[-1][SEQ]

    def audit(self, court: Court, it: Recognition, at: Arrival) -> None:
        """Let the audit of a court hear a message."""
        court.audit, found = reconcile(court.audit, it.message, at)
        for finding in found:
            self.found(court, finding)

    def settle(self, mono_ns: int) -> None:
        """Decide what has become due on courts that have gone quiet."""
        for court in self.courts.values():
            if court.audit.due_ns and mono_ns >= court.audit.due_ns:
                court.audit, found = due(court.audit, mono_ns)
                for finding in found:
                    self.found(court, finding)

    def interrupted(self, court: str, from_ns: int, to_ns: int, at: Arrival, reason: str) -> None:
        """Tell the audit of a court that nobody listened for a time."""
        held = self.courts[court]
        held.audit, found = gap(held.audit, from_ns, to_ns, at, reason)
        for finding in found:
            self.found(held, finding)

    def found(self, court: Court, finding: Finding) -> None:
        """Keep a finding, in its newest revision, and tell it."""
        self.findings[court.name, finding.id] = (court.name, finding)
        self.report(court.name, finding)

    def change_table(self, court: str, session_id: int, table: Table) -> None:
        """Count a court from now on under another table or in another session."""
        held = self.courts[court]
        self.left.append(held)
        self.courts[court] = Court(court, session_id, table, held.audit)

    @property
    def due_ns(self) -> int:
        """When the next audit falls due (monotonic ns), 0 where none is pending."""
        return min((court.audit.due_ns for court in self.courts.values() if court.audit.due_ns), default=0)

    @property
    def pending(self) -> bool:
        """Whether there is anything to write."""
        return self.until_seq != self.written_until or bool(self.findings) or bool(self.left)

    @property
    def pressing(self) -> bool:
        """Whether so much has gathered that it should be written before its time."""
        return len(self.results) >= MAX_RESULTS

    def take(self) -> Account:
        """Return everything since the last call."""
        courts = [*self.left, *self.courts.values()]
        changed, removed = self.book.take_changes()
        account = Account(
            until_seq=self.until_seq,
            results=self.results,
            rules=[row for court in courts for row in court.take_rules()],
            statistics=[row for court in courts for row in court.take_statistics()],
            patterns=changed,
            removed=removed,
            findings=list(self.findings.values()),
        )
        self.results, self.findings, self.left = [], {}, []
        self.written_until = self.until_seq
        return account
