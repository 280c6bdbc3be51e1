"""Lost parts of loads, rounds, confirmations and results; gaps in listening."""

from __future__ import annotations

import pytest

from restrike_lab.bout.findings import Finding
from tests.bout.auditor import CONFIRMED, Auditor
from tests.bout.court import LOAD

PARTS = {"pre": "pre", "at1": "at", "mch": "mch", "wg1": "wg", "sc1": "sc", "clk": "clk", "rnd": "rnd", "rdy": "rdy"}


def confirmed(court: Auditor, *without: str) -> list[Finding]:
    """End a round and confirm it but for some messages."""
    court.end_round(59)
    before = len(court.said)
    court.say(*(text for text in CONFIRMED if not text.startswith(without or ("-",))))
    court.rest()
    return court.said[before:]


@pytest.mark.parametrize(("code", "part"), PARTS.items())
def test_a_missing_part_of_a_load_is_found(code: str, part: str) -> None:
    court = Auditor()
    court.load()
    (found,) = court.load(code)
    assert (found.kind, found.streams) == ("load", (part,))
    assert found.match_id == (13 if part != "pre" else 14)


def test_a_part_that_only_some_consoles_send_is_missed_once_the_court_has_sent_it() -> None:
    court = Auditor()
    assert court.load("ref", "sup") == []
    court.load()
    (found,) = court.load("ref", "sup")
    assert found.streams == ("ref", "sup")


def test_a_part_that_a_court_never_sends_is_expected_no_longer() -> None:
    court = Auditor()
    told = [bool(court.load("rdy")) for _ in range(4)]
    assert told == [True, True, False, False]


def test_points_per_round_missing_in_the_load_are_told_when_the_match_sends_some() -> None:
    court = Auditor()
    court.load()
    assert court.load("s11") == []
    court.say("clk;02:00;start", "clk;01:59")
    found = court.say("s11;2;s21;0;s12;0;s22;0;s13;0;s23;0", "sc1;2;sc2;0", "pt1;2")
    assert [(one.kind, one.streams) for one in found] == [("load", ("s",))]


def test_a_load_without_any_message_that_names_the_match_is_a_load_all_the_same() -> None:
    court = Auditor()
    court.fight()
    (found,) = court.load("pre", "at1", "mch")
    assert found.streams == ("pre", "at", "mch")
    assert found.match_id is None


@pytest.mark.parametrize(("code", "part"), [("wrd", "wrd"), ("s11", "s"), ("rst", "rst"), ("rsr", "rsr")])
def test_a_missing_part_of_a_confirmation_is_found(code: str, part: str) -> None:
    court = Auditor()
    court.fight()
    confirmed(court)
    court.say("rnd;2", "clk;02:00;start", "clk;01:59")
    court.count(118, 60)
    (found,) = confirmed(court, code)
    assert (found.kind, found.streams, found.round) == ("confirmation", (part,), 2)


def test_a_round_that_nobody_confirmed_is_found_when_the_next_begins() -> None:
    court = Auditor()
    court.fight()
    court.end_round(59)
    (found,) = court.say("rnd;2")
    assert (found.kind, found.streams) == ("confirmation", ("wrd", "s"))


def test_winners_sent_again_are_no_second_confirmation() -> None:
    court = Auditor()
    court.fight()
    confirmed(court)
    court.say(CONFIRMED[0])
    court.rest()
    assert court.texts == []


@pytest.mark.parametrize(
    "messages",
    [
        ("clk;02:00;start", "clk;01:59"),
        ("clk;01:59", "clk;01:58"),
        ("clk;01:55", "clk;01:54"),
    ],
)
def test_a_lost_beginning_of_a_round_is_found_when_its_clock_runs(messages: tuple[str, ...]) -> None:
    court = Auditor()
    court.fight()
    confirmed(court)
    court.rest(20_000)
    court.say(*messages, after_ms=1_000)
    court.rest(500)
    rounds = [one for one in court.findings if one.kind == "round"]
    assert [one.text for one in rounds] == ["beginning of the round after round 1: message missing"]
    court.say("sc1;0;sc2;3", "s11;0;s21;0;s12;0;s22;3;s13;0;s23;0")
    (point,) = [one for one in court.rest(600) if one.kind == "point"]
    assert (point.round, point.points) == (2, 3)


def test_a_lost_beginning_of_a_round_shows_in_its_points_at_the_latest() -> None:
    court = Auditor()
    court.load("mch", "clk;")
    court.say("clk;01:59")
    court.count(118, 60)
    confirmed(court)
    court.rest(20_000)
    court.say("clk;01:40", "clk;01:39", after_ms=1_000)
    court.say("s11;0;s21;0;s12;0;s22;3;s13;0;s23;0", "pt2;3")
    court.rest()
    assert "beginning of the round after round 1: message missing" in court.texts
    assert not [one for one in court.findings if one.kind == "point"]


def test_a_round_number_that_goes_down_is_told_as_doubtful() -> None:
    court = Auditor()
    court.fight()
    confirmed(court)
    court.say("rnd;2")
    court.rest()
    (found,) = court.say("rnd;1")
    assert found.kind == "round"
    assert found.certainty == 0.5


@pytest.mark.parametrize(("told", "lost"), [("win;BLUE", "wmh"), ("wmh;Blue One;2-0 PTF", "win")])
def test_half_a_result_shows_the_other_half(told: str, lost: str) -> None:
    court = Auditor()
    court.fight()
    confirmed(court)
    court.say(told)
    (found,) = court.rest()
    assert (found.kind, found.streams) == ("result", (lost,))


def test_a_gap_in_listening_is_told_and_nothing_is_said_of_what_was_not_heard() -> None:
    court = Auditor()
    court.fight(60)
    (found,) = court.lose_interest(10)
    assert found.text == "nobody listened for 10.0 s: the hub was restarted"
    assert found.until_ns - found.from_ns == 10_000_000_000
    court.count(49, 40)
    court.say("sc1;7;sc2;4", "s11;7;s21;4;s12;0;s22;0;s13;0;s23;0", "pt1;2")
    court.rest(600)
    assert [one.kind for one in court.findings] == ["gap"]
    assert not court.quality.whole


def test_a_gap_before_anything_was_heard_is_told_too() -> None:
    court = Auditor()
    (found,) = court.lose_interest(1)
    assert found.kind == "gap"
    assert court.load() == []


def test_the_report_on_a_match_is_handed_over_with_the_next_load() -> None:
    court = Auditor()
    court.fight(60)
    court.say("clk;00:58", after_ms=2_000)
    court.say(LOAD[0])
    assert court.state.previous is not None
    assert court.state.previous.counts == {"tick": 1}
    assert court.quality.findings == ()
