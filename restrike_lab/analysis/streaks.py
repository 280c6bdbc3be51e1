"""Momentum: does a point make the same athlete's next point more likely?

In every bout the order of points is compared with all orders of the same points: who is better is in the numbers of
points, momentum only in their order. A run is a stretch of points of one athlete; few runs mean streaks, many mean that
athletes answer each other (Wald and Wolfowitz 1940).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb

import ibis
import numpy as np
from scipy import stats

from restrike_lab.analysis.estimate import Estimate, Floats, Test, critical, p_text, unknown
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table

__all__ = ["Momentum", "momentum", "runs_distribution", "runs_test"]

EXACT = 300
"""Up to so many points in all, the distribution of runs is worked out; beyond it is normal to many digits."""


@dataclass(frozen=True)
class Momentum:
    """Runs of points in all bouts against what the same points make in any order.

    ``repeats`` are points followed by one of the same athlete; ``excess`` is by which share of all followed points they
    are more than expected: positive for streaks, negative where athletes answer each other.
    """

    bouts: int
    points: int
    runs: int
    expected_runs: float
    excess: Estimate
    test: Test

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.bouts:
            return "No bout has points of both athletes, so there is no order to look at."
        found = f"{self.runs} runs in {self.points} points of {self.bouts} bouts, {self.expected_runs:.1f} expected"
        if math.isnan(self.test.p):
            return f"These points allow one number of runs only ({found}), so there is nothing to test."
        if not self.test.says_so:
            return f"No momentum is detectable: {found} ({p_text(self.test.p)})."
        word = "come in streaks" if self.excess.value > 0 else "answer each other"
        return f"Points {word}: {found} ({p_text(self.test.p)})."


def momentum(points: Table) -> Momentum:
    """Return whether points come in streaks; ``points`` needs seq, match_id, athlete.

    The test permutes points within each bout: given n1 and n2 points every order is as likely, and the exact
    distribution of the total number of runs follows from those of the bouts; two-sided p is twice the smaller tail.
    """
    scored = points.filter(points.match_id.notnull() & points.athlete.isin([1, 2]))
    order = ibis.window(group_by="match_id", order_by="seq")
    scored = scored.select("match_id", "athlete", before=scored.athlete.lag().over(order))
    changed = (scored.athlete != scored.before).fill_null(True)
    bouts = scored.group_by("match_id").aggregate(
        blue=(scored.athlete == 1).sum(), red=(scored.athlete == 2).sum(), runs=changed.sum()
    )
    bouts = bouts.filter((bouts.blue > 0) & (bouts.red > 0))
    alike = fetched(bouts.group_by(["blue", "red", "runs"]).aggregate(bouts=bouts.count()))
    rows = alike[["blue", "red", "runs", "bouts"]].to_numpy(float)
    return _pooled(rows)


def runs_test(athletes: Sequence[int]) -> Momentum:
    """Return the same for one sequence of scoring athletes, 1 or 2."""
    blue = sum(athlete == 1 for athlete in athletes)
    red = len(athletes) - blue
    if not blue or not red:
        return _pooled(np.zeros((0, 4)))
    runs = 1 + sum(a != b for a, b in pairwise(athletes))
    return _pooled(np.array([[blue, red, runs, 1]], float))


def runs_distribution(blue: int, red: int) -> Floats:
    """Return the probability of each number of runs 0, 1, 2, .. of so many points in random order.

    An even number 2k comes about in 2 C(n1-1, k-1) C(n2-1, k-1) ways, an odd 2k+1 in C(n1-1, k) C(n2-1, k-1) +
    C(n1-1, k-1) C(n2-1, k), of C(n1+n2, n1) in all.
    """
    ways = [0] * (2 * min(blue, red) + 2)
    for runs in range(2, len(ways)):
        k = runs // 2
        if runs % 2 == 0:
            ways[runs] = 2 * comb(blue - 1, k - 1) * comb(red - 1, k - 1)
        else:
            ways[runs] = comb(blue - 1, k) * comb(red - 1, k - 1) + comb(blue - 1, k - 1) * comb(red - 1, k)
    return np.array([way / comb(blue + red, blue) for way in ways])


def _pooled(rows: Floats) -> Momentum:
    """Return the result for rows of blue points, red points, runs, and how many bouts are like that."""
    method = "runs, permuted within the bout"
    if not len(rows):
        return Momentum(0, 0, 0, 0.0, unknown(method), Test(math.nan, math.nan, method))
    blue, red, runs, bouts = rows.T
    n = blue + red
    expected = 1 + 2 * blue * red / n
    variance = 2 * blue * red * (2 * blue * red - n) / (n * n * (n - 1))
    total, mean, spread = float(runs @ bouts), float(expected @ bouts), math.sqrt(float(variance @ bouts))
    followed = float((n - 1) @ bouts)
    excess = (mean - total) / followed
    # How much bouts differ in it, not how much they would by chance: this holds also where there is momentum.
    differences = (expected - runs) - excess * (n - 1)
    clusters = float(bouts.sum())
    error = (
        math.sqrt(float(bouts @ differences**2) * clusters / (clusters - 1)) / followed if clusters > 1 else math.nan
    )
    reach = critical(clusters - 1) * error if clusters > 1 else math.nan
    return Momentum(
        int(clusters),
        int(n @ bouts),
        int(total),
        mean,
        Estimate(excess, excess - reach, excess + reach, method),
        Test((total - mean) / spread if spread else math.nan, _p(rows, total, mean, spread), method),
    )


def _p(rows: Floats, total: float, mean: float, spread: float) -> float:
    if not spread:
        return math.nan
    if float((rows[:, 0] + rows[:, 1]) @ rows[:, 3]) > EXACT:
        return 2 * float(stats.norm.sf(max(0.0, abs(total - mean) - 0.5) / spread))
    chance = np.ones(1)
    for blue, red, _, bouts in rows.astype(int):
        for _ in range(bouts):
            chance = np.convolve(chance, runs_distribution(blue, red))
    lower, upper = chance[: int(total) + 1].sum(), chance[int(total) :].sum()
    return min(1.0, 2 * float(min(lower, upper)))
