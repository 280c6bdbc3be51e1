"""What is simulated is found again as often as the intervals promise, and nothing is found where there is nothing.

The seed is drawn anew in every run and printed. Each share is judged over 1,000 tournaments; one that lies outside its
band is judged over 10,000, so that chance alone does not fail a test.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import numpy as np
import pytest

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import logistic
from restrike_lab.analysis.measures import association
from restrike_lab.analysis.roc_curve import roc
from restrike_lab.analysis.streaks import runs_test
from restrike_lab.simulate.model import Curve, LevelModel
from tests.analysis.light import Ask, Light, draw_levels, table, tally

RUNS, MORE = 1_000, 9_000
ONCE = "everyone fights once"
AGAIN = "same people meet again"
BAND = (0.93, 0.97)
FALSE_ALARMS = 0.07


def coverage(light: Light) -> dict[str, tuple[int, int]]:
    """Return how often each interval held the truth, with the number of tournaments."""
    truth, best_cut = light.truth(), light.best_cut()

    def ask(plain: Counts, relative: Counts) -> dict[str, bool]:
        curve, area = logistic(relative), roc(plain)
        return {
            "slope, clustered": curve.clustered.covers(light.curve.slope),
            "slope, profile": curve.profile.covers(light.curve.slope),
            "AUC, DeLong clustered": area.clustered.covers(truth.auc),
            "threshold, half of the hits score": curve.half.covers(light.curve.offset),
            "threshold, Youden by the curve": curve.youden.covers(best_cut),
        }

    return judged(light, ask, lambda share: BAND[0] <= share <= BAND[1])


def alarms(light: Light) -> dict[str, tuple[int, int]]:
    """Return how often each test said that there is an effect."""

    def ask(plain: Counts, relative: Counts) -> dict[str, bool]:
        curve, area, measures = logistic(relative, profile=False), roc(plain), association(plain)
        return {
            "slope, likelihood ratio": curve.test.says_so,
            "slope, Wald clustered": curve.robust_test.says_so,
            "AUC against chance, clustered": area.test.says_so,
            "point-biserial": measures.point_biserial.test.says_so,
            "Spearman": measures.spearman.test.says_so,
            "Mann-Whitney": measures.mann_whitney.test.says_so,
            "Kolmogorov-Smirnov": measures.kolmogorov_smirnov.says_so,
        }

    return judged(light, ask, lambda share: share <= FALSE_ALARMS)


def judged(light: Light, ask: Ask, is_good: Callable[[float], bool]) -> dict[str, tuple[int, int]]:
    """Return the counts of yes with the number of tournaments, more of them where a share is not good."""
    total = tally(light, ask, RUNS, GENERATOR)
    runs = RUNS
    if not all(is_good(count / runs) for count in total.values()):
        more = tally(light, ask, MORE, GENERATOR)
        total, runs = {name: count + more[name] for name, count in total.items()}, RUNS + MORE
    return {name: (count, runs) for name, count in total.items()}


SEED = secrets.randbits(32)
GENERATOR = np.random.default_rng(SEED)


def shown(capsys: pytest.CaptureFixture[str], title: str, columns: dict[str, dict[str, tuple[int, int]]]) -> None:
    names = list(next(iter(columns.values())))
    rows = {name: [each[name][0] / each[name][1] for each in columns.values()] for name in names}
    runs = min(runs for each in columns.values() for _, runs in each.values())
    with capsys.disabled():
        print("\n\n" + table(f"{title}; seed {SEED}", list(columns), rows, runs))


@pytest.mark.timeout(300)
def test_intervals_hold_the_truth_in_93_to_97_percent_of_tournaments(capsys: pytest.CaptureFixture[str]) -> None:
    found = {ONCE: coverage(Light()), AGAIN: coverage(Light(roster=12))}
    shown(capsys, "95 % intervals that held the truth (slope 0.08, threshold 35 above the console's)", found)
    for column, rows in found.items():
        for name, (count, runs) in rows.items():
            assert BAND[0] <= count / runs <= BAND[1], (column, name, SEED)


@pytest.mark.timeout(300)
def test_without_an_effect_at_most_7_percent_of_the_tests_say_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    flat = Curve(slope=0.0, rate_without_effect=0.4)
    found = {ONCE: alarms(Light(curve=flat)), AGAIN: alarms(Light(curve=flat, roster=12))}
    shown(capsys, "Tests that found an effect where there is none (at 5 %)", found)
    for column, rows in found.items():
        for name, (count, runs) in rows.items():
            assert count / runs <= FALSE_ALARMS, (column, name, SEED)


def test_momentum_is_found_in_at_most_7_percent_of_bouts_without_any(capsys: pytest.CaptureFixture[str]) -> None:
    orders = GENERATOR.random((RUNS, 24)) < 0.45
    found = sum(runs_test(np.where(order, 1, 2).tolist()).test.says_so for order in orders)
    with capsys.disabled():
        print(f"\n\nMomentum found in {100 * found / RUNS:.1f} % of {RUNS} bouts without any; seed {SEED}")
    assert found / RUNS <= FALSE_ALARMS


def test_levels_are_drawn_here_as_the_simulator_draws_them() -> None:
    model = LevelModel()
    u, strength = GENERATOR.random(500), GENERATOR.normal(0, 0.25, 500)
    minimum = GENERATOR.integers(1, 25, 500)
    known = [model.draw(*each) for each in zip(u.tolist(), strength.tolist(), minimum.tolist(), strict=True)]
    assert draw_levels(model, u, strength, minimum).tolist() == known
