"""Levels and curve: what is drawn follows what is stated, and the stated truth can be found again."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest

from restrike_lab.simulate.model import Curve, LevelModel, expected
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth


def hits_of(options: TournamentOptions) -> list[tuple[int, float, bool]]:
    """Return level, threshold and success of every hit of a tournament."""
    truths: list[BoutTruth] = []
    for _ in Tournament(options).stream(truths.append):
        pass
    return [(hit.level, truth.threshold, hit.point is not None) for truth in truths for hit in truth.hits]


def logistic_fit(pairs: list[tuple[float, bool]]) -> tuple[float, float, float]:
    """Return intercept, slope and the slope's standard error by Newton's method."""
    intercept = slope = 0.0
    variance = math.inf
    for _ in range(25):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for x, hit in pairs:
            p = 1 / (1 + math.exp(-(intercept + slope * x)))
            g0, g1 = g0 + hit - p, g1 + (hit - p) * x
            w = p * (1 - p)
            h00, h01, h11 = h00 + w, h01 + w * x, h11 + w * x * x
        determinant = h00 * h11 - h01 * h01
        intercept += (h11 * g0 - h01 * g1) / determinant
        slope += (h00 * g1 - h01 * g0) / determinant
        variance = h00 / determinant
    return intercept, slope, math.sqrt(variance)


@pytest.mark.parametrize("slope", [0.05, 0.1])
def test_the_curve_is_found_again_in_the_hits(slope: float) -> None:
    options = TournamentOptions(seed=7, bouts=150, curve=Curve(slope=slope))
    pairs = [(level - threshold, scored) for level, threshold, scored in hits_of(options)]
    assert len(pairs) > 3_000
    intercept, found, error = logistic_fit(pairs)
    assert found == pytest.approx(slope, abs=4 * error)
    assert abs(intercept) < 0.3


def test_without_effect_levels_say_nothing() -> None:
    options = TournamentOptions(seed=8, bouts=100, curve=Curve(slope=0.0, rate_without_effect=0.3))
    hits = hits_of(options)
    _, found, error = logistic_fit([(level - 50, scored) for level, _, scored in hits])
    assert abs(found) < 4 * error
    assert sum(scored for _, _, scored in hits) / len(hits) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(("strength", "minimum"), [(0.0, 1), (0.4, 20), (-0.5, 5)])
def test_levels_are_drawn_with_their_stated_probabilities(strength: float, minimum: int) -> None:
    levels, draw = LevelModel(), Random("levels")
    drawn = Counter(levels.draw(draw.random(), strength, minimum) for _ in range(20_000))
    pmf = levels.pmf(strength, minimum)
    assert sum(pmf) == pytest.approx(1.0)
    assert min(drawn) >= minimum
    assert max(drawn) <= 100
    for level, share in enumerate(pmf, 1):
        spread = math.sqrt(share * (1 - share) / 20_000)
        assert drawn[level] / 20_000 == pytest.approx(share, abs=5 * spread + 1e-9)


def test_half_of_the_hits_at_the_threshold_score_and_it_follows_the_class() -> None:
    curve = Curve(offset=30)
    assert curve.probability(50, min_body_level=20) == pytest.approx(0.5)
    assert curve.probability(53, min_body_level=23) == pytest.approx(0.5)
    assert curve.probability(60, min_body_level=20) > 0.6


def test_expected_values_agree_with_a_large_tournament() -> None:
    options = TournamentOptions(seed=9, bouts=250, frequencies=Frequencies(aggression_sd=0.0), athletes_per_class=80)
    minima = tuple((one.min_body_level, one.min_head_level) for one in options.weight_classes)
    truth = expected(options.curve, options.levels, minima)
    hits = hits_of(options)
    scored = Counter(level for level, _, won in hits if won)
    missed = Counter(level for level, _, won in hits if not won)
    pairs = sum(scored.values()) * sum(missed.values())
    above = sum(
        count * other * (1.0 if level > lower else 0.5 if level == lower else 0.0)
        for level, count in scored.items()
        for lower, other in missed.items()
    )
    assert above / pairs == pytest.approx(truth.auc, abs=0.02)
    assert sum(scored.values()) / len(hits) == pytest.approx(
        sum(share * rate for share, rate in zip(truth.hits, truth.scores, strict=True)), abs=0.02
    )
    assert abs(truth.youden - options.curve.threshold(20)) < 15


def test_without_effect_the_expected_auc_is_one_half() -> None:
    assert expected(Curve(slope=0.0), LevelModel(), ((20, 5),)).auc == pytest.approx(0.5)


def test_expected_values_with_fatigue_are_refused() -> None:
    with pytest.raises(ValueError, match="fatigue"):
        expected(Curve(), LevelModel(fatigue=0.1), ((20, 5),))
