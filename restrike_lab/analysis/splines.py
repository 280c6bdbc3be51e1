"""P(point | level) without a straight line: a restricted cubic spline, and whether it is needed.

The spline is cubic between its knots and straight beyond the outer ones (Stone and Koo 1985; Harrell 2001, with the
knots at fixed quantiles of the levels). It contains the logistic line, so the likelihood ratio of the two tells whether
the line bends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from restrike_lab.analysis import logit
from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import Band, expit
from restrike_lab.analysis.estimate import Floats, Numbers, Test, critical, p_text

__all__ = ["Spline", "spline"]

QUANTILES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}
"""Harrell's (2001) places of the knots."""


@dataclass(frozen=True)
class Spline:
    """The spline's curve with its pointwise interval over the levels seen, and the test against the logistic line."""

    hits: int
    knots: tuple[float, ...]
    band: Band | None
    test: Test
    trouble: str = ""

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so no spline can be fitted."
        if self.test.says_so:
            return f"The curve bends: a spline fits {self.hits} hits better than the line ({p_text(self.test.p)})."
        return f"A straight line in log odds is enough for these {self.hits} hits ({p_text(self.test.p)})."


def spline(counts: Counts, *, knots: int = 4) -> Spline:
    """Return the restricted cubic spline with 3, 4 or 5 ``knots`` at quantiles of the levels.

    The interval is clustered (sandwich) where bouts are known. Levels are divided by their spread before they are
    raised to powers.
    """
    nothing = Test(math.nan, math.nan, "likelihood ratio")
    if counts.trouble:
        return Spline(counts.hits, (), None, nothing, counts.trouble)
    both = counts.scored + counts.missed
    places = _quantiles(counts.levels, both, QUANTILES[knots])
    if len(places) < 3:
        few = f"{len(counts.levels)} distinct levels are too few for a spline"
        return Spline(counts.hits, tuple(places), None, nothing, few)
    design = _basis(counts.levels.astype(float), places)
    line = logit.fit(design[:, :2], counts.scored, counts.missed)
    bent = logit.fit(design, counts.scored, counts.missed)
    if line.separated or bent.separated:
        return Spline(counts.hits, tuple(places), None, nothing, "Levels separate scored from missed hits")
    gain = 2 * (bent.log_likelihood - line.log_likelihood)
    test = Test(gain, float(stats.chi2.sf(gain, design.shape[1] - 2)), "likelihood ratio")
    return Spline(counts.hits, tuple(places), _band(counts, design, bent, places), test)


def _band(counts: Counts, design: Floats, found: logit.Fit, places: Floats) -> Band:
    covariance, degrees = found.covariance, math.inf
    if counts.clusters > 1:
        p = expit(design @ found.coefficients)
        influence = design @ found.covariance
        covariance = counts.variance(influence * (1 - p)[:, None], influence * -p[:, None])
        degrees = counts.clusters - 1.0
    at = np.arange(counts.levels[0], counts.levels[-1] + 1).astype(float)
    rows = _basis(at, places)
    middle = rows @ found.coefficients
    reach = critical(degrees) * np.sqrt(np.einsum("ki,ij,kj->k", rows, covariance, rows).clip(0))
    return Band(at, expit(middle), expit(middle - reach), expit(middle + reach))


def _quantiles(levels: Numbers, weights: Numbers, shares: tuple[float, ...]) -> Floats:
    reached = np.cumsum(weights) / np.sum(weights)
    return np.unique(levels[np.searchsorted(reached, shares)]).astype(float)


def _basis(x: Floats, knots: Floats) -> Floats:
    """Return intercept, level and the restricted cubic terms, all of the order of 1."""
    last, before = knots[-1], knots[-2]
    spread = last - knots[0]

    def cubed(knot: float) -> Floats:
        return np.asarray(np.clip(x - knot, 0, None) ** 3)

    columns = [np.ones_like(x), (x - knots[0]) / spread]
    for knot in knots[:-2]:
        tail = cubed(before) * (last - knot) / (last - before) - cubed(last) * (before - knot) / (last - before)
        columns.append((cubed(knot) - tail) / spread**3)
    return np.stack(columns, axis=1)
