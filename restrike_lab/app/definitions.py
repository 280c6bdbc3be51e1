"""``restrike-lab definitions``: streams that people defined in TOML, from a shell; with or without a hub.

A wrong file is refused as ``FILE:LINE:COLUMN: reason``, as editors and build tools understand it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from traitlets import Bool, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.app.desk import desk
from restrike_lab.app.query import text_table
from restrike_lab.client.errors import QueryError
from restrike_lab.client.recognition import Definitions, UnknownPatterns
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.frames import iso_time
from restrike_lab.pss import Definition, Table, dump_definitions, load_definitions
from restrike_lab.pss.streams import VERSIONS
from restrike_lab.store.files import database_path

__all__ = ["DefinitionsCommand"]

DECIDING = ("put", "drop")
ALONE = ("list", "unknown")
LONGEST_SAMPLE = 60


class DefinitionsCommand(Command):
    """List, check, try, put, drop and share definitions."""

    name = "definitions"
    arguments = (
        "[list | show NAME | unknown | propose PATTERN | check FILE | try FILE | put FILE | drop NAME | export FILE]"
    )
    most_arguments = 2
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    why = Unicode("", help="Reason that is kept with the definition; `put` and `drop` need one.").tag(config=True)
    json = Bool(False, help="Print JSON.").tag(config=True)

    def run(self) -> int:
        """Do what the words say; ``-`` is standard input, and standard output for ``export``."""
        word, *words = self.extra_args or ["list"]
        act = self.acts().get(word)
        if act is None or len(words) != (word not in ALONE):
            raise UsageError(f"that is no use of `definitions {word}`", hint=f"usage: {self.usage()}")
        directory = HubConfig(parent=self).directory
        if word == "check" and not database_path(directory).is_file():
            self.check_alone(words[0])
            return 0
        with desk(directory, deciding=word in DECIDING) as held:
            self.patterns = UnknownPatterns(held)
            act(Definitions(held), words)
        return 0

    def acts(self) -> Mapping[str, Callable[[Definitions, Sequence[str]], None]]:
        """Return what each word does."""
        return {
            "list": lambda definitions, _words: self.list(definitions),
            "unknown": lambda _definitions, _words: self.unknown(),
            "propose": lambda _definitions, words: self.propose(words[0]),
            "show": lambda definitions, words: self.show(definitions, words[0]),
            "check": lambda definitions, words: self.check(definitions, words[0]),
            "try": lambda definitions, words: self.try_out(definitions, words[0]),
            "put": lambda definitions, words: self.put(definitions, words[0]),
            "drop": lambda definitions, words: self.drop(definitions, words[0]),
            "export": lambda definitions, words: self.export(definitions, words[0]),
        }

    def list(self, definitions: Definitions) -> None:
        """Print the definitions that count."""
        rows = definitions.rows()
        if self.json:
            print(json.dumps(rows))
            return
        table = [
            (row["name"], ", ".join(row["codes"]), ", ".join(row["fields"]), row["description"], row["refused"])
            for row in rows
        ]
        sys.stdout.writelines(
            f"{line}\n" for line in text_table(["name", "codes", "fields", "description", "refused"], table)
        )

    def unknown(self) -> None:
        """Print the patterns of what was not understood, the most frequent first."""
        rows = self.patterns.rows()
        if self.json:
            print(json.dumps(rows))
            return
        names = ["messages", "pattern", "first sample", "last seen", "note"]
        table = [
            (row["occurrence_count"], row["shape"], first_sample(row), iso_time(row["last_seen"]), row["notes"])
            for row in rows
        ]
        sys.stdout.writelines(f"{line}\n" for line in text_table(names, table))

    def propose(self, which: str) -> None:
        """Print a proposed definition of the stream that a pattern is of; what speaks for it goes to standard error."""
        explained = self.patterns.explain(which)
        if not explained.toml:
            raise QueryError(f"no definition can be proposed: {explained.problem}", hint="write one by hand")
        if self.json:
            print(json.dumps({"toml": explained.toml}))
            return
        print(explained, file=sys.stderr)
        print(explained.toml.rstrip())

    def show(self, definitions: Definitions, name: str) -> None:
        """Print a definition as TOML."""
        texts = definitions.texts()
        if name not in texts:
            raise UsageError(f"there is no definition {name!r}", hint=f"definitions: {', '.join(texts) or 'none'}")
        print(json.dumps({"name": name, "toml": texts[name]}) if self.json else texts[name].rstrip())

    def check(self, definitions: Definitions, path: str) -> None:
        """Say whether a file could be put."""
        found = definitions.check(*self.read(path))
        self.tell(
            f"Well formed: {', '.join(map(named, found))}." if found else "Well formed, and defines nothing.", found
        )

    def check_alone(self, path: str) -> None:
        """Say whether a file could be put where nothing else is defined."""
        text, source = self.read(path)
        found = load_definitions(text, source, [Table.of(version) for version in VERSIONS])
        self.tell(f"Well formed: {', '.join(map(named, found))}.", found)

    def try_out(self, definitions: Definitions, path: str) -> None:
        """Show what a file would make of the messages that are stored; nothing is changed."""
        text, source = self.read(path)
        definitions.check(text, source)
        shown = definitions.preview(text).plain()
        print(json.dumps(shown) if self.json else shown["text"])

    def put(self, definitions: Definitions, path: str) -> None:
        """Add or change the streams of a file."""
        text, source = self.read(path)
        found = definitions.check(text, source)
        definitions.put(text, self.why)
        self.tell(f"Defined from the next event on: {', '.join(map(named, found))}.", found)

    def drop(self, definitions: Definitions, name: str) -> None:
        """Let a definition count no more."""
        definitions.drop(name, self.why)
        print(json.dumps({"name": name}) if self.json else f"{name} counts no more; its revisions stay.")

    def export(self, definitions: Definitions, path: str) -> None:
        """Write all definitions into one file, to be shared."""
        if path == "-":
            print(dump_definitions(definitions.loaded()).rstrip())
        else:
            print(f"Written to {definitions.export(path)}.")

    def tell(self, said: str, found: Sequence[Definition]) -> None:
        """Print what was found in a file."""
        print(json.dumps({"names": [each.name for each in found]}) if self.json else said)

    def read(self, path: str) -> tuple[str, str]:
        """Return the text of a file and its name for messages."""
        if path == "-":
            return sys.stdin.read(), "standard input"
        try:
            return Path(path).read_text("utf-8"), path
        except UnicodeDecodeError as problem:
            raise UsageError(f"{path} is not UTF-8: {problem.reason}", hint="give a TOML file") from problem


def first_sample(row: Mapping[str, Any]) -> str:
    """Return the first sample of a pattern as a line of a table."""
    first = row["samples"][0] if row["samples"] else {}
    text = first["text"] if "text" in first else f"base64:{first.get('base64', '')}"
    return text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…"


def named(definition: Definition) -> str:
    """Return a definition as it is told of."""
    return f"{definition.name} ({', '.join(definition.codes)})"
