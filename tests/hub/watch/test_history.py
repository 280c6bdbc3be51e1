"""The past of figures: bounded, with gaps where nothing was known, and with a trend."""

from __future__ import annotations

import pytest

from restrike_lab.hub.watch.history import MINUTES, SECONDS, History, slope


def past(values: list[float | None]) -> History:
    history = History()
    for value in values:
        history.add({"x": value})
    return history


def test_the_last_five_minutes_are_kept_by_the_second_and_a_day_by_the_minute() -> None:
    history = past([float(number) for number in range(60 * (MINUTES + 10))])
    seconds, minutes = history.seconds("x"), history.minutes("x")
    assert (len(seconds), len(minutes)) == (SECONDS, MINUTES)
    assert seconds[-1] == 60 * (MINUTES + 10) - 1
    assert minutes[-1] == pytest.approx(60 * (MINUTES + 10) - 30.5)
    assert minutes[0] == pytest.approx(60 * 10 + 29.5)


def test_what_was_not_known_is_a_gap_and_no_zero() -> None:
    assert past([1.0, None, 3.0]).seconds("x") == [1.0, None, 3.0]
    assert past([None] * 60 + [2.0] * 60).minutes("x") == [None, 2.0]


def test_a_trend_is_the_change_in_an_hour() -> None:
    assert past([1.0] * 30).trend("x") is None
    assert past([100.0 - second for second in range(120)]).trend("x") == pytest.approx(-3600)
    assert past([second / 60 for second in range(60 * 40)]).trend("x") == pytest.approx(60)


def test_a_figure_that_nobody_read_has_no_past() -> None:
    history = past([1.0])
    assert (history.seconds("y"), history.minutes("y"), history.trend("y")) == ([], [], None)


def test_the_line_goes_through_the_points_and_past_the_gaps() -> None:
    assert slope([1.0, float("nan"), 5.0]) == pytest.approx(2.0)
    assert slope([1.0]) is None
