"""``restrike-lab report``: one bout as a page to be opened offline, mailed and printed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from traitlets import Unicode

import restrike_lab
from restrike_lab.app.command import Command
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.files import database_path

__all__ = ["Report"]


class Report(Command):
    """Write the report on a match, named by its id in the record or by the console's match number."""

    name = "report"
    arguments = "MATCH"
    most_arguments = 1
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    output = Unicode("", help="HTML file to write (also -o); `-` is standard output. Empty: match-ID.html here.").tag(
        config=True
    )

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.aliases = {**self.aliases, "o": "Report.output"}

    def run(self) -> int:
        """Write the page and say where it is."""
        from restrike_lab.client.fill import Record
        from restrike_lab.client.query import Query
        from restrike_lab.client.report import gather, page

        name = self.argument("the MATCH")
        record = database_path(HubConfig(parent=self).directory)
        engine = Query(lambda: Record(record))
        try:
            facts = gather(engine, name)
        finally:
            engine.close()
        text = page(facts, version=restrike_lab.__version__, made=datetime.now(UTC))
        if self.output == "-":
            sys.stdout.write(text)
            return 0
        path = Path(self.output or f"match-{facts.match['match_id']}.html").expanduser()
        path.write_text(text, "utf-8")
        print(path)
        return 0
