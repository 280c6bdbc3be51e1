"""Loads that repeat, replace, abort and lose messages; winners and results."""

from __future__ import annotations

import pytest

from restrike_lab.bout.state import Athlete
from tests.bout.court import LOAD, WALL, Court


def test_a_load_sets_the_match_up(court: Court) -> None:
    court.load()
    match = court.match
    assert (match.match_id, match.loaded_by, match.stage) == (1, "pre", "ready")
    assert (match.number, match.phase, match.weight_class, match.division) == (
        "101",
        "Semifinals",
        "M -68kg",
        "Seniors",
    )
    assert (match.rounds, match.round_ms, match.count) == (3, 120_000, "cntDown")
    assert (match.min_body_level, match.min_head_level) == (20, 5)
    assert (match.blue, match.red) == (Athlete("B. One", "Blue One", "CRO"), Athlete("R. One", "Red One", "GER"))
    assert match.loaded_ns == WALL + 1002 * 1_000_000
    assert court.facts == []


def test_every_event_of_a_load_is_stamped_with_it(court: Court) -> None:
    stamps = set()
    for text in LOAD:
        state = court.say(text)
        stamps.add((state.match_id, state.round))
    assert stamps == {(1, 1)}


def test_the_same_match_loaded_again_is_another_load(court: Court) -> None:
    court.load()
    court.load()
    assert court.match.match_id == 13
    assert [left.match_id for left in court.left] == [1]


def test_a_load_aborts_a_running_bout_and_nothing_of_it_remains(court: Court) -> None:
    court.fight()
    court.say("sc1;5;sc2;2", "wg1;1;wg2;1", "sup;1", "hl1;50", "ij0;01:00;show", "ch1;")
    state = court.say("pre;FightLoaded")
    assert (state.score, state.gam_jeoms, state.superiority, state.hits) == ((0, 0), (0, 0), 0, ((), ()))
    assert (state.injury, state.challenge, state.clock_ms, state.clock.running) == (None, None, None, False)
    (left,) = court.left
    assert (left.score, left.match is not None and left.match.stage) == ((5, 2), "fighting")


@pytest.mark.parametrize("lost", [1, 2], ids=["pre lost", "pre and ref lost"])
@pytest.mark.parametrize("before", ["ready", "fighting", "decided"])
def test_a_load_without_its_pre_is_a_load(court: Court, lost: int, before: str) -> None:
    court.load()
    if before != "ready":
        court.say("clk;02:00;start")
    if before == "decided":
        court.say("win;BLUE")
    court.say(*LOAD[lost:])
    assert (court.match.loaded_by, court.match.stage, court.match.started_ns) == ("at", "ready", None)
    assert (court.match.number, court.state.round, len(court.left)) == ("101", 1, 1)


def test_a_load_without_pre_and_names_begins_with_its_configuration(court: Court) -> None:
    court.fight()
    court.say(*LOAD[3:])
    assert (court.match.loaded_by, court.match.number, court.match.blue) == ("mch", "101", Athlete())


def test_names_for_another_pair_in_a_load_without_end_are_another_load(court: Court) -> None:
    court.say(*LOAD[:-1])
    court.say("at1;B;B;ITA;at2;R;R;ESP")
    assert (court.match.match_id, court.match.blue.country, court.match.number) == (12, "ITA", None)


def test_names_sent_twice_within_a_load_are_one_load(court: Court) -> None:
    court.say(*LOAD[:4], *LOAD[2:])
    assert (court.match.match_id, court.left) == (1, [])


def test_a_pre_overtaken_by_the_names_belongs_to_the_same_load(court: Court) -> None:
    court.fight()
    names = court.seq + 1
    court.say(LOAD[2], LOAD[0], *LOAD[3:])
    assert (court.match.match_id, court.match.blue.short, len(court.left)) == (names, "B. One", 1)


def test_a_match_is_decided_and_its_result_follows(court: Court) -> None:
    court.fight()
    court.say("win;BLUE")
    ended_ns = WALL + court.now_ms * 1_000_000
    court.say("wmh;Blue One;2-1 PTF", after_ms=15)
    match = court.match
    assert (match.stage, match.winner, match.ended_ns) == ("decided", "BLUE", ended_ns)
    assert (match.winner_name, match.decision, match.rounds_won) == ("Blue One", "PTF", (2, 1))


def test_nobody_wins_a_withdrawal(court: Court) -> None:
    court.fight()
    court.say("win;TIE", "wmh;;0-0 WDR")
    assert (court.match.winner, court.match.winner_name, court.match.decision) == ("TIE", None, "WDR")


@pytest.mark.parametrize(
    ("result", "winner"),
    [
        ("wmh;Blue One;2-1 PTF", "BLUE"),
        ("wmh;R. One;0-2 PTF", "RED"),
        ("wmh;;0-0 WDR", "TIE"),
        ("wmh;Somebody;2-0 PTF", None),
        ("wmh;", None),
    ],
)
def test_the_result_names_the_winner_where_win_was_lost(court: Court, result: str, winner: str | None) -> None:
    court.fight()
    court.say(result)
    assert (court.match.stage, court.match.winner) == ("decided", winner)


def test_a_result_without_a_match_is_no_match(court: Court) -> None:
    assert court.say("win;BLUE", "wmh;Blue One;2-1 PTF", "rdy;FightReady").match is None


def test_a_winner_that_is_no_colour_decides_nothing(court: Court) -> None:
    before = court.fight()
    assert court.say("win;GREEN", "win;") is before


def test_names_that_are_no_utf8_can_be_sent_and_stored(court: Court) -> None:
    court.say(b"at1;Vu\xc4\x8di\xc4;Vu\xc4\x8di;CRO;at2;\xff;R;GER")
    assert (court.match.blue.short, court.match.red.short) == ("Vuči\ufffd", "\ufffd")
