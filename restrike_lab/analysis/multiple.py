"""Many tests at once: which discoveries are likely to be real (Benjamini and Hochberg 1995)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from restrike_lab.analysis.counts import count_levels
from restrike_lab.analysis.curve import Logistic, logistic
from restrike_lab.analysis.linking import Table

__all__ = ["Discoveries", "Strata", "benjamini_hochberg", "curves_by"]


@dataclass(frozen=True)
class Discoveries:
    """The tests in the order given: ``adjusted`` p-values, and which are discoveries at the ``rate`` asked for."""

    p: tuple[float, ...]
    adjusted: tuple[float, ...]
    rate: float

    @property
    def found(self) -> tuple[bool, ...]:
        """Return which tests are discoveries."""
        return tuple(value <= self.rate for value in self.adjusted)

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        made = sum(not math.isnan(value) for value in self.p)
        if not made:
            return "No test could be made."
        return (
            f"{sum(self.found)} of {made} tests are discoveries, of which on average at most {self.rate:.0%} are false "
            "(Benjamini-Hochberg)."
        )


def benjamini_hochberg(p: Sequence[float], *, rate: float = 0.05) -> Discoveries:
    """Return p-values adjusted so that of those at or below ``rate`` at most that share is false on average.

    Adjusted p of the i-th smallest of m is the least of m p(j) / j over j >= i, at most 1. Tests that could not be made
    (NaN) are left out of m and stay NaN.
    """
    values = np.asarray(p, float)
    adjusted = np.full(len(values), math.nan)
    known = np.flatnonzero(~np.isnan(values))
    if len(known):
        order = known[np.argsort(values[known], kind="stable")]
        raised = values[order] * len(known) / np.arange(1, len(known) + 1)
        adjusted[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return Discoveries(tuple(map(float, values)), tuple(map(float, adjusted)), rate)


@dataclass(frozen=True)
class Strata:
    """A curve for each stratum, and the discoveries among their tests."""

    by: tuple[str, ...]
    curves: Mapping[tuple[Any, ...], Logistic]
    discoveries: Discoveries

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.curves:
            return "There are no hits in any stratum."
        return f"By {' and '.join(self.by)} the level was tested against scoring: {self.discoveries.statement}"


def curves_by(
    hits: Table, matches: Table | None = None, *, by: Sequence[str] = ("weight_class",), rate: float = 0.05
) -> Strata:
    """Return P(point | level) for each stratum, with Benjamini-Hochberg over the tests of all of them."""
    curves = {key: logistic(counts) for key, counts in count_levels(hits, matches, by=by).items()}
    tests = [(curve.robust_test if curve.clusters > 1 else curve.test).p for curve in curves.values()]
    return Strata(tuple(by), curves, benjamini_hochberg(tests, rate=rate))
