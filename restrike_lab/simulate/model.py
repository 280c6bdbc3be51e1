"""What drives the mat: how hard hits are, and how probable it is that a hit of some level scores.

Levels follow a Kumaraswamy distribution on (0, 1], cut into hundredths: P(level <= k) = 1 - (1 - (k/100)^a)^b
(Kumaraswamy 1980). It looks like a beta distribution and has a closed form, so that one uniform number gives one
level and the exact probability of each level is known. An athlete's hidden strength s ~ N(0, strength_sd) multiplies
``a`` by exp(s): strong athletes hit harder. Consoles report a hit only from the class minimum up (``mch`` 14 for the
body, 15 for the head), so levels are drawn from the part of the distribution at or above it.

Whether a reported hit scores depends on its level alone: logit P = slope * (level - threshold), with
threshold = ``mch`` 14 + offset. With slope 0 the level has no effect and P is ``rate_without_effect`` throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

__all__ = ["Curve", "Expected", "LevelModel", "expected"]

_STRENGTHS = 41
"""Points of the quadrature over hidden strengths."""


@dataclass(frozen=True)
class Curve:
    """Give P(valid point | level), the known truth that an analysis should find again."""

    slope: float = 0.08
    offset: float = 35.0
    rate_without_effect: float = 0.3

    def threshold(self, min_body_level: int) -> float:
        """Return the level at which half of the hits score in a weight class."""
        return min_body_level + self.offset

    def probability(self, level: int, min_body_level: int) -> float:
        """Return the probability that a hit scores."""
        if not self.slope:
            return self.rate_without_effect
        return 1 / (1 + math.exp(-self.slope * (level - self.threshold(min_body_level))))


@dataclass(frozen=True)
class LevelModel:
    """Draw levels 1..100 of reported hits.

    ``head_share`` of the hits aim at the head, where a lower minimum holds. ``fatigue`` takes that much off the
    logarithm of ``a`` per minute of the round.
    """

    a: float = 2.0
    b: float = 3.0
    strength_sd: float = 0.25
    head_share: float = 0.15
    fatigue: float = 0.0

    def draw(self, u: float, strength: float, minimum: int, minutes: float = 0.0) -> int:
        """Return the level at which the distribution above ``minimum`` reaches ``u``, 0 <= u < 1."""
        a = self.a * math.exp(strength - self.fatigue * minutes)
        hidden = self._below(minimum - 1, a)
        share = hidden + (1 - hidden) * u
        position = math.pow(1 - math.pow(1 - share, 1 / self.b), 1 / a)
        return min(100, max(minimum, math.ceil(100 * position)))

    def pmf(self, strength: float, minimum: int) -> tuple[float, ...]:
        """Return the probabilities of the levels 1..100 for an athlete who is not tired."""
        a = self.a * math.exp(strength)
        hidden = self._below(minimum - 1, a)
        below = [max(0.0, self._below(level, a) - hidden) / (1 - hidden) for level in range(101)]
        return tuple(below[level] - below[level - 1] for level in range(1, 101))

    def _below(self, level: int, a: float) -> float:
        return 1 - math.pow(1 - math.pow(level / 100, a), self.b)


@dataclass(frozen=True)
class Expected:
    """State what holds for the reported hits of endlessly many bouts, by level 1..100 (index 0 is level 1).

    ``hits`` is the probability of a level, ``scores`` that of scoring at it. ``auc`` is the probability that a hit that
    scored has a higher level than one that did not, ties counting one half; ``youden`` the smallest level L for which
    "scores if level >= L" has the greatest sensitivity + specificity - 1.
    """

    hits: tuple[float, ...]
    scores: tuple[float, ...]
    auc: float
    youden: int


@lru_cache(maxsize=64)
def expected(curve: Curve, levels: LevelModel, minima: Sequence[tuple[int, int]]) -> Expected:
    """Return what holds over the given weight classes, a tuple of (body, head) minima, each equally frequent.

    Raises ``ValueError`` when levels fall with fatigue, for which there is no closed form here.
    """
    if levels.fatigue:
        raise ValueError("expected values are known only without fatigue; set fatigue=0")
    hits, scoring = [0.0] * 100, [0.0] * 100
    for body, head in minima:
        pmf = _population(levels, body, head)
        for index, share in enumerate(pmf):
            hits[index] += share / len(minima)
            scoring[index] += share * curve.probability(index + 1, body) / len(minima)
    missing = [share - scored for share, scored in zip(hits, scoring, strict=True)]
    positive, negative = sum(scoring), sum(missing)
    auc, below = 0.0, 0.0
    best, youden = -1.0, 1
    for index in range(100):
        # Levels below this one are called misses: specificity is their share, sensitivity what is left above.
        sensitivity, specificity = sum(scoring[index:]) / positive, below / negative
        if sensitivity + specificity > best + 1e-12:
            best, youden = sensitivity + specificity, index + 1
        auc += scoring[index] * (below + missing[index] / 2)
        below += missing[index]
    rates = tuple(scored / share if share else 0.0 for scored, share in zip(scoring, hits, strict=True))
    return Expected(tuple(hits), rates, auc / (positive * negative), youden)


def _population(levels: LevelModel, min_body: int, min_head: int) -> tuple[float, ...]:
    """Return the probabilities of the levels over athletes of every strength, hits to body and head together."""
    normal = NormalDist()
    strengths = [levels.strength_sd * normal.inv_cdf((k + 0.5) / _STRENGTHS) for k in range(_STRENGTHS)]
    total = [0.0] * 100
    for strength in strengths if levels.strength_sd else [0.0]:
        body, head = levels.pmf(strength, min_body), levels.pmf(strength, min_head)
        for index in range(100):
            total[index] += (1 - levels.head_share) * body[index] + levels.head_share * head[index]
    return tuple(value / sum(total) for value in total)
