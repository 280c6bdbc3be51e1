"""Where nothing was lost nothing is found, however odd it looks."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from restrike_lab.bout.reconcile import AuditState, gap, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import parse
from restrike_lab.simulate.console import Sender
from restrike_lab.simulate.tournament import TournamentOptions
from tests.benchmarks.lossy import Heard, audit, hurried, outcome, shuffled, tournament
from tests.bout.auditor import CONFIRMED, Auditor
from tests.bout.court import LOAD

SENDERS: tuple[tuple[Sender, bool], ...] = (("console", False), ("doc", False), ("late-hit", True))
RST = "rst;1;st1;{};{};{};0;0;{};st2;{};{};{};0;0;{};"


def live(messages: list[tuple[int, bytes]]) -> list[Heard]:
    return [Heard(seq, ms * 1_000_000 + 1, tuple(parse(raw))) for seq, (ms, raw) in enumerate(messages, start=1)]


@pytest.mark.parametrize("speed", [1, 50, 1_000_000])
def test_the_live_capture_gives_no_finding_at_any_speed(live_messages: list[tuple[int, bytes]], speed: float) -> None:
    assert outcome(hurried(live(live_messages), speed)).first == {}


def test_in_the_live_capture_every_comparison_agrees(live_messages: list[tuple[int, bytes]]) -> None:
    reports = []
    for _, state, _ in audit(live(live_messages)):
        if state.previous is not None and (not reports or reports[-1] is not state.previous):
            reports.append(state.previous)
    compared = {one.name: [0, 0] for one in reports[0].checks}
    for check in (check for report in reports for check in report.checks):
        compared[check.name][0] += check.agreed
        compared[check.name][1] += check.compared
    # The console announced 1-2 with the winners 1, 2, 1: what is decided off the mat is no loss.
    assert compared.pop("rounds won against the winners of the rounds") == [1, 2]
    assert all(agreed == made for agreed, made in compared.values())
    assert compared["scores told twice, as sc and as points per round"] == [13, 13]
    assert compared["statistics of a round against what was counted"] == [9, 9]


@pytest.mark.parametrize(("sender", "legacy"), SENDERS)
def test_simulated_bouts_give_no_finding(sender: Sender, legacy: bool) -> None:
    for seed in (5, 6):
        options = TournamentOptions(seed=seed, bouts=40, sender=sender, legacy=legacy)
        assert outcome(tournament(options)).first == {}


def test_five_hundred_simulated_bouts_give_no_finding() -> None:
    assert outcome(tournament(TournamentOptions(seed=77, bouts=500, round_seconds=60))).first == {}


@pytest.mark.parametrize("delay_ms", [3, 5, 8])
def test_messages_a_few_ms_out_of_order_give_no_finding(delay_ms: float) -> None:
    for sender, legacy in SENDERS:
        datagrams = tournament(TournamentOptions(seed=8, bouts=12, sender=sender, legacy=legacy))
        assert outcome(shuffled(datagrams, delay_ms, 1)).first == {}


@pytest.mark.parametrize("speed", [0.5, 50, 1_000_000])
def test_a_replay_at_another_speed_gives_no_finding(speed: float) -> None:
    for sender, legacy in SENDERS:
        datagrams = tournament(TournamentOptions(seed=9, bouts=12, sender=sender, legacy=legacy))
        assert outcome(hurried(datagrams, speed)).first == {}


def test_listening_that_begins_and_ends_anywhere_gives_no_finding() -> None:
    for sender, legacy in SENDERS:
        datagrams = tournament(TournamentOptions(seed=10, bouts=6, sender=sender, legacy=legacy))
        for begin in Random(1).sample(range(len(datagrams)), 40):
            heard = datagrams[begin : begin + 900]
            assert outcome(heard, quiet_end=False).first == {}, f"{sender} from {begin}"


def test_a_gap_in_listening_is_the_only_finding_of_it() -> None:
    datagrams = tournament(TournamentOptions(seed=11, bouts=6))
    draw = Random(2)
    for _ in range(40):
        begin, length = draw.randrange(len(datagrams) - 200), draw.randint(1, 200)
        state = AuditState()
        said = []
        for one in datagrams[max(0, begin - 600) : begin + length + 900]:
            at = Arrival(one.seq, one.mono_ns, one.mono_ns)
            if begin <= one.seq < begin + length:
                continue
            if one.seq == begin + length:
                state, found = gap(state, one.mono_ns, one.mono_ns, at)
                assert [finding.kind for finding in found] == ["gap"]
            for message in one.messages:
                state, found = reconcile(state, message, at)
                said += found
        assert said == []


def test_a_score_right_after_the_clock_stopped_is_no_loss() -> None:
    court = Auditor()
    court.fight(115)
    court.say("clk;01:55;stop", after_ms=200)
    court.say("sc1;12;sc2;0", "s11;12;s21;0;s12;0;s22;0;s13;0;s23;0", after_ms=20)
    # A 12-point score is no single act; what matters here is the order, so its points come in four messages.
    court.say("pt1;3", "pt1;3", "pt1;3", "pt1;3", "clk;0:00;stopEnd", after_ms=15)
    court.rest()
    assert court.texts == []


def test_a_gam_jeom_while_the_clock_stands_is_no_loss() -> None:
    court = Auditor()
    court.fight()
    court.say("clk;01:00;stop")
    court.rest(5_000)
    court.say("sc1;0;sc2;1", "s11;0;s21;1;s12;0;s22;0;s13;0;s23;0", "wg1;1;wg2;0")
    court.rest()
    assert court.texts == []


def test_a_gam_jeom_taken_back_is_no_loss() -> None:
    court = Auditor()
    court.fight()
    for red, blue_warned in ((1, 1), (0, 0)):
        court.say(f"sc1;0;sc2;{red}", f"s11;0;s21;{red};s12;0;s22;0;s13;0;s23;0", f"wg1;{blue_warned};wg2;0")
        court.rest()
    assert court.texts == []


def test_a_score_that_falls_by_hand_is_no_loss() -> None:
    court = Auditor()
    court.fight()
    court.say("sc1;3;sc2;0", "s11;3;s21;0;s12;0;s22;0;s13;0;s23;0", "pt1;3")
    court.rest(600)
    court.say("sc1;0;sc2;0", "s11;0;s21;0;s12;0;s22;0;s13;0;s23;0")
    court.end_round(59)
    court.say(CONFIRMED[0], CONFIRMED[1], RST.format(0, 1, 0, 0, 0, 0, 0, 0), "rsr;")
    court.rest()
    assert court.texts == []


def test_a_score_raised_by_hand_after_a_challenge_is_no_loss() -> None:
    court = Auditor()
    court.fight()
    court.say("clk;01:00;stop", "ch1;", "ch1;1", "ch1;1;1")
    court.rest(3_000)
    court.say("sc1;1;sc2;0", "s11;1;s21;0;s12;0;s22;0;s13;0;s23;0", "ch1;-1")
    court.rest(2_000)
    court.say("clk;01:00;start")
    court.end_round(59)
    court.say(CONFIRMED[0], "s11;1;s21;0;s12;0;s22;0;s13;0;s23;0", CONFIRMED[2], "rsr;")
    court.rest()
    assert court.said == []


def test_a_correction_of_the_clock_is_no_loss() -> None:
    court = Auditor()
    court.fight()
    court.say("clk;01:00;stop", "clk;01:07;corr", "clk;01:07;start", after_ms=3_000)
    court.count(66, 60)
    assert court.texts == []


def test_a_start_that_its_first_second_overtakes_is_no_loss() -> None:
    court = Auditor()
    court.load()
    court.say("clk;01:59", "clk;02:00;start", after_ms=2)
    court.count(118, 110)
    assert court.texts == []


def test_a_stop_that_overtakes_its_second_is_no_loss() -> None:
    court = Auditor()
    court.fight(60)
    court.say("clk;00:59;stop", after_ms=998)
    court.say("clk;00:59", after_ms=2)
    court.rest()
    assert court.texts == []


def test_a_conventional_bout_whose_sc_is_the_total_gives_no_finding() -> None:
    court = Auditor()
    court.load("s11", "wrd")
    court.say("clk;02:00;start", "clk;01:59")
    court.rest(500)
    court.say("sc1;3;sc2;0", "pt1;3")
    court.count(118, 110)
    court.end_round(109)
    court.say("rnd;2")
    court.rest(5_000)
    court.say("clk;02:00;start", "clk;01:59")
    court.rest(500)
    court.say("sc1;3;sc2;2", "pt2;2")
    court.rest(500)
    court.say("sc1;4;sc2;2", "wg1;0;wg2;1")
    court.rest()
    assert court.texts == []


def test_loads_that_repeat_replace_and_abort_give_no_finding() -> None:
    court = Auditor()
    court.load()
    court.load()
    court.fight(90)
    court.say(*(text.replace("101", "102") for text in LOAD), after_ms=2)
    court.rest()
    assert court.texts == []


def test_a_walkover_right_after_the_load_is_no_loss() -> None:
    court = Auditor()
    court.load()
    court.say("win;BLUE", "wmh;Blue One;0-0 WDR", after_ms=15)
    court.rest()
    assert court.texts == []


def test_where_nothing_changes_the_state_stays_the_very_same() -> None:
    court = Auditor()
    court.fight()
    before = court.state
    court.say("hl1;99", "avt;1", "what is this", "Udp Port 6000 connected;")
    assert court.state is before


def test_a_tick_leaves_nothing_pending() -> None:
    court = Auditor()
    court.fight()
    assert court.state.due_ns == 0
    first = court.state
    court.count(59, 58)
    assert replace(court.state, ticks=first.ticks) == first
