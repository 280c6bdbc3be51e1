"""P(point | level) with athletes who differ: a logistic regression with an intercept of each athlete's own.

logit P = intercept + slope * level + u, u normal with mean 0 and a spread between athletes. Some athletes' hits score
more often than their level says: cleaner technique, better distance, or a sensor that sits well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import expit, logistic
from restrike_lab.analysis.estimate import Estimate, Floats, Test, around, number, p_text, unknown

__all__ = ["Mixed", "mixed"]

NODES = 9
NO_GAIN = 1e-4
"""Twice a difference of log likelihoods that the search for the maximum cannot tell from none."""

SMALLEST = -6.0
"""Logarithm of the least spread that is tried: no athlete differs by more than a trifle."""


@dataclass(frozen=True)
class Mixed:
    """Slope and intercept for the average athlete, the spread between athletes in log odds, and each athlete's own.

    ``effects`` are the most likely intercepts of the clusters of the counts, drawn to nought by their uncertainty;
    ``icc`` is spread^2 / (spread^2 + pi^2 / 3), the share of the hidden variance that lies between athletes.
    """

    hits: int
    athletes: int
    slope: Estimate = field(default_factory=unknown)
    intercept: Estimate = field(default_factory=unknown)
    spread: Estimate = field(default_factory=unknown)
    test: Test = field(default_factory=lambda: Test(math.nan, math.nan, "likelihood ratio"))
    effects: Floats = field(default_factory=lambda: np.zeros(0), repr=False)
    trouble: str = ""

    @property
    def icc(self) -> float:
        """Return the intraclass correlation on the scale of log odds."""
        variance = self.spread.value**2
        return variance / (variance + math.pi**2 / 3)

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so athletes cannot be told apart."
        if not self.test.says_so:
            return (
                f"{self.athletes} athletes do not differ detectably at equal level ({p_text(self.test.p)}); slope "
                f"{self.slope}."
            )
        return (
            f"At equal level {self.athletes} athletes differ by {self.spread} in log odds ({p_text(self.test.p)}, "
            f"share of variance {number(self.icc)}); slope {self.slope}."
        )


def mixed(counts: Counts) -> Mixed:
    """Return the mixed model of counts in clusters, usually ``count_levels(..., clusters=["athlete"])``.

    The likelihood is integrated over each athlete's intercept by adaptive Gauss-Hermite quadrature (Pinheiro and Bates
    1995). The test of the spread is the likelihood ratio with half a chance of nought (Self and Liang 1987). Takes the
    first kind of cluster; intervals are Wald's, that of the spread on its logarithm.
    """
    cells = counts.cells
    bare = Mixed(counts.hits, counts.clusters, trouble=counts.trouble)
    if counts.trouble:
        return bare
    if cells is None or counts.clusters < 3:
        return Mixed(counts.hits, counts.clusters, trouble=f"There are {counts.clusters} athletes")
    start = logistic(counts, profile=False)
    if start.separated:
        return Mixed(counts.hits, counts.clusters, trouble="Levels separate scored from missed hits")
    centre = float(np.average(counts.levels, weights=counts.scored + counts.missed))
    model = _Model(counts, centre)
    begin = np.array(
        [start.coefficients[0] + start.coefficients[1] * centre, start.coefficients[1] * model.scale, -1.0]
    )
    bounds = [(None, None), (None, None), (SMALLEST, 3.0)]
    found = optimize.minimize(model.loss, begin, method="L-BFGS-B", bounds=bounds)
    place = found.x
    alike = place[2] < SMALLEST + 1
    # Where the spread vanishes its logarithm has no curvature, and intercept and slope stand without it.
    covariance = _inverse_curvature(model.loss, place, 2 if alike else 3)
    errors = np.sqrt(np.clip(np.diag(covariance), 0, None))
    gain = 2 * (model.loss(np.array([*begin[:2], SMALLEST])) - found.fun)
    gain = gain if gain > NO_GAIN else 0.0
    spread = Estimate(0.0, 0.0, math.nan, "Wald")
    if not alike:
        reach = min(float(stats.norm.ppf(0.975)) * float(errors[2]), 50.0)
        size = math.exp(place[2])
        spread = Estimate(size, size * math.exp(-reach), size * math.exp(reach), "Wald")
    slope = around(place[1], errors[1], "Wald").mapped(1 / model.scale)
    shift = np.array([1.0, -centre / model.scale])
    intercept = around(float(shift @ place[:2]), math.sqrt(float(shift @ covariance[:2, :2] @ shift)), "Wald")
    return Mixed(
        counts.hits,
        counts.clusters,
        slope,
        intercept,
        spread,
        Test(gain, float(stats.chi2.sf(gain, 1)) / 2 if gain > 0 else 1.0, "likelihood ratio"),
        model.modes(place)[0],
    )


class _Model:
    """The counts as the likelihood needs them, with levels centred and of the order of 1."""

    def __init__(self, counts: Counts, centre: float) -> None:
        cells = counts.cells
        assert cells is not None
        level = counts.levels[cells.level] - centre
        self.scale = float(np.abs(level).max())
        self.x = level / self.scale
        self.scored, self.missed = cells.scored.astype(float), cells.missed.astype(float)
        self.code = next(iter(cells.codes.values()))
        self.size = int(self.code.max()) + 1
        nodes, weights = np.polynomial.hermite.hermgauss(NODES)
        self.nodes, self.weights = nodes, np.log(weights) + nodes**2

    def loss(self, place: Floats) -> float:
        """Return minus the log likelihood at (intercept, slope, log spread)."""
        mode, width = self.modes(place)
        spread = math.exp(place[2])
        parts = np.empty((NODES, self.size))
        for row, (node, weight) in enumerate(zip(self.nodes, self.weights, strict=True)):
            u = mode + math.sqrt(2) * width * node
            prior = -0.5 * (u / spread) ** 2 - math.log(spread) - 0.5 * math.log(2 * math.pi)
            parts[row] = weight + self._likelihood(place, u) + prior
        top = parts.max(axis=0)
        total = top + np.log(np.exp(parts - top).sum(axis=0)) + np.log(math.sqrt(2) * width)
        return float(-total.sum())

    def modes(self, place: Floats) -> tuple[Floats, Floats]:
        """Return each cluster's most likely intercept and how sharply it is known."""
        precision = math.exp(-2 * place[2])
        u = np.zeros(self.size)
        bend = np.full(self.size, precision)
        for _ in range(12):
            p = expit(place[0] + place[1] * self.x + u[self.code])
            slope = np.bincount(self.code, self.scored - (self.scored + self.missed) * p, self.size) - precision * u
            bend = np.bincount(self.code, (self.scored + self.missed) * p * (1 - p), self.size) + precision
            step = np.clip(slope / bend, -2, 2)
            u = u + step
            if np.abs(step).max() < 1e-9:
                break
        return u, 1 / np.sqrt(bend)

    def _likelihood(self, place: Floats, u: Floats) -> Floats:
        predictor = place[0] + place[1] * self.x + u[self.code]
        each = -(self.scored * np.logaddexp(0, -predictor) + self.missed * np.logaddexp(0, predictor))
        return np.asarray(np.bincount(self.code, each, self.size), float)


def _inverse_curvature(loss: Callable[[Floats], float], place: Floats, free: int) -> Floats:
    """Return the inverse of the matrix of second derivatives by the first ``free`` numbers, by central differences."""
    step = 1e-3
    axes = np.eye(len(place)) * step
    bend = np.empty((free, free))
    for row in range(free):
        for column in range(row + 1):
            a, b = axes[row], axes[column]
            corners = loss(place + a + b) - loss(place + a - b) - loss(place - a + b) + loss(place - a - b)
            bend[row, column] = bend[column, row] = corners / (4 * step * step)
    try:
        return np.asarray(np.linalg.inv(bend))
    except np.linalg.LinAlgError:
        return np.full((free, free), math.nan)
