"""``restrike-lab query``: one question in SQL about what is stored, answered on standard output."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Enum

from restrike_lab.app.command import Command
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.files import database_path

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Query", "json_lines", "text_table"]

Row = Sequence[Any]


class Query(Command):
    """Answer a question; the database is only read, whether a hub runs or not."""

    name = "query"
    arguments = "SQL"
    most_arguments = 1
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    format = Enum(("table", "csv", "json"), "table", help="How the answer is written.").tag(config=True)

    def run(self) -> int:
        """Print the answer; ``-`` reads the question from standard input."""
        from restrike_lab.client.fill import Record
        from restrike_lab.client.query import Query as Engine

        question = self.argument("the SQL")
        if question == "-":
            question = sys.stdin.read()
        path = database_path(HubConfig(parent=self).directory)
        engine = Engine(lambda: Record(path))
        try:
            answer = engine.arrow(question)
        finally:
            engine.close()
        self.write(answer.column_names, rows_of(answer))
        return 0

    def write(self, names: list[str], rows: Iterator[Row]) -> None:
        """Write the rows in the format that was asked for."""
        if self.format == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(rows)
        else:
            lines = json_lines(names, rows) if self.format == "json" else text_table(names, list(rows))
            sys.stdout.writelines(f"{line}\n" for line in lines)


def rows_of(answer: pa.Table) -> Iterator[Row]:
    """Yield the rows of an answer; bytes become text, with escapes where they are not UTF-8."""
    for batch in answer.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield tuple(
                value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value for value in row
            )


def json_lines(names: list[str], rows: Iterator[Row]) -> Iterator[str]:
    """Yield a JSON array of objects, one object a line."""
    import msgspec

    separator = "["
    for row in rows:
        yield separator + msgspec.json.encode(dict(zip(names, row, strict=True))).decode()
        separator = ","
    yield "]" if separator == "," else "[]"


def text_table(names: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """Yield an aligned table: numbers to the right, absent values empty, control characters as escapes."""
    cells = [[shown(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells)) if cells else len(name) for at, name in enumerate(names)]
    right = [
        bool(rows) and all(isinstance(row[at], (int, float)) for row in rows if row[at] is not None)
        for at in range(len(names))
    ]

    def line(texts: Sequence[str]) -> str:
        sides = zip(texts, widths, right, strict=True)
        return "  ".join(text.rjust(width) if numeric else text.ljust(width) for text, width, numeric in sides).rstrip()

    yield line(names)
    yield "  ".join("-" * width for width in widths)
    yield from map(line, cells)
    yield f"({len(rows)} {'row' if len(rows) == 1 else 'rows'})"


def shown(value: Any) -> str:
    """Return a value as a person reads it in a terminal, which control characters off the wire must not reach."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
