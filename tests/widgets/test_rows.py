"""Rows carry what the table shows, and tell the seconds that pass from what happens."""

from __future__ import annotations

import json

import pytest

from restrike_lab.widgets.rows import COLUMNS, encode
from tests.widgets.fake_lab import event


def decoded(each: dict[str, object]) -> list[object]:
    (made,) = json.loads(encode([each]))
    assert isinstance(made, list)
    return made


def cell(changes: dict[str, object], column: str) -> object:
    return decoded(event(7, **changes))[COLUMNS.index(column)]


def test_a_row_has_one_value_per_column() -> None:
    assert len(decoded(event(7))) == len(COLUMNS)


def test_arrival_is_in_whole_milliseconds() -> None:
    assert cell({"arrival_ns": 1_751_364_000_123_999_999}, "arrivalMs") == 1_751_364_000_123


@pytest.mark.parametrize("stream", ["clk", "brk", "ij", "to"])
def test_a_countdown_without_action_is_a_tick(stream: str) -> None:
    assert cell({"stream": stream, "fields": {"time_ms": 1000}}, "importance") == "tick"
    assert cell({"stream": stream, "fields": {"time_ms": 1000, "action": None}}, "importance") == "tick"


@pytest.mark.parametrize("action", ["start", "stop", "corr", "stopEnd", "show", "hide"])
def test_a_countdown_with_an_action_is_no_tick(action: str) -> None:
    assert cell({"stream": "clk", "fields": {"time_ms": 1000, "action": action}}, "importance") in (
        "plain",
        "correction",
    )


def test_a_point_is_a_point() -> None:
    assert cell({}, "importance") == "point"


def test_an_event_with_nothing_but_a_number_makes_a_row() -> None:
    made = dict(zip(COLUMNS, decoded({"seq": 3}), strict=True))
    assert (made["seq"], made["code"], made["status"], made["raw"]) == (3, "O", "unknown", "")


def test_rows_keep_their_order_and_their_text() -> None:
    name = "<img src=x onerror=alert(1)> Đorđe"
    decoded = json.loads(encode([event(1), event(2, description=name)]))
    assert [each[0] for each in decoded] == [1, 2]
    assert decoded[1][COLUMNS.index("description")] == name


def test_superiority_of_nobody_is_not_the_referees() -> None:
    assert cell({"stream": "sup", "athlete": 0}, "athlete") is None
    assert cell({"stream": "sup", "athlete": 2}, "athlete") == 2
    assert cell({"stream": "ij", "athlete": 0}, "athlete") == 0
