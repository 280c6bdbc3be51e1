"""The census of everything stored: rules, statistics, unknown patterns and findings counted anew.

It does what the hub's accountant did while the events came in, and at the start of each term what a hub does that
takes over: it knows the audit of each court from its last load alone, and tells it that nobody listened meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from restrike_lab.bout import Arrival
from restrike_lab.bout.reconcile import AuditState, due, reconcile
from restrike_lab.hub.accountant import Accountant
from restrike_lab.hub.rerecognition.judging import Judging
from restrike_lab.hub.rerecognition.scale import Scale
from restrike_lab.hub.stretches import IMPORTED, stretches
from restrike_lab.pss import PatternBook
from restrike_lab.pss.patterns import Pattern, PatternRow
from restrike_lab.store.accounting import AccountTables
from restrike_lab.store.schema import EVENT_COLUMNS
from restrike_lab.store.staging import Staging

__all__ = ["Census"]

SEQ, EPOCH, COURT, SESSION, ARRIVAL, MONO, SIZE, RAW = map(
    EVENT_COLUMNS.index,
    ("seq", "epoch", "court", "session_id", "arrival_ns", "mono_ns", "datagram_size", "raw"),
)

Row = Sequence[Any]


class Census:
    """Count stored events in order of ``seq`` into a staging file.

    Where older events have left the database (``partial``), unknown patterns cannot be counted again: those keep their
    counts of which any sample is still unknown.
    """

    def __init__(self, staging: Staging, judging: Judging, partial: bool = False) -> None:
        self._staging = staging
        self._judging = judging
        self._partial = partial
        self._tables = AccountTables(staging.db)
        self.scale = Scale()
        self.term = 0
        self.accountant = Accountant(judging.table, PatternBook())

    def page(self, rows: Sequence[Row]) -> None:
        """Count some events, as ``staging.COUNTED`` lists their columns."""
        for some in stretches(rows, EPOCH, COURT, SESSION):
            self._count(some)
        self._write()

    def _count(self, rows: Sequence[Row]) -> None:
        """Count events of one stretch."""
        first, last = rows[0], rows[-1]
        imported = first[EPOCH] == IMPORTED
        if imported:
            self.accountant.begin_imports(rows)
        elif first[EPOCH] != self.scale.epoch:
            self.begin_terms(first[EPOCH])
            self.scale.enter(first[EPOCH], first[ARRIVAL], first[MONO])
        judging = self._judging
        known = {session_id: judging.known(session_id) for session_id in {row[SESSION] for row in rows}}
        recognitions = []
        for row in rows:
            raw = row[RAW]
            judged = known[row[SESSION]].get(raw) if row[SIZE] is None else None
            recognitions.append((judged or judging.judge(row[SESSION], raw, row[SIZE])).recognition)
        self.accountant.add(rows, recognitions, 0 if imported else self.scale.shift)
        if not imported:
            self.scale.reach(last[SEQ], last[ARRIVAL], last[MONO])

    def begin_terms(self, until: int) -> None:
        """Do what hubs did when they took over, for the terms up to ``until`` that have not begun yet."""
        for term in self._staging.terms(self.term, until):
            self.accountant.end_imports()
            if self.scale.shifts:
                self._begin_term(self._staging.gaps(term))
        self.term = max(self.term, until)

    def _begin_term(self, gaps: Sequence[Row]) -> None:
        accountant, scale = self.accountant, self.scale
        ended = scale.at(gaps[0][0] if gaps else scale.wall_ns)
        accountant.settle(ended)
        heard = list(accountant.audits)
        accountant.audits = {court: self._taken_over(court, ended) for court in heard}
        for from_ns, to_ns, reason in gaps:
            at = Arrival(accountant.until_seq, to_ns, scale.at(to_ns))
            for court in heard:
                if accountant.audits[court].heard:
                    accountant.interrupted(court, from_ns, to_ns, at, reason)

    def _taken_over(self, court: str, ended: int) -> AuditState:
        """Return the audit of a court as a hub knows it that has just taken over: from the last load on."""
        load = self.accountant.audits[court].course.match_id
        audit = AuditState()
        if load is None:
            return audit
        events = self._staging.load_events(load, self.scale.last_seq, court)
        for seq, epoch, session_id, wall_ns, mono_ns, size, raw in events:
            at = Arrival(seq, wall_ns, mono_ns + self.scale.shifts[epoch])
            audit, _found = reconcile(audit, self._judging.judge(session_id, raw, size).message, at)
        return due(audit, ended)[0]

    def settle(self, wall_ns: int, term: int) -> None:
        """Decide what silence has decided by now, in the running term."""
        self.begin_terms(term)
        self.accountant.end_imports()
        if self.scale.shifts:
            self.accountant.settle(self.scale.at(wall_ns))
        self._write()
        if self._partial:
            rows = [row for row in self._staging.patterns() if self._is_unknown(row)]
            self._staging.replace_patterns(rows)
            self.accountant.book = PatternBook.from_rows(rows)

    def _is_unknown(self, row: PatternRow) -> bool:
        """Tell whether the tables still do not know any of the samples of a pattern."""
        samples = Pattern.from_row(row).samples
        return not samples or any(self._judging.judge(each.session, each.raw).recognition.shape for each in samples)

    def _write(self) -> None:
        if self.accountant.is_pending:
            self._tables.write(self.accountant.take())

    def save(self) -> None:
        """Write down where every court's audit stands, to go on from there."""
        audits = {court: msgspec.msgpack.encode(audit) for court, audit in self.accountant.audits.items()}
        self._staging.save("audit", audits)
        where = msgspec.msgpack.encode((self.term, self.accountant.imports))
        self._staging.save("census", {"scale": self.scale.written(), "where": where})

    def load(self) -> None:
        """Go on from where a staging file says that everything stands."""
        decode = msgspec.msgpack.decode
        audits = {court: decode(audit, type=AuditState) for court, audit in self._staging.saved("audit").items()}
        saved = self._staging.saved("census")
        self.scale = Scale.read(saved["scale"])
        self.term, imports = decode(saved["where"], type=tuple[int, dict[str, int]])
        book = PatternBook.from_rows(self._tables.patterns())
        self.accountant = Accountant(self._judging.table, book, self._tables.counted_until(), audits)
        self.accountant.imports = imports
