"""Lost seconds, starts, stops and ends of the clock, and of the countdowns beside it."""

from __future__ import annotations

import pytest

from restrike_lab.bout.findings import Finding
from tests.bout.auditor import CONFIRMED, Auditor


def kinds(findings: list[Finding]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.streams) for one in findings]


def test_a_missing_second_is_found_with_the_next_one() -> None:
    court = Auditor()
    court.fight(60)
    court.rest(1_000)
    (found,) = court.count(58, 58)
    assert found.text == "second of the clock at 0:59 of round 1: message missing"
    assert (found.kind, found.ticks_ms, found.count, found.severity) == ("tick", (59_000,), 1, "info")


def test_each_missing_second_counts_for_the_loss_rate() -> None:
    court = Auditor()
    court.fight(60)
    court.count(59, 21, without=(50, 40, 39, 38))
    rate = court.quality.ticks
    assert court.quality.counts == {"tick": 4}
    assert (rate.missing, rate.expected) == (4, 99)
    assert rate.low < 4 / 99 < rate.high


def test_a_second_lost_right_before_a_stop_shows_in_the_time_of_the_stop() -> None:
    court = Auditor()
    court.fight(60)
    court.rest(1_000)
    court.say("clk;00:59;stop")
    assert [one.ticks_ms for one in court.rest()] == [(59_000,)]


def test_a_lost_start_is_found_by_the_seconds_that_follow() -> None:
    court = Auditor()
    court.load()
    court.count(119, 117)
    assert kinds(court.findings) == [("clock", ("clk;start",))]


def test_a_lost_stop_is_found_by_the_next_start() -> None:
    court = Auditor()
    court.fight(60)
    court.rest(9_000)
    court.say("clk;01:00;start")
    court.count(59, 55)
    assert kinds(court.findings) == [("clock", ("clk;stop",))]


def test_a_pause_without_stop_and_start_is_found_by_the_time_that_passed() -> None:
    court = Auditor()
    court.fight(60)
    court.rest(9_000)
    court.count(59, 57)
    assert kinds(court.findings) == [("clock", ("clk;stop", "clk;start"))]


def test_a_second_that_was_only_late_is_no_pause() -> None:
    court = Auditor()
    court.fight(60)
    court.say("clk;00:59", after_ms=3_000)
    court.say("clk;00:58", "clk;00:57", after_ms=10)
    court.count(56, 50)
    assert court.texts == []


@pytest.mark.parametrize(
    ("end", "lost"),
    [
        (("clk;00:00;stop",), ("clk;stopEnd",)),
        (("clk;0:00;stopEnd",), ("clk;stop",)),
    ],
)
def test_half_an_end_of_a_round_shows_the_other_half(end: tuple[str, ...], lost: tuple[str, ...]) -> None:
    court = Auditor()
    court.fight(1)
    court.count(0, 0)
    court.say(*end, after_ms=1_000)
    court.rest()
    court.say(*CONFIRMED)
    court.rest()
    assert kinds(court.findings) == [("clock", lost)]


def test_an_end_that_nobody_saw_is_found_when_the_round_is_confirmed() -> None:
    court = Auditor()
    court.fight(0)
    court.rest(5_000)
    court.say(*CONFIRMED)
    court.rest()
    assert kinds(court.findings) == [("clock", ("clk;stop", "clk;stopEnd"))]


def test_seconds_lost_at_the_very_end_show_in_the_time_that_passed() -> None:
    court = Auditor()
    court.fight(3)
    court.say("clk;0:00;stopEnd", after_ms=4_000)
    court.rest()
    assert sorted(kinds(court.findings)) == [("clock", ("clk;stop",)), ("tick", ("clk",) * 3)]


def test_a_round_ended_before_its_time_lacks_no_seconds() -> None:
    court = Auditor()
    court.fight(40)
    court.say("clk;00:40;stop", "clk;0:00;stopEnd")
    court.rest(3_000)
    court.say(*CONFIRMED)
    court.rest()
    assert court.texts == []


def test_a_lost_correction_is_found_by_the_next_start_but_not_for_sure() -> None:
    court = Auditor()
    court.fight(60)
    court.say("clk;01:00;stop")
    court.rest(4_000)
    court.say("clk;01:05;start")
    (found,) = court.findings
    assert (found.kind, found.streams) == ("clock", ("clk;corr",))
    assert found.certainty < 0.7


def test_a_clock_that_counts_up_is_followed_as_well() -> None:
    court = Auditor()
    court.say("pre;FightLoaded", "at1;a;a;CRO;at2;b;b;GER", "mch;1;F;M;0;#1;#2;#3;#4;null;S;3;120;cntUp;20;5")
    court.say("wg1;0;wg2;0", "sc1;0;sc2;0", "clk;00:00", "rnd;1", "rdy;FightReady")
    court.rest()
    court.say("clk;00:00;start")
    court.say("clk;00:01", "clk;00:02", "clk;00:04", after_ms=1_000)
    assert [one.ticks_ms for one in court.findings] == [(3_000,)]


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        (("brk;00:59", "brk;00:58", "brk;00:56"), "rest"),
        (("brk;59;", "brk;57;"), "rest"),
        (("ij0;01:00;show", "ij0;00:59", "ij0;00:57"), "injury time"),
        (("ij0;01:00;show", "ij0;00:59", "ij0;00:58;hide"), "injury time"),
        (("to1;01:00;start", "to1;00:59", "to1;00:57"), "time-out"),
    ],
)
def test_a_second_of_another_countdown_is_found_too(messages: tuple[str, ...], name: str) -> None:
    court = Auditor()
    court.load()
    court.say(*messages, after_ms=1_000)
    assert court.texts == [f"one second of the {name}: message missing"]
    assert court.quality.ticks.missing == 1


@pytest.mark.parametrize(
    "messages",
    [
        ("brk;00:59", "brk;00:58", "rnd;2"),
        ("brk;00:01", "brk;00:00", "brk;0:00;stopEnd", "rnd;2"),
        ("ij0;01:00;show", "ij0;00:59", "ij0;00:59;hide", "ij0;01:00;show", "ij0;00:59"),
        ("ij0;00:01", "ij0;00:00", "ij0;00:00;hide", "ij0;0:00;hide"),
        ("to1;01:00;start", "to1;00:59", "to1;00:59;stop", "to2;01:00;start"),
    ],
)
def test_countdowns_that_are_cut_short_lack_nothing(messages: tuple[str, ...]) -> None:
    court = Auditor()
    court.load()
    court.say(*messages, after_ms=1_000)
    court.rest()
    assert court.texts == []
