"""``restrike-lab import``: captures and the console's own match logs become part of the record."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from traitlets import Bool

from restrike_lab.app.command import Command, UsageError
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import OwnedElsewhere
from restrike_lab.hub.ownership import Ownership

__all__ = ["Import"]

SHOWN_PROBLEMS = 20
MANY = 1_000_000


class Import(Command):
    """Import files while no hub runs; what is in already is passed over, what was interrupted goes on."""

    name = "import"
    arguments = "PATH..."
    most_arguments = MANY
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    rehearsals = Bool(False, help="Import match logs whose names hold `-test`, too.").tag(config=True)
    all_problems = Bool(False, help=f"Name every line that could not be mapped, not the first {SHOWN_PROBLEMS}.").tag(
        config=True
    )

    def run(self) -> int:
        """Import every file and say what became of it; the status is 0 also where single lines could not be mapped."""
        from tqdm import tqdm

        from restrike_lab.client.importing import Found, Imported, Importer, find, lines_of
        from restrike_lab.store.writer import Writer

        self.argument("the PATH of a capture, a match log or a folder")
        files = find([Path(text).expanduser() for text in self.extra_args])
        if not files:
            raise UsageError("there is nothing to import", hint="captures end in .tsv, match logs in -matchLog.csv")
        directory = HubConfig(parent=self).directory
        ownership = Ownership(directory)
        try:
            ownership.acquire()
        except OwnedElsewhere as problem:
            problem.hint = "Importing needs the data directory for itself: stop the hub, import, and start it again."
            raise
        done: list[Imported] = []
        bar = tqdm(unit=" messages", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, dynamic_ncols=True)

        def show(_found: Found, count: int) -> None:
            bar.update(count - bar.n)

        try:
            writer = Writer.open(directory)
            try:
                importer = Importer(writer, time.time_ns, show)
                for number, found in enumerate(files, 1):
                    bar.reset(total=0 if bar.disable else lines_of(found))
                    bar.set_description(f"{number}/{len(files)} {plain(found.path.name)}")
                    done.append(importer.take(found, rehearsals=self.rehearsals))
                    bar.clear()
                    self.tell(done[-1])
            finally:
                bar.close()
                writer.close()
        finally:
            ownership.release()
        events, problems = sum(one.events for one in done), sum(len(one.problems) for one in done)
        print(f"{len(done)} files, {events} events, {problems} lines that could not be mapped")
        return 0

    def tell(self, one: object) -> None:
        """Print one line for a file, and the lines of it that could not be mapped."""
        from restrike_lab.client.importing import Imported

        assert isinstance(one, Imported)
        what = {"known": "already imported", "rehearsal": "a rehearsal, passed over (--rehearsals)"}.get(one.state)
        print(f"{one.found.path}: {what or f'{one.state}, {one.messages} messages'}")
        problems = one.problems if self.all_problems else one.problems[:SHOWN_PROBLEMS]
        for each in problems:
            print(f"  {each.file}:{each.line}: {plain(each.reason)}: {plain(each.text[:100])}", file=sys.stderr)
        if len(problems) < len(one.problems):
            print(f"  and {len(one.problems) - len(problems)} more (--all-problems)", file=sys.stderr)


def plain(text: str) -> str:
    """Return a text that a terminal can be shown."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
