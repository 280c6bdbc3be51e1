"""How well the level alone tells points from misses: the ROC curve and the area under it.

The rule "a hit of at least L scores" has a sensitivity (share of scored hits at or above L) and a specificity (share of
missed hits below L) for each L. The area under the curve is the probability that a scored hit is harder than a missed
one, ties counting half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.estimate import Estimate, Floats, Ints, Test, around, p_text, unknown

__all__ = ["Roc", "roc"]

UNIT = (0.0, 1.0)


@dataclass(frozen=True)
class Roc:
    """The ROC curve by cut, and its area with DeLong's interval and the one for clustered hits.

    ``cuts`` are levels: a hit at or above the cut counts as scoring.
    """

    hits: int
    scored: int
    cuts: Ints
    sensitivity: Floats
    specificity: Floats
    delong: Estimate
    clustered: Estimate
    variance: float
    test: Test
    trouble: str = ""

    @property
    def auc(self) -> Estimate:
        """Return the area with the interval to report: clustered where bouts are known."""
        return self.clustered if self.clustered.known else self.delong

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so there is no ROC curve."
        if math.isnan(self.test.p):
            return (
                f"The level alone puts a scored above a missed hit with probability {self.auc}; {self.hits} hits are "
                "too few, or too much of one mind, for an interval."
            )
        return (
            f"The level alone puts a scored above a missed hit with probability {self.auc} ({p_text(self.test.p)} "
            f"against chance, {self.hits} hits)."
        )


def roc(counts: Counts) -> Roc:
    """Return the ROC curve with the area's intervals.

    DeLong, DeLong and Clarke-Pearson (1988): the variance of the area is S10 / n1 + S01 / n0, the variances of the
    placements of scored and of missed hits; here from counts per level. For hits in clusters the placements are summed
    per cluster (Obuchowski 1997) and the interval uses Student's t. Both are cut to 0..1. The test is against 0.5.
    """
    cuts = counts.levels
    n1, n0 = counts.points, counts.hits - counts.points
    if not n1 or not n0:
        empty = np.zeros(0)
        nothing = Test(math.nan, math.nan, "DeLong")
        return Roc(counts.hits, n1, cuts, empty, empty, unknown("DeLong"), unknown(), math.nan, nothing, counts.trouble)
    missed_below = np.cumsum(counts.missed) - counts.missed
    scored_above = n1 - np.cumsum(counts.scored)
    sensitivity = (scored_above + counts.scored) / n1
    specificity = missed_below / n0
    placed_scored = (missed_below + counts.missed / 2) / n0
    placed_missed = (scored_above + counts.scored / 2) / n1
    area = float((counts.scored * placed_scored).sum() / n1)
    variance = _part(counts.scored, placed_scored, area) + _part(counts.missed, placed_missed, area)
    delong = _interval(area, variance, "DeLong", math.inf)
    clustered, used, degrees = unknown(), variance, math.inf
    if counts.clusters > 1 and delong.low < delong.high:
        used = float(
            counts.variance(((placed_scored - area) / n1)[:, None], ((placed_missed - area) / n0)[:, None])[0, 0]
        )
        degrees = counts.clusters - 1.0
        clustered = _interval(area, used, "DeLong, clustered", degrees)
    return Roc(
        counts.hits,
        n1,
        cuts,
        sensitivity,
        specificity,
        delong,
        clustered,
        variance,
        _against_chance(area, used, degrees),
        counts.trouble,
    )


def _interval(area: float, variance: float, method: str, degrees: float) -> Estimate:
    """Return the area with its interval; none where all pairs agree, since a variance of nought knows nothing."""
    if not variance > 0:
        return Estimate(area, method=method)
    return around(area, math.sqrt(variance), method, degrees=degrees, within=UNIT)


def _part(count: Ints, placed: Floats, area: float) -> float:
    n = int(count.sum())
    return float((count * (placed - area) ** 2).sum() / (n - 1) / n) if n > 1 else math.nan


def _against_chance(area: float, variance: float, degrees: float) -> Test:
    if math.isnan(variance) or variance <= 0:
        return Test(math.nan, math.nan, "DeLong")
    t = (area - 0.5) / math.sqrt(variance)
    return Test(t, 2 * float(stats.norm.sf(abs(t)) if math.isinf(degrees) else stats.t.sf(abs(t), degrees)), "DeLong")
