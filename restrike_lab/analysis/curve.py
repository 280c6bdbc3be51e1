"""P(point | level): the curve this lab is about, as a logistic regression with three kinds of interval.

logit P = intercept + slope * level. The slope says by how much the log odds of a point rise per level. Three intervals:
*Wald* takes the model at its word, *profile* follows the likelihood and is the better one in small data, *clustered*
(sandwich) allows the hits of a bout or an athlete to be alike and is the one to report for data of many bouts.

Every threshold that asks "from which level on is a point as likely as p" lies at (logit p - intercept) / slope; its
interval is Fieller's (1954), which knows that a flat curve crosses p anywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from restrike_lab.analysis import logit
from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.estimate import Estimate, Floats, Test, around, critical, number, p_text, unknown

__all__ = ["Band", "Logistic", "expit", "fieller", "logistic"]


@dataclass(frozen=True)
class Band:
    """A curve over levels with a pointwise interval; probabilities 0..1."""

    levels: Floats
    p: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Logistic:
    """The logistic curve: slope and intercept in log odds, each with its intervals.

    ``half`` is the level at which half of the hits score, ``youden`` the one at which sensitivity + specificity of the
    rule "at least this level" is greatest under the curve. ``covariance`` is the robust one where clusters are known.
    """

    hits: int
    scored: int
    clusters: int
    trouble: str = ""
    separated: bool = False
    wald: Estimate = field(default_factory=unknown)
    profile: Estimate = field(default_factory=unknown)
    clustered: Estimate = field(default_factory=unknown)
    intercept: Estimate = field(default_factory=unknown)
    test: Test = field(default_factory=lambda: Test(math.nan, math.nan, "likelihood ratio"))
    robust_test: Test = field(default_factory=lambda: Test(math.nan, math.nan, "Wald, clustered"))
    coefficients: Floats = field(default_factory=lambda: np.full(2, math.nan), repr=False)
    covariance: Floats = field(default_factory=lambda: np.full((2, 2), math.nan), repr=False)
    degrees: float = math.inf
    half: Estimate = field(default_factory=unknown)
    youden: Estimate = field(default_factory=unknown)

    @property
    def slope(self) -> Estimate:
        """Return the slope with the interval to report: clustered where bouts are known, else profile."""
        if self.clusters > 1 and self.clustered.known and not self.separated:
            return self.clustered
        return self.profile

    def band(self, levels: Floats | None = None) -> Band:
        """Return the curve with its interval, made on the scale of log odds."""
        at = np.arange(1.0, 101.0) if levels is None else np.asarray(levels, float)
        design = np.stack([np.ones_like(at), at], axis=1)
        middle = design @ self.coefficients
        reach = critical(self.degrees) * np.sqrt(np.einsum("ki,ij,kj->k", design, self.covariance, design))
        return Band(at, expit(middle), expit(middle - reach), expit(middle + reach))

    def level_at(self, p: float) -> Estimate:
        """Return the level at which a hit scores with probability ``p``, 0 < p < 1, with Fieller's interval."""
        if self.trouble or not 0 < p < 1:
            return unknown("Fieller")
        shifted = self.coefficients - np.array([math.log(p / (1 - p)), 0.0])
        return fieller(shifted, self.covariance, self.degrees)

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so no curve can be fitted."
        if self.separated:
            end = "upper" if self.coefficients[1] > 0 else "lower"
            return (
                f"A step near level {number(self.half.value)} tells scored from missed hits ({self.hits} hits, at most "
                f"one level with both): the slope has no {end} end, and its value is Firth's."
            )
        test = self.robust_test if self.clusters > 1 else self.test
        if not test.says_so:
            how = f"{p_text(test.p)}; slope {self.slope}"
            return f"No effect of the level on scoring is detectable in {self.hits} hits ({how})."
        odds = math.exp(10 * self.slope.value)
        return (
            f"Ten levels more multiply the odds of a point by {odds:.2f} ({p_text(test.p)}); half of the hits score at "
            f"level {self.half}."
        )


def logistic(counts: Counts, *, profile: bool = True) -> Logistic:
    """Return the logistic curve P(point | level) of the counts.

    The clustered interval uses the sandwich (Liang and Zeger 1986) with G/(G-1) and Student's t with G - 1 degrees, G
    being the clusters of the scarcest kind. ``profile`` False leaves the profile interval out, which saves its search.
    """
    clusters = counts.clusters
    bare = Logistic(counts.hits, counts.points, clusters, counts.trouble)
    if counts.trouble:
        return bare
    # Centred levels keep the two coefficients nearly independent, so that the search is steady.
    centre = float(np.average(counts.levels, weights=counts.scored + counts.missed))
    design = np.stack([np.ones(len(counts.levels)), counts.levels - centre], axis=1)
    found = logit.fit(design, counts.scored, counts.missed)
    covariance, degrees, youden_covariance = found.covariance, math.inf, found.covariance
    rate = math.log(counts.rate / (1 - counts.rate))
    influences = _influences(design, found, counts.rate, counts.hits)
    if not found.separated:
        robust = counts.variance(*influences)
        youden_covariance = robust[:2, :2]
        if clusters > 1:
            covariance, degrees = robust[2:, 2:], clusters - 1.0
    slope, error = found.coefficients[1], math.sqrt(covariance[1, 1])
    interval = logit.profile_interval(design, counts.scored, counts.missed, found, 1) if profile else unknown()
    back = np.array([[1.0, -centre], [0.0, 1.0]])
    fitted = replace(
        bare,
        separated=found.separated,
        wald=around(slope, found.errors[1], "Wald"),
        profile=interval,
        clustered=around(slope, error, "clustered sandwich", degrees=degrees) if clusters > 1 else unknown(),
        test=Test(2 * (found.log_likelihood - found.null_log_likelihood), found.p, "likelihood ratio"),
        robust_test=_wald_test(slope, error, degrees),
        coefficients=back @ found.coefficients,
        covariance=back @ covariance @ back.T,
        degrees=degrees,
    )
    intercept = around(fitted.coefficients[0], math.sqrt(fitted.covariance[0, 0]), "Wald", degrees=degrees)
    at_rate = found.coefficients - np.array([rate, 0.0])
    youden = fieller(at_rate, youden_covariance, degrees).mapped(1.0, centre)
    return replace(fitted, intercept=intercept, half=fitted.level_at(0.5), youden=youden)


def fieller(line: Floats, covariance: Floats, degrees: float = math.inf) -> Estimate:
    """Return where the line ``line[0] + line[1] x`` crosses nought, with Fieller's interval (1954).

    The interval holds every x at which the line does not differ from nought; it is endless where the slope does not
    differ from nought itself.
    """
    if not line[1]:
        return unknown("Fieller")
    crossing = -line[0] / line[1]
    t2 = critical(degrees) ** 2
    a = line[1] ** 2 - t2 * covariance[1, 1]
    b = line[0] * line[1] - t2 * covariance[0, 1]
    c = line[0] ** 2 - t2 * covariance[0, 0]
    inside = b * b - a * c
    if not a > 0 or inside < 0:
        return Estimate(float(crossing), -math.inf, math.inf, "Fieller")
    root = math.sqrt(inside)
    return Estimate(float(crossing), float((-b - root) / a), float((-b + root) / a), "Fieller")


def expit(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def _influences(design: Floats, found: logit.Fit, rate: float, hits: int) -> tuple[Floats, Floats]:
    """Return what a hit adds to the estimates, by level, if it scored and if it did not.

    Columns 2 and 3 are intercept and slope; columns 0 and 1 the same with the log odds of the overall rate taken off
    the intercept. The rule "level at least L" is best by Youden where P(L) equals the overall rate: there the densities
    of scored and missed hits cross.
    """
    p = expit(design @ found.coefficients)
    score = design @ found.covariance
    log_odds = hits * rate * (1 - rate)

    def columns(outcome: float) -> Floats:
        influence = score * (outcome - p)[:, None]
        shifted = influence - np.array([(outcome - rate) / log_odds, 0.0])
        return np.concatenate([shifted, influence], axis=1)

    return columns(1.0), columns(0.0)


def _wald_test(value: float, error: float, degrees: float) -> Test:
    if not error:
        return Test(math.nan, math.nan, "Wald, clustered")
    t = value / error
    p = 2 * float(stats.norm.sf(abs(t)) if math.isinf(degrees) else stats.t.sf(abs(t), degrees))
    return Test(t, p, "Wald, clustered")
