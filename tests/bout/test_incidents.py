"""Injury time and challenges."""

from __future__ import annotations

from restrike_lab.bout.state import ChallengeState, InjuryState
from tests.bout.court import Court


def test_injury_time_is_shown_counts_and_is_hidden(court: Court) -> None:
    court.fight()
    assert court.say("ij0;01:00;show").injury == InjuryState(0, 60_000)
    assert court.say("ij0;00:59").injury == InjuryState(0, 59_000)
    assert court.say("ij0;00:55;hide").injury is None
    assert court.say("ij0;0:00;hide").injury is None


def test_injury_time_whose_show_was_lost_is_seen_by_its_ticks(court: Court) -> None:
    court.fight()
    assert court.say("ij2;00:42").injury == InjuryState(2, 42_000)


def test_injury_time_whose_hide_was_lost_is_over_when_the_clock_runs(court: Court) -> None:
    court.fight()
    court.say("clk;01:47;stop", "ij0;01:00;show")
    assert court.say("clk;01:47;start").injury is None


def test_a_reset_opens_no_injury_time(court: Court) -> None:
    court.fight()
    assert court.say("ij0;01:00;reset").injury is None
    court.say("ij0;00:50;show")
    assert court.say("ij0;01:00;reset").injury == InjuryState(0, 60_000)


def test_a_challenge_is_requested_accepted_and_closed(court: Court) -> None:
    court.fight()
    assert court.say("ch1;").challenge == ChallengeState(1, "requested")
    assert court.say("ch1;1").challenge == ChallengeState(1, "accepted")
    assert court.say("ch1;-1").challenge is None


def test_the_result_of_a_challenge_is_shown(court: Court) -> None:
    court.fight()
    assert court.say("ch2;1;1").challenge == ChallengeState(2, "accepted", "won")
    assert court.say("ch2;1;0").challenge == ChallengeState(2, "accepted", "lost")
    assert court.say("ch2;0").challenge == ChallengeState(2, "rejected")


def test_a_challenge_that_cannot_be_read_requests_nothing(court: Court) -> None:
    before = court.fight()
    assert court.say("ch1;what", "ch1;7") is before


def test_a_challenge_never_closed_is_over_when_the_clock_runs(court: Court) -> None:
    court.fight()
    court.say("clk;01:47;stop", "ch1;1")
    assert court.say("clk;01:47;start").challenge is None
