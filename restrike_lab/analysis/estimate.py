"""A number with its uncertainty, and the words that go with it.

Every result of this room has a ``statement``: one sentence that says what was found, or what the data are too few or
too uniform to say. Numbers that are not known are NaN, never zero and never a warning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from restrike_lab.analysis.errors import AnalysisError

__all__ = [
    "CONFIDENCE",
    "AnalysisError",
    "Estimate",
    "Floats",
    "Ints",
    "Numbers",
    "Test",
    "around",
    "critical",
    "listed",
    "number",
    "p_text",
    "unknown",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[Any]

CONFIDENCE = 0.95
"""Share of repetitions in which an interval is meant to hold the truth."""


@dataclass(frozen=True)
class Estimate:
    """A value and the interval around it; ``method`` names how the interval was made.

    NaN stands for what is not known, an infinite end for an interval without an end on that side.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    method: str = ""
    confidence: float = CONFIDENCE

    @property
    def known(self) -> bool:
        """Tell whether there is a value."""
        return not math.isnan(self.value)

    def covers(self, truth: float) -> bool:
        """Tell whether ``truth`` lies in the interval."""
        return self.low <= truth <= self.high

    def mapped(self, slope: float, shift: float = 0.0) -> Estimate:
        """Return the estimate on another linear scale."""
        ends = sorted((self.low * slope + shift, self.high * slope + shift))
        return replace(self, value=self.value * slope + shift, low=ends[0], high=ends[1])

    def __str__(self) -> str:
        if not self.known:
            return "not known"
        if math.isnan(self.low) and math.isnan(self.high):
            return number(self.value)
        return f"{number(self.value)} ({self.confidence:.0%} {number(self.low)} to {number(self.high)})"


@dataclass(frozen=True)
class Test:
    """The outcome of a test: its statistic and the two-sided p-value; NaN where it cannot be made."""

    __test__ = False
    statistic: float
    p: float
    method: str

    @property
    def says_so(self) -> bool:
        """Tell whether the test finds an effect at 5 %."""
        return self.p <= 1 - CONFIDENCE


def unknown(method: str = "") -> Estimate:
    """Return an estimate of which nothing is known."""
    return Estimate(math.nan, method=method)


def critical(degrees: float = math.inf, confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors an interval reaches to each side; Student's t where ``degrees`` are finite."""
    tail = (1 + confidence) / 2
    if math.isinf(degrees):
        return float(stats.norm.ppf(tail))
    return float(stats.t.ppf(tail, degrees)) if degrees > 0 else math.nan


def around(
    value: float, error: float, method: str, *, degrees: float = math.inf, within: tuple[float, float] | None = None
) -> Estimate:
    """Return value +- critical * standard error, cut to the range ``within`` where the quantity has one."""
    reach = critical(degrees) * error
    low, high = value - reach, value + reach
    if within is not None:
        low, high = max(low, within[0]), min(high, within[1])
    return Estimate(value, low, high, method)


def number(value: float) -> str:
    """Return a number for people: four significant digits at most, words for what is no number."""
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "no upper end" if value > 0 else "no lower end"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def p_text(p: float) -> str:
    """Return a p-value for people."""
    if math.isnan(p):
        return "p not known"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def listed(words: Sequence[Any]) -> str:
    """Return words as a list in a sentence."""
    texts = [str(word) for word in words]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else "none"
