"""SQL over the record: DuckDB in memory, filled from SQLite, brought up to the last committed event by each query.

What lies in the archive is read from its files as far as a question needs it, everything else is taken in.

A query can read and nothing else. It runs in a read-only transaction, must be one statement that selects or explains,
and the engine has no access to files, networks or extensions, so neither the record nor the machine is in reach of a
pasted query. The record itself is only ever opened read-only.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pyarrow as pa

from restrike_lab.client.archived import LIVE, Archived
from restrike_lab.client.errors import QueryError
from restrike_lab.client.fill import CHUNK_ROWS, EVENTS, Record, duck_type, hex_decoded
from restrike_lab.client.frames import to_frame
from restrike_lab.client.views import PER_MATCH, SCHEMA, SMALL_TABLES, create_views, vocabulary

if TYPE_CHECKING:
    import ibis

    from restrike_lab.client.expressions import Expressions

__all__ = ["Query", "where_is"]

READING = {"SELECT", "EXPLAIN", "MULTI", "RELATION"}
SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET lock_configuration = true",
)
SHOWN_AROUND = 60
LINKS = "pss_hit_links"
LINK_REACH = 200_000
"""Events, of all courts, that cannot come within the seconds for which a hit waits for its point."""
_POSITION = re.compile(r"\n\s*\nLINE (\d+): (.*)\n( *)\^", re.DOTALL)


class Query:
    """Answer SQL about one record; safe to use from several threads.

    ``open_record`` is called at the first question, so a lab that is never asked anything costs nothing.
    """

    def __init__(self, open_record: Callable[[], Record]) -> None:
        self._open_record = open_record
        self._record: Record | None = None
        self._duck: duckdb.DuckDBPyConnection | None = None
        self._guard = threading.RLock()
        self._version = -1
        self._watermark = 0
        self._unfinished: list[int] = []
        self._archived = Archived()
        self._expressions: Expressions | None = None
        self._expressing: duckdb.DuckDBPyConnection | None = None
        self._closed = False

    @property
    def watermark(self) -> int:
        """Return the number of the last event that queries have seen."""
        return self._watermark

    def sql(self, query: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> pd.DataFrame:
        """Return the answer as a DataFrame with dtypes that do not depend on the rows.

        Raises :class:`QueryError` with line and column for SQL that cannot be run, and for SQL that would write.
        """
        table = self.arrow(query, parameters)
        courts = self._courts() if "court" in table.column_names else []
        return to_frame(table, vocabulary(courts))

    def arrow(self, query: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> pa.Table:
        """Return the answer as an Arrow table; raises as ``sql`` does."""
        while True:
            with self._cursor() as cursor:
                self._admit(cursor, query)
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                try:
                    answer = cursor.sql(query, params=parameters)
                    return answer.to_arrow_table() if answer is not None else pa.table({})
                except duckdb.Error as reason:
                    if not self._archive_failed():
                        raise self._explain(cursor, query, reason) from None
                finally:
                    with contextlib.suppress(duckdb.Error):
                        cursor.execute("ROLLBACK")

    def tables(self) -> dict[str, list[str]]:
        """Return the columns of every table and view by name."""
        with self._cursor() as cursor:
            rows = cursor.execute(
                "SELECT table_name, column_name FROM duckdb_columns() "
                "WHERE NOT internal AND schema_name = 'main' ORDER BY table_name, column_index"
            ).fetchall()
        names: dict[str, list[str]] = {}
        for table, column in rows:
            names.setdefault(table, []).append(column)
        return names

    def expression(self, table: str) -> ibis.Table:
        """Return a table or view as an ibis expression, which sees the last committed event whenever it is run."""
        from restrike_lab.client.expressions import Expressions

        names = list(self.tables())
        with self._guard:
            if self._expressions is None:
                self._expressions = Expressions(self._expression_connection)
            return self._expressions.known(table, names)

    def _expression_connection(self) -> duckdb.DuckDBPyConnection:
        """Return the up-to-date connection that expressions are run on: one, so that they can be joined."""
        with self._guard:
            self.refresh()
            if self._expressing is None:
                self._expressing = self._engine()[0].cursor()
            return self._expressing

    def refresh(self) -> int:
        """Bring in what has been committed since; return the number of the last event seen."""
        with self._guard:
            duck, record = self._engine()
            if record.replaced() or self._archived.moved():
                self._forget()
                duck, record = self._engine()
            if record.version() != self._version:
                self._pull(duck, record)
                if self._archived.moved():  # a file was written meanwhile, and its rows may have left the database
                    return self.refresh()
            return self._watermark

    def reload(self) -> int:
        """Read everything again, as after the stored bytes were recognized anew; return as ``refresh`` does."""
        with self._guard:
            self._forget()
            return self.refresh()

    def close(self) -> None:
        """Give the memory and the file back; safe to call twice."""
        with self._guard:
            self._closed = True
            self._forget()

    def _forget(self) -> None:
        duck, record = self._duck, self._record
        self._duck = self._record = self._expressing = None
        self._version, self._watermark, self._unfinished = -1, 0, []
        if duck is not None:
            duck.close()
        if record is not None:
            record.close()

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._guard:
            self.refresh()
            cursor = self._engine()[0].cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _engine(self) -> tuple[duckdb.DuckDBPyConnection, Record]:
        if self._closed:
            raise QueryError("this lab is closed", hint="Open another one with `Lab()`.")
        if self._duck is None or self._record is None:
            record = self._open_record()
            self._archived = self._archived.found(record)
            self._duck, self._record = _engine(record, self._archived), record
        return self._duck, self._record

    def _pull(self, duck: duckdb.DuckDBPyConnection, record: Record) -> None:
        """Take over what is new in one transaction, so that a query sees one state of the record."""
        version, until, newest = record.version(), record.last_seq(), record.newest_matches()
        duck.execute("BEGIN TRANSACTION")
        try:
            decoded = hex_decoded(record.columns(EVENTS))
            for first, last in self._archived.live(self._watermark, until):
                for chunk in _ahead(record.events(first - 1, last)):
                    _insert(duck, LIVE, chunk, decoded)
            for name in SMALL_TABLES.values():
                if record.columns(name):
                    self._pull_small(duck, record, name)
            duck.execute("COMMIT")
        except BaseException:
            duck.execute("ROLLBACK")
            raise
        if until - self._watermark > CHUNK_ROWS:
            pa.default_memory_pool().release_unused()  # Arrow would keep what a first fill took, about 300 MB
        self._version, self._watermark, self._unfinished = version, until, newest

    def _pull_small(self, duck: duckdb.DuckDBPyConnection, record: Record, name: str) -> None:
        """Replace the rows that may have changed: those of matches that were unfinished or are new, or all."""
        where = ""
        if name in PER_MATCH:
            # A match is named by the seq of the message that loaded it, so a new one lies behind the watermark.
            unfinished = ", ".join(map(str, self._unfinished)) or "NULL"
            where = f"match_id IN ({unfinished}) OR match_id > {self._watermark} OR match_id IS NULL"
            if name == LINKS:
                # There is no index by match. A hit comes behind its load, and waits a few seconds for its point.
                oldest = min(*self._unfinished, self._watermark) if self._unfinished else self._watermark
                where = f"hit_seq > {oldest - LINK_REACH} AND ({where})"
            where = f"WHERE {where}"
        duck.execute(f"DELETE FROM {SCHEMA}.{name} {where}")
        _insert(duck, name, record.table(name, where, from_wire=name in PER_MATCH), "*")

    def _courts(self) -> list[str]:
        with self._guard:
            rows = self._engine()[0].execute(f"SELECT DISTINCT court FROM {SCHEMA}.{LIVE}").fetchall()
            return sorted({*self._archived.courts, *(court for (court,) in rows)})

    def _archive_failed(self) -> bool:
        """Find archive files that are damaged behind a sound footer and leave them out; tell whether there are any."""
        with self._guard:
            found = self._archived.damaged()
            if found:
                self._forget()
            return found

    def _admit(self, cursor: duckdb.DuckDBPyConnection, query: str) -> None:
        """Raise for anything but one statement that reads."""
        try:
            statements = cursor.extract_statements(query)
        except duckdb.Error as reason:
            raise _query_error(query, str(reason)) from None
        if len(statements) != 1:
            count = "no" if not statements else f"{len(statements)}"
            raise QueryError(f"{count} SQL statements where one is expected", hint="Ask one question at a time.")
        kind = statements[0].type.name
        if kind not in READING:
            raise QueryError(
                f"{kind} is not allowed: SQL here reads the record and cannot change anything",
                hint="Use SELECT; results are DataFrames that you may change as you like.",
                statement=kind,
            )

    def _explain(self, cursor: duckdb.DuckDBPyConnection, query: str, reason: duckdb.Error) -> QueryError:
        """Return the error with its place; the engine names the place of a wrong name only when asked plainly."""
        text = str(reason)
        if isinstance(reason, duckdb.BinderException | duckdb.CatalogException) and "LINE " not in text:
            try:
                cursor.execute(query)
            except duckdb.Error as again:
                text = str(again)
        return _query_error(query, text)


def _engine(record: Record, archived: Archived) -> duckdb.DuckDBPyConnection:
    """Return an engine with the empty tables of a record, its archive, the views over them, and no way out."""
    duck = duckdb.connect(":memory:")
    duck.execute(f"CREATE SCHEMA {SCHEMA}")
    tables = {name: record.columns(name) for name in (EVENTS, *SMALL_TABLES.values())}
    for name, columns in tables.items():
        if columns:
            body = ", ".join(f'"{each.name}" {duck_type(each.declared)}' for each in columns)
            duck.execute(f"CREATE TABLE {SCHEMA}.{LIVE if name == EVENTS else name} ({body})")
    archived.register(duck, [each.name for each in tables[EVENTS]])
    for statement in create_views({name: [each.name for each in columns] for name, columns in tables.items()}):
        duck.execute(statement)
    for setting in SETTINGS:
        duck.execute(setting)
    return duck


def _ahead(chunks: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the chunks while a thread already reads the next one; a single one comes without a thread."""
    chunk, following = next(chunks, None), next(chunks, None)
    if following is None:
        if chunk is not None:
            yield chunk
        return
    with ThreadPoolExecutor(1, "restrike-fill") as pool:
        while chunk is not None:
            reading = pool.submit(next, chunks, None)
            yield chunk
            chunk, following = following, reading.result()


def _insert(duck: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, selected: str) -> None:
    duck.register("restrike_rows", rows)
    try:
        duck.execute(f"INSERT INTO {SCHEMA}.{table} SELECT {selected} FROM restrike_rows")
    finally:
        duck.unregister("restrike_rows")


def where_is(query: str, text: str) -> tuple[int, int] | None:
    """Return the 1-based line and column that an engine's message points at, or None where it points nowhere."""
    found = _POSITION.search(text)
    if not found:
        return None
    number, shown, indent = int(found[1]), found[2], found[3]
    # The engine shows a window of a long line, marked by dots; the text behind the caret tells where it lies.
    offset = len(indent) - len(f"LINE {number}: ")
    lines = query.split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    if shown.startswith("..."):
        start = line.find(shown[3:].removesuffix("..."))
        offset = offset - 3 + start if start >= 0 else offset
    return number, max(0, offset) + 1


def _query_error(query: str, text: str) -> QueryError:
    place = where_is(query, text)
    message = _POSITION.split(text)[0].strip()
    if place is None:
        return QueryError(message, hint="`%restrike tables` lists what can be asked.")
    line, column = place
    lines = query.split("\n")
    shown = _pointed(lines[line - 1] if line <= len(lines) else "", column)
    return QueryError(f"{message} (line {line}, column {column})", hint=shown, line=line, column=column)


def _pointed(line: str, column: int) -> str:
    """Return the part of a line around a column, and a caret under it."""
    start = max(0, column - 1 - SHOWN_AROUND)
    return f"{line[start : column + SHOWN_AROUND]}\n{' ' * (column - 1 - start)}^"
