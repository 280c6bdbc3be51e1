"""Lost points, gam-jeoms and scores: what is said, when, how sure, and what later messages make of it."""

from __future__ import annotations

from restrike_lab.bout.findings import Finding
from tests.bout.auditor import Auditor

RST = "rst;1;st1;{};{};{};0;0;{};st2;{};{};{};0;0;{};"
WRD = "wrd;rd1;1;rd2;0;rd3;0"


def sc(blue: int, red: int) -> str:
    return f"sc1;{blue};sc2;{red}"


def s(blue: int, red: int) -> str:
    return f"s11;{blue};s21;{red};s12;0;s22;0;s13;0;s23;0"


def fight() -> Auditor:
    court = Auditor()
    court.fight(72)
    court.rest(300)
    return court


def confirm(court: Auditor, blue: int, red: int, statistics: str) -> list[Finding]:
    """End the round and confirm it; the clock was at 1:12."""
    before = len(court.said)
    court.end_round(71)
    court.say(WRD, s(blue, red), statistics, "rsr;")
    court.rest()
    return [one for one in court.said[before:] if one.kind in ("point", "gam_jeom", "score")]


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [one.text for one in findings]
    return findings[0]


def test_a_lost_point_is_named_with_athlete_technique_and_place() -> None:
    court = fight()
    court.say("hl2;60", sc(0, 3), s(0, 3))
    found = only(court.rest(600))
    assert found.text == "head point of red at 1:12 of round 1: message missing"
    assert (found.kind, found.athlete, found.points, found.round, found.clock_ms) == ("point", 2, 3, 1, 72_000)
    assert (found.streams, found.count, found.severity) == (("pt",), 1, "error")
    assert found.certainty > 0.9
    assert found.match_id == 1


def test_a_lost_point_is_said_within_a_second_of_its_score() -> None:
    court = fight()
    court.say(sc(0, 2), s(0, 2))
    begun = court.now_ms
    while not court.findings:
        court.rest(10)
    assert court.now_ms - begun <= 1_000


def test_the_evidence_names_the_events_that_show_it() -> None:
    court = fight()
    court.say(sc(0, 2))
    shown = court.seq
    court.say(s(0, 2))
    assert shown in only(court.rest(600)).evidence


def test_the_statistics_of_the_round_confirm_a_lost_point() -> None:
    court = fight()
    court.say(sc(0, 2), s(0, 2))
    first = only(court.rest(600))
    again = only(confirm(court, 0, 2, RST.format(0, 0, 0, 0, 1, 0, 0, 0)))
    assert (again.id, again.revision, again.status) == (first.id, 2, "confirmed")
    assert again.certainty > first.certainty
    assert set(first.evidence) < set(again.evidence)


def test_a_rise_that_the_statistics_do_not_count_was_a_correction_and_is_withdrawn() -> None:
    court = fight()
    court.say(sc(0, 2), s(0, 2))
    first = only(court.rest(600))
    again = only(confirm(court, 0, 2, RST.format(0, 0, 0, 0, 0, 0, 0, 0)))
    assert (again.id, again.status) == (first.id, "withdrawn")
    assert court.texts == []


def test_a_rise_while_the_clock_stands_waits_for_the_statistics() -> None:
    court = fight()
    court.say("clk;01:12;stop")
    court.rest(5_000)
    court.say(sc(0, 3), s(0, 3))
    assert court.rest(600) == []
    court.say("clk;01:12;start")
    found = only(confirm(court, 0, 3, RST.format(0, 0, 0, 0, 0, 1, 0, 0)))
    assert (found.kind, found.points, found.status, found.clock_ms) == ("point", 3, "confirmed", 72_000)


def test_two_lost_acts_are_taken_apart_by_the_statistics() -> None:
    court = fight()
    court.say(sc(0, 3), s(0, 3))
    assert only(court.rest(600)).points == 3
    confirm(court, 0, 3, RST.format(0, 0, 0, 0, 1, 0, 1, 0))
    assert sorted((one.athlete, one.points) for one in court.findings) == [(2, 1), (2, 2)]


def test_a_point_lost_with_its_scores_shows_in_the_next_score() -> None:
    court = fight()
    court.say(sc(5, 0), s(5, 0), "pt1;2")
    found = only(court.rest(600))
    assert (found.athlete, found.points) == (1, 3)
    assert "rose by more than its point" in found.reason


def test_a_point_lost_with_its_scores_and_the_statistics_alone_to_tell_is_found_in_the_round() -> None:
    court = fight()
    found = only(confirm(court, 0, 0, RST.format(1, 0, 0, 0, 0, 0, 0, 0)))
    assert (found.kind, found.athlete, found.points, found.round, found.clock_ms) == ("point", 1, 2, 1, None)
    assert found.text == "body point of blue in round 1: message missing"


def test_one_point_alone_is_a_punch_or_a_gam_jeom_and_both_are_said() -> None:
    court = fight()
    court.say(sc(1, 0), s(1, 0))
    found = only(court.rest(600))
    assert found.text == "punch point of blue, or gam-jeom of red, at 1:12 of round 1: message missing"
    assert found.certainty < 0.7


def test_the_next_wg_turns_a_doubtful_punch_into_a_gam_jeom() -> None:
    court = fight()
    court.say(sc(1, 0), s(1, 0))
    first = only(court.rest(600))
    court.count(71, 69)
    court.say(sc(2, 0), s(2, 0), "wg1;0;wg2;2")
    court.rest(600)
    found = only(court.findings)
    assert (found.id, found.kind, found.athlete) == (first.id, "gam_jeom", 2)
    assert found.text == "gam-jeom of red at 1:12 of round 1: message missing"


def test_the_next_wg_can_rule_a_gam_jeom_out() -> None:
    court = fight()
    court.say(sc(1, 0), s(1, 0))
    first = only(court.rest(600))
    court.count(71, 69)
    court.say(sc(2, 0), s(2, 0), "wg1;0;wg2;1")
    court.rest(600)
    found = only(court.findings)
    assert (found.id, found.kind, found.points) == (first.id, "point", 1)
    assert found.certainty > first.certainty


def test_one_point_while_the_clock_stands_is_taken_for_a_gam_jeom() -> None:
    court = fight()
    court.say("clk;01:12;stop")
    court.rest(3_000)
    court.say(sc(1, 0), s(1, 0))
    found = only(court.rest(600))
    assert (found.kind, found.athlete, found.streams) == ("gam_jeom", 2, ("wg",))


def test_a_wg_that_counts_two_at_once_shows_a_lost_gam_jeom() -> None:
    court = fight()
    court.say(sc(2, 0), s(2, 0), "wg1;0;wg2;2")
    court.rest(600)
    assert [(one.kind, one.athlete) for one in court.findings] == [("gam_jeom", 2)]


def test_a_last_gam_jeom_without_wg_is_found_by_the_statistics() -> None:
    court = fight()
    court.say(sc(1, 0), s(1, 0))
    court.rest(600)
    found = only(confirm(court, 1, 0, RST.format(0, 0, 0, 0, 0, 0, 0, 1)))
    assert (found.kind, found.athlete, found.status) == ("gam_jeom", 2, "confirmed")


def test_a_gam_jeom_taken_back_without_wg_is_found_by_the_statistics() -> None:
    court = fight()
    court.say(sc(1, 0), s(1, 0), "wg1;0;wg2;1")
    court.rest(600)
    court.say(sc(0, 0), s(0, 0))
    court.rest(300)
    found = only(confirm(court, 0, 0, RST.format(0, 0, 0, 0, 0, 0, 0, 0)))
    assert found.text == "gam-jeom of red taken back at 1:12 of round 1: message missing"


def test_a_score_told_once_is_a_lost_copy_of_low_severity() -> None:
    for lost, told in (("sc", s(0, 2)), ("s", sc(0, 2))):
        court = fight()
        court.say(told, "pt2;2")
        found = only(court.rest(600))
        assert (found.kind, found.streams, found.severity) == ("score", (lost,), "info")


def test_a_point_without_any_score_is_two_lost_messages_and_the_next_score_owes_nothing() -> None:
    court = fight()
    court.say("pt2;2")
    found = only(court.rest(600))
    assert (found.kind, found.streams, found.count) == ("score", ("sc", "s"), 2)
    assert found.text == "score after the body point of red at 1:12 of round 1: messages missing"
    court.say(sc(0, 5), s(0, 5), "pt2;3")
    assert court.rest(600) == []


def test_the_order_of_the_published_description_is_understood_as_well() -> None:
    court = fight()
    court.say("pt2;3", s(0, 3), sc(0, 3))
    court.rest(400)
    court.say(s(0, 5), sc(0, 5))
    found = only(court.rest(600))
    assert (found.athlete, found.points) == (2, 2)


def test_two_points_in_a_tenth_of_a_second_are_kept_apart() -> None:
    court = fight()
    court.say(sc(2, 0), s(2, 0), "pt1;2", sc(5, 0), s(5, 0))
    found = only(court.rest(600))
    assert (found.athlete, found.points) == (1, 3)


def test_a_console_that_counts_a_technique_under_another_name_causes_no_finding() -> None:
    court = fight()
    court.say(sc(4, 0), s(4, 0), "pt1;4")
    court.rest(300)
    assert confirm(court, 4, 0, RST.format(1, 0, 0, 0, 0, 0, 0, 0)) == []


def test_statistics_of_a_round_that_was_joined_in_the_middle_are_not_compared() -> None:
    court = Auditor()
    court.say("clk;01:30", "clk;01:29", after_ms=1_000)
    court.rest(300)
    court.say(sc(4, 2), s(4, 2), "pt1;2")
    court.say("clk;01:29;stop", "clk;0:00;stopEnd")
    court.rest(2_000)
    court.say(WRD, s(4, 2), RST.format(3, 0, 1, 0, 1, 0, 0, 0), "rsr;")
    court.rest()
    assert court.texts == []
    assert not court.quality.whole


def test_a_point_lost_after_joining_is_found_all_the_same() -> None:
    court = Auditor()
    court.say("clk;01:30", "clk;01:29", after_ms=1_000)
    court.rest(300)
    court.say(sc(4, 2), s(4, 2), "pt1;2")
    court.count(28 + 60, 26 + 60)
    court.rest(300)
    court.say(sc(4, 5))
    found = only(court.rest(600))
    assert found.text == "head point of red at 1:26 of an unknown round: message missing"


def test_ids_are_the_same_when_the_same_events_are_audited_again() -> None:
    def told() -> list[Finding]:
        court = fight()
        court.say(sc(1, 0), s(1, 0))
        court.rest(600)
        confirm(court, 1, 0, RST.format(0, 0, 0, 0, 0, 0, 0, 1))
        return court.said

    assert told() == told()
    assert {one.id for one in told()} == {"1.point.1"}


def test_the_report_sums_up_what_was_lost_and_what_was_checked() -> None:
    court = fight()
    court.say(sc(0, 2), s(0, 2))
    court.rest(300)
    court.say(sc(0, 4), s(0, 4), "pt2;2")
    court.rest(300)
    confirm(court, 0, 4, RST.format(0, 0, 0, 0, 2, 0, 0, 0))
    report = court.quality
    assert (report.match_id, report.whole, report.counts) == (1, True, {"point": 1})
    checks = {one.name: (one.agreed, one.compared) for one in report.checks}
    assert checks["changes of the score explained by a point or a gam-jeom"] == (1, 2)
    assert checks["statistics of a round against what was counted"] == (0, 1)
    assert report.messages.missing == 1
    assert any("hit levels" in line for line in report.not_provable)
    court.load()
    assert court.state.previous == report
