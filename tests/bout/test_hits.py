"""Hits on show, and the points that own them."""

from __future__ import annotations

import pytest

from restrike_lab.bout import flush
from restrike_lab.bout.hits import MAX_OPEN_HITS
from restrike_lab.bout.state import SHOWN_HITS, Link
from tests.bout.court import Court


def owned(court: Court) -> dict[int, int]:
    return {link.hit_seq: link.point_seq for link in court.links}


def test_a_hit_ahead_of_its_point_is_linked_at_once(court: Court) -> None:
    court.fight()
    hit = court.seq + 1
    court.say("hl1;57")
    court.say("sc1;2;sc2;0", "s11;2", "pt1;2", after_ms=14)
    assert court.links == [Link(hit + 3, hit, 1, 57, 2, 42, 1, 1)]
    assert [(mark.level, mark.linked) for mark in court.state.hits[0]] == [(57, True)]


def test_a_hit_right_behind_a_bare_point_is_linked_when_no_further_point_can_claim_it(court: Court) -> None:
    court.fight()
    point = court.seq + 1
    court.say("pt2;3")
    court.say("hl2;61", after_ms=80)
    court.rest(150)
    assert court.links == []
    court.rest(1)
    assert court.links == [Link(point, point + 1, 2, 61, 3, -80, 1, 1)]


def test_a_hit_between_two_points_belongs_to_the_second_when_that_is_near(court: Court) -> None:
    court.fight()
    first = court.seq + 1
    court.say("pt1;2")
    court.say("hl1;50", after_ms=138)
    court.say("pt1;2", after_ms=43)
    assert owned(court) == {first + 1: first + 2}


def test_a_hit_behind_a_point_that_has_its_own_waits_for_the_next(court: Court) -> None:
    court.fight()
    hit = court.seq + 1
    court.say("hl1;50", "pt1;2", "hl1;30")
    court.say("pt1;3", after_ms=900)
    assert owned(court) == {hit: hit + 1, hit + 2: hit + 3}


@pytest.mark.parametrize(("delay_ms", "linked"), [(5000, True), (5001, False)])
def test_a_hit_is_linked_for_five_seconds(court: Court, delay_ms: int, linked: bool) -> None:
    court.fight()
    court.say("hl1;50")
    court.say("pt1;2", after_ms=delay_ms)
    assert bool(court.links) is linked


def test_a_point_owns_all_hits_of_its_athlete_and_none_of_the_other(court: Court) -> None:
    court.fight()
    hit = court.seq + 1
    court.say("hl1;20", "hl2;99", "hl1;40", "pt1;2", "pt2;1")
    assert owned(court) == {hit: hit + 3, hit + 2: hit + 3, hit + 1: hit + 4}


def test_a_hit_is_consumed_once(court: Court) -> None:
    court.fight()
    court.say("hl1;20", "pt1;2", "pt1;3")
    assert len(court.links) == 1


@pytest.mark.parametrize("cut", ["pre;FightLoaded", "rdy;FightReady"])
def test_a_load_closes_the_windows_and_clears_the_hits(court: Court, cut: str) -> None:
    court.fight()
    court.say("hl1;20", cut, "pt1;2")
    assert court.links == []
    assert court.state.hits == ((), ())


def test_a_load_decides_what_was_waiting(court: Court) -> None:
    court.fight()
    point = court.seq + 1
    court.say("pt1;2", "hl1;33", "pre;FightLoaded")
    assert owned(court) == {point + 1: point}
    (left,) = court.left
    assert left.hits[0][-1].linked


def test_a_link_that_waited_keeps_the_round_of_its_point(court: Court) -> None:
    court.fight()
    court.say("pt1;2", "hl1;33", "rnd;2")
    court.rest(200)
    assert [link.round for link in court.links] == [1]


def test_the_last_ten_hits_of_each_athlete_are_on_show(court: Court) -> None:
    court.fight()
    court.say(*(f"hl1;{level}" for level in range(1, 14)), "hl2;77")
    blue, red = court.state.hits
    assert [mark.level for mark in blue] == list(range(4, 14))
    assert len(blue) == SHOWN_HITS
    assert [mark.level for mark in red] == [77]


def test_a_storm_of_hits_is_bounded(court: Court) -> None:
    court.fight()
    court.say(*["hl1;50"] * 1000, after_ms=0)
    assert len(court.state.window.blue.hits) == MAX_OPEN_HITS
    court.say("pt1;2")
    assert len(court.links) == MAX_OPEN_HITS


def test_hits_and_points_without_a_number_say_nothing(court: Court) -> None:
    before = court.fight()
    assert court.say("hl1;", "pt1;", "hl2;x", "pt2;x") is before


def test_hits_and_points_before_any_load_are_linked_too(court: Court) -> None:
    court.say("hl1;50", "pt1;2")
    assert [(link.match_id, link.round) for link in court.links] == [(None, None)]


def test_the_end_of_the_stream_decides_everything(court: Court) -> None:
    court.fight()
    court.say("pt1;2", "hl1;33")
    _, facts = flush(court.state)
    assert len(facts) == 1
