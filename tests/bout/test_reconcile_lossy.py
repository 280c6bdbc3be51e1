"""A tournament whose datagrams are lost at random: the list of the lost is what the findings are held to.

The figures at full length are printed by ``tests/benchmarks/loss_detection.py``; here the bounds are wider than what
is measured, so that they fail only where something broke.
"""

from __future__ import annotations

import pytest

from restrike_lab.bout.findings import Finding
from restrike_lab.bout.reconcile import AuditState, due, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.simulate.console import Sender
from restrike_lab.simulate.tournament import TournamentOptions
from tests.benchmarks.lossy import GROUPS, Heard, Score, audit, drop, lost_of, outcome, scores, tournament


def lossy(sender: Sender, bouts: int, share: float, *, legacy: bool = False) -> dict[str, Score]:
    datagrams = tournament(TournamentOptions(seed=4, bouts=bouts, sender=sender, legacy=legacy))
    left, lost = drop(datagrams, share, seed=1)
    return scores(outcome(left).last.values(), datagrams, lost_of(datagrams, lost))


@pytest.mark.parametrize(("share", "precision", "recall"), [(0.01, 0.97, 0.95), (0.05, 0.97, 0.85), (0.2, 0.95, 0.8)])
def test_losses_of_a_live_console_are_found(share: float, precision: float, recall: float) -> None:
    for group, score in lossy("console", 150, share).items():
        assert score.right > 0, group
        assert score.precision >= precision, group
        assert score.recall >= recall, group


@pytest.mark.parametrize("legacy", [False, True])
def test_losses_are_found_with_hits_behind_points_and_older_streams(legacy: bool) -> None:
    found = lossy("late-hit", 80, 0.02, legacy=legacy)
    assert all(score.precision >= 0.9 and score.recall >= 0.8 for score in found.values()), found


def test_without_statistics_of_rounds_points_are_still_found() -> None:
    found = lossy("doc", 150, 0.01)
    assert found["points"].precision >= 0.9
    assert found["points"].recall >= 0.95
    assert found["ticks"].precision == found["ticks"].recall == 1.0


def test_what_is_sure_is_right_and_is_said_within_a_second() -> None:
    datagrams = tournament(TournamentOptions(seed=4, bouts=100))
    left, lost = drop(datagrams, 0.05, seed=2)
    said = outcome(left)
    sure = [one for one in said.last.values() if one.certainty >= 0.9]
    for group, score in scores(sure, datagrams, lost_of(datagrams, lost)).items():
        assert score.precision >= 0.97, group
    assert max(said.delays_ms) <= 1_000


def test_the_loss_rate_of_the_ticks_contains_the_true_one() -> None:
    datagrams = tournament(TournamentOptions(seed=4, bouts=40))
    left, _ = drop(datagrams, 0.05, seed=3)
    reports = {}
    for _, state, _ in audit(left):
        if state.previous is not None:
            reports[state.previous.match_id] = state.previous
    fought = [one for one in reports.values() if one.ticks.expected > 100]
    inside = sum(one.ticks.low <= 0.05 <= one.ticks.high for one in fought)
    assert inside >= 0.85 * len(fought)
    missing, expected = sum(one.messages.missing for one in fought), sum(one.messages.expected for one in fought)
    assert missing / expected == pytest.approx(0.05, abs=0.01)


def test_every_group_is_compared() -> None:
    assert set(lossy("console", 2, 0.05)) == set(GROUPS)


def asked(datagrams: list[Heard], every_ns: int) -> dict[str, Finding]:
    """Return the findings where quiet moments are asked about every so often, or never (0)."""
    state, said, now_ns = AuditState(), [], 0
    for one in datagrams:
        while every_ns and now_ns + every_ns < one.mono_ns:
            now_ns += every_ns
            state, found = due(state, now_ns)
            said += found
        for message in one.messages:
            state, found = reconcile(state, message, Arrival(one.seq, one.mono_ns, one.mono_ns))
            said += found
    return {one.id: one for one in said}


def test_what_is_found_does_not_depend_on_how_often_somebody_asks() -> None:
    left, _ = drop(tournament(TournamentOptions(seed=4, bouts=8)), 0.2, seed=4)
    assert asked(left, 0) == asked(left, 100_000_000) == asked(left, 700_000_000)
