"""Calibration, thresholds, many tests at once, and estimates drawn together: against the plain way of doing it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.multiple import benjamini_hochberg
from restrike_lab.analysis.reliability import brier, calibration, isotonic, wilson
from restrike_lab.analysis.roc_curve import roc
from restrike_lab.analysis.shrinkage import shrink_means, shrink_rates
from restrike_lab.analysis.threshold import thresholds


def hits(seed: int = 6, size: int = 1500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    level = generator.integers(20, 101, size)
    return level, generator.random(size) < 1 / (1 + np.exp(-0.08 * (level - 58))), np.arange(size) // 25


def test_isotonic_regression_is_sklearns() -> None:
    level, scored, _ = hits()
    counts = Counts.of(level, scored)
    known = IsotonicRegression().fit(level, scored).predict(counts.levels)
    assert isotonic(counts).p == pytest.approx(known, abs=1e-12)


def test_briers_score_is_sklearns_and_its_parts_add_up() -> None:
    level, scored, _ = hits()
    counts = Counts.of(level, scored)
    predicted = counts.levels / 101
    score, reliability, resolution, uncertainty = brier(predicted, counts.scored, counts.missed)
    assert score == pytest.approx(brier_score_loss(scored, level / 101))
    assert score == pytest.approx(reliability - resolution + uncertainty)


def test_a_curve_is_judged_on_bouts_it_has_not_seen() -> None:
    generator = np.random.default_rng(2)
    level, nothing = generator.integers(20, 101, 400), generator.random(400) < 0.4
    bout = np.arange(400) // 10
    found = calibration(Counts.of(level, nothing, match=bout))
    assert found.folds == 5
    assert found.skill < 0.01
    assert "folds of bouts" in found.statement
    assert "hits it was fitted to" in calibration(Counts.of(level, nothing)).statement


def test_a_true_curve_lies_within_the_observed_intervals_of_most_bins() -> None:
    level, scored, bout = hits(size=6000)
    found = calibration(Counts.of(level, scored, match=bout))
    assert sum(each.hits for each in found.bins) == 6000
    assert sum(each.observed.covers(each.predicted) for each in found.bins) >= 7
    assert 0.3 < found.skill < 0.6


def test_wilsons_interval_is_statsmodels() -> None:
    for scored, total in ((0, 7), (3, 9), (50, 50)):
        found = wilson(scored, total)
        assert (found.low, found.high) == pytest.approx(proportion_confint(scored, total, method="wilson"), abs=1e-12)


def test_youden_and_cost_are_the_best_of_all_cuts() -> None:
    level, scored, bout = hits()
    counts = Counts.of(level, scored, match=bout)
    curve = roc(counts)
    found = thresholds(counts, cost=3.0, console=20)
    best = int(np.argmax(curve.sensitivity + curve.specificity))
    assert found.youden.level.value == curve.cuts[best]
    assert found.youden.sensitivity == pytest.approx(curve.sensitivity[best])
    costs = {cut: (scored & (level < cut)).sum() + 3 * (~scored & (level >= cut)).sum() for cut in range(20, 102)}
    assert costs[int(found.cost.level.value)] == min(costs.values())
    assert found.console is not None
    assert (found.console.sensitivity, found.console.specificity) == (1.0, 0.0)
    for cut in (found.youden, found.cost, found.intersection):
        assert cut.level.low <= cut.level.value <= cut.level.high
        assert cut.phi == pytest.approx(np.corrcoef(scored, level >= cut.level.value)[0, 1])
        assert cut.accuracy == pytest.approx(np.mean(scored == (level >= cut.level.value)))


def test_the_intersection_is_where_two_normal_curves_cross() -> None:
    generator = np.random.default_rng(9)
    missed, scored = generator.normal(40, 8, 20_000), generator.normal(60, 12, 20_000)
    level = np.clip(np.concatenate([missed, scored]).round(), 1, 100).astype(int)
    counts = Counts.of(level, np.arange(40_000) >= 20_000)
    crossing = float(
        min(np.linspace(40, 60, 2001), key=lambda x: abs(stats.norm.pdf(x, 40, 8) - stats.norm.pdf(x, 60, 12)))
    )
    assert abs(thresholds(counts, draws=50).intersection.level.value - crossing) <= 1.5


def test_the_bootstrap_draws_bouts_and_repeats_itself() -> None:
    level, scored, bout = hits(size=600)
    counts = Counts.of(level, scored, match=bout)
    first, again = thresholds(counts, draws=200), thresholds(counts, draws=200)
    assert first.youden.level == again.youden.level
    few = thresholds(Counts.of(level[:60], scored[:60], match=bout[:60]))
    assert math.isnan(few.youden.level.low)


def test_benjamini_hochberg_is_statsmodels() -> None:
    p = [0.001, 0.2, 0.03, math.nan, 0.04, 0.9, 0.012]
    known = multipletests([value for value in p if value == value], method="fdr_bh")
    found = benjamini_hochberg(p)
    assert [value for value in found.adjusted if value == value] == pytest.approx(known[1])
    assert [each for each, value in zip(found.found, p, strict=True) if value == value] == known[0].tolist()
    assert benjamini_hochberg([math.nan]).statement == "No test could be made."


def test_rates_are_drawn_to_the_mean_by_their_uncertainty() -> None:
    generator = np.random.default_rng(12)
    true = generator.beta(12, 18, 400)
    total = generator.integers(1, 120, 400)
    scored = generator.binomial(total, true)
    found = shrink_rates(scored, total)
    assert found.mean == pytest.approx(0.4, abs=0.03)
    assert found.weight == pytest.approx(30, rel=0.4)
    drawn = np.array([each.value for each in found.estimates])
    assert ((drawn - true) ** 2).mean() < 0.6 * ((scored / total - true) ** 2).mean()
    covered = np.mean([each.covers(rate) for each, rate in zip(found.estimates, true, strict=True)])
    assert 0.9 < covered < 0.98


def test_members_that_do_not_differ_are_drawn_together_entirely() -> None:
    found = shrink_rates(np.full(30, 4), np.full(30, 10))
    assert all(each.value == pytest.approx(0.4, abs=1e-3) for each in found.estimates)
    means = shrink_means(np.array([50.0, 50.2, 49.9]), np.array([2.0, 2.0, 2.0]))
    assert means.weight == 0
    assert {each.value for each in means.estimates} == {means.mean}


def test_the_prior_has_the_greatest_marginal_likelihood() -> None:
    scored, total = np.array([3, 8, 1, 5]), np.array([10, 10, 9, 12])
    found = shrink_rates(scored, total)

    def likelihood(mean: float, weight: float) -> float:
        a, b = mean * weight, (1 - mean) * weight
        parts = [
            integrate.quad(lambda p, k=k, n=n: stats.binom.pmf(k, n, p) * stats.beta.pdf(p, a, b), 0, 1)[0]
            for k, n in zip(scored, total, strict=True)
        ]
        return float(np.log(parts).sum())

    best = likelihood(found.mean, found.weight)
    for mean, weight in ((0.95, 1.0), (1.05, 1.0), (1.0, 0.8), (1.0, 1.25)):
        assert likelihood(found.mean * mean, found.weight * weight) < best
