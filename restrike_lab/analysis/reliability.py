"""Whether a curve says what happens: of the hits it gives 70 %, do 70 % score?

A curve judged on the hits it was fitted to flatters itself, so it is judged across folds of whole bouts: each fold's
hits get the probability that the other folds' curve gives their level.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import logistic
from restrike_lab.analysis.estimate import Estimate, Floats, Ints, Numbers, number

__all__ = ["Bin", "Calibration", "Isotonic", "brier", "calibration", "isotonic", "wilson"]

Model = Callable[[Counts], Callable[[Floats], Floats]]


@dataclass(frozen=True)
class Bin:
    """One point of the reliability curve: what was predicted on average, and what share scored."""

    predicted: float
    observed: Estimate
    hits: int


@dataclass(frozen=True)
class Isotonic:
    """The curve that only rises: ``p`` for each of ``levels``, made of ``steps`` pieces."""

    hits: int
    levels: Ints
    p: Floats
    steps: int

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.hits:
            return "There are no hits, so there is no curve."
        first, last = number(float(self.p[0])), number(float(self.p[-1]))
        if self.steps == 1:
            return (
                f"No rise with the level: one rate of {first} for all {self.hits} hits fits as well as any that rises."
            )
        return f"The share of hits that score rises from {first} to {last} in {self.steps} steps ({self.hits} hits)."


@dataclass(frozen=True)
class Calibration:
    """The reliability curve and the Brier score with its parts (Murphy 1973).

    brier = reliability - resolution + uncertainty, over the distinct predictions; ``skill`` is 1 - brier / uncertainty,
    0 for a curve no better than the overall rate and 1 for one that knows.
    """

    hits: int
    folds: int
    bins: tuple[Bin, ...]
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    trouble: str = ""

    @property
    def skill(self) -> float:
        """Return the Brier skill score over the overall rate."""
        return 1 - self.brier / self.uncertainty if self.uncertainty else math.nan

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if self.trouble:
            return f"{self.trouble}, so no curve can be judged."
        how = f"across {self.folds} folds of bouts" if self.folds > 1 else "on the hits it was fitted to"
        agree = sum(each.observed.covers(each.predicted) for each in self.bins)
        return (
            f"Judged {how}, the curve explains {self.skill * 100:.1f} % of the uncertainty about {self.hits} hits "
            f"(Brier score {number(self.brier)}); in {agree} of {len(self.bins)} bins it lies in the observed interval."
        )


def calibration(counts: Counts, *, folds: int = 5, bins: int = 10, model: Model | None = None) -> Calibration:
    """Return how well P(point | level) is calibrated; ``model`` makes a curve from counts (default: logistic).

    Folds are made of whole clusters; without at least two clusters per fold the curve is judged on its own hits, and
    the statement says so. Bins hold about equally many hits; their intervals are Wilson's (1927).
    """
    if counts.trouble:
        return Calibration(counts.hits, 0, (), math.nan, math.nan, math.nan, math.nan, counts.trouble)
    fitted = model or _logistic_model
    used = folds if counts.clusters >= 2 * folds else 1
    predicted, scored, missed = _predictions(counts, used, fitted)
    score, reliability, resolution, uncertainty = brier(predicted, scored, missed)
    return Calibration(
        counts.hits, used, _bins(predicted, scored, missed, bins), score, reliability, resolution, uncertainty
    )


def isotonic(counts: Counts) -> Isotonic:
    """Return P(point | level) as the best curve that never falls.

    Pool adjacent violators (Ayer and others 1955): neighbouring levels whose rates fall are put together.
    """
    pools: list[tuple[float, float, int]] = []
    for scored, hits in zip(counts.scored, counts.scored + counts.missed, strict=True):
        ones, total, size = float(scored), float(hits), 1
        while pools and pools[-1][0] / pools[-1][1] >= ones / total:
            before = pools.pop()
            ones, total, size = ones + before[0], total + before[1], size + before[2]
        pools.append((ones, total, size))
    p = np.repeat([ones / total for ones, total, _ in pools], [size for *_, size in pools]).astype(float)
    return Isotonic(counts.hits, counts.levels, p, len(pools))


def brier(predicted: Floats, scored: Numbers, missed: Numbers) -> tuple[float, float, float, float]:
    """Return Brier's score (1950) of grouped predictions and Murphy's parts: reliability, resolution, uncertainty.

    Groups of the same prediction must have been put together; then score = reliability - resolution + uncertainty.
    """
    hits = scored + missed
    total = hits.sum()
    rate = scored.sum() / total
    observed = scored / hits
    score = float((scored * (1 - predicted) ** 2 + missed * predicted**2).sum() / total)
    reliability = float((hits * (predicted - observed) ** 2).sum() / total)
    resolution = float((hits * (observed - rate) ** 2).sum() / total)
    return score, reliability, resolution, float(rate * (1 - rate))


def wilson(scored: float, hits: float) -> Estimate:
    """Return a share with Wilson's interval (1927)."""
    if not hits:
        return Estimate(math.nan, method="Wilson")
    z2 = float(stats.norm.ppf(0.975)) ** 2
    share = scored / hits
    middle = (share + z2 / (2 * hits)) / (1 + z2 / hits)
    reach = math.sqrt(z2 * (share * (1 - share) + z2 / (4 * hits)) / hits) / (1 + z2 / hits)
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach), "Wilson")


def _logistic_model(counts: Counts) -> Callable[[Floats], Floats]:
    curve = logistic(counts, profile=False)
    if curve.trouble:
        return lambda levels: np.full(len(levels), counts.rate)
    return lambda levels: curve.band(levels).p


def _predictions(counts: Counts, folds: int, model: Model) -> tuple[Floats, Numbers, Numbers]:
    """Return the distinct predictions in ascending order with how many of their hits scored and missed."""
    if folds == 1 or counts.cells is None:
        values, ones, zeros = model(counts)(counts.levels.astype(float)), counts.scored, counts.missed
    else:
        cells = counts.cells
        fold = next(iter(cells.codes.values())) % folds
        parts = []
        for number_ in range(folds):
            inside = fold == number_
            level = counts.levels[cells.level]
            curve = model(Counts.summed(level[~inside], cells.scored[~inside], cells.missed[~inside]))
            held = Counts.summed(level[inside], cells.scored[inside], cells.missed[inside])
            parts.append((curve(held.levels.astype(float)), held.scored, held.missed))
        values, ones, zeros = (np.concatenate(column) for column in zip(*parts, strict=True))
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.bincount(place, ones), np.bincount(place, zeros)


def _bins(predicted: Floats, scored: Numbers, missed: Numbers, bins: int) -> tuple[Bin, ...]:
    hits = scored + missed
    middle = np.cumsum(hits) - hits / 2
    place = np.minimum((middle / hits.sum() * bins).astype(int), bins - 1)
    made = []
    for number_ in np.unique(place):
        inside = place == number_
        total = float(hits[inside].sum())
        average = float((predicted * hits)[inside].sum() / total)
        made.append(Bin(average, wilson(float(scored[inside].sum()), total), int(total)))
    return tuple(made)
