"""The archive: stored events by day in Parquet, beside the database and read together with it.

``archive/date=YYYY-MM-DD/<hub id>.parquet`` holds events that arrived on that day (UTC), in the columns of
``pss_events``, zstd, with page checksums. Its footer says which numbers (``seq``) it holds, as runs, so that readers
take each event from one place only: those from the file, all others from the database. A file is written under another
name and renamed, so one that is there is whole. What cannot be read is named and left out; ``archiving`` makes it anew.

The hub never imports this module: it needs pyarrow.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "ARCHIVE",
    "DAY_NS",
    "FORMAT",
    "NEWER",
    "Archive",
    "ArchiveFile",
    "Runs",
    "SetAsideFile",
    "Stamp",
    "about",
    "archive_dir",
    "changed_since",
    "complement",
    "damage",
    "hub_id",
    "merged",
    "read_archive",
    "runs_of",
    "stamp",
    "utc_day",
]

ARCHIVE = "archive"
FORMAT = 1
"""Version of the files' schema, in their metadata; a higher one is not read."""

DAY_NS = 86_400 * 1_000_000_000
NEWER = "a newer restrike_lab wrote it"
VERSION_KEY = b"restrike_schema_version"
ABOUT_KEY = b"restrike_archive"

Runs: TypeAlias = tuple[tuple[int, int], ...]
"""Numbers as runs (first, last), both included, in order and without overlap."""

Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class ArchiveFile:
    """Describe one file by its footer. ``written_ns`` is when reading the database for it began."""

    path: Path
    day: date
    rows: int
    runs: Runs
    courts: tuple[str, ...]
    written_ns: int


@dataclass(frozen=True)
class SetAsideFile:
    """Name a file that is not read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Archive:
    """Hold what the archive of one hub consists of; ``foreign`` are files of other hubs, which are not read."""

    files: tuple[ArchiveFile, ...] = ()
    aside: tuple[SetAsideFile, ...] = ()
    foreign: tuple[Path, ...] = ()
    runs: Runs = field(default=())

    @property
    def rows(self) -> int:
        """Return how many events it holds."""
        return sum(file.rows for file in self.files)


def archive_dir(data_dir: Path) -> Path:
    """Return where the archive of a data directory lies."""
    return data_dir / ARCHIVE


def hub_id(data_dir: Path, *, create: bool = False) -> str | None:
    """Return the name of this data directory's hub in file names, None where nothing was archived yet."""
    path = archive_dir(data_dir) / "hub.id"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        if not create:
            return None
    path.parent.mkdir(parents=True, exist_ok=True)
    name = f"hub-{secrets.token_hex(6)}"
    path.write_text(f"{name}\n", "ascii")
    return name


def stamp(data_dir: Path) -> Stamp:
    """Return what changes whenever a file of this hub is written, replaced or removed."""
    found = []
    for path in _paths(data_dir, hub_id(data_dir) or ""):
        try:
            at = path.stat()
        except OSError:
            continue
        found.append((str(path), at.st_mtime_ns, at.st_size, at.st_ino))
    return tuple(found)


def read_archive(data_dir: Path, *, without: Iterable[Path] = ()) -> Archive:
    """Return what the archive of this data directory's hub consists of, from the footers alone.

    ``without`` are files that were found damaged behind a sound footer.
    """
    hub = hub_id(data_dir)
    if hub is None:
        return Archive()
    refused = set(without)
    files: list[ArchiveFile] = []
    aside: list[SetAsideFile] = []
    runs: Runs = ()
    for path in _paths(data_dir, hub):
        if path in refused:
            aside.append(SetAsideFile(path, "its contents are damaged"))
            continue
        try:
            file = _footer(path, hub)
            if _overlap(runs, file.runs):
                raise ValueError("it holds events that another file holds already")
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as reason:
            aside.append(SetAsideFile(path, _plain(reason)))
            continue
        files.append(file)
        runs = merged((*runs, *file.runs))
    root = archive_dir(data_dir)
    foreign = tuple(path for path in sorted(root.glob("date=*/*.parquet")) if path.stem != hub)
    return Archive(tuple(files), tuple(aside), foreign, runs)


def damage(path: Path) -> str | None:
    """Return what is wrong with a file, None where every byte of it can be read; reads all of it."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for _ in file.iter_batches(1 << 16):
                pass
    except (OSError, ValueError, pa.ArrowException) as reason:
        return _plain(reason)
    return None


def changed_since(file: ArchiveFile, changed: Iterable[Sequence[int]]) -> set[int]:
    """Return which of the changed events, given as (seq, time of the change), a file holds as they were before."""
    return {
        seq
        for seq, changed_ns in changed
        if changed_ns >= file.written_ns and any(first <= seq <= last for first, last in file.runs)
    }


def about(hub: str, day: date, runs: Runs, courts: Iterable[str], written_ns: int) -> dict[bytes, bytes]:
    """Return the metadata of a file."""
    text = {"hub": hub, "date": day.isoformat(), "runs": runs, "courts": sorted(courts), "written_ns": written_ns}
    return {VERSION_KEY: str(FORMAT).encode(), ABOUT_KEY: json.dumps(text).encode()}


def utc_day(arrival_ns: int) -> date:
    """Return the day of a wall time in ns."""
    return datetime.fromtimestamp(arrival_ns // 1_000_000_000, UTC).date()


def runs_of(numbers: Iterable[int]) -> Runs:
    """Return numbers, which may come in any order and twice, as runs."""
    return merged((number, number) for number in numbers)


def merged(runs: Iterable[tuple[int, int]]) -> Runs:
    """Return runs, which may come in any order and overlap, in order and joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def complement(runs: Sequence[tuple[int, int]], until: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of the numbers from 1 to ``until`` that are in none of ``runs``."""
    start = 1
    for first, last in runs:
        if first > until:
            break
        if start < first:
            yield start, first - 1
        start = last + 1
    if start <= until:
        yield start, until


def _overlap(one: Runs, other: Runs) -> bool:
    return sum(b - a + 1 for a, b in merged((*one, *other))) < sum(b - a + 1 for a, b in (*one, *other))


def _paths(data_dir: Path, hub: str) -> list[Path]:
    return sorted(archive_dir(data_dir).glob(f"date=*/{hub}.parquet")) if hub else []


def _footer(path: Path, hub: str) -> ArchiveFile:
    metadata = pq.read_metadata(path)
    keys: dict[bytes, bytes] = metadata.metadata or {}
    if VERSION_KEY not in keys or ABOUT_KEY not in keys:
        raise ValueError("it is no file of this archive")
    if int(keys[VERSION_KEY]) > FORMAT:
        raise ValueError(NEWER)
    text: dict[str, Any] = json.loads(keys[ABOUT_KEY])
    if text["hub"] != hub or path.parent.name != f"date={text['date']}":
        raise ValueError(f"it was written as {text['date']} of {text['hub']} and copied here")
    runs = tuple((int(first), int(last)) for first, last in text["runs"])
    if sum(last - first + 1 for first, last in runs) != metadata.num_rows:
        raise ValueError("it does not hold the events that its footer names")
    day = date.fromisoformat(text["date"])
    return ArchiveFile(path, day, metadata.num_rows, runs, tuple(text["courts"]), int(text["written_ns"]))


def _plain(reason: Exception) -> str:
    return " ".join(str(reason).split())[:200] or type(reason).__name__
