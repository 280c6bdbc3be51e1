"""Score, gam-jeoms, superiority, rounds and their winners."""

from __future__ import annotations

import pytest

from tests.bout.court import Court


def test_the_last_score_of_the_running_round_stands_whichever_stream_told_it(court: Court) -> None:
    court.fight()
    assert court.say("sc1;3;sc2;0").score == (3, 0)
    assert court.say("s11;3;s21;2;s12;0;s22;0;s13;0;s23;0").score == (3, 2)
    assert court.say("s21;4").score == (3, 4)
    assert court.say("sc1;5").score == (5, 4)


def test_points_alone_change_no_score(court: Court) -> None:
    court.fight()
    assert court.say("pt1;3").score == (0, 0)


def test_the_order_of_the_published_text_gives_the_same_score(court: Court) -> None:
    court.fight()
    assert court.say("pt2;2", "s21;2", "sc1;0;sc2;2").score == (0, 2)


def test_points_of_a_round_told_alone_leave_the_others(court: Court) -> None:
    court.fight()
    court.say("s11;5;s21;1", "s12;7")
    assert court.state.round_points == ((5, 1), (7, 0), (0, 0))
    assert court.state.score == (5, 1)


def test_a_new_round_begins_at_nought(court: Court) -> None:
    court.fight()
    court.say("sc1;5;sc2;2", "s11;5;s21;2", "wg1;1;wg2;3", "sup;1", "clk;0:00;stopEnd", "wrd;rd1;1;rd2;0;rd3;0")
    state = court.say("rnd;2")
    assert (state.round, state.score, state.gam_jeoms, state.superiority) == (2, (0, 0), (0, 0), 0)
    assert (state.round_points[0], state.round_winners[0]) == ((5, 2), 1)
    assert court.match.stage == "between"


def test_the_round_that_was_left_is_handed_out_as_it_ended(court: Court) -> None:
    court.fight()
    court.say("sc1;5;sc2;2", "wg1;1;wg2;3", "sup;1", "clk;0:00;stopEnd", "sup;0", "rnd;2")
    (left,) = court.left
    assert (left.round, left.score, left.gam_jeoms, left.span.superiority) == (1, (5, 2), (1, 3), 1)


def test_a_repeated_round_message_takes_nothing_away(court: Court) -> None:
    court.fight()
    before = court.say("sc1;5;sc2;2", "wg1;1;wg2;0")
    assert court.say("rnd;1") is before


def test_a_round_taken_up_again_has_the_points_the_console_gave_it(court: Court) -> None:
    court.fight()
    court.say("s11;5;s21;2", "rnd;2", "s12;1", "rnd;1")
    assert court.state.score == (5, 2)


@pytest.mark.parametrize(
    "nonsense", ["rnd;", "rnd;x", "rnd;0", "rnd;77", "sup;", "sup;3", "wg1;-1;wg2;", "sc1;-3", "wrd;rd1;9"]
)
def test_nonsense_changes_nothing(court: Court, nonsense: str) -> None:
    before = court.fight()
    assert court.say(nonsense) is before


def test_one_athletes_gam_jeoms_say_nothing_about_the_other(court: Court) -> None:
    court.fight()
    court.say("wg1;2;wg2;1")
    assert court.say("wg2;3").gam_jeoms == (2, 3)


def test_the_score_of_a_conventional_bout_lasts_through_its_rounds(court: Court) -> None:
    court.say("pre;FightLoaded", "mch;7;Final;M -68kg;0;;;;;null;Seniors;3;120;cntDown;20;5", "sc1;0;sc2;0")
    court.say("rdy;FightReady", "clk;02:00;start", "sc1;4;sc2;6", "clk;0:00;stopEnd", "rnd;2")
    assert (court.match.scoring, court.state.score) == ("total", (4, 6))


def test_the_winning_score_may_come_after_the_clock_has_stopped(court: Court) -> None:
    court.fight()
    court.say("clk;01:53;stop", "sc1;12;sc2;0", "s11;12;s21;0", "pt1;3", "clk;0:00;stopEnd")
    assert court.state.score == (12, 0)


def test_rounds_won_are_counted_until_the_result_tells_them(court: Court) -> None:
    court.fight()
    court.say("wrd;rd1;1;rd2;2;rd3;0")
    assert court.match.rounds_won == (1, 1)
    court.say("win;TIE", "wmh;;0-0 WDR", "wrd;rd1;1;rd2;2;rd3;1")
    assert (court.match.rounds_won, court.state.round_winners) == ((0, 0), (1, 2, 1))


def test_more_rounds_than_announced_are_kept(court: Court) -> None:
    court.fight()
    state = court.say("wrd;rd1;1;rd2;2;rd3;0;rd4;2", "s14;1;s24;2")
    assert (state.round_winners, state.round_points[3]) == ((1, 2, 0, 2), (1, 2))


def test_a_score_heard_before_any_load_is_shown(court: Court) -> None:
    state = court.say("sc1;3;sc2;1", "s11;9")
    assert (state.score, state.round_points[0]) == ((3, 1), (9, 0))
