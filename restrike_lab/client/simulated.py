"""A record of any size, made up: simulated tournaments straight into archive and database, without sockets.

One tournament a week, each drawn from a seed of its own and walked the same way as live traffic, recognize, reduce,
store; all but the last one end in the archive, the last one in the database, as a lab has it whose old events were
taken out. Tournaments are played by several processes and put together in order, so that the same seed gives the same
record however many there are. What really happened is written beside it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import apsw
import pyarrow as pa
import pyarrow.compute as pc

from restrike_lab.bout import Arrival, CourtState, Fact, flush, reduce
from restrike_lab.pss import Recognizer
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.packing import compressed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth, truth_line
from restrike_lab.store.archive import archive_dir, hub_id
from restrike_lab.store.bouts import BoutTables
from restrike_lab.store.day_file import DayFile, stored_table
from restrike_lab.store.schema import migrate
from restrike_lab.store.writer import Writer

__all__ = ["STARTED", "RecordRefused", "Simulated", "day_options", "simulate_record"]

STARTED = date(2024, 1, 6)
"""Day of the first tournament; the others follow week by week."""

COURTS = ("1", "2", "3", "4")
BOUTS_A_DAY, FEWEST_BOUTS = 200, 4
EVENTS_A_BOUT = 490
"""About so many messages does a bout of the simulator have, with its load."""

IMPORTED_EPOCH = 0
GROUP = 5_000
NUMBERED = ("seq", "match_id", "hit_seq", "point_seq")
TABLES = ("pss_matches", "pss_athletes", "pss_rounds", "pss_hit_links")


class RecordRefused(RestrikeError):
    """Report a directory that holds something already."""

    category = "simulate"


@dataclass(frozen=True)
class Simulated:
    """Say what was made: days (tournaments), loads of matches, events, and how many of these are in the archive."""

    days: int
    loads: int
    events: int
    archived: int


@dataclass
class _Day:
    """What one tournament left: events and the rows that follow from them, numbered from 1, and its truth as lines."""

    events: pa.Table
    rows: dict[str, list[tuple[Any, ...]]]
    columns: dict[str, list[str]]
    truth: bytes


Progress = Callable[[int, int], None]


def day_options(seed: int, number: int, bouts: int = BOUTS_A_DAY) -> TournamentOptions:
    """Return what the tournament with a number, from 0 on, is made of."""
    return TournamentOptions(seed=seed * 1_000_000 + number, bouts=bouts, courts=COURTS)


def simulate_record(
    data_dir: Path,
    *,
    events: int,
    seed: int = 1,
    truth: Path | None = None,
    workers: int | None = None,
    progress: Progress = lambda _days, _events: None,
) -> Simulated:
    """Make a record of at least so many events in an empty data directory, which the caller owns.

    ``truth`` is a file for what really happened, compressed where its name ends in ``.gz``: a line for each tournament,
    with its day and the number of its first event, then one for each load. ``progress(days, events)`` is called after
    each day. Raises ``RecordRefused`` where there are events already, ``StoreError`` where the disk fails.
    """
    bouts = min(BOUTS_A_DAY, max(FEWEST_BOUTS, events // (EVENTS_A_BOUT * 4)))
    with ExitStack() as stack:
        writer = Writer.open(data_dir)
        stack.callback(writer.close)
        if writer.next_seq() > 1 or archive_dir(data_dir).exists():
            raise RecordRefused(f"{data_dir} holds events already", hint="name a directory that does not exist yet")
        told = stack.enter_context(compressed(truth, stack.enter_context(truth.open("wb")))) if truth else None
        made = _Record(data_dir, writer)
        for number, day in enumerate(_played(seed, bouts, workers or os.cpu_count() or 1)):
            if told:
                told.write(
                    day.truth.replace(b"{", f'{{"day":"{_day_of(number)}","first_seq":{made.last + 1},'.encode(), 1)
                )
            made.take(day, number, archived=made.last + day.events.num_rows < events)
            progress(number + 1, made.last)
            if made.last >= events:
                break
        return Simulated(number + 1, made.loads, made.last, made.archived)


class _Record:
    """The record in the making: each day goes behind the ones before it."""

    def __init__(self, data_dir: Path, writer: Writer) -> None:
        self.data_dir = data_dir
        self.writer = writer
        self.hub = str(hub_id(data_dir, create=True))
        self.last = self.archived = self.loads = 0
        writer.change(_begin_sessions)

    def take(self, day: _Day, number: int, *, archived: bool) -> None:
        """Number the rows of a day on and store them."""
        events = _numbered(day.events, self.last)
        if archived:
            self._file(events, _day_of(number))
            self.archived += events.num_rows
        else:
            rows = list(zip(*(column.to_pylist() for column in events.columns), strict=True))
            for start in range(0, len(rows), GROUP):
                self.writer.append(rows[start : start + GROUP], {})
        self.writer.change(lambda db: self._insert(db, day))
        self.loads += len(day.rows["pss_matches"])
        self.last += events.num_rows

    def _insert(self, db: apsw.Connection, day: _Day) -> None:
        for table, rows in day.rows.items():
            names = day.columns[table]
            values = ", ".join(f"? + {self.last}" if name in NUMBERED else "?" for name in names)
            db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", rows)

    def _file(self, events: pa.Table, day: date) -> None:
        path = archive_dir(self.data_dir) / f"date={day.isoformat()}" / f"{self.hub}.parquet"
        file = DayFile(path, day, self.hub, _begun_ns(day))
        try:
            file.add_table(events)
            file.finish()
        except BaseException:
            file.discard()
            raise


def _begin_sessions(db: apsw.Connection) -> None:
    """Store a session for each court; as with imports, no term of a hub heard what is in them."""
    version, now = Recognizer().version, _begun_ns(STARTED)
    db.executemany(
        "INSERT INTO pss_sessions (session_id, epoch, court, port, protocol_version, started_ns, ended_ns)"
        " VALUES (?, ?, ?, 0, ?, ?, ?)",
        [(place, IMPORTED_EPOCH, court, version, now, now) for place, court in enumerate(COURTS, 1)],
    )


def _played(seed: int, bouts: int, workers: int) -> Iterator[_Day]:
    """Yield the days in order, for ever; a few are played ahead."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        ahead: deque[Future[_Day]] = deque()
        number = 0
        try:
            while True:
                while len(ahead) <= workers:
                    ahead.append(pool.submit(_play, day_options(seed, number, bouts), _begun_ns(_day_of(number))))
                    number += 1
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _play(options: TournamentOptions, begun_ns: int) -> _Day:
    """Play one tournament and return what it left (in a process of its own)."""
    db = apsw.Connection(":memory:")
    migrate(db)
    bouts = BoutTables(db)
    tournament, truths = Tournament(options), list[BoutTruth]()
    recognizer = Recognizer()
    states: dict[str, CourtState] = {court: CourtState() for court in options.courts}
    sessions = {court: place for place, court in enumerate(options.courts, 1)}
    events: list[tuple[Any, ...]] = []
    facts: list[Fact] = []
    loads: list[tuple[Any, ...]] = []
    stored = 0

    def store() -> None:
        db.executemany(f"INSERT INTO pss_events VALUES ({', '.join('?' * len(events[0]))})", loads)
        bouts.write(facts, states)
        bouts.remember()
        loads.clear()
        facts.clear()

    for at_ms, payload, court in tournament.stream(truths.append):
        wall_ns = begun_ns + at_ms * 1_000_000
        for part, it in enumerate(recognizer.recognize(payload)):
            seq = len(events) + 1
            state, found = reduce(states[court], it.message, Arrival(seq, wall_ns, wall_ns))
            states[court] = state
            facts += found
            stamps = (state.match_id, state.round, state.clock.time_ms, wall_ns, wall_ns)
            head = (seq, IMPORTED_EPOCH, court, sessions[court], *stamps, None, part, None, it.raw)
            kind = (it.stream, it.event_type, it.event_code, it.athlete, it.value, it.fields, it.status)
            events.append((*head, *kind, recognizer.version, it.confidence, it.errors, None))
            if state.match_id == seq:
                loads.append(events[-1])
        if len(events) - stored >= GROUP:
            store()
            stored = len(events)
    for court, state in states.items():
        states[court], found = flush(state)
        facts += found
    store()
    rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in TABLES}
    lines = [truth_line(tournament.header()), *map(truth_line, truths), ""]
    return _Day(stored_table(events), rows, columns, "\n".join(lines).encode())


def _numbered(events: pa.Table, after: int) -> pa.Table:
    """Return events with numbers that go on behind ``after``."""
    for name in ("seq", "match_id"):
        place = events.schema.get_field_index(name)
        events = events.set_column(place, events.schema.field(place), pc.add(events[name], after))
    return events


def _day_of(number: int) -> date:
    return STARTED + timedelta(weeks=number)


def _begun_ns(day: date) -> int:
    """Return nine o'clock (UTC) of a day."""
    return int(datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()) * 1_000_000_000
