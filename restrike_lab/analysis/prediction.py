"""Who will win: the chance that blue wins the running round and the bout, from what the board shows.

A situation of a round is turned into a few numbers of which each changes its sign when the corners are swapped; a
logistic regression without intercept on them (``training``) is then fair to both corners by construction, and the
chances of the two always add up to one. The lead divided by the root of the time that is left comes from seeing the
score as a random walk (Stern 1994, "A Brownian motion model for the progress of sports scores", JASA 89, 1128).

The bout follows from the round: with ``a`` and ``b`` rounds won and ``n`` needed, blue wins it with
``W(a, b) = q W(a+1, b) + (1 - q) W(a, b+1)``, where ``W(n, b) = 1``, ``W(a, n) = 0`` and ``q`` is the chance in a
round that has not begun, from how the rounds so far went. Rounds are taken as independent given that.

Pure Python on a handful of numbers: the operator's page computes it with every change of the score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import msgspec

from restrike_lab.analysis.errors import AnalysisError

__all__ = [
    "BASELINE",
    "HITS_MS",
    "LATER",
    "ROUND",
    "Chance",
    "Course",
    "Model",
    "Quality",
    "Situation",
    "Sums",
    "bout_chance",
    "chances",
    "course_numbers",
    "round_numbers",
]

HITS_MS = 15_000
"""How long a hit counts as recent, in ms of arrival."""

ROUND = ("lead", "lead_over_time", "superiority", "gam_jeoms", "hits", "before")
BASELINE = ("lead", "lead_over_time")
LATER = ("before", "rounds_won")
FORMAT = 1


@dataclass(frozen=True)
class Situation:
    """A running round as seen from blue.

    ``lead`` is the score of blue less that of red, ``left_s`` the seconds left, ``superiority`` 1 blue, -1 red, 0
    nobody; ``gam_jeoms`` those of red less those of blue, ``hits`` the sum of levels (0..100) that blue landed within
    ``HITS_MS`` less that of red, ``before`` the mean lead of the rounds before, 0 in the first.
    """

    lead: float = 0.0
    left_s: float = 120.0
    superiority: float = 0.0
    gam_jeoms: float = 0.0
    hits: float = 0.0
    before: float = 0.0


@dataclass(frozen=True)
class Course:
    """How a bout has gone: rounds won by blue and red, how many are ``needed``, mean lead per round, blue's view."""

    won: tuple[int, int] = (0, 0)
    needed: int = 2
    lead_per_round: float = 0.0


@dataclass(frozen=True)
class Chance:
    """Chance of blue to win the round and the bout, 0..1; red's is what is left."""

    round: float
    bout: float


class Sums(msgspec.Struct, frozen=True):
    """How predictions of one kind did on bouts they were not trained on, in one minute of the round, or in all.

    ``of`` is ``round`` or ``bout``; ``minute`` counts from 1, 0 is the whole round. ``predicted`` is the mean chance
    that was given to the favourite, ``observed`` the share of situations whose favourite won. ``brier`` and
    ``baseline`` are mean squared errors, of the model and of the score alone; ``skill`` is 1 - brier / baseline
    [Brier 1950], ``skill_low`` and ``skill_high`` its 95 % interval (bootstrap by bout), None where it was not made.
    """

    of: str
    minute: int
    situations: int
    predicted: float
    observed: float
    brier: float
    baseline: float
    skill: float
    skill_low: float | None = None
    skill_high: float | None = None


class Quality(msgspec.Struct, frozen=True):
    """How good a model is, measured across bouts: what it was tested on never was in its training."""

    folds: int
    rows: tuple[Sums, ...]

    def of(self, kind: str) -> Sums:
        """Return the figures over the whole round, for ``round`` or ``bout``."""
        return next(row for row in self.rows if row.of == kind and row.minute == 0)


class Model(msgspec.Struct, frozen=True):
    """A trained model, as it is kept in its file; everything that its predictions follow from.

    ``round`` and ``later`` are the weights of ``ROUND`` and ``LATER``. ``trained_on`` names the record, ``first`` and
    ``last`` are the days of its first and last bout. ``number`` counts the models of a data directory.
    """

    number: int
    trained: str
    bouts: int
    rounds: int
    situations: int
    first: str
    last: str
    round: dict[str, float]
    later: dict[str, float]
    quality: Quality
    library: str
    format: int = FORMAT

    def to_json(self) -> bytes:
        """Return the model as it is written to a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Model:
        """Return the model of a file; raises ``AnalysisError`` for anything else."""
        try:
            model = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as problem:
            raise AnalysisError(f"this is no model: {problem}", hint="Train one: restrike-lab predict train.") from None
        if model.format != FORMAT or set(model.round) != set(ROUND) or set(model.later) != set(LATER):
            raise AnalysisError(
                f"the model {model.number} was made by another version of the lab",
                hint="Train a new one: restrike-lab predict train.",
            )
        return model

    @property
    def statement(self) -> str:
        """Say in one sentence what the model is and how good it is."""
        one = self.quality.of("round")
        low, high = one.skill_low, one.skill_high
        told = f"Model {self.number}, trained on {self.bouts:,} bouts ({self.first} to {self.last})"
        if low is None or high is None or low <= 0:
            return f"{told}: on bouts it had not seen it is not shown to be better than the score alone."
        return (
            f"{told}: its squared error on bouts it had not seen is {one.skill:.0%} below that of the score alone "
            f"(95 % interval {low:.0%} to {high:.0%})."
        )


def round_numbers(at: Situation) -> dict[str, float]:
    """Return what the model of a round is linear in; swapping the corners turns every sign."""
    return {
        "lead": at.lead,
        "lead_over_time": at.lead / math.sqrt(1.0 + max(at.left_s, 0.0)),
        "superiority": at.superiority if at.lead == 0 else 0.0,
        "gam_jeoms": at.gam_jeoms,
        "hits": at.hits / 100.0,
        "before": at.before,
    }


def course_numbers(course: Course) -> dict[str, float]:
    """Return what the model of a round that has not begun is linear in."""
    return {"before": course.lead_per_round, "rounds_won": float(course.won[0] - course.won[1])}


def chances(model: Model, at: Situation, course: Course) -> Chance:
    """Return the chances of blue in a running round and in its bout."""
    now = _logistic(model.round, round_numbers(at))
    later = _logistic(model.later, course_numbers(course))
    return Chance(now, bout_chance(now, later, course.won, course.needed))


def bout_chance(now: float, later: float, won: tuple[int, int], needed: int) -> float:
    """Return the chance of blue to win ``needed`` rounds first, with ``now`` in the running one, ``later`` after it."""
    if max(won) >= needed:
        return 1.0 if won[0] >= needed else 0.0

    @cache
    def ahead(blue: int, red: int) -> float:
        if blue >= needed or red >= needed:
            return 1.0 if blue >= needed else 0.0
        return later * ahead(blue + 1, red) + (1 - later) * ahead(blue, red + 1)

    return now * ahead(won[0] + 1, won[1]) + (1 - now) * ahead(won[0], won[1] + 1)


def _logistic(weights: Mapping[str, float], numbers: Mapping[str, float]) -> float:
    score = sum(weight * numbers[name] for name, weight in weights.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
