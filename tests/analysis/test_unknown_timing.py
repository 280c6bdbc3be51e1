"""Company is measured against chance, and changes of state are told from what is merely sent again."""

import random

import pytest

from restrike_lab.analysis.unknown_timing import Heard, company, episodes, in_load, state_changes, wilson

SECOND = 1_000_000_000


def heard(*messages: tuple[float, str]) -> list[Heard]:
    known = ("pre", "rdy", "clk", "sc1", "rnd", "wrd", "wg1", "win", "brk", "pt1")
    streams = {"sc1": "sc", "wg1": "wg", "pt1": "pt"}
    return [
        Heard(round(at * SECOND), "1 1", streams.get(code, code), text.encode(), code in known)
        for at, text in messages
        for code in (text.split(";")[0],)
    ]


def test_what_a_load_sends_again_and_nought_at_a_new_round_are_no_changes() -> None:
    messages = heard(
        *[
            (0, "pre;FightLoaded"),
            (0.01, "sc1;0;sc2;0"),
            (0.02, "wrd;rd1;0"),
            (0.03, "rnd;1"),
            (0.04, "rdy;FightReady"),
        ],
        *[(5, "clk;02:00;start"), (6, "sc1;3;sc2;0"), (7, "sc1;3;sc2;0"), (8, "wg1;1;wg2;0"), (9, "clk;00:00;stop")],
        *[
            (10, "wrd;rd1;1"),
            (11, "wrd;rd1;1"),
            (12, "brk;00:59"),
            (13, "brk;00:58"),
            (14, "rnd;2"),
            (15, "sc1;0;sc2;0"),
        ],
        *[(16, "clk;0:00;stopEnd"), (17, "win;BLUE"), (18, "win;BLUE"), (20, "pre;FightLoaded"), (20.1, "sc1;4;sc2;0")],
    )
    times = {name: [at_ns / SECOND for _, at_ns in found] for name, found in state_changes(messages).items() if found}
    assert times == {
        "load": [0, 20],
        "clock_start": [5],
        "score_change": [6],
        "gam_jeom_change": [8],
        "clock_stop": [9],
        "round_end": [10],
        "break_begin": [12],
        "round_begin": [14],
        "clock_end": [16],
        "bout_end": [17],
    }


def test_loads_are_spans_from_pre_to_rdy_of_two_seconds_at_most() -> None:
    messages = heard((0, "pre;"), (0.05, "rdy;"), (10, "pre;"), (15, "rdy;"), (20, "pre;"))
    spans = [(start / SECOND, end / SECOND) for start, end in in_load(messages)["1 1"]]
    assert spans == [(0, 0.05), (10, 12), (20, 22)]


def test_occurrences_within_the_window_of_one_another_are_one_episode() -> None:
    messages = heard((0, "zz;1"), (0.2, "zz;2"), (0.4, "zz;3"), (1, "zz;4"))
    assert [(start / SECOND, end / SECOND) for start, end in episodes(messages)["1 1"]] == [(0, 0.4), (1, 1)]


def traffic(seed: int, beside: float) -> tuple[list[Heard], list[Heard]]:
    """Return all messages, and unknown ones that stand beside a share of the score changes, 20 ms before."""
    draw = random.Random(seed)
    messages = [(float(second), f"clk;01:{second % 60:02d}") for second in range(600)]
    for number in range(40):
        at = draw.uniform(0, 600)
        messages.append((at, f"sc1;{number + 1};sc2;0"))
        if draw.random() < beside:
            messages.append((at - 0.02, "zz;1"))
    messages += [(draw.uniform(0, 600), "zz;0") for _ in range(40 - round(40 * beside))]
    everything = heard(*sorted(messages))
    return everything, [each for each in everything if not each.known]


def test_company_is_found_with_side_share_chance_and_an_interval_around_the_lift() -> None:
    everything, own = traffic(1, 1.0)
    found = {(each.name, each.side): each for each in company(episodes(own), everything)}
    score = found["score_change", "after"]
    assert score.sure
    assert score.together == score.of
    assert 0.01 < score.chance < 0.025
    assert score.low < score.lift <= score.high
    assert score.lift == pytest.approx(1 / score.chance)
    assert not found["clk", "around"].sure
    assert "in the 250 ms after it" in str(score)


def test_what_comes_by_chance_is_not_taken_for_company() -> None:
    mistaken = sum(
        any(each.sure for each in company(episodes(own), everything))
        for everything, own in (traffic(n, 0) for n in range(40))
    )
    assert mistaken <= 2


def test_nothing_keeps_no_company() -> None:
    everything, _ = traffic(1, 1.0)
    assert company({}, everything) == []
    assert company(episodes([]), []) == []


@pytest.mark.parametrize(
    ("successes", "of", "low", "high"), [(8, 9, 0.565, 0.980), (0, 10, 0.0, 0.278), (9, 9, 0.701, 1)]
)
def test_the_interval_of_a_share_is_wilsons(successes: int, of: int, low: float, high: float) -> None:
    assert wilson(successes, of) == pytest.approx((low, high), abs=1e-3)
    assert wilson(0, 0) == (0, 1)
