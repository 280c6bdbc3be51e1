"""The accountant: counts what was stored, right after it was stored, on the pipeline's thread.

It keeps rule counts, statistics per session, unknown patterns and the audit of every court in memory and gives them
out as an ``Account`` once a second (or sooner when much has gathered). The live path does not wait for it: an event is
stored and published first. After a crash the events above ``accounting.seq`` are counted again from the database.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from restrike_lab.bout import Arrival
from restrike_lab.bout.findings import Finding
from restrike_lab.bout.reconcile import AuditState, due, follow, gap
from restrike_lab.pss import PatternBook, Recognition, RuleTally, Status, Table
from restrike_lab.store.accounting import Account, Statistic
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["Accountant", "Report"]

SEQ, EPOCH, COURT, SESSION, ARRIVAL, MONO, TOOK = map(
    EVENT_COLUMNS.index, ("seq", "epoch", "court", "session_id", "arrival_ns", "mono_ns", "processing_time_ms")
)
_session_and_time: Callable[[Sequence[Any]], tuple[int, float | None]] = itemgetter(SESSION, TOOK)
_court, _seq, _wall, _mono = map(itemgetter, (COURT, SEQ, ARRIVAL, MONO))
_kind, _message, _failed, _status = map(attrgetter, ("event_type", "message", "failed", "status"))

STATUS_PLACE = {"recognized": 1, "partial": 2, "unknown": 3, "deprecated": 4}
UNKNOWN = Status.UNKNOWN.value
LEAST, MOST, SUM = 5, 6, 7

MAX_DIFFERENT = 4_096
"""Different recognitions that may gather uncounted, so that a flood of them holds no memory."""

MAX_RESULTS = 5_000
"""Failed evaluations that may gather before an account is due, whatever the time."""

FOREVER = 1 << 62

Report = Callable[[str, Finding], None]


class Session:
    """The counts of one session under one table.

    Recognitions are remembered by their bytes, so a console has few different ones: how often each came is counted
    event by event, what follows from it only when the counts are taken, or when many different ones have gathered.
    """

    def __init__(self, session_id: int, table: Table) -> None:
        self.session_id = session_id
        self.tally = RuleTally(table)
        self.statistics: dict[str, list[Any]] = {}
        self.times_came: Counter[int] = Counter()
        self.by_id: dict[int, Recognition] = {}

    def count(self, recognitions: Sequence[Recognition], took_ms: float) -> None:
        """Count events, each of which took ``took_ms`` to process."""
        for kind, number in Counter(map(_kind, recognitions)).items():
            self._timed(kind, took_ms, took_ms, took_ms * number)
        self._came(recognitions)

    def count_each(self, recognitions: Sequence[Recognition], took_ms: Sequence[float]) -> None:
        """Count events, with the time in ms that each took to process."""
        times: dict[str, list[float]] = {}
        for it, took in zip(recognitions, took_ms, strict=True):
            times.setdefault(it.event_type, []).append(took)
        for kind, each in times.items():
            self._timed(kind, min(each), max(each), sum(each))
        self._came(recognitions)

    def _came(self, recognitions: Sequence[Recognition]) -> None:
        ids = list(map(id, recognitions))
        self.times_came.update(ids)
        self.by_id.update(zip(ids, recognitions, strict=True))  # held, so that no other takes its id
        if len(self.by_id) > MAX_DIFFERENT:
            self._settle()

    def _settle(self) -> None:
        """Count what came by kind and status, and the rules that were asked."""
        counted = [(self.by_id[key], number) for key, number in self.times_came.items()]
        self.tally.add_counted(counted)
        for it, number in counted:
            held = self.statistics[it.event_type]
            held[0] += number
            held[STATUS_PLACE[it.status]] += number
        self.times_came.clear()
        self.by_id.clear()

    def _timed(self, kind: str, least: float, most: float, total: float) -> None:
        held = self.statistics.get(kind)
        if held is None:
            held = self.statistics[kind] = [0, 0, 0, 0, 0, math.inf, 0.0, 0.0]
        held[SUM] += total
        held[LEAST] = min(held[LEAST], least)
        held[MOST] = max(held[MOST], most)

    def take_statistics(self) -> list[Statistic]:
        """Return the counts since the last call."""
        self._settle()
        taken = [Statistic(self.session_id, kind, *held) for kind, held in self.statistics.items()]
        self.statistics = {}
        return taken

    def take_rules(self) -> list[tuple[int, str, int, int, int]]:
        """Return how often each rule held and failed since the last call."""
        self._settle()
        return [(self.session_id, each.rule_id, each.revision, each.passed, each.failed) for each in self.tally.take()]


class Accountant:
    """Count events; used by one thread.

    ``table_of(session_id)`` gives the table of a session that is seen for the first time, ``audits`` the audits to go
    on with. ``report`` hears every finding at once.
    """

    def __init__(
        self,
        table_of: Callable[[int], Table],
        book: PatternBook,
        counted_until: int = 0,
        audits: Mapping[str, AuditState] | None = None,
        report: Report = lambda _court, _finding: None,
    ) -> None:
        self.table_of = table_of
        self.book = book
        self.until_seq = self.written_until = counted_until
        self.audits = dict(audits or {})
        self.soonest = 0.0  # no audit has anything to decide before; a bound, so that quiet courts cost nothing
        self.report = report
        self.sessions: dict[int, Session] = {}
        self.left: list[Session] = []
        self.results: list[tuple[int, str, int, str]] = []
        self.findings: dict[tuple[str, str], tuple[str, Finding]] = {}
        self.imports: dict[str, int] = {}

    def add(self, rows: Sequence[Sequence[Any]], recognitions: Sequence[Recognition], mono_shift: int = 0) -> None:
        """Count stored events, in order of ``seq``; ``mono_shift`` (ns) is added to their monotonic times."""
        if not rows:
            return
        courts = set(map(_court, rows))
        if len(courts) == 1:
            self._audit(courts.pop(), rows, recognitions, mono_shift)
        else:
            for court in courts:
                own = [(row, it) for row, it in zip(rows, recognitions, strict=True) if row[COURT] == court]
                self._audit(court, [row for row, _ in own], [it for _, it in own], mono_shift)
        if any(map(_failed, recognitions)):
            for row, it in zip(rows, recognitions, strict=True):
                self.results += [(row[SEQ], failed.rule_id, failed.revision, failed.text) for failed in it.failed]
        if UNKNOWN in map(_status, recognitions):
            for row, it in zip(rows, recognitions, strict=True):
                if it.status == UNKNOWN:
                    self.book.add(it.shape, it.raw, row[ARRIVAL], row[COURT], row[SESSION], row[SEQ])
        alike = set(map(_session_and_time, rows))
        if len(alike) == 1:  # a group that was stored just now, of one court
            self.session(rows[0][SESSION]).count(recognitions, rows[0][TOOK] or 0.0)
        else:
            parts: dict[int, tuple[list[Recognition], list[float]]] = {key: ([], []) for key, _ in alike}
            for row, it in zip(rows, recognitions, strict=True):
                part, times = parts[row[SESSION]]
                part.append(it)
                times.append(row[TOOK] or 0.0)
            for session_id, (part, times) in parts.items():
                self.session(session_id).count_each(part, times)
        self.until_seq = rows[-1][SEQ]

    def _audit(
        self, court: str, rows: Sequence[Sequence[Any]], recognitions: Sequence[Recognition], mono_shift: int
    ) -> None:
        """Have the audit of a court follow its events."""
        mono_ns = map(_mono, rows) if not mono_shift else (row[MONO] + mono_shift for row in rows)
        heard = zip(map(_message, recognitions), map(_seq, rows), map(_wall, rows), mono_ns, strict=True)
        audit, found = follow(self.audits.get(court) or AuditState(), heard)
        self._now_stands(court, audit, found)

    def _now_stands(self, court: str, audit: AuditState, found: Iterable[Finding]) -> None:
        """Keep an audit as it is now, and tell what it has found."""
        self.audits[court] = audit
        if audit.due_ns:
            self.soonest = min(self.soonest, audit.due_ns)
        for finding in found:
            self.found(court, finding)

    def begin_imports(self, rows: Sequence[Sequence[Any]]) -> None:
        """Begin an audit for each court that imported events are of, unless they go on with the same file."""
        for court, session_id in {(row[COURT], row[SESSION]) for row in rows}:
            if self.imports.get(court) != session_id:
                self.end_import(court)
                self.imports[court] = session_id

    def end_imports(self) -> None:
        """Decide what is pending of imported files: nothing more comes."""
        for court in list(self.imports):
            self.end_import(court)

    def end_import(self, court: str) -> None:
        """Decide what is pending of an imported court, and forget it."""
        self.imports.pop(court, None)
        audit = self.audits.pop(court, None)
        if audit is not None and audit.due_ns:
            for finding in due(audit, FOREVER)[1]:
                self.found(court, finding)

    def session(self, session_id: int) -> Session:
        """Return the counts of a session."""
        held = self.sessions.get(session_id)
        if held is None:
            held = self.sessions[session_id] = Session(session_id, self.table_of(session_id))
        return held

    def settle(self, mono_ns: int) -> None:
        """Decide what has become due on courts that have gone quiet."""
        if mono_ns < self.soonest:
            return
        self.soonest = math.inf
        for court, audit in self.audits.items():
            if audit.due_ns and mono_ns >= audit.due_ns:
                self._now_stands(court, *due(audit, mono_ns))
            elif audit.due_ns:
                self.soonest = min(self.soonest, audit.due_ns)

    def interrupted(self, court: str, from_ns: int, to_ns: int, at: Arrival, reason: str) -> None:
        """Tell the audit of a court that nobody listened for a time."""
        self._now_stands(court, *gap(self.audits.get(court) or AuditState(), from_ns, to_ns, at, reason))

    def found(self, court: str, finding: Finding) -> None:
        """Keep a finding, in its newest revision, and tell it."""
        self.findings[court, finding.id] = (court, finding)
        self.report(court, finding)

    def change_tables(self) -> None:
        """Count from now on under the tables that ``table_of`` then gives."""
        self.left += self.sessions.values()
        self.sessions = {}

    @property
    def is_waiting(self) -> bool:
        """Whether an audit may have something to decide when its court stays quiet."""
        return self.soonest < math.inf

    @property
    def is_pending(self) -> bool:
        """Whether there is anything to write."""
        return self.until_seq != self.written_until or bool(self.findings or self.left)

    @property
    def is_pressing(self) -> bool:
        """Whether so much has gathered that it should be written before its time."""
        return len(self.results) >= MAX_RESULTS

    def take(self) -> Account:
        """Return everything since the last call."""
        sessions = [*self.left, *self.sessions.values()]
        changed, removed = self.book.take_changes()
        account = Account(
            until_seq=self.until_seq,
            results=self.results,
            rules=[row for session in sessions for row in session.take_rules()],
            statistics=[row for session in sessions for row in session.take_statistics()],
            patterns=changed,
            removed=removed,
            findings=list(self.findings.values()),
        )
        self.results, self.findings, self.left = [], {}, []
        self.written_until = self.until_seq
        return account
