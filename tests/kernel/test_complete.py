"""What the Tab key offers, over plain text."""

from __future__ import annotations

import pytest

from restrike_lab.kernel.complete import query_of, subcommand_candidates, words_at

TABLES = {"events": ["seq", "stream"], "hits": ["seq", "level", "athlete"], "matches": ["match_id"]}
NAMES = ("start", "stop", "status", "help")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%restrike st", ["start", "status", "stop"]),
        ("%restrike ", ["help", "start", "status", "stop"]),
        ("%%restrike he", ["help"]),
        ("%restrike start ", None),
        ("restrike st", None),
        ("%restrike", None),
    ],
)
def test_subcommands_are_offered_behind_the_magic_only(line: str, expected: list[str] | None) -> None:
    assert subcommand_candidates(line, NAMES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%restrike query\nSELECT 1", "SELECT 1"),
        ("%%restrike query -o frame\nSELECT 1", "SELECT 1"),
        ("%restrike query SELECT 1", "SELECT 1"),
        ("%restrike status", None),
        ("SELECT 1", None),
    ],
)
def test_the_query_of_a_cell_is_found(text: str, expected: str | None) -> None:
    assert query_of(text) == expected


def offered(text: str) -> list[str]:
    """Return what is offered at the bar in a query."""
    before, _, after = text.partition("|")
    return words_at(before, before + after, TABLES)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM |", ["events", "hits", "matches"]),
        ("SELECT * FROM hi|", ["hits"]),
        ("SELECT * FROM events JOIN m|", ["matches"]),
        ("SELECT lev| FROM hits", ["level"]),
        ("SELECT h.l| FROM hits h", ["level"]),
        ("SELECT h.| FROM hits AS h", ["seq", "level", "athlete"]),
        ('SELECT "hits".a| FROM "hits"', ["athlete"]),
        ("SELECT x.| FROM hits h", []),
        ("select ath| from hits", ["athlete"]),
        ("SELECT seq FROM hits WHE|", ["WHERE", "WHEN"][:1]),
        ("SELECT seq FROM hits whe|", ["where", "when"][:1]),
    ],
)
def test_words_fit_their_place(text: str, expected: list[str]) -> None:
    assert [word for word in offered(text) if word.lower() != "when"] == expected


def test_columns_of_tables_not_mentioned_are_not_offered() -> None:
    assert "match_id" not in offered("SELECT | FROM hits")


def test_without_a_table_every_column_is_offered() -> None:
    assert {"level", "match_id", "stream"} <= set(offered("SELECT |"))
