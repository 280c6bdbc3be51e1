"""One file of the archive in the making: the events of one day, laid out for the questions that are asked most.

Questions are about hits and points, which are a tenth of what a console says; most of it is the clock. Rows are
therefore ordered by stream and number within each stretch of a day, and row groups end where the streams begin that
linking needs: a reader skips the others by the least and greatest stream in their statistics.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from restrike_lab.store.archive import ArchiveFile, Runs, about, damage, merged
from restrike_lab.store.errors import StoreError
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["CHUNK_ROWS", "DamagedDay", "DayFile", "event_schema", "stored_table"]

CHUNK_ROWS = 65_536
STRETCH_ROWS = 4 * CHUNK_ROWS
"""Rows that are ordered together; a stretch becomes at most three row groups."""

FIRST_LINKED, LAST_LINKED = "hl", "rdy"
"""First and last, in alphabetical order, of the streams that linking reads: hits, points, ends of load bursts."""

_REALS = {"parser_confidence", "processing_time_ms"}
_TEXTS = {
    "court", "sender", "stream", "event_type", "event_code", "fields", "recognition_status", "protocol_version",
    "validation_errors",
}  # fmt: skip
_RISING = ("seq", "clock_ms", "arrival_ns", "mono_ns")
"""Numbers that are small as differences: less than half of the room, and read twice as fast."""


def event_schema() -> pa.Schema:
    """Return the Arrow schema of ``pss_events``."""
    return pa.schema([(name, _type(name)) for name in EVENT_COLUMNS])


def _type(name: str) -> pa.DataType:
    if name == "raw":
        return pa.binary()
    return pa.string() if name in _TEXTS else pa.float64() if name in _REALS else pa.int64()


def stored_table(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return stored events, tuples in the order of ``EVENT_COLUMNS``, as an Arrow table."""
    schema = event_schema()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


class DamagedDay(Exception):
    """A file that is damaged behind a sound footer."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class DayFile:
    """A file under a name of its own until it is whole; ``finish`` or ``discard`` it."""

    def __init__(self, path: Path, day: date, hub: str, written_ns: int) -> None:
        self.path = path
        self.day = day
        self.hub = hub
        self.written_ns = written_ns
        self.draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.writer = pq.ParquetWriter(
            self.draft,
            event_schema(),
            compression="zstd",
            write_page_checksum=True,
            write_statistics=True,
            use_dictionary=[name for name in EVENT_COLUMNS if name not in _RISING],
            column_encoding=dict.fromkeys(_RISING, "DELTA_BINARY_PACKED"),
        )
        self.waiting: list[pa.Table] = []
        self.runs: list[tuple[int, int]] = []
        self.courts: set[str] = set()
        self.count = 0

    def copy(self, file: ArchiveFile, without: set[int]) -> None:
        """Take over what a file holds, but for some of its events; raises ``DamagedDay``."""
        excluded = pa.array(sorted(without), pa.int64())
        try:
            with pq.ParquetFile(file.path, page_checksum_verification=True) as old:
                for batch in old.iter_batches(CHUNK_ROWS, columns=list(EVENT_COLUMNS)):
                    table = pa.Table.from_batches([batch]).cast(event_schema())
                    if without:
                        table = table.filter(pc.invert(pc.is_in(table["seq"], value_set=excluded)))
                    self._take(table)
        except (OSError, pa.ArrowException) as reason:
            raise DamagedDay(file.path) from reason
        self._note(_without(file.runs, sorted(without)))

    def add(self, chunks: Iterable[Sequence[Sequence[Any]]]) -> None:
        """Add stored rows, each chunk in the order of ``seq``."""
        for rows in chunks:
            self.add_table(stored_table(rows))

    def add_table(self, table: pa.Table) -> None:
        """Add stored events as ``stored_table`` returns them, in the order of ``seq``."""
        if table.num_rows:
            numbers = table["seq"].to_numpy()
            breaks = [0, *((numbers[1:] != numbers[:-1] + 1).nonzero()[0] + 1).tolist(), len(numbers)]
            self._note((int(numbers[a]), int(numbers[b - 1])) for a, b in itertools.pairwise(breaks))
            self._take(table)

    def _note(self, runs: Iterable[tuple[int, int]]) -> None:
        self.runs = list(merged((*self.runs, *runs)))

    def _take(self, table: pa.Table) -> None:
        self.courts.update(pc.unique(table["court"]).to_pylist())
        self.count += table.num_rows
        self.waiting.append(table)
        if sum(each.num_rows for each in self.waiting) >= STRETCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self.waiting:
            for part in _ordered(pa.concat_tables(self.waiting)):
                self.writer.write_table(part.combine_chunks(), row_group_size=STRETCH_ROWS * 2)
            self.waiting = []

    def finish(self) -> Path:
        """Write what is left, check it and give the file its name."""
        self._flush()
        self.writer.add_key_value_metadata(about(self.hub, self.day, tuple(self.runs), self.courts, self.written_ns))
        self.writer.close()
        if wrong := damage(self.draft):
            raise StoreError(f"the disk did not keep {self.path} as it was written: {wrong}", hint="check the disk")
        with self.draft.open("rb+") as file:
            os.fsync(file.fileno())
        self.draft.replace(self.path)
        return self.path

    def discard(self) -> None:
        """Remove what was not finished."""
        self.writer.close()
        with contextlib.suppress(OSError):
            self.draft.unlink()


def _ordered(table: pa.Table) -> Iterator[pa.Table]:
    """Yield the row groups of a stretch: streams before those that linking reads, these, and those behind."""
    table = table.sort_by([("stream", "ascending"), ("seq", "ascending")])
    stream = table["stream"]
    before, behind = pc.less(stream, FIRST_LINKED), pc.greater(stream, LAST_LINKED)
    for part in (before, pc.invert(pc.or_(before, behind)), behind):
        rows = table.filter(part)
        if rows.num_rows:
            yield rows


def _without(runs: Runs, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield runs without some of their numbers, which ascend."""
    left = iter(numbers)
    number = next(left, None)
    for first, last in runs:
        start = first
        while number is not None and number <= last:
            if number > start:
                yield start, number - 1
            start = max(start, number + 1)
            number = next(left, None)
        if start <= last:
            yield start, last
