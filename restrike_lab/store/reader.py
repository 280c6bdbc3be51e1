"""Reading the database, beside the writer and never in its way.

Readers open the file read-only, take what they ask for in one go and stand in no snapshot afterwards; they never
write, and never checkpoint.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from restrike_lab.store.errors import DAMAGE, StoreError, store_error
from restrike_lab.store.files import database_path
from restrike_lab.store.schema import EVENT_COLUMNS, check_ours
from restrike_lab.store.statements import StatementLog

__all__ = ["Reader", "Table"]

BUSY_MS = 5000
CACHE_KIB = 4 * 1024

_COLUMNS = ", ".join(EVENT_COLUMNS)
_SINCE = f"SELECT {_COLUMNS} FROM pss_events WHERE seq > ? ORDER BY seq LIMIT ?"
_RECENT = f"SELECT {_COLUMNS} FROM pss_events ORDER BY seq DESC LIMIT ?"
_OF_MATCH = f"SELECT {_COLUMNS} FROM pss_events WHERE match_id = ? ORDER BY seq"
_LAST_LOAD = "SELECT match_id FROM pss_matches WHERE court = ? ORDER BY match_id DESC LIMIT 1"

_HARMLESS = ("table_info", "table_xinfo", "index_list", "index_info", "table_list", "user_version", "application_id")

_REFUSALS = (apsw.SQLError, apsw.AuthError, apsw.ReadOnlyError, apsw.BindingsError, apsw.MismatchError)
_QUERY_HINT = "only SELECT is answered; SELECT name FROM sqlite_schema lists the tables and views"

Event = tuple[Any, ...]


class Table(NamedTuple):
    """The answer to a query: names of the columns, and rows in the order they came."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Reader:
    """Read the database of one data directory. Use from one thread at a time; any number may be open.

    A database that was set aside as damaged while this reader was open is left by itself: the next question goes to
    the new one.
    """

    def __init__(self, path: Path, log: StatementLog | None = None, source: str = "reader") -> None:
        self._path = path
        self._log, self._source = log, source
        self._db: apsw.Connection | None = None
        self._identity = (0, 0)
        with self._connection():
            pass

    @classmethod
    def open(cls, data_dir: Path, log: StatementLog | None = None, source: str = "reader") -> Reader:
        """Open the database of a data directory read-only; ``log`` hears how long every statement took.

        Raises ``StoreError`` where there is none yet, or where it cannot be read.
        """
        return cls(database_path(data_dir), log, source)

    def events(self, since: int = 0, limit: int = 1000) -> list[Event]:
        """Return the first ``limit`` events with ``seq`` above ``since``, in the order of ``EVENT_COLUMNS``.

        For all events, call again with the last ``seq`` until nothing comes.
        """
        with self._connection() as db:
            return db.execute(_SINCE, (since, limit)).fetchall()

    def recent(self, limit: int = 1000) -> list[Event]:
        """Return the last ``limit`` events, newest last."""
        with self._connection() as db:
            return db.execute(_RECENT, (limit,)).fetchall()[::-1]

    def last_seq(self) -> int:
        """Return the ``seq`` of the last event, 0 where there is none."""
        with self._connection() as db:
            return int(db.execute("SELECT max(seq) FROM pss_events").get or 0)

    def last_load(self, court: str) -> list[Event]:
        """Return the events of a court from its last load on, to reduce its state again after a restart."""
        with self._connection() as db:
            match_id = db.execute(_LAST_LOAD, (court,)).get
            return [] if match_id is None else db.execute(_OF_MATCH, (match_id,)).fetchall()

    def gaps(self) -> list[dict[str, Any]]:
        """Return the times in which nobody listened or something was lost, oldest first."""
        return self._dicts("SELECT epoch, court, from_ns, to_ns, reason FROM gaps ORDER BY gap_id")

    def set_aside(self) -> list[dict[str, Any]]:
        """Return the damaged files that stand beside the database, oldest first."""
        return self._dicts("SELECT name, reason, found_ns FROM set_aside ORDER BY found_ns")

    def matches(self) -> list[dict[str, Any]]:
        """Return every load of the console with what became of it, oldest first; a bout was fought where ``fought``."""
        return self._dicts("SELECT * FROM pss_matches ORDER BY match_id")

    def query(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Table:
        """Return the answer to one or more SELECT statements.

        Raises ``StoreError`` where the SQL is wrong or would write.
        """
        columns: tuple[str, ...] = ()

        def note_columns(cursor: apsw.Cursor, statement: str, bindings: object) -> bool:
            # The only moment at which an answer without rows has names.
            nonlocal columns
            columns = tuple(name for name, *_ in cursor.get_description())
            return True

        with self._connection() as db:
            cursor = db.cursor()
            cursor.exec_trace = note_columns
            try:
                rows = cursor.execute(sql, params).fetchall()
            except _REFUSALS as error:
                raise StoreError(f"the query cannot be answered: {error}", hint=_QUERY_HINT, sql=sql) from error
            return Table(columns, rows)

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _dicts(self, sql: str) -> list[dict[str, Any]]:
        table = self.query(sql)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    @contextlib.contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        try:
            yield self._current()
        except apsw.Error as error:
            if isinstance(error, DAMAGE) and self._log is not None:
                self._log.on_damage(str(error))
            raise store_error(self._path, error) from error

    def _current(self) -> apsw.Connection:
        try:
            found = self._path.stat()
        except OSError as error:
            raise _no_database(self._path) from error
        identity = (found.st_dev, found.st_ino)
        if self._db is None or identity != self._identity:
            self.close()
            self._db = _connect(self._path)
            self._identity = identity
            if self._log is not None:
                self._log.watch(self._db, self._source)
        return self._db


def _connect(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(BUSY_MS)
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        db.pragma("cache_size", -CACHE_KIB)
        if check_ours(db) == 0:
            raise _no_database(path)
        db.authorizer = _only_reading
    except BaseException:
        db.close()
        raise
    return db


def _no_database(path: Path) -> StoreError:
    hint = "start the lab with this --data-dir first, or give the one it runs in"
    return StoreError(f"there is no database in {path.parent}", hint=hint, retryable=True, path=str(path))


def _only_reading(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """Refuse what a read-only connection could still do to others: attach files, checkpoint, change settings."""
    if action == apsw.SQLITE_ATTACH or (action == apsw.SQLITE_PRAGMA and first not in _HARMLESS):
        return apsw.SQLITE_DENY
    return apsw.SQLITE_OK
