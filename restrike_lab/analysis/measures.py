"""Whether harder hits score more often: five answers, all exact from the counts per level, ties included.

Every hit has a level and an outcome; scored is 1, missed 0. Intervals and p-values here take hits as independent; those
that respect bouts are in ``roc_curve`` and ``curve``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.estimate import CONFIDENCE, Estimate, Floats, Test, critical, number, p_text, unknown

__all__ = [
    "Association",
    "Correlated",
    "MannWhitney",
    "association",
    "hodges_lehmann",
    "kolmogorov_smirnov",
    "mann_whitney",
    "mid_ranks",
    "point_biserial",
    "spearman",
]


@dataclass(frozen=True)
class Correlated:
    """A correlation of -1..1 with its interval and test."""

    r: Estimate
    test: Test


@dataclass(frozen=True)
class MannWhitney:
    """The rank test: ``u`` counts the pairs of a scored and a missed hit in which the scored one is harder, ties half.

    ``auc`` is U / (n1 n0), ``rank_biserial`` 2 AUC - 1; ``test.statistic`` is U.
    """

    u: float
    auc: float
    rank_biserial: float
    test: Test


@dataclass(frozen=True)
class Association:
    """All measures of association side by side."""

    hits: int
    scored: int
    point_biserial: Correlated
    spearman: Correlated
    mann_whitney: MannWhitney
    shift: Estimate
    kolmogorov_smirnov: Test
    trouble: str = ""

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so level and scoring cannot be related."
        harder = self.mann_whitney.auc * 100
        test = self.mann_whitney.test
        verdict = "are harder than" if self.mann_whitney.auc > 0.5 else "are weaker than"
        if not test.says_so:
            verdict = "do not differ detectably from"
        return (
            f"Hits that scored {verdict} those that did not: of {self.hits} hits {self.scored} scored, a scored hit is "
            f"the harder of a pair in {harder:.1f} % ({p_text(test.p)}), the median gap {number(self.shift.value)}."
        )


def association(counts: Counts) -> Association:
    """Return every measure of how levels and scoring go together."""
    return Association(
        counts.hits,
        counts.points,
        point_biserial(counts),
        spearman(counts),
        mann_whitney(counts),
        hodges_lehmann(counts),
        kolmogorov_smirnov(counts),
        counts.trouble,
    )


def point_biserial(counts: Counts) -> Correlated:
    """Return the point-biserial correlation: Pearson's r of the level with the outcome 0/1.

    r = cov(level, y) / (sd(level) sd(y)), interval by Fisher's z (1921), test by Student's t with n - 2 degrees.
    """
    return _correlated(counts, counts.levels.astype(float), "point-biserial, Fisher z")


def spearman(counts: Counts) -> Correlated:
    """Return Spearman's rho (1904): Pearson's r of mid-ranks; the outcome's ranks are as good as 0/1.

    Interval by Fisher's z with the variance (1 + rho^2/2) / (n - 3) of Bonett and Wright (2000); test by Student's t.
    """
    return _correlated(counts, mid_ranks(counts), "Spearman, Bonett-Wright", widened=True)


def mann_whitney(counts: Counts) -> MannWhitney:
    """Return U of scored against missed hits (Mann and Whitney 1947), the AUC and the rank-biserial correlation.

    U = sum over levels of scored * (missed below + missed at the level / 2); AUC = U / (n1 n0) and r = 2 AUC - 1
    (Wendt 1972). p by the normal approximation with the variance corrected for ties and a continuity correction.
    """
    method = "Mann-Whitney, normal with ties"
    n1, n0 = counts.points, counts.hits - counts.points
    if not n1 or not n0:
        return MannWhitney(math.nan, math.nan, math.nan, Test(math.nan, math.nan, method))
    below = np.cumsum(counts.missed) - counts.missed
    u = float((counts.scored * (below + counts.missed / 2)).sum())
    auc = u / (n1 * n0)
    spread = math.sqrt(_u_variance(counts))
    p = math.nan
    if spread:
        p = min(1.0, 2 * float(stats.norm.sf(max(0.0, abs(u - n1 * n0 / 2) - 0.5) / spread)))
    return MannWhitney(u, auc, 2 * auc - 1, Test(u, p, method))


def hodges_lehmann(counts: Counts) -> Estimate:
    """Return the median of all differences scored - missed, in levels (Hodges and Lehmann 1963).

    The interval holds the differences between the ranks n1 n0 / 2 -+ z sd(U) (Moses; Lehmann 1975). Exact from the
    counts: the histogram of differences is the correlation of the two histograms of levels.
    """
    method = "Hodges-Lehmann, Moses"
    n1, n0 = counts.points, counts.hits - counts.points
    if not n1 or not n0:
        return unknown(method)
    first, span = int(counts.levels[0]), int(counts.levels[-1] - counts.levels[0]) + 1
    ones, zeros = np.zeros(span), np.zeros(span)
    ones[counts.levels - first], zeros[counts.levels - first] = counts.scored, counts.missed
    differences = np.arange(1 - span, span)
    reached = np.cumsum(np.rint(np.correlate(ones, zeros, "full")))
    pairs = n1 * n0
    reach = critical() * math.sqrt(_u_variance(counts))

    def at(rank: float) -> int:
        place = np.searchsorted(reached, min(max(rank, 1), pairs))
        return int(differences[min(int(place), len(differences) - 1)])

    middle = (at(math.floor((pairs + 1) / 2)) + at(math.ceil((pairs + 1) / 2))) / 2
    low, high = at(math.floor(pairs / 2 - reach)), at(math.ceil(pairs / 2 + reach + 1))
    return Estimate(middle, low, high, method)


def kolmogorov_smirnov(counts: Counts) -> Test:
    """Return the greatest distance between the two distributions of levels (Smirnov 1939).

    p by the limiting distribution at sqrt(n1 n0 / (n1 + n0)) D; with levels that tie it is conservative.
    """
    method = "Kolmogorov-Smirnov, asymptotic"
    n1, n0 = counts.points, counts.hits - counts.points
    if not n1 or not n0:
        return Test(math.nan, math.nan, method)
    distance = float(np.abs(np.cumsum(counts.scored) / n1 - np.cumsum(counts.missed) / n0).max())
    return Test(distance, float(stats.kstwobign.sf(math.sqrt(n1 * n0 / (n1 + n0)) * distance)), method)


def mid_ranks(counts: Counts) -> Floats:
    """Return the mean rank of the hits of each level, the weakest hit having rank 1."""
    both = counts.scored + counts.missed
    return np.asarray(np.cumsum(both) - (both - 1) / 2)


def _u_variance(counts: Counts) -> float:
    n1, n0 = counts.points, counts.hits - counts.points
    n = n1 + n0
    if n < 2:
        return 0.0
    ties = (counts.scored + counts.missed).astype(float)
    return n1 * n0 / 12 * ((n + 1) - float((ties**3 - ties).sum()) / (n * (n - 1)))


def _correlated(counts: Counts, x: Floats, method: str, *, widened: bool = False) -> Correlated:
    n, rate = counts.hits, counts.rate
    both = counts.scored + counts.missed
    mean = float((both * x).sum()) / n if n else math.nan
    spread = math.sqrt(float((both * (x - mean) ** 2).sum()) / n) if n else 0.0
    if not spread or not 0 < rate < 1:
        return Correlated(unknown(method), Test(math.nan, math.nan, method))
    covariance = float((counts.scored * (x - mean)).sum()) / n
    r = max(-1.0, min(1.0, covariance / (spread * math.sqrt(rate * (1 - rate)))))
    if n <= 3 or abs(r) == 1:
        p = 0.0 if abs(r) == 1 and n > 2 else math.nan
        return Correlated(Estimate(r, method=method), Test(r, p, method))
    t = r * math.sqrt((n - 2) / (1 - r * r))
    reach = critical(confidence=CONFIDENCE) * math.sqrt((1 + (r * r / 2 if widened else 0)) / (n - 3))
    z = math.atanh(r)
    interval = Estimate(r, math.tanh(z - reach), math.tanh(z + reach), method)
    return Correlated(interval, Test(r, 2 * float(stats.t.sf(abs(t), n - 2)), method))
