"""States as rows of the store."""

from __future__ import annotations

from restrike_lab.bout.rows import ATHLETE_COLUMNS, MATCH_COLUMNS, ROUND_COLUMNS, athlete_rows, match_row, round_rows
from tests.bout.court import Court


def test_a_match_is_fought_once_its_clock_was_started(court: Court) -> None:
    court.load()
    fought = MATCH_COLUMNS.index("fought")
    assert match_row(court.match)[fought] == 0
    court.say("clk;02:00;start")
    assert match_row(court.match)[fought] == 1
    assert len(match_row(court.match)) == len(MATCH_COLUMNS)


def test_both_athletes_have_a_row(court: Court) -> None:
    court.load()
    blue, red = athlete_rows(court.match)
    assert (blue, red) == ((1, 1, "B. One", "Blue One", "CRO"), (1, 2, "R. One", "Red One", "GER"))
    assert len(blue) == len(ATHLETE_COLUMNS)


def test_a_round_has_a_row_once_it_was_fought(court: Court) -> None:
    assert round_rows(court.load()) == ()
    (row,) = round_rows(court.fight())
    assert len(row) == len(ROUND_COLUMNS)


def test_an_earlier_round_tells_its_points_and_its_winner_only(court: Court) -> None:
    court.fight()
    court.say("s11;5;s21;2", "clk;0:00;stopEnd", "wrd;rd1;1", "rnd;2")
    court.say("clk;02:00;start", "s12;1", "wg1;2")
    first, second = round_rows(court.state)
    assert first == (1, 1, None, None, 5, 2, None, None, None, 1)
    assert second[4:] == (1, 0, 2, 0, 0, 0)


def test_no_match_has_no_rows(court: Court) -> None:
    assert round_rows(court.say("sc1;3;sc2;1")) == ()
