"""The archive's side of a question: which events come from Parquet, and which have to be taken in from the database.

An event is read from a file exactly if the file's footer says so, unless it was recognized anew since; every other one
is taken from the database. Files may be replaced while they are being asked: a view is bound to the numbers that its
file had when it was found, and newer files only ever have more. So each event is there once at every moment.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import apsw
import duckdb

from restrike_lab.client.fill import EVENTS, Record
from restrike_lab.client.views import SCHEMA
from restrike_lab.store.archive import Archive, Runs, Stamp, changed_since, complement, damage, read_archive, stamp

__all__ = ["LIVE", "ArchiveWarning", "Archived"]

LIVE: Final = "live_events"
_CHANGES = """
SELECT h.seq, max(h.changed_ns) FROM pss_event_recognition_history h JOIN pss_events e ON e.seq = h.seq
WHERE h.changed_ns >= ? GROUP BY h.seq
"""


class ArchiveWarning(UserWarning):
    """Name an archive file that cannot be read; what the database still has of it is answered from there."""


class Archived:
    """Hold what is read from the archive of one data directory; used under the lock of the query engine."""

    def __init__(self, data_dir: Path | None = None, refused: frozenset[tuple[Path, int, int]] = frozenset()) -> None:
        self.data_dir = data_dir
        self.refused = refused
        self.stamp: Stamp = stamp(data_dir) if data_dir else ()
        self.archive = Archive()
        self.changed: frozenset[int] = frozenset()
        self.runs: Runs = ()
        if data_dir is None or not self.stamp:
            return
        self.archive = read_archive(data_dir, without=[path for path, *_ in self._still_refused()])

    @property
    def courts(self) -> set[str]:
        """Return the courts that archived events are from."""
        return {court for file in self.archive.files for court in file.courts}

    def found(self, record: Record) -> Archived:
        """Return the archive beside a record as it is now, with damaged files left out and named in a warning."""
        now = Archived(record.path.parent, self.refused)
        known = {each.path for each in self.archive.aside}
        for each in now.archive.aside:
            if each.path not in known:
                text = f"{each.path} is left out of every answer: {each.reason}. `restrike-lab archive` makes it anew."
                warnings.warn(text, ArchiveWarning, stacklevel=2)
        now._note_changes(record)
        return now

    def moved(self) -> bool:
        """Tell whether a file was written, replaced or removed since."""
        return self.data_dir is not None and stamp(self.data_dir) != self.stamp

    def live(self, after: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield, as runs, the numbers in ``after < seq <= until`` that have to come from the database."""
        for first, last in complement(self.runs, until):
            if last > after:
                yield max(first, after + 1), last

    def register(self, duck: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
        """Create the table of all events over the live ones and the files, which alone may be opened from now on."""
        names = ", ".join(f'"{name}"' for name in columns)
        parts = [f"SELECT {names} FROM {SCHEMA}.{LIVE}"]
        if self.archive.runs:
            paths = [str(file.path) for file in self.archive.files]
            duck.execute(f"SET allowed_paths = [{', '.join(map(_quoted, paths))}]")
            duck.execute(f"CREATE TABLE {SCHEMA}.changed_events (seq BIGINT)")
            if self.changed:
                duck.executemany(f"INSERT INTO {SCHEMA}.changed_events VALUES (?)", [(seq,) for seq in self.changed])
            beside = f" AND seq NOT IN (SELECT seq FROM {SCHEMA}.changed_events)" if self.changed else ""
            # What files that are written from now on have more of has higher numbers than all of these.
            listed = f"read_parquet([{', '.join(map(_quoted, paths))}], hive_partitioning = false)"
            parts.append(f"SELECT {names} FROM {listed} WHERE seq <= {self.archive.runs[-1][1]}{beside}")
        duck.execute(f"CREATE VIEW {SCHEMA}.{EVENTS} AS {' UNION ALL '.join(parts)}")

    def damaged(self) -> bool:
        """Read every file through and refuse those that are damaged; tell whether one is."""
        found = {file.path for file in self.archive.files if damage(file.path)}
        self.refused |= {(path, *_identity(path)) for path in found}
        return bool(found)

    def _still_refused(self) -> Iterator[tuple[Path, int, int]]:
        return (each for each in self.refused if _identity(each[0]) == each[1:])

    def _note_changes(self, record: Record) -> None:
        oldest = min((file.written_ns for file in self.archive.files), default=None)
        rows: list[tuple[int, int]] = []
        if oldest is not None:
            with contextlib.suppress(apsw.SQLError):  # a record of a lab that had no such table
                rows = [(row[0], row[1]) for row in record.rows(_CHANGES, (oldest,))]
        self.changed = frozenset[int]().union(*(changed_since(file, rows) for file in self.archive.files))
        self.runs = _without(self.archive.runs, sorted(self.changed))


def _without(runs: Runs, numbers: Sequence[int]) -> Runs:
    """Return runs without some of their numbers."""
    if not numbers:
        return runs
    left: list[tuple[int, int]] = []
    place = 0
    for first, last in runs:
        start = first
        while place < len(numbers) and numbers[place] <= last:
            if start < numbers[place]:
                left.append((start, numbers[place] - 1))
            start = numbers[place] + 1
            place += 1
        if start <= last:
            left.append((start, last))
    return tuple(left)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
