"""The accountant at work: behind the live path, never in its way.

What was just stored is counted at once as long as little is waiting. In a flood storing goes first: counting falls
behind and is caught up from the stored events when it is over. A hub that starts goes on in the same way where its
predecessor's counts ended, so the counts are exact in the end whatever happened, and nobody waits for them.

Used by the pipeline's thread alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from restrike_lab.bout import Arrival
from restrike_lab.bout.reconcile import AuditState, due, reconcile
from restrike_lab.hub.accountant import ARRIVAL, COURT, EPOCH, MONO, SEQ, SESSION, Accountant, Report
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.restore import mono_shift, recognition_of
from restrike_lab.hub.stretches import IMPORTED, stretches
from restrike_lab.pss import PatternBook, Recognition, Recognizer, Table
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.accounting import Account, AccountTables
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer

__all__ = ["Bookkeeping"]

log = logging.getLogger(__name__)

PAGE = 2_000
"""Stored events that are counted at a time when catching up (about 15 ms), so that new ones are not kept waiting."""

ACCOUNT_SECONDS = 1.0

_SESSIONS = "SELECT session_id, protocol_version FROM pss_sessions"
_COURTS = "SELECT DISTINCT court FROM pss_sessions WHERE epoch > 0"  # those that were heard, not imported
_GAPS = "SELECT from_ns, to_ns, reason FROM gaps WHERE epoch = ? AND court IS NULL ORDER BY gap_id"

Rows = Sequence[Sequence[Any]]


class Bookkeeping:
    """Keep the books of a term: ``epoch`` is its number, ``begins_after`` the last ``seq`` before it."""

    def __init__(
        self, writer: Writer, reader: Reader, judge: Judge, epoch: int, begins_after: int, report: Report
    ) -> None:
        self.writer = writer
        self.reader = reader
        self.judge = judge
        self.begins_after = begins_after
        self.recognizers: dict[int, Recognizer] = {}
        self.versions: dict[int, str] = {}
        self.interruptions = reader.query(_GAPS, (epoch,)).rows
        counted, patterns = writer.change(lambda db: (AccountTables(db).counted_until(), AccountTables(db).patterns()))
        audits = {str(court): self.audit_of(court, counted) for (court,) in reader.query(_COURTS).rows}
        self.accountant = Accountant(self.table_of, PatternBook.from_rows(patterns), counted, audits, report)
        self.account: Account | None = None
        self.account_at = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to do even when nothing arrives."""
        return self.accountant.is_waiting or self.account is not None

    def is_behind(self, committed: int) -> bool:
        """Tell whether stored events are waiting to be counted."""
        return self.accountant.until_seq < committed

    def stored(self, rows: Rows, recognitions: Sequence[Recognition], pressed: bool) -> None:
        """Count events that were stored just now, unless storing is pressed or older ones come first."""
        if not rows or pressed or self.interruptions or self.accountant.until_seq != rows[0][SEQ] - 1:
            return
        self.count(rows, recognitions, 0)

    def keep(
        self, idle: bool, committed: int, silent_until: Callable[[int], int], seconds: float = ACCOUNT_SECONDS
    ) -> None:
        """Catch up a page if there is time, and write what was counted once in so many seconds.

        ``silent_until(wanted_ns)`` tells up to when silence is proven; see ``Pipeline``.
        """
        if idle:
            if self.is_behind(committed) or self.interruptions:
                self.catch_up()
            if not self.is_behind(committed):
                self.accountant.end_imports()
                if (soonest := self.accountant.soonest) <= time.monotonic_ns():
                    self.accountant.settle(silent_until(int(soonest)))
        if self.accountant.is_pressing or time.monotonic() >= self.account_at + seconds:
            self.write()

    def write(self) -> None:
        """Write what was counted; what the database refuses is written the next time."""
        self.account_at = time.monotonic()
        if self.account is None:
            if not self.accountant.is_pending:
                return
            self.account = self.accountant.take()
        try:
            self.writer.account(self.account)
        except RestrikeError as problem:
            log.warning("what was counted could not be written for now: %s", problem.message)
        else:
            self.account = None

    def change_tables(self) -> None:
        """Judge and count by the tables as they are now."""
        self.recognizers.clear()
        self.accountant.change_tables()

    # -- from the stored events ------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Count a page of stored events, those of former terms first."""
        until = self.accountant.until_seq
        rows: Rows = self.reader.events(until, PAGE)
        if until < self.begins_after:
            rows = [row for row in rows if row[SEQ] <= self.begins_after]
        for some in stretches(rows, EPOCH, COURT, SESSION):
            imported = some[0][EPOCH] == IMPORTED
            if imported:
                self.accountant.begin_imports(some)
            self.count(some, [self.recognize(row) for row in some], 0 if imported else _shift(some))
        if self.interruptions and self.accountant.until_seq >= self.begins_after:
            self.interrupt()

    def interrupt(self) -> None:
        """Tell the audits of the time between two terms in which nobody listened."""
        self.accountant.end_imports()
        wall_now, mono_now = time.time_ns(), time.monotonic_ns()
        for from_ns, to_ns, reason in self.interruptions:
            # When it was over, and not now: events that came since have waited for this.
            at = Arrival(self.accountant.until_seq, to_ns, mono_now - max(0, wall_now - to_ns))
            for court in [court for court, audit in self.accountant.audits.items() if audit.heard]:
                self.accountant.interrupted(court, from_ns, to_ns, at, reason)
        self.interruptions = []

    def count(self, rows: Rows, recognitions: Sequence[Recognition], shift: int) -> None:
        """Count events; a defect costs their counts, never the events."""
        try:
            self.accountant.add(rows, recognitions, shift)
        except Exception:
            log.exception("events up to %d could not be counted", rows[-1][SEQ])
            self.accountant.until_seq = rows[-1][SEQ]

    def recognize(self, row: Sequence[Any]) -> Recognition:
        """Return the recognition of a stored event under the table of its session as it is now."""
        session_id = row[SESSION]
        recognizer = self.recognizers.get(session_id)
        if recognizer is None:
            recognizer = self.recognizers[session_id] = self.judge.recognizer(self.version_of(session_id))
        return recognition_of(row, recognizer)

    def table_of(self, session_id: int) -> Table:
        """Return the table of a session as it is now."""
        return self.judge.table(self.version_of(session_id))

    def version_of(self, session_id: int) -> str:
        """Return the protocol version of a session, also of one that has just begun."""
        if session_id not in self.versions:
            self.versions = {int(session): str(version) for session, version in self.reader.query(_SESSIONS).rows}
        return self.versions[session_id]

    def audit_of(self, court: str, counted: int) -> AuditState:
        """Return the audit of a court as it stood when its events were counted last; nothing is reported again."""
        rows: Rows = self.reader.last_load(court)
        shift = _shift(rows)
        audit = AuditState()
        for row in rows:
            if row[SEQ] <= counted:
                at = Arrival(row[SEQ], row[ARRIVAL], row[MONO] + shift)
                audit, _found = reconcile(audit, self.recognize(row).message, at)
        if rows and rows[-1][SEQ] <= counted and self.interruptions:
            # Until the term before ended, its silence decided what it could.
            audit, _found = due(audit, rows[-1][MONO] + shift + max(0, self.interruptions[0][0] - rows[-1][ARRIVAL]))
        return audit


def _shift(rows: Rows) -> int:
    if not rows:
        return 0
    return mono_shift(rows[-1][ARRIVAL], rows[-1][MONO], time.time_ns(), time.monotonic_ns())
