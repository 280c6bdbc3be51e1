"""The one writer of the database.

Exactly one connection in the world writes and checkpoints: the hub that owns the data directory holds it. WAL with
``synchronous=FULL``: a group that ``append`` has returned from was handed to the disk. Events come in groups and each
group is one transaction, so that the price of a commit (about 0.25 ms) is shared by what has arrived.

Checkpoints are made here, between groups, and not by SQLite in the middle of a commit. Readers hold them up while they
stand in the log; once it has grown to ``RESTART_PAGES`` the writer waits for them to leave, the longer the larger it
is, so that it can be used again from its start. A reader that keeps one snapshot open for good makes the log grow,
never the writer fail.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from restrike_lab.bout.state import CourtState, Fact
from restrike_lab.store.accounting import Account, AccountTables
from restrike_lab.store.bouts import BoutTables
from restrike_lab.store.errors import DAMAGE, store_error
from restrike_lab.store.files import SetAside, database_path, set_aside
from restrike_lab.store.schema import EVENT_COLUMNS, migrate, require_safe_sqlite
from restrike_lab.store.statements import StatementLog
from restrike_lab.store.terms import Terms

__all__ = ["Writer"]

T = TypeVar("T")

PAGE_SIZE = 8192
"""Bytes per page: twice SQLite's default writes a flood with a tenth less work, and a lone event as fast."""

CACHE_KIB = 16 * 1024
BUSY_MS = 5000
CHECKPOINT_PAGES = 2000
"""Pages that the log grows by between two checkpoints (16 MiB)."""

RESTART_PAGES = 4 * CHECKPOINT_PAGES
RESTART_WAIT_MS, LONGEST_WAIT_MS = 50, 1000
QUICK_CHECK_BYTES = 32 * 1024 * 1024
"""Files up to this size are read through when they are opened; of larger ones only what opening needs is."""

_INSERT = f"INSERT INTO pss_events VALUES ({', '.join('?' for _ in EVENT_COLUMNS)})"


class Writer:
    """Write events, and what follows from them, into the database of one data directory.

    Use from one thread at a time. ``set_aside`` lists the damaged files that were moved out of the way by this
    writer; they are rows of the table ``set_aside`` too.
    """

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        self._path = path
        self._clock = clock
        self.set_aside: list[SetAside] = []
        self.statements: StatementLog | None = None
        self._db = self._open()
        self._bouts = BoutTables(self._db)
        self._terms = Terms(self._db)

    @classmethod
    def open(cls, data_dir: Path, *, clock: Callable[[], int] = time.time_ns) -> Writer:
        """Open the database of a data directory; directory and database are made where there are none.

        A damaged database is set aside under a new name and a new one is begun; see ``set_aside``. Raises
        ``StoreError`` where the directory cannot be used, the disk is full, or the database is another program's or a
        newer lab's.
        """
        require_safe_sqlite(apsw.sqlite_lib_version())
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(data_dir, error) from error
        return cls(database_path(data_dir), clock)

    def next_seq(self) -> int:
        """Return the first ``seq`` that was never given to an event of this data directory."""
        with self._reporting():
            highest = self._db.execute("SELECT max(seq) FROM pss_events").get or 0
            floor = self._db.execute("SELECT max(seq_floor) FROM set_aside").get or 0
        return max(int(highest), int(floor)) + 1

    def begin_epoch(self, mode: str, pid: int, now_ns: int) -> int:
        """Begin a term of a hub and return its number, one more than the last.

        The time since the last term is recorded as a gap, from its end, or, where it did not end cleanly, from its
        last sign of life (the last event, if there was one).
        """
        with self._reporting(), self._transaction():
            return self._terms.begin_epoch(mode, pid, now_ns)

    def begin_session(self, court: str, port: int, protocol_version: str, now_ns: int) -> int:
        """Begin to listen for a court in this term and return the session's number."""
        with self._reporting(), self._transaction():
            return self._terms.begin_session(court, port, protocol_version, now_ns)

    def append(
        self, events: Sequence[Sequence[Any]], courts: Mapping[str, CourtState], links: Sequence[Fact] = ()
    ) -> None:
        """Keep a group of events and what they led to, in one transaction.

        ``events`` are in the order of ``EVENT_COLUMNS``. ``courts`` holds the states that changed, as they are after
        the last event; ``links`` all facts that the reducer gave on the way, in order. When this returns, the group
        is on the disk; when it raises ``StoreError``, nothing of it is and the same call can be made again. A
        database found damaged is set aside, and the group goes into the new one.
        """
        with self._reporting():
            try:
                self._append(events, courts, links)
            except DAMAGE as error:
                self._begin_anew(str(error))
                self._append(events, courts, links)
            self._checkpoint_when_due()

    def account(self, account: Account) -> None:
        """Add what was counted of the stored events, in one transaction."""
        with self._transaction():
            AccountTables(self._db).write(account)

    def change(self, work: Callable[[apsw.Connection], T], staged: Path | None = None) -> T:
        """Run ``work`` on the database in one transaction: all of it is kept, or nothing of it.

        For what people decide, which is seldom; see ``decisions`` and ``rerecognition``. ``staged`` is a database file
        that ``work`` may read as the schema of that name.
        """
        with self._reporting(), self._timed(f"-- a transaction of {work.__module__}"):
            try:
                with self._transaction():
                    if staged is not None:
                        self._db.execute("ATTACH ? AS staged", (str(staged),))
                    return work(self._db)
            finally:
                if staged is not None:
                    with contextlib.suppress(apsw.SQLError):  # there is none when it could not be attached
                        self._db.execute("DETACH staged")

    def run(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Carry out one statement of another room, in a transaction of its own, and return its rows."""
        with self._reporting(), self._timed(sql), self._transaction():
            return self._db.execute(sql, params).fetchall()

    def record_gap(self, from_ns: int, to_ns: int, reason: str, court: str | None = None) -> None:
        """Record a time in which nobody listened or something was lost; on all courts where none is named."""
        with self._reporting(), self._transaction():
            self._terms.record_gap(from_ns, to_ns, reason, court)

    def end_epoch(self, clean: bool = True, now_ns: int | None = None) -> None:
        """End the term and its sessions, now by the writer's clock where no time is given."""
        with self._reporting(), self._transaction():
            self._terms.end_epoch(clean, self._clock() if now_ns is None else now_ns)

    def count(self, first: int, last: int) -> int:
        """Return how many events of a range of ``seq`` are stored."""
        with self._reporting():
            return int(self._db.execute("SELECT count(*) FROM pss_events WHERE seq BETWEEN ? AND ?", (first, last)).get)

    def figures(self) -> dict[str, Any]:
        """Return what this connection counts: pages in the log, of them checkpointed, hits and misses of its caches."""
        statements = self._db.cache_stats()
        hits = self._db.status(apsw.SQLITE_DBSTATUS_CACHE_HIT)[0]
        misses = self._db.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0]
        return {
            "log_pages": self._log_pages,
            "checkpointed_pages": self._checkpointed,
            "statements": (statements["hits"], statements["misses"]),
            "pages": (hits, misses),
        }

    def close(self) -> None:
        """Close the database; the last connection to leave makes it a single file without a log."""
        with self._reporting():
            self._db.close()

    def _append(self, events: Sequence[Sequence[Any]], courts: Mapping[str, CourtState], links: Sequence[Fact]) -> None:
        with self._transaction():
            self._db.executemany(_INSERT, events)  # several rows in one statement cost 1.5 times as much
            self._bouts.write(links, courts)
        self._bouts.remember()

    def _open(self) -> apsw.Connection:
        """Return the connection, to a new database where the one that is there is damaged."""
        with self._reporting():
            try:
                return self._connect()
            except DAMAGE as error:
                found = set_aside(self._path, str(error), self._clock())
                db = self._connect()
                with db:
                    db.execute("INSERT INTO set_aside VALUES (?, ?, ?, ?, ?)", found)
                self.set_aside.append(found)
                return db

    def _connect(self) -> apsw.Connection:
        db = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        try:
            # Until the file is known to be sound, closing must leave it and its log as they are.
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            db.set_busy_timeout(BUSY_MS)
            db.pragma("page_size", PAGE_SIZE)
            db.pragma("journal_mode", "wal")
            db.pragma("synchronous", "full")
            db.pragma("cache_size", -CACHE_KIB)
            db.pragma("journal_size_limit", RESTART_PAGES * PAGE_SIZE)
            migrate(db)
            if self._path.stat().st_size <= QUICK_CHECK_BYTES and (finding := db.pragma("quick_check", 1)) != "ok":
                raise apsw.CorruptError(str(finding))
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            # Also puts an end to SQLite's own checkpoints, which it makes through the same hook.
            db.set_wal_hook(self._log_has_grown)
        except BaseException:
            db.close(True)
            raise
        self._log_pages = self._checkpointed = 0
        self._restart_at = RESTART_PAGES
        return db

    def _begin_anew(self, reason: str) -> None:
        """Set the database aside that was found damaged while in use, and go on in a new one."""
        self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._db.close(True)
        found = set_aside(self._path, reason, self._clock())
        self._db = self._connect()
        self.set_aside.append(found)
        self._bouts = BoutTables(self._db)
        with self._db:
            self._db.execute("INSERT INTO set_aside VALUES (?, ?, ?, ?, ?)", found)
            self._terms.carry_over(self._db)

    def _log_has_grown(self, db: apsw.Connection, name: str, pages: int) -> int:
        if pages < self._log_pages:
            self._checkpointed, self._restart_at = 0, RESTART_PAGES
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint_when_due(self) -> None:
        if self._log_pages - self._checkpointed < CHECKPOINT_PAGES:
            return
        self._checkpointed = self._log_pages
        mode = apsw.SQLITE_CHECKPOINT_PASSIVE
        if self._log_pages >= self._restart_at:
            mode = apsw.SQLITE_CHECKPOINT_RESTART
            self._restart_at = self._log_pages + RESTART_PAGES
            self._db.set_busy_timeout(min(RESTART_WAIT_MS * self._log_pages // RESTART_PAGES, LONGEST_WAIT_MS))
        try:
            self._db.wal_checkpoint(mode=mode)
        except apsw.BusyError:
            return  # A reader stands in the log; the next checkpoint tries again.
        finally:
            self._db.set_busy_timeout(BUSY_MS)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a block in one transaction: all of it is kept, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back on its own already, as it does when the disk is full.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        """Tell how long something took that is not the hot path."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            if self.statements is not None:
                self.statements.add(what, (time.perf_counter() - begun) * 1000, "writer")

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise store_error(self._path, error) from error
