"""Estimates of many, each drawn towards all by as much as it is uncertain (empirical Bayes).

An athlete with two hits and two points does not score with every hit. What the others do says where such a rate is
likely to lie; the fewer hits, the more it counts (Robbins 1956; Efron and Morris 1975; Casella 1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from restrike_lab.analysis.estimate import CONFIDENCE, Estimate, Floats, Numbers, around

__all__ = ["Shrunken", "shrink_means", "shrink_rates"]

ALIKE = 1e6
"""A prior worth this many hits leaves no difference between the members."""


@dataclass(frozen=True)
class Shrunken:
    """The estimates, in the order given, with the mean they are drawn to and how much that mean weighs.

    ``weight`` is in hits for rates; for means it is the spread between members (a standard deviation).
    """

    estimates: tuple[Estimate, ...]
    mean: float
    weight: float


def shrink_rates(scored: Numbers, hits: Numbers) -> Shrunken:
    """Return the share of each member under a beta-binomial model whose two parameters are fitted to all.

    The prior beta(m w, (1 - m) w) has the greatest marginal likelihood (Skellam 1948); a member's estimate is
    (scored + m w) / (hits + w), its interval that of its posterior. Members without hits get the prior, which weighs
    one hit at least.
    """
    ones, total = np.asarray(scored, float), np.asarray(hits, float)
    some = total > 0
    if not some.any():
        return Shrunken(tuple(Estimate(math.nan, method="beta-binomial") for _ in total), math.nan, math.nan)
    mean, weight = _prior(ones[some], total[some])
    a, b = mean * weight + ones, (1 - mean) * weight + total - ones
    tail = (1 - CONFIDENCE) / 2
    low, high = stats.beta.ppf(tail, a, b), stats.beta.ppf(1 - tail, a, b)
    made = zip(a / (a + b), low, high, strict=True)
    return Shrunken(
        tuple(Estimate(float(value), float(least), float(most), "beta-binomial") for value, least, most in made),
        mean,
        weight,
    )


def shrink_means(means: Floats, errors: Floats) -> Shrunken:
    """Return each mean drawn towards the common one under a normal model.

    The variance between members is DerSimonian and Laird's (1986); a mean keeps the share tau^2 / (tau^2 + error^2) of
    its distance from the common one.
    """
    values, variance = np.asarray(means, float), np.asarray(errors, float) ** 2
    known = np.isfinite(values) & (variance > 0)
    if not known.any():
        return Shrunken(tuple(Estimate(math.nan, method="normal") for _ in values), math.nan, math.nan)
    weight = 1 / variance[known]
    pooled = float((weight * values[known]).sum() / weight.sum())
    excess = float((weight * (values[known] - pooled) ** 2).sum()) - (known.sum() - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    weight = 1 / (variance[known] + between)
    mean = float((weight * values[known]).sum() / weight.sum())
    made = []
    for value, spread, is_known in zip(values, variance, known, strict=True):
        if not is_known:
            made.append(Estimate(math.nan, method="normal"))
            continue
        kept = between / (between + spread)
        made.append(around(mean + kept * (value - mean), math.sqrt(kept * spread), "normal"))
    return Shrunken(tuple(made), mean, math.sqrt(between))


def _prior(scored: Floats, hits: Floats) -> tuple[float, float]:
    """Return mean and weight of the beta prior with the greatest marginal likelihood."""
    start = (scored.sum() + 0.5) / (hits.sum() + 1)

    def loss(place: Floats) -> float:
        mean, weight = special.expit(place[0]), math.exp(min(place[1], math.log(ALIKE)))
        a, b = mean * weight, (1 - mean) * weight
        return float(-(special.betaln(a + scored, b + hits - scored) - special.betaln(a, b)).sum())

    begin = np.array([special.logit(start), math.log(20.0)])
    bounds = [(-12.0, 12.0), (0.0, math.log(ALIKE))]
    found = optimize.minimize(loss, begin, method="L-BFGS-B", bounds=bounds)
    return float(special.expit(found.x[0])), math.exp(float(found.x[1]))
