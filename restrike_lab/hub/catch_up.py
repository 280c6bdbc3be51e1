"""The accounting of a hub that starts: from what was counted last, over the stored events since, to now.

Counts are written a moment after the events, so a hub that died left some events uncounted. They are counted here from
their stored bytes before anything new comes in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from restrike_lab.bout import Arrival
from restrike_lab.bout.reconcile import AuditState, due, reconcile
from restrike_lab.hub.accountant import ARRIVAL, MONO, SEQ, SESSION, Accountant, Report
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.restore import mono_shift, recognition_of
from restrike_lab.pss import PatternBook, Recognizer, Table
from restrike_lab.pss.streams import LIVE, VERSIONS
from restrike_lab.store.accounting import AccountTables
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer

__all__ = ["begin_accounting"]

log = logging.getLogger(__name__)

PAGE = 5_000
_SESSIONS = "SELECT session_id, court, protocol_version, epoch FROM pss_sessions"
_GAPS = "SELECT from_ns, to_ns, reason FROM gaps WHERE epoch = ? AND court IS NULL ORDER BY gap_id"


def begin_accounting(writer: Writer, reader: Reader, judge: Judge, epoch: int, report: Report) -> Accountant:
    """Return the accountant of a term, with everything counted that is stored."""
    counted, patterns = writer.change(lambda db: (AccountTables(db).counted_until(), AccountTables(db).patterns()))
    sessions = {row[0]: row[1:] for row in reader.query(_SESSIONS).rows}
    judging = _Judging(judge, {session_id: version for session_id, (_, version, _) in sessions.items()}, writer)
    courts = {court for court, _, _ in sessions.values()}
    interruptions = reader.query(_GAPS, (epoch,)).rows
    ended_ns = interruptions[0][0] if interruptions else 0
    audits = {court: _audit(reader.last_load(court), counted, ended_ns, judging) for court in courts}
    accountant = Accountant(judging.table, PatternBook.from_rows(patterns), counted, audits, report)
    begun = time.monotonic()
    while rows := reader.events(accountant.until_seq, PAGE):
        accountant.add(rows, [judging.recognize(row) for row in rows], _shift(rows))
        writer.account(accountant.take())
    if accountant.until_seq > counted:
        log.info("%d events counted in %.1f s", accountant.until_seq - counted, time.monotonic() - begun)
    for from_ns, to_ns, reason in interruptions:
        at = Arrival(accountant.until_seq, to_ns, time.monotonic_ns())
        for court in (court for court, audit in audits.items() if audit.heard):
            accountant.interrupted(court, from_ns, to_ns, at, reason)
    return accountant


class _Judging:
    """Recognize stored events as their session did."""

    def __init__(self, judge: Judge, versions: Mapping[int, str], writer: Writer) -> None:
        self.judge = judge
        self.versions = dict(versions)
        self.writer = writer
        self.recognizers = {version: judge.recognizer(version) for version in VERSIONS}

    def table(self, session_id: int) -> Table:
        """Return the table of a session, also of one that has begun since (the pipeline's thread)."""
        if session_id not in self.versions:
            held = self.writer.change(
                lambda db: (
                    db.execute("SELECT protocol_version FROM pss_sessions WHERE session_id = ?", (session_id,)).get
                )
            )
            self.versions[session_id] = str(held)
        return self.judge.table(self.versions[session_id])

    def recognize(self, row: Sequence[Any]) -> Any:
        """Return the recognition of a stored event."""
        recognizer: Recognizer = self.recognizers[self.versions.get(row[SESSION], LIVE)]
        return recognition_of(row, recognizer)


def _audit(rows: Sequence[Sequence[Any]], counted: int, ended_ns: int, judging: _Judging) -> AuditState:
    """Return the audit of a court as it stood when its events were counted last; nothing is reported again.

    ``ended_ns`` is the wall time at which the term before ended: until then its silence decided what it could.
    """
    audit = AuditState()
    shift = _shift(rows)
    for row in rows:
        if row[SEQ] <= counted:
            at = Arrival(row[SEQ], row[ARRIVAL], row[MONO] + shift)
            audit, _found = reconcile(audit, judging.recognize(row).message, at)
    if rows and rows[-1][SEQ] <= counted:
        audit, _found = due(audit, rows[-1][MONO] + shift + max(0, ended_ns - rows[-1][ARRIVAL]))
    return audit


def _shift(rows: Sequence[Sequence[Any]]) -> int:
    if not rows:
        return 0
    return mono_shift(rows[-1][ARRIVAL], rows[-1][MONO], time.time_ns(), time.monotonic_ns())
