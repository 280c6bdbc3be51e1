"""The staging file of a re-recognition: a SQLite database of its own, with the lab's own attached read-only beside it.

It is thrown away where anything goes wrong and when everything went well, so nothing of it has to survive a crash. The
lab's database is read in pages, without standing in a snapshot between two of them. What is staged is compared and
applied by ``rerecognition``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from restrike_lab.pss.patterns import PatternRow
from restrike_lab.store.accounting import Account, AccountTables
from restrike_lab.store.errors import StoreError
from restrike_lab.store.rerecognition import (
    BOUT_TABLES,
    DERIVED,
    EVENT_CHANGES,
    Derived,
    Standing,
    changed_name,
    compare,
    is_changed,
    is_moved,
    leave_open,
    standing,
)
from restrike_lab.store.schema import SCHEMA_VERSION, check_ours, migrate

__all__ = ["COUNTED", "WALKED", "Staged", "Staging", "one_moment"]

BUSY_MS = 5000
PAGE = 2_000

WALKED = (
    "seq epoch court session_id arrival_ns mono_ns datagram_size raw match_id round clock_ms stream event_type"
    " event_code athlete value fields recognition_status protocol_version parser_confidence validation_errors"
).replace(" ", ", ")
"""Columns of an event that are needed to recognize it anew and compare, in this order."""

COUNTED = (
    "seq epoch court session_id NULL NULL NULL arrival_ns mono_ns NULL NULL datagram_size raw NULL NULL NULL NULL NULL"
    " NULL NULL NULL NULL NULL processing_time_ms"
).replace(" ", ", ")
"""``EVENT_COLUMNS``, without those that are not needed to count."""

_STAGING = f"""
DROP VIEW point_hits;
DROP TABLE pss_events;  -- what asks for it is answered by the database beside
CREATE TABLE changed_events (
    seq INTEGER PRIMARY KEY, {", ".join(EVENT_CHANGES)}, before TEXT NOT NULL, after TEXT NOT NULL
);
CREATE TABLE stage (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    until_seq INTEGER NOT NULL, rules INTEGER NOT NULL, definitions INTEGER NOT NULL, changes INTEGER NOT NULL,
    runs INTEGER NOT NULL, made_by TEXT NOT NULL, kept_before INTEGER NOT NULL
);
CREATE TABLE kept_matches (match_id INTEGER PRIMARY KEY);
CREATE TABLE kept_sessions (session_id INTEGER PRIMARY KEY);
CREATE TABLE stage_states (kind TEXT NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (kind, name));
"""
_NOTE = """
INSERT INTO main.stage (id, until_seq, rules, definitions, changes, runs, made_by, kept_before)
VALUES (1, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET until_seq = excluded.until_seq
"""
_STAGE_EVENT = f"REPLACE INTO main.changed_events VALUES ({', '.join('?' * (len(EVENT_CHANGES) + 3))})"
_OF_LOAD = """
SELECT seq, epoch, session_id, arrival_ns, mono_ns, datagram_size, raw FROM live.pss_events
WHERE seq BETWEEN ? AND ? AND court = ? ORDER BY seq
"""
_TERMS = "SELECT epoch FROM live.hub_epochs WHERE epoch > ? AND epoch <= ? ORDER BY epoch"
_GAPS = "SELECT from_ns, to_ns, reason FROM live.gaps WHERE epoch = ? AND court IS NULL ORDER BY gap_id"
_BEHIND_GAPS = """
SELECT max(seq) FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM live.pss_events) WHERE before < seq - 1
"""
_DIFFERENT = """
SELECT count(*) FILTER (WHERE before IS NULL), count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL),
    count(*) FILTER (WHERE after IS NULL)
FROM main.{} WHERE {}
"""

Row = tuple[Any, ...]


class Staged(NamedTuple):
    """Up to which event everything is staged, under which decisions, by which version of the lab.

    ``kept_before`` is the first event of those that are there without a gap where older ones have left the database,
    else 0.
    """

    until_seq: int
    standing: Standing
    made_by: str
    kept_before: int


class Staging:
    """A staging file, made where there is none, with ``database`` beside it. Use from one thread at a time."""

    def __init__(self, path: Path, database: Path) -> None:
        self.path = path
        if not path.exists():
            _prepare(path)
        self.db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI)
        try:
            self.db.set_busy_timeout(BUSY_MS)
            self.db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            _careless(self.db)
            self.db.execute("ATTACH ? AS live", (f"{database.resolve().as_uri()}?mode=ro",))
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        """Let go of both files."""
        self.db.close()

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read the database as it is at one moment, and stage what is found, for the length of a block."""
        with self.db:
            yield

    # -- the lab's database ----------------------------------------------------------------------------------------

    def pages(self, columns: str, since: int, until: int) -> Iterator[Sequence[Row]]:
        """Yield the events with ``since < seq <= until`` in pages, in order of ``seq``.

        What the caller does with a page is one transaction with reading it. No snapshot is held between two pages,
        unless the caller holds one.
        """
        question = f"SELECT {columns} FROM live.pss_events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT {PAGE}"
        while True:
            with self.moment():
                rows: list[Any] = self.db.execute(question, (since, until)).fetchall()
                if not rows:
                    return
                yield rows
            since = rows[-1][0]

    def load_events(self, load: int, until: int, court: str) -> Iterator[Row]:
        """Yield what a court sent from an event to another: seq, epoch, session, two times, size, raw."""
        yield from self.db.execute(_OF_LOAD, (load, until, court))

    def kept_before(self) -> int:
        """Return from which event on all are there, where older ones have left the database; 0 where none has."""
        first, last, count = (
            self._number(f"SELECT {what} FROM live.pss_events") for what in ("min(seq)", "max(seq)", "count(*)")
        )
        if last - first + 1 > count:
            first = self._number(_BEHIND_GAPS)
        begun = self._number("SELECT max(seq_floor) FROM live.set_aside") + 1
        return first if first > begun else 0

    def patterns(self) -> list[PatternRow]:
        """Return the unknown patterns as the database has them."""
        return AccountTables(self.db).patterns("live")

    def last_seq(self) -> int:
        """Return the last stored event."""
        return self._number("SELECT max(seq) FROM live.pss_events")

    def counted_until(self) -> int:
        """Return up to which event the hub has counted."""
        return self._number("SELECT seq FROM live.accounting")

    def arrival_after(self, seq: int) -> int:
        """Return when the first event after another one came (ns since 1970), 0 where none did."""
        return self._number("SELECT arrival_ns FROM live.pss_events WHERE seq > ? ORDER BY seq LIMIT 1", (seq,))

    def last_term(self) -> int:
        """Return the last term of a hub."""
        return self._number("SELECT max(epoch) FROM live.hub_epochs")

    def term_ended(self) -> int:
        """Return when the last term ended (ns since 1970), 0 where that is not known."""
        return self._number("SELECT ended_ns FROM live.hub_epochs ORDER BY epoch DESC LIMIT 1")

    def terms(self, after: int, until: int) -> list[int]:
        """Return the terms after one, up to another."""
        return [row[0] for row in self.db.execute(_TERMS, (after, until))]

    def gaps(self, term: int) -> list[Row]:
        """Return the times before a term in which nobody listened: from, to, reason."""
        return self.db.execute(_GAPS, (term,)).fetchall()

    def version_of(self, session_id: int | None) -> str | None:
        """Return the protocol version of a session, None where there is no such session."""
        question = "SELECT protocol_version FROM live.pss_sessions WHERE session_id = ?"
        found: Any = self.db.execute(question, (session_id,)).get
        return None if found is None else str(found)

    def standing(self) -> Standing:
        """Return where the decisions of the database stand."""
        return standing(self.db, "live")

    # -- what is staged --------------------------------------------------------------------------------------------

    def stage_events(self, rows: Iterable[Sequence[Any]]) -> None:
        """Stage events: seq, ``EVENT_CHANGES`` as they become, and JSON of what differs, before and after."""
        self.db.executemany(_STAGE_EVENT, rows)

    def note(self, staged: Staged) -> None:
        """Write down how far everything is staged."""
        self.db.execute(_NOTE, (staged.until_seq, *staged.standing, staged.made_by, staged.kept_before))

    def noted(self) -> Staged:
        """Return how far everything is staged."""
        held: Any = self.db.execute(
            "SELECT until_seq, rules, definitions, changes, runs, made_by, kept_before FROM main.stage"
        ).fetchone() or (0, 0, 0, 0, 0, "", 0)
        until_seq, *then, made_by, kept_before = held
        return Staged(until_seq, Standing(*then), made_by, kept_before)

    def save(self, kind: str, states: Mapping[str, bytes]) -> None:
        """Write down states of one kind, by name, in the place of those that were there."""
        self.db.execute("DELETE FROM main.stage_states WHERE kind = ?", (kind,))
        rows = [(kind, name, state) for name, state in states.items()]
        self.db.executemany("INSERT INTO main.stage_states VALUES (?, ?, ?)", rows)

    def saved(self, kind: str) -> dict[str, bytes]:
        """Return the states of one kind, by name."""
        rows: Any = self.db.execute("SELECT name, state FROM main.stage_states WHERE kind = ?", (kind,)).fetchall()
        return dict(rows)

    def replace_patterns(self, rows: Sequence[PatternRow]) -> None:
        """Stage these patterns and no others."""
        self.db.execute("DELETE FROM main.pss_unknown_events")
        tables = AccountTables(self.db)
        tables.write(Account(tables.counted_until(), patterns=rows))

    def take_counts(self, path: Path) -> Staged:
        """Take over what was counted into another staging file, with its states; return how far that is."""
        self.db.execute("ATTACH ? AS counts", (str(path),))
        try:
            with self.db:
                for table in DERIVED[len(BOUT_TABLES) :]:
                    columns = ", ".join((*table.keys, *table.columns))
                    self.db.execute(
                        f"INSERT INTO main.{table.name} ({columns}) SELECT {columns} FROM counts.{table.name}"
                    )
                self.db.execute("INSERT INTO main.stage_states SELECT * FROM counts.stage_states")
                self.db.execute("INSERT INTO main.stage SELECT * FROM counts.stage")
                self.db.execute("UPDATE main.accounting SET seq = (SELECT seq FROM counts.accounting)")
        finally:
            self.db.execute("DETACH counts")
        return self.noted()

    def compare(self, kept_before: int) -> None:
        """Find the rows of derived tables in which what is staged differs from what is kept."""
        compare(self.db, kept_before)

    def leave_open(self, hits: Iterable[int], since_ns: int) -> None:
        """Leave to a running hub what it is deciding just now: links of some hits, findings about the last moments."""
        leave_open(self.db, hits, since_ns)

    def differing(self, table: Derived, where: str = "true", values: Sequence[Any] = ()) -> tuple[int, int, int]:
        """Return how many rows of a derived table come, change and go."""
        found: Any = self.db.execute(_DIFFERENT.format(changed_name(table), where), values).fetchone()
        added, changed, removed = found
        return added, changed, removed

    def is_changed(self) -> bool:
        """Tell whether anything differed when it was compared last."""
        return is_changed(self.db)

    def is_moved(self) -> bool:
        """Tell whether any event would belong to another match or round, or show another time on the clock."""
        return is_moved(self.db)

    def _number(self, question: str, values: Sequence[Any] = ()) -> int:
        found: Any = self.db.execute(question, values).get
        return int(found or 0)


@contextmanager
def one_moment(database: Path) -> Iterator[apsw.Connection]:
    """Read several things of a database as they are at one moment.

    Raises ``StoreError`` where there is no database, or one that has to be brought up to date first.
    """
    if not database.is_file():
        hint = "give the --data-dir in which the lab has run"
        raise StoreError(f"there is no database in {database.parent}", hint=hint, path=str(database))
    with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        db.set_busy_timeout(BUSY_MS)
        if check_ours(db) < SCHEMA_VERSION:
            hint = "let `restrike-lab serve` open it once; that brings it up to date"
            raise StoreError(f"{database} was written by an older lab", hint=hint, path=str(database))
        db.execute("BEGIN")
        yield db


def _prepare(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as db:
        _careless(db)
        migrate(db)
        with db:
            db.execute(_STAGING)
            for table in DERIVED:
                db.execute(f"CREATE TABLE {changed_name(table)} ({', '.join(table.keys)}, before TEXT, after TEXT)")


def _careless(db: apsw.Connection) -> None:
    """Keep no journal on the disk and wait for no disk."""
    db.pragma("journal_mode", "memory")
    db.pragma("synchronous", "off")
