"""Writing the archive: from the database, whole days at a time, never taking anything away by itself.

Everything up to the last finished match is taken: a bout that runs stays in the database alone until it is decided.
What a file holds already is copied from it, since its rows may have left the database; rows whose recognition was
changed since come from the database again. ``python -m restrike_lab.store.archiving DIRECTORY`` is what a hub starts
after a match.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import apsw
import filelock

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.archive import (
    DAY_NS,
    NEWER,
    ArchiveFile,
    Runs,
    archive_dir,
    changed_since,
    complement,
    damage,
    hub_id,
    read_archive,
    runs_of,
    utc_day,
)
from restrike_lab.store.day_file import CHUNK_ROWS, DamagedDay, DayFile
from restrike_lab.store.errors import StoreError, store_error
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["Archived", "archive", "changes", "main"]

LOCK_SECONDS = 600
QUIET_NS = 3_600 * 1_000_000_000
"""After so long without a message a match that was never decided is over."""

SEQ, COURT, ARRIVAL = map(EVENT_COLUMNS.index, ("seq", "court", "arrival_ns"))
_NAMES = ", ".join(EVENT_COLUMNS)
_PAGE = f"SELECT {_NAMES} FROM pss_events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_CHANGES = """
SELECT h.seq, max(h.changed_ns) FROM pss_event_recognition_history h JOIN pss_events e ON e.seq = h.seq
WHERE h.changed_ns >= ? GROUP BY h.seq
"""
_OPEN_MATCHES = """
SELECT m.match_id FROM pss_matches m
WHERE m.stage <> 'decided'
  AND m.match_id IN (SELECT max(match_id) FROM pss_matches GROUP BY court)
  AND (SELECT max(arrival_ns) FROM pss_events e WHERE e.match_id = m.match_id) > ?
"""


@dataclass(frozen=True)
class Archived:
    """Say what a run has done: files written, events in them, those that are new, damaged files moved away."""

    files: tuple[Path, ...] = ()
    rows: int = 0
    new_rows: int = 0
    set_aside: tuple[Path, ...] = ()


def archive(
    data_dir: Path, *, rebuild: Iterable[date] = (), verify: bool = True, now_ns: int | None = None
) -> Archived:
    """Bring the archive of a data directory up to its last finished match.

    ``rebuild`` names days that are written anew from the database; what has left it is kept from the file, if that can
    be read. Damaged files are renamed, kept, and made anew; with ``verify`` every file is read through to find them.
    Raises ``StoreError``.
    """
    root = archive_dir(data_dir)
    reader = Reader.open(data_dir)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(root / "archive.lock", timeout=LOCK_SECONDS):
            return _archive(data_dir, reader, now_ns or time.time_ns(), set(rebuild), verify)
    except filelock.Timeout as reason:
        raise StoreError("another program is writing the archive", hint="try again later", retryable=True) from reason
    except OSError as reason:
        raise store_error(root, reason) from reason
    finally:
        reader.close()


def _archive(data_dir: Path, reader: Reader, now_ns: int, rebuild: set[date], verify: bool) -> Archived:
    """Run until no damaged file is in the way: each is renamed, and what the database has of it archived again."""
    found = read_archive(data_dir)
    for each in found.aside:
        if each.reason == NEWER:
            raise StoreError(f"{each.path}: {NEWER}", hint="update restrike_lab", path=str(each.path))
    broken = [each.path for each in found.aside]
    broken += [each.path for each in found.files if verify and damage(each.path)]
    aside = [_move_away(path, now_ns) for path in broken]
    while True:
        try:
            done = _Run(data_dir, reader, now_ns).run(rebuild)
        except DamagedDay as found:
            aside.append(_move_away(found.path, now_ns))
        else:
            return replace(done, set_aside=tuple(aside))


def _move_away(path: Path, now_ns: int) -> Path:
    when = datetime.fromtimestamp(now_ns / 1e9, UTC).strftime("%Y%m%dT%H%M%SZ")
    return path.rename(path.with_name(f"{path.name}.damaged-{when}"))


def finished_until(reader: Reader, now_ns: int) -> int:
    """Return the last ``seq`` that belongs to no match that is still under way."""
    under_way = [row[0] for row in reader.query(_OPEN_MATCHES, (now_ns - QUIET_NS,)).rows]
    return min(reader.last_seq(), *(int(match_id) - 1 for match_id in under_way)) if under_way else reader.last_seq()


def changes(reader: Reader, files: Sequence[ArchiveFile]) -> dict[date, set[int]]:
    """Return by day the numbers of archived events that were recognized anew since, as the database has them."""
    oldest = min((file.written_ns for file in files), default=0)
    found = reader.query(_CHANGES, (oldest,)).rows if files else []
    return {file.day: changed_since(file, found) for file in files}


class _Run:
    """One run of the archiver, under its lock."""

    def __init__(self, data_dir: Path, reader: Reader, now_ns: int) -> None:
        self.data_dir = data_dir
        self.reader = reader
        self.now_ns = now_ns
        self.written_ns = time.time_ns()
        self.hub = str(hub_id(data_dir, create=True))
        self.days: dict[date, DayFile] = {}
        self.new_rows = 0

    def run(self, rebuild: set[date]) -> Archived:
        found = read_archive(self.data_dir)
        files = {file.day: file for file in found.files}
        until = max(finished_until(self.reader, self.now_ns), found.runs[-1][1] if found.runs else 0)
        changed = changes(self.reader, found.files)
        anew = rebuild & files.keys()
        for day in anew:
            changed[day] = self._still_stored(files[day])
        try:
            for day, numbers in changed.items():
                if numbers or day in anew:
                    begun = self._day(day, files.get(day), numbers)
                    begun.add(self._rows(runs_of(numbers)))
            for rows in self._rows(tuple(complement(found.runs, until))):
                self.new_rows += len(rows)
                for day, part in _by_day(rows):
                    self._day(day, files.get(day), set()).add([part])
            written = tuple(day.finish() for day in self.days.values())
        finally:
            for day_file in self.days.values():
                day_file.discard()
        return Archived(written, sum(day.count for day in self.days.values()), self.new_rows)

    def _rows(self, runs: Runs) -> Iterator[list[tuple[Any, ...]]]:
        for first, last in runs:
            after = first - 1
            while rows := self.reader.query(_PAGE, (after, last, CHUNK_ROWS)).rows:
                yield rows
                after = rows[-1][SEQ]

    def _still_stored(self, file: ArchiveFile) -> set[int]:
        found: set[int] = set()
        for first, last in file.runs:
            found.update(s for (s,) in self.reader.query(
                "SELECT seq FROM pss_events WHERE seq BETWEEN ? AND ?", (first, last)
            ).rows)  # fmt: skip
        return found

    def _day(self, day: date, file: ArchiveFile | None, replaced: set[int]) -> DayFile:
        held = self.days.get(day)
        if held is None:
            path = archive_dir(self.data_dir) / f"date={day.isoformat()}" / f"{self.hub}.parquet"
            held = self.days[day] = DayFile(path, day, self.hub, self.written_ns)
            if file is not None:
                held.copy(file, replaced)
        return held


def _by_day(rows: list[tuple[Any, ...]]) -> Iterator[tuple[date, list[tuple[Any, ...]]]]:
    """Yield rows by the day of their arrival."""
    days: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        days.setdefault(row[ARRIVAL] // DAY_NS, []).append(row)
    for number in sorted(days):
        yield utc_day(number * DAY_NS), days[number]


def main(argv: Sequence[str] | None = None) -> int:
    """Archive one data directory and say in one line what was done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        done = archive(Path(arguments[0]), verify=False)
    except (RestrikeError, apsw.Error) as problem:
        sys.stderr.write(f"the archive could not be written: {problem}\n")
        return 1
    sys.stdout.write(f"archived {done.new_rows} events into {len(done.files)} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
