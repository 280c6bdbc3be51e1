"""The order and the timing of a console's messages, act by act."""

from __future__ import annotations

from itertools import pairwise

import pytest

from restrike_lab.simulate.athletes import WEIGHT_CLASSES, Athlete
from restrike_lab.simulate.console import Console, Sender, new_console
from restrike_lab.simulate.pairing import pair

SEEDS = [str(seed) for seed in range(12)]
BLUE = Athlete("B. One", "Blue One", "CRO", 0.0, 0.0)
RED = Athlete("R. One", "Red One", "GER", 0.0, 0.0)
FIXTURE = pair(BLUE, RED, number="101", phase="Final", division="Seniors", weight_class=WEIGHT_CLASSES[0]).fixture


def loaded(seed: str = "a console", sender: Sender = "console") -> Console:
    """Return a console with a match loaded and nothing left to read."""
    console = new_console(seed, sender=sender)
    console.load(FIXTURE)
    console.wait(10_000)
    console.line.drain()
    return console


def fighting(elapsed_ms: int = 3_300, seed: str = "a console", sender: Sender = "console") -> Console:
    """Return a console whose first round has run for some ms, with nothing left to read."""
    console = loaded(seed, sender)
    console.start_clock()
    console.run_clock_to(elapsed_ms)
    console.line.drain()
    return console


def told(console: Console) -> list[str]:
    return [payload.decode() for _, payload in console.line.drain()]


def times(console: Console) -> dict[str, int]:
    return {payload.decode(): at for at, payload in console.line.drain()}


def test_the_first_tick_comes_right_behind_the_start_and_then_one_a_second() -> None:
    console = loaded()
    console.start_clock()
    console.wait(3_500)
    sent = console.line.drain()
    assert [payload for _, payload in sent] == [
        b"clk;02:00;start",
        b"clk;01:59",
        b"clk;01:58",
        b"clk;01:57",
        b"clk;01:56",
    ]
    assert sent[1][0] - sent[0][0] <= 40
    assert all(950 <= later - earlier <= 1_050 for (earlier, _), (later, _) in pairwise(sent[1:]))


def test_a_resumed_clock_ticks_when_the_rest_of_its_second_is_over() -> None:
    console = fighting(3_300)
    console.stop_clock()
    console.wait(20_000)
    started = console.start_clock()
    console.wait(900)
    sent = times(console)
    assert list(sent) == ["clk;01:56;stop", "clk;01:56;start", "clk;01:55"]
    assert 650 <= sent["clk;01:55"] - started <= 750


def test_a_round_that_runs_out_ends_as_live() -> None:
    console = fighting(118_500)
    console.end_round()
    sent = console.line.drain()
    assert [payload for _, payload in sent] == [b"clk;00:00", b"clk;0:00;stopEnd", b"clk;00:00;stop"]
    assert 900 <= sent[1][0] - sent[0][0] <= 1_100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_scoring_burst_ends_with_its_point_and_the_hit_is_at_most_60_ms_ahead(seed: str) -> None:
    console = fighting(seed=seed)
    console.point(2, 2, 77)
    sent = times(console)
    order = list(sent)
    assert order[-3:] == ["sc1;0;sc2;2", "s11;0;s21;2;s12;0;s22;0;s13;0;s23;0", "pt2;2"]
    assert sorted(order[:-3]) == ["hl2;77", "sup;2"]
    assert 25 <= sent["pt2;2"] - sent["hl2;77"] <= 60
    gaps = [later - earlier for earlier, later in pairwise(sent.values())]
    assert all(10 <= gap <= 15 for gap in gaps)


def test_a_point_without_a_hit_level_begins_with_superiority() -> None:
    console = fighting()
    console.point(1, 3)
    assert told(console) == ["sup;1", "sc1;3;sc2;0", "s11;3;s21;0;s12;0;s22;0;s13;0;s23;0", "pt1;3"]


def test_superiority_is_silent_while_it_stays_and_said_twice_at_a_tie() -> None:
    console = fighting()
    console.point(2, 3)
    console.point(2, 2)
    console.point(1, 5)
    superiority = [text for text in told(console) if text.startswith("sup")]
    assert superiority == ["sup;2", "sup;0", "sup;1"]  # 5:5, technical points are worth more


def test_a_gam_jeom_raises_the_opponents_score_and_sends_no_point() -> None:
    console = fighting()
    console.gam_jeom(1)
    assert told(console) == ["sup;2", "sc1;0;sc2;1", "s11;0;s21;1;s12;0;s22;0;s13;0;s23;0", "wg1;1;wg2;0"]


def test_a_gap_of_twelve_stops_the_clock_before_the_score_and_ends_the_round() -> None:
    console = fighting()
    console.point(1, 5)
    console.point(1, 4)
    console.wait(2_000)
    console.line.drain()
    console.point(1, 3)
    assert told(console) == [
        "clk;01:54;stop",
        "sc1;12;sc2;0",
        "s11;12;s21;0;s12;0;s22;0;s13;0;s23;0",
        "pt1;3",
        "clk;0:00;stopEnd",
    ]
    assert not console.clock.running


def test_the_fifth_gam_jeom_ends_the_round() -> None:
    console = fighting()
    console.stop_clock()
    for _ in range(5):
        console.wait(1_000)
        console.gam_jeom(2)
    assert told(console)[-2:] == ["wg1;0;wg2;5", "clk;0:00;stopEnd"]


@pytest.mark.parametrize("seed", SEEDS)
def test_injury_time_stops_the_clock_and_ticks_until_it_is_hidden(seed: str) -> None:
    console = fighting(seed=seed)
    console.show_injury()
    console.wait(4_500)
    console.hide_injury()
    sent = told(console)
    assert sorted(sent[:3]) == ["clk;01:56;stop", "ij0;00:59", "ij0;01:00;show"]
    assert sent.index("ij0;01:00;show") < sent.index("ij0;00:59")
    assert sent[3:] == ["ij0;00:58", "ij0;00:57", "ij0;00:56", "ij0;00:55", "ij0;00:55;hide"]


def test_injury_time_that_runs_out_hides_twice() -> None:
    console = fighting()
    console.show_injury()
    console.end_injury()
    assert told(console)[-3:] == ["ij0;00:00", "ij0;00:00;hide", "ij0;0:00;hide"]


def test_a_confirmed_round_is_followed_by_break_ticks_and_the_next_round() -> None:
    console = fighting(10_000)
    console.point(1, 2, 50)
    console.end_round_early()
    console.line.drain()
    console.confirm_round(1, rest=True)
    console.end_break()
    console.next_round()
    sent = told(console)
    assert sent[:5] == [
        "wrd;rd1;1;rd2;0;rd3;0",
        "s11;2;s21;0;s12;0;s22;0;s13;0;s23;0",
        "rst;1;st1;1;0;0;0;0;0;st2;0;0;0;0;0;0;",
        "rsr;",
        "brk;00:59",
    ]
    assert sent[-4:-2] == ["brk;00:00", "brk;0:00;stopEnd"]
    assert sorted(sent[-2:]) == ["rnd;2", "sup;0"]
    assert len(sent) == 4 + 60 + 1 + 2


def test_a_skipped_break_sends_only_the_next_round() -> None:
    console = fighting(10_000)
    console.end_round_early()
    console.confirm_round(2, rest=True)
    console.wait(5_200)
    console.line.drain()
    console.next_round()
    console.wait(5_000)
    assert told(console) == ["rnd;2"]


def test_both_orders_of_superiority_and_round_occur() -> None:
    orders = set()
    for seed in range(20):
        console = fighting(seed=str(seed))
        console.point(1, 1)
        console.end_round_early()
        console.confirm_round(1, rest=False)
        console.line.drain()
        console.next_round()
        orders.add(tuple(told(console)))
    assert orders == {("sup;0", "rnd;2"), ("rnd;2", "sup;0")}


def test_a_result_names_the_winner_15_ms_before_the_rounds() -> None:
    console = fighting()
    console.end_round_early()
    console.confirm_round(1, rest=False)
    console.line.drain()
    console.end_match("BLUE", "RSC")
    (first, winner), (second, result) = console.line.drain()
    assert (winner, result) == (b"win;BLUE", b"wmh;Blue One;1-0 RSC")
    assert 10 <= second - first <= 15


def test_nobody_wins_without_a_name() -> None:
    console = fighting()
    console.end_round_early()
    console.line.drain()
    console.end_match("TIE", "WDR")
    assert told(console) == ["win;TIE", "wmh;;0-0 WDR"]


def test_a_load_aborts_whatever_goes_on() -> None:
    console = fighting()
    console.load(FIXTURE)
    console.wait(5_000)
    assert told(console)[-1] == "rdy;FightReady"
    assert console.score.points == [0, 0]


def test_the_documents_order_has_the_point_before_the_scores_and_no_unlisted_stream() -> None:
    console = fighting(sender="doc")
    console.point(1, 2, 40)
    assert told(console) == ["hl1;40", "pt1;2", "s11;2;s21;0;s12;0;s22;0;s13;0;s23;0", "sc1;2;sc2;0"]
    console.wait(1_000)
    assert told(console) == ["clk;1:55"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_late_hit_comes_20_to_100_ms_behind_its_point(seed: str) -> None:
    console = fighting(seed=seed, sender="late-hit")
    console.point(1, 2, 40)
    console.wait(500)
    sent = times(console)
    assert 20 <= sent["hl1;40"] - sent["pt1;2"] <= 100
    assert list(sent.values()) == sorted(sent.values())


def test_ticks_never_fall_into_a_burst() -> None:
    console = fighting(3_995)
    console.point(1, 2, 40)
    console.wait(100)
    assert told(console)[-1] == "clk;01:55"
