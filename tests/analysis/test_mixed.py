"""The mixed model: what it integrates, and that it finds athletes who differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.mixed_model import _Model, mixed


def drawn(spread: float, seed: int = 1) -> Counts:
    generator = np.random.default_rng(seed)
    athlete = np.repeat(np.arange(60), 40)
    level = generator.integers(20, 101, len(athlete))
    own = generator.normal(0, spread, 60)[athlete]
    return Counts.of(
        level, generator.random(len(level)) < 1 / (1 + np.exp(-0.05 * (level - 55) - own)), athlete=athlete
    )


def test_spread_and_slope_are_found_again() -> None:
    found = mixed(drawn(0.8))
    assert found.spread.covers(0.8)
    assert found.slope.covers(0.05)
    assert found.test.p < 1e-6
    assert len(found.effects) == 60
    assert "60 athletes differ" in found.statement


def test_athletes_who_do_not_differ_are_not_told_apart() -> None:
    found = mixed(drawn(0.0, seed=3))
    assert not found.test.says_so
    assert "do not differ detectably" in found.statement


def test_the_likelihood_is_the_integral_over_each_athletes_intercept() -> None:
    counts = Counts.of([30, 50, 60, 40, 80, 90], [0, 1, 0, 0, 1, 1], athlete=[1, 1, 1, 2, 2, 2])
    model = _Model(counts, 50.0)
    place = np.array([0.3, 1.1, math.log(0.9)])

    def one(code: int) -> float:
        inside = model.code == code

        def density(u: float) -> float:
            predictor = place[0] + place[1] * model.x[inside] + u
            p = 1 / (1 + np.exp(-predictor))
            likelihood = np.prod(p ** model.scored[inside] * (1 - p) ** model.missed[inside])
            return float(likelihood * stats.norm.pdf(u, 0, 0.9))

        return float(integrate.quad(density, -8, 8)[0])

    assert model.loss(place) == pytest.approx(-sum(math.log(one(code)) for code in (0, 1)), abs=1e-6)


def test_too_few_athletes_are_said_to_be_too_few() -> None:
    assert "There are 2 athletes" in mixed(Counts.of([30, 50], [0, 1], athlete=[1, 2])).statement
