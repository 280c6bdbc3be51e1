"""Taking archived events out of the database, when a person wants that: never before their files were compared.

A day's events leave only if every byte of its file can be read and each event in it equals the one in the database.
What stays in any case: the last event, the last match of every court (a hub that starts goes on from there), what was
not counted yet, and all matches, rounds, athletes and links.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import apsw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.archive import ArchiveFile, read_archive
from restrike_lab.store.day_file import stored_table
from restrike_lab.store.deleting import delete_events, pieces_of
from restrike_lab.store.errors import StoreError, store_error
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS
from restrike_lab.store.writer import Writer

__all__ = ["Removed", "delete_archived", "main", "removable", "verify"]

CHUNK_ROWS = 65_536
DELETED_TOGETHER = 200_000

_SOME = "SELECT 1 FROM pss_events WHERE seq BETWEEN ? AND ? LIMIT 1"
_STORED = f"SELECT {', '.join(EVENT_COLUMNS)} FROM pss_events WHERE seq BETWEEN ? AND ? ORDER BY seq"


@dataclass(frozen=True)
class Removed:
    """Say how many events left the database, of which days, and how large the file was and is, in bytes."""

    rows: int
    days: tuple[date, ...]
    before_bytes: int
    after_bytes: int


def verify(reader: Reader, file: ArchiveFile) -> int:
    """Compare every event of a file with the database and return how many of them that still has.

    Raises ``StoreError`` where the file is damaged or holds an event otherwise.
    """
    found = 0
    try:
        with pq.ParquetFile(file.path, page_checksum_verification=True) as parquet:
            for stretch in _stretches(parquet):
                for start in range(0, stretch.num_rows, CHUNK_ROWS):
                    found += _compare(reader, file, stretch.slice(start, CHUNK_ROWS))
    except (OSError, pa.ArrowException) as reason:
        raise _refused(file, f"it is damaged ({' '.join(str(reason).split())[:200]})") from reason
    return found


def delete_archived(data_dir: Path, before: date) -> Removed:
    """Take the events of archived days before ``before`` (UTC) out of the database, after comparing each.

    The caller owns the data directory: no hub runs. Raises ``StoreError``; nothing is taken out then.
    """
    path = database_path(data_dir)
    size = path.stat().st_size if path.exists() else 0
    reader = Reader.open(data_dir)
    try:
        files = [file for file in read_archive(data_dir).files if file.day < before]
        files = [file for file in files if verify(reader, file)]
    finally:
        reader.close()
    writer = Writer.open(data_dir)
    try:
        rows = sum(_delete(writer, file) for file in files)
    finally:
        writer.close()
    if rows:
        _shrink(path)
    return Removed(rows, tuple(file.day for file in files), size, path.stat().st_size)


def _stretches(parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    """Yield the events in the order of ``seq``: row groups whose numbers overlap are put together."""
    held: list[pa.Table] = []
    last = 0
    for number in range(parquet.num_row_groups):
        group = parquet.read_row_group(number, columns=list(EVENT_COLUMNS))
        span = pc.min_max(group["seq"])
        if held and span["min"].as_py() > last:
            yield pa.concat_tables(held).sort_by("seq")
            held = []
        held.append(group)
        last = max(last, span["max"].as_py() or 0)
    if held:
        yield pa.concat_tables(held).sort_by("seq")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, as JSON, the spans of archived events before a day that can leave the database; return the exit status.

    ``python -m restrike_lab.store.retention DIRECTORY DAY`` is what a hub runs, which then deletes by itself.
    """
    directory, day = sys.argv[1:] if arguments is None else arguments
    try:
        sys.stdout.write(json.dumps(removable(Path(directory), date.fromisoformat(day))) + "\n")
    except RestrikeError as problem:
        sys.stderr.write(f"{problem.message}\n")
        return 1
    return 0


def removable(data_dir: Path, before: date) -> list[tuple[int, int]]:
    """Return the spans of archived events of days before ``before`` that the database still has, each compared.

    Raises ``StoreError``.
    """
    reader = Reader.open(data_dir)
    try:
        files = [file for file in read_archive(data_dir).files if file.day < before and _has_some(reader, file)]
        return [span for file in files if verify(reader, file) for span in file.runs]
    finally:
        reader.close()


def _has_some(reader: Reader, file: ArchiveFile) -> bool:
    return any(reader.query(_SOME, span).rows for span in file.runs)


def _compare(reader: Reader, file: ArchiveFile, archived: pa.Table) -> int:
    if not archived.num_rows:
        return 0
    span = archived["seq"][0].as_py(), archived["seq"][-1].as_py()
    stored = stored_table(reader.query(_STORED, span).rows)
    stored = stored.filter(pc.is_in(stored["seq"], value_set=archived["seq"].combine_chunks()))
    archived = archived.filter(pc.is_in(archived["seq"], value_set=stored["seq"].combine_chunks()))
    if not archived.cast(stored.schema).equals(stored):
        raise _refused(file, f"events {span[0]} to {span[1]} differ from the database")
    return int(stored.num_rows)


def _refused(file: ArchiveFile, reason: str) -> StoreError:
    return StoreError(
        f"nothing was removed: {file.path} is not what the database holds: {reason}",
        hint="run `restrike-lab archive` to write it anew, then try again",
        path=str(file.path),
    )


def _delete(writer: Writer, file: ArchiveFile) -> int:
    spans = [span for first, last in file.runs for span in pieces_of(first, last, DELETED_TOGETHER)]
    return sum(writer.change(lambda db, span=span: delete_events(db, span)) for span in spans)  # type: ignore[misc]


def _shrink(path: Path) -> None:
    """Give the room back to the disk."""
    db = apsw.Connection(str(path))
    try:
        db.execute("VACUUM")
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.FullError:
        return  # the rows are gone; the room within the file is used for new ones
    except apsw.Error as reason:
        raise store_error(path, reason) from reason
    finally:
        db.close()


if __name__ == "__main__":
    sys.exit(main())
