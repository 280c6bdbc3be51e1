"""From the record to DuckDB: rows of SQLite, in columns, by a ``seq`` watermark.

SQLite writes a chunk of events as one CSV text inside a single statement, Arrow parses it and DuckDB takes it over.
That is C from end to end: about twice as fast as fetching rows into Python, and the interpreter stays free for the
live feed while an archive is being read. What is derived of a bout is changed in place by the writer while the bout
lasts, so the rows of unfinished bouts are read again, but only when anything has been committed since.

Text in the event table is printable or JSON and holds no NUL (the exact bytes are in ``raw``, which travels as hex).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pyarrow as pa
import pyarrow.csv

from restrike_lab.client.errors import QueryError

__all__ = ["EVENTS", "Column", "Record", "arrow_type", "duck_type", "hex_decoded"]

EVENTS = "pss_events"
CHUNK_ROWS = 50_000
CHUNK_BYTES = 64 * 1024 * 1024
BUSY_MS = 5_000


@dataclass(frozen=True, slots=True)
class Column:
    """Name a column of SQLite with its declared type."""

    name: str
    declared: str
    required: bool


def duck_type(declared: str) -> str:
    """Return the DuckDB type for a type declared in SQLite."""
    return {"INTEGER": "BIGINT", "INT": "BIGINT", "REAL": "DOUBLE", "BLOB": "BLOB"}.get(declared.upper(), "VARCHAR")


def arrow_type(declared: str) -> pa.DataType:
    """Return the Arrow type for a type declared in SQLite."""
    return {"BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BLOB": pa.binary()}.get(duck_type(declared), pa.string())


class Record:
    """Read the record through one connection that cannot write to it.

    Raises :class:`QueryError` when there is no database yet. Not safe for use by two threads at once.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.set_busy_timeout(BUSY_MS)
        except apsw.Error as reason:
            raise QueryError(
                f"the record {path} cannot be opened: {reason}",
                hint="Start a hub for this data directory once; it creates the database.",
            ) from None
        self.path = path
        self._identity = _identity(path)
        self._columns: dict[str, list[Column]] = {}
        self._encoded: dict[str, str] = {}

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        self._connection.close()

    def replaced(self) -> bool:
        """Tell whether another file stands at the path now: a damaged database was set aside."""
        return _identity(self.path) != self._identity

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table, none if it does not exist."""
        if table not in self._columns:
            rows = self._connection.execute('SELECT name, type, "notnull" OR pk FROM pragma_table_info(?)', (table,))
            self._columns[table] = [Column(name, kind, bool(required)) for name, kind, required in rows]
        return self._columns[table]

    def version(self) -> int:
        """Return a number that changes whenever another connection has committed."""
        return int(self._connection.pragma("data_version"))

    def last_seq(self) -> int:
        """Return the number of the last committed event, 0 before the first."""
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM pss_events").get)

    def newest_matches(self) -> list[int]:
        """Return the last load of every court: the ones that may still change."""
        return [row[0] for row in self.rows("SELECT max(match_id) FROM pss_matches GROUP BY court")]

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of any other question to the record."""
        yield from self._connection.execute(sql, tuple(arguments))

    def table(self, name: str, where: str = "", arguments: Sequence[Any] = (), *, from_wire: bool = False) -> pa.Table:
        """Return a table beside the events as Arrow columns.

        ``from_wire`` says that its texts are those of events, which hold no NUL: then it is read as these are.
        """
        columns = self.columns(name)
        if from_wire and not arguments:
            # Links are many: a third of a million for ten million events, six times as fast this way.
            text = self._connection.execute(f"{self._encoding(name)} {where}").get
            if text is not None:
                return self._parse(text, columns)
        names = ", ".join(f'"{each.name}"' for each in columns)
        rows = self._connection.execute(f'SELECT {names} FROM "{name}" {where}', tuple(arguments)).fetchall()
        values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        kinds = [arrow_type(each.declared) for each in columns]
        arrays = [pa.array(column, kind) for column, kind in zip(values, kinds, strict=True)]
        return pa.table(arrays, names=[each.name for each in columns])

    def events(self, after: int, until: int) -> Iterator[pa.Table]:
        """Yield the events with ``after < seq <= until`` in order, in chunks; blobs are hex text in them."""
        while after < until:
            last = self._chunk_end(after, until)
            text = self._connection.execute(f"{self._encoding(EVENTS)} WHERE seq > ? AND seq <= ?", (after, last)).get
            if text is not None:
                yield self._parse(text, self.columns(EVENTS))
            after = last

    def _chunk_end(self, after: int, until: int) -> int:
        """Return where a chunk ends: so many rows, fewer where datagrams are huge (SQLite's texts end at 1 GB)."""
        rows = CHUNK_ROWS
        while True:
            end = self._connection.execute(
                f"SELECT seq FROM {EVENTS} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1 OFFSET ?",
                (after, until, rows),
            ).get
            end = until if end is None else int(end)
            size = self._connection.execute(
                "SELECT total(length(raw) + length(fields)) FROM pss_events WHERE seq > ? AND seq <= ?", (after, end)
            ).get
            if size <= CHUNK_BYTES or rows <= 1:
                return end
            rows //= 8

    def _encoding(self, table: str) -> str:
        """Return the question for rows of a table as one CSV text; which rows, is added behind it."""
        if table not in self._encoded:
            pieces, arguments = zip(*(_csv_piece(each) for each in self.columns(table)), strict=True)
            line = f"format('{','.join(pieces)}', {', '.join(arguments)})"
            self._encoded[table] = f'SELECT CAST(group_concat({line}, char(10)) AS BLOB) FROM "{table}"'
        return self._encoded[table]

    def _parse(self, text: bytes, columns: Sequence[Column]) -> pa.Table:
        kinds = {each.name: arrow_type(each.declared) for each in columns}
        kinds = {name: pa.string() if kind == pa.binary() else kind for name, kind in kinds.items()}
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=[each.name for each in columns], block_size=1 << 23),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=kinds, null_values=["", "NULL"], strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _csv_piece(column: Column) -> tuple[str, str]:
    """Return the format and the SQL argument that write one column: unquoted empty is NULL, quoted empty is empty."""
    name = f'"{column.name}"'
    kind = duck_type(column.declared)
    if kind == "BLOB":
        return ('"%s"', f"hex({name})") if column.required else ("%s", f"'\"' || hex({name}) || '\"'")
    if kind == "VARCHAR":
        quoted = f"'\"' || replace({name}, '\"', '\"\"') || '\"'"
        return ('"%w"', name) if column.required else ("%s", quoted)
    # Arrow takes an empty number at the end of a long line for a quoted one; a word it always knows.
    return ("%s", name) if column.required else ("%s", f"ifnull({name}, 'NULL')")


def hex_decoded(columns: Sequence[Column]) -> str:
    """Return the select list that turns a chunk of events back into the types of the record."""
    blobs = {each.name for each in columns if duck_type(each.declared) == "BLOB"}
    return ", ".join(f'unhex("{each.name}")' if each.name in blobs else f'"{each.name}"' for each in columns)
