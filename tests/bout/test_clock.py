"""The round clock, the rest, and the stages that follow from them."""

from __future__ import annotations

import pytest

from restrike_lab.bout.state import ClockState
from tests.bout.court import WALL, Court


def test_a_load_is_no_bout_fought_until_the_clock_starts(court: Court) -> None:
    court.load()
    assert (court.match.stage, court.match.started_ns, court.state.clock) == ("ready", None, ClockState(120_000, False))
    court.say("clk;02:00;start")
    assert (court.match.stage, court.match.started_ns) == ("fighting", WALL + court.now_ms * 1_000_000)
    assert court.state.clock == ClockState(120_000, True)


def test_a_tick_moves_the_clock_and_the_stamp(court: Court) -> None:
    court.fight()
    assert court.say("clk;01:58").clock_ms == 118_000
    assert court.state.clock.running


def test_a_stop_and_a_start_keep_the_first_start(court: Court) -> None:
    started = court.fight().match
    court.say("clk;01:47;stop")
    assert (court.match.stage, court.state.clock) == ("stopped", ClockState(107_000, False))
    court.say("clk;01:47;start", after_ms=5000)
    assert court.match == started


@pytest.mark.parametrize(
    "end",
    [
        ("clk;00:00", "clk;0:00;stopEnd", "clk;00:00;stop"),
        ("clk;01:27;stop", "clk;0:00;stopEnd"),
        ("clk;00:00", "clk;00:00;stop"),
    ],
    ids=["in time", "early", "stopEnd lost"],
)
def test_a_round_ends(court: Court, end: tuple[str, ...]) -> None:
    court.fight()
    court.say(*end)
    assert court.match.stage == "between"
    assert court.state.clock == ClockState(0, False)
    assert court.state.span.ended_ns is not None


def test_a_correction_sets_the_time_and_starts_nothing(court: Court) -> None:
    court.load()
    assert court.say("clk;01:59;corr").clock == ClockState(119_000, False)
    court.say("clk;01:59;start")
    assert court.say("clk;01:30;corr").clock == ClockState(90_000, True)


def test_a_clock_that_counts_on_was_started_where_its_start_is_lost(court: Court) -> None:
    court.load()
    court.say("clk;01:59")
    assert (court.match.stage, court.state.clock.running) == ("fighting", True)


def test_a_start_overtaken_by_its_first_tick_is_one_start(court: Court) -> None:
    court.load()
    court.say("clk;01:59", "clk;02:00;start", "clk;01:58")
    assert (court.state.clock, court.match.stage) == (ClockState(118_000, True), "fighting")


@pytest.mark.parametrize("tick", ["clk;02:00", "clk;02:01", "clk;01:30", "clk;"])
def test_a_standing_clock_that_does_not_count_on_stays_standing(court: Court, tick: str) -> None:
    court.load()
    court.say(tick)
    assert (court.state.clock.running, court.match.started_ns) == (False, None)


def test_a_clock_that_counts_up_is_seen_to_run_too(court: Court) -> None:
    court.say("mch;7;Final;M -68kg;0;;;;;null;Seniors;3;120;cntUp;20;5", "clk;00:00", "clk;00:01")
    assert court.state.clock == ClockState(1000, True)
    court.say("clk;00:00;stop")
    assert court.match.stage == "stopped"


def test_ticks_without_a_load_are_stamped_and_nothing_more(court: Court) -> None:
    state = court.say("clk;01:27", "clk;01:26")
    assert (state.match, state.match_id, state.round, state.clock_ms) == (None, None, None, 86_000)


def test_the_rest_counts_and_ends(court: Court) -> None:
    court.fight()
    assert court.say("clk;0:00;stopEnd", "brk;00:59").break_ms == 59_000
    assert court.say("brk;58;").break_ms == 58_000
    assert court.say("brk;00:00").break_ms == 0
    assert court.say("brk;0:00;stopEnd").break_ms is None
    assert court.match.stage == "between"


def test_a_skipped_rest_is_over_with_the_next_round(court: Court) -> None:
    court.fight()
    court.say("clk;0:00;stopEnd", "brk;00:59")
    assert court.say("rnd;2").break_ms is None


def test_a_running_clock_takes_back_a_decision(court: Court) -> None:
    court.fight()
    court.say("clk;01:00;stop", "win;RED", "wmh;Red One;0-1 RSC")
    court.say("clk;01:00;start")
    assert (court.match.stage, court.match.winner, court.match.decision, court.match.ended_ns) == (
        "fighting",
        None,
        None,
        None,
    )


def test_a_tick_after_the_decision_does_not_reopen_the_bout(court: Court) -> None:
    court.fight()
    court.say("clk;01:58;stop", "win;RED", "clk;01:57")
    assert court.match.stage == "decided"
