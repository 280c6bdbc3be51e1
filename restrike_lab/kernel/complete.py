"""What may stand at the cursor: sub-commands of ``%restrike``, and tables and columns in a query cell.

Pure functions over text; ``extension`` connects them to the shell's completer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["arguments_of", "query_of", "subcommand_candidates", "words_at"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_DOTTED = re.compile(r"([A-Za-z_][A-Za-z_0-9]*|\"[^\"]+\")\.([A-Za-z_0-9]*)\Z")
_AFTER_TABLE_WORD = re.compile(r"\b(?:from|join|describe|summarize)\s+[A-Za-z_0-9]*\Z", re.IGNORECASE)
_MENTION = re.compile(
    r"\b(?:from|join)\s+\"?([A-Za-z_][A-Za-z_0-9]*)\"?(?:\s+(?:as\s+)?([A-Za-z_][A-Za-z_0-9]*))?", re.IGNORECASE
)
_QUERY_LINE = re.compile(r"\s*%%?restrike\s+query\b(?:\s+(?:-o|--out)[=\s]+\S+)?\s?")
_ARGUMENT_LINE = re.compile(r"\s*%%?restrike\s+((?:[^\s\"']+\s+)+)([^\s\"']*)\Z")
_SUBCOMMAND_LINE = re.compile(r"\s*%%?restrike\s+([A-Za-z]*)\Z")

KEYWORDS = (
    *("SELECT", "FROM", "WHERE", "GROUP", "BY", "ORDER", "HAVING", "LIMIT", "JOIN", "LEFT", "USING", "AS", "AND", "OR"),
    *("NOT", "NULL", "IS", "IN", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "COUNT", "AVG", "SUM", "MIN", "MAX"),
    *("MEDIAN", "DISTINCT", "WITH", "OVER", "PARTITION"),
)


def subcommand_candidates(line_until_cursor: str, names: Iterable[str]) -> list[str] | None:
    """Return the sub-commands that fit, or None where the cursor is not at one."""
    found = _SUBCOMMAND_LINE.match(line_until_cursor)
    return sorted(name for name in names if name.startswith(found[1])) if found else None


def arguments_of(line_until_cursor: str) -> tuple[list[str], str] | None:
    """Return the words of a line before the one at the cursor, the sub-command first, and what is typed of that one.

    None where the cursor is not behind a sub-command, or behind quotes.
    """
    found = _ARGUMENT_LINE.match(line_until_cursor)
    return (found[1].split(), found[2]) if found else None


def query_of(text: str) -> str | None:
    """Return the SQL of a cell or line that asks ``%restrike query``, or None for any other text."""
    found = _QUERY_LINE.match(text)
    return text[found.end() :] if found else None


def words_at(before: str, query: str, tables: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Return the fragment at the cursor and the words that may replace it.

    ``before`` is the query up to the cursor, ``query`` all of it, ``tables`` the columns by table name. Behind
    ``from`` and ``join`` come tables, behind ``alias.`` the columns of that table, elsewhere the columns of the tables
    the query mentions, then tables and keywords.
    """
    dotted = _DOTTED.search(before)
    if dotted:
        owner = dotted[1].strip('"')
        return dotted[2], _fitting(tables.get(_aliases(query, tables).get(owner, owner), ()), dotted[2])
    word = _WORD.search(before)
    fragment = word[0] if word else ""
    if _AFTER_TABLE_WORD.search(before):
        return fragment, _fitting(sorted(tables), fragment)
    mentioned = dict.fromkeys(_aliases(query, tables).values()) or dict.fromkeys(tables)
    columns = dict.fromkeys(column for table in mentioned for column in tables.get(table, ()))
    candidates = _fitting(columns, fragment) + _fitting(sorted(tables), fragment)
    if fragment:
        candidates += _fitting(_keywords_like(fragment), fragment)
    return fragment, list(dict.fromkeys(candidates))


def _aliases(query: str, tables: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return which table each name in the query stands for."""
    names: dict[str, str] = {}
    for found in _MENTION.finditer(query):
        table, alias = found[1], found[2]
        if table in tables:
            names[table] = table
            if alias and alias.upper() not in (*KEYWORDS, "ON"):
                names[alias] = table
    return names


def _fitting(words: Iterable[str], fragment: str) -> list[str]:
    return [word for word in words if word.lower().startswith(fragment.lower())]


def _keywords_like(fragment: str) -> list[str]:
    return [word.lower() for word in KEYWORDS] if fragment == fragment.lower() else list(KEYWORDS)
