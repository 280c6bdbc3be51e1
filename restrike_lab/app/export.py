"""``restrike-lab export``: a table, or the answer to a question, as a file for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

from traitlets import Enum, Unicode

from restrike_lab.app.command import Command, UsageError, nearest
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.files import database_path

__all__ = ["Export"]

SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".tsv": "capture",
}


class Export(Command):
    """Write what the record holds; it is only read, whether a hub runs or not."""

    name = "export"
    arguments = "TABLE"
    most_arguments = 1
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    sql = Unicode("", help="Question in SQL whose answer is exported, instead of a table.").tag(config=True)
    format = Enum(
        ("", "csv", "jsonl", "parquet", "xlsx", "capture"),
        "",
        help="Form of the file; `capture` is what `replay` plays. Empty: by the ending of the file's name, else csv.",
    ).tag(config=True)
    output = Unicode("", help="File to write (also -o); without it the standard output.").tag(config=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.aliases = {**self.aliases, "o": "Export.output"}

    def run(self) -> int:
        """Write the file and say on standard error how many rows it holds."""
        from restrike_lab.client.exporting import export
        from restrike_lab.client.fill import Record
        from restrike_lab.client.query import Query

        if bool(self.sql) == bool(self.extra_args):
            raise UsageError("export takes a TABLE or --sql", hint=f"usage: {self.usage()}, or --sql 'SELECT ...'")
        path = Path(self.output).expanduser() if self.output not in ("", "-") else None
        record = database_path(HubConfig(parent=self).directory)
        engine = Query(lambda: Record(record))
        try:
            question = self.sql or self.whole_table(sorted(engine.tables()))
            answer = engine.arrow(question)
        finally:
            engine.close()
        rows = export(answer, self.form(path), path, sys.stdout.buffer)
        if path:
            print(f"{rows} rows written to {path}", file=sys.stderr)
        return 0

    def whole_table(self, tables: list[str]) -> str:
        """Return the question for all of a table."""
        table = self.extra_args[0]
        if table not in tables:
            raise UsageError(
                f"there is no table {table!r}", hint=nearest(table, tables) or f"tables: {', '.join(tables)}"
            )
        order = " ORDER BY seq" if table in ("events", "hits", "points") else ""
        return f'SELECT * FROM "{table}"{order}'  # noqa: S608 - one of the tables above

    def form(self, path: Path | None) -> str:
        """Return the format asked for, by name or by the ending of the file."""
        if self.format:
            return str(self.format)
        name = path.name.lower().removesuffix(".gz") if path else ""
        return next((form for suffix, form in SUFFIXES.items() if name.endswith(suffix)), "csv")
