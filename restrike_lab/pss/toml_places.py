"""Where each value of a TOML text stands, which the standard library's reader does not tell.

Only texts that ``tomllib`` has accepted are walked, so this reader knows no errors: it follows the brackets and notes
the line and column at which each table, key and value begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from restrike_lab.pss.definitions import Path, Place

__all__ = ["toml_places"]

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r]+|\#[^\n]*)
    | (?P<line>\n)
    | (?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|\"(?:\\.|[^"\\\n])*\"|'[^'\n]*')
    | (?P<sign>[\[\]{},=.])
    | (?P<bare>[^\s\[\]{},=."'\#]+)
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def toml_places(text: str) -> dict[Path, Place]:
    """Return (line, column), counted from 1, of every value by its path; a table's place is that of its header.

    The place of the key itself stands under the path with ``"="`` appended.
    """
    return _Walk(text).places


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "blank":
            yield _Token(kind, found[0], found.start())
    yield _Token("end", "", len(text))


class _Walk:
    """Walk through the statements of a text."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.places: dict[Path, Place] = {(): (1, 1)}
        self.last: dict[Path, int] = {}
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]
        table: Path = ()
        while self.here.kind != "end":
            if self.here.kind == "line":
                self.at += 1
            elif self.here.text == "[":
                table = self.header()
            else:
                self.pair(table)

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def place(self, token: _Token) -> Place:
        low, high = 0, len(self.lines)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.lines[middle] <= token.start else (low, middle)
        return low + 1, token.start - self.lines[low] + 1

    def header(self) -> Path:
        start = self.here
        listed = self.tokens[self.at + 1].text == "[" and self.tokens[self.at + 1].start == start.start + 1
        self.at += 2 if listed else 1
        path = self.key(())
        self.at += 2 if listed else 1
        if listed:
            self.last[path] = self.last.get(path, -1) + 1
            path = (*path, self.last[path])
        self.places[path] = self.place(start)
        return path

    def key(self, table: Path) -> Path:
        """Return the path of a dotted key, with the last index of every list of tables on the way."""
        path = table
        while self.here.text not in ("=", "]"):
            token = self.here
            if token.text != ".":
                if path in self.last:
                    path = (*path, self.last[path])
                path = (*path, token.text[1:-1] if token.kind == "text" else token.text)
                self.places.setdefault(path, self.place(token))
            self.at += 1
        return path

    def pair(self, table: Path) -> None:
        start = self.here
        path = self.key(table)
        self.places[(*path, "=")] = self.place(start)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.places[path] = self.place(self.here)
        if self.here.text == "[":
            self.inside(path, "]")
        elif self.here.text == "{":
            self.inside(path, "}")
        else:
            while self.here.kind not in ("line", "end") and self.here.text not in (",", "]", "}"):
                self.at += 1

    def inside(self, path: Path, closing: str) -> None:
        self.at += 1
        number = 0
        while self.here.text != closing and self.here.kind != "end":
            if self.here.kind == "line" or self.here.text == ",":
                self.at += 1
            elif closing == "}":
                self.pair(path)
            else:
                self.value((*path, number))
                number += 1
        self.at += 1
