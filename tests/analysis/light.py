"""Tournaments without messages: only what is counted, drawn from the simulator's own model, thousands a minute.

Levels follow ``simulate.model.LevelModel`` and outcomes its ``Curve``; a test holds the vectorised drawing here to the
model's own. Bouts pair athletes of a weight class; with a ``roster`` the same people meet again and again, as in the
simulated tournaments, without one everybody fights once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from restrike_lab.analysis.counts import Counts
from restrike_lab.simulate.athletes import WEIGHT_CLASSES
from restrike_lab.simulate.model import Curve, Expected, LevelModel, expected

MINIMA = tuple((one.min_body_level, one.min_head_level) for one in WEIGHT_CLASSES)
MINUTES = 4.5
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """What to draw: ``hits_per_minute`` of each athlete, spread of ``aggression`` as in ``simulate.plan``."""

    bouts: int = 60
    roster: int = 0
    curve: Curve = field(default_factory=Curve)
    levels: LevelModel = field(default_factory=LevelModel)
    hits_per_minute: float = 4.0
    aggression_sd: float = 0.2

    def truth(self) -> Expected:
        return expected(self.curve, self.levels, MINIMA)

    def best_cut(self) -> float:
        """Return by Youden's criterion the best level above the class threshold: there P equals the overall rate."""
        truth = self.truth()
        rate = sum(share * scores for share, scores in zip(truth.hits, truth.scores, strict=True))
        return self.curve.offset + math.log(rate / (1 - rate)) / self.curve.slope

    def draw(self, generator: np.random.Generator) -> tuple[Counts, Counts]:
        """Return one tournament's counts by level, and by level above the class threshold, in clusters."""
        bouts = self.bouts
        classes = generator.integers(0, len(MINIMA), bouts)
        people = 2 * bouts if not self.roster else len(MINIMA) * self.roster
        strength = generator.normal(0, self.levels.strength_sd, people)
        busy = generator.normal(0, self.aggression_sd, people)
        if self.roster:
            order = generator.random((bouts, self.roster)).argsort(axis=1)[:, :2]
            person = classes[:, None] * self.roster + order
        else:
            person = np.arange(2 * bouts).reshape(bouts, 2)
        number = generator.poisson(self.hits_per_minute * MINUTES * np.exp(busy[person])).ravel()
        corner = np.repeat(np.arange(2 * bouts), number)
        match, who = corner // 2, person.ravel()[corner]
        body, head = np.array(MINIMA)[classes[match]].T
        minimum = np.where(generator.random(len(corner)) < self.levels.head_share, head, body)
        level = draw_levels(self.levels, generator.random(len(corner)), strength[who], minimum)
        scored = generator.random(len(corner)) < chance(self.curve, level, body)
        clusters = {"match": match, "athlete": who} if self.roster else {"match": match}
        return Counts.of(level, scored, **clusters), Counts.of(level - body, scored, **clusters)


def draw_levels(model: LevelModel, u: Array, strength: Array, minimum: Array) -> NDArray[np.int64]:
    """Return what ``model.draw`` returns for each element."""
    a = model.a * np.exp(strength)
    hidden = 1 - (1 - ((minimum - 1) / 100) ** a) ** model.b
    position = (1 - (1 - hidden - (1 - hidden) * u) ** (1 / model.b)) ** (1 / a)
    return np.minimum(100, np.maximum(minimum, np.ceil(100 * position))).astype(np.int64)


def chance(curve: Curve, level: NDArray[np.int64], body: NDArray[np.int64]) -> Array:
    """Return what ``curve.probability`` returns for each element."""
    if not curve.slope:
        return np.full(len(level), curve.rate_without_effect)
    return np.asarray(1 / (1 + np.exp(-curve.slope * (level - body - curve.offset))))


Ask = Callable[[Counts, Counts], Mapping[str, bool]]


def tally(light: Light, ask: Ask, runs: int, generator: np.random.Generator) -> dict[str, int]:
    """Return how often ``ask`` said yes to each of its questions."""
    total: dict[str, int] = {}
    for _ in range(runs):
        for name, yes in ask(*light.draw(generator)).items():
            total[name] = total.get(name, 0) + bool(yes)
    return total


def table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[float]], runs: int) -> str:
    """Return shares in percent as a table."""
    lines = [title, f"{'':38}" + "".join(f"{name:>26}" for name in columns)]
    lines += [f"{name:38}" + "".join(f"{100 * share:24.2f} %" for share in shares) for name, shares in rows.items()]
    return "\n".join(
        [*lines, f"{runs} tournaments per column; standard error {100 * math.sqrt(0.05 * 0.95 / runs):.2f} %"]
    )
