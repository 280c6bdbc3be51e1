"""What will be tried in a round, drawn before it begins: hits, points without a hit, and incidents.

Everything is drawn in advance from random streams of its own (hits of blue, hits of red, incidents), so that a round
that ends early, a flatter curve or one more incident does not shift what else was drawn. Times are ms of the round
clock, counted up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from restrike_lab.simulate.athletes import Athlete, WeightClass
from restrike_lab.simulate.model import Curve, LevelModel
from restrike_lab.simulate.scoring import BODY, HEAD, PUNCH, TECHNICAL_BODY, TECHNICAL_HEAD

__all__ = ["Attempt", "Frequencies", "Incident", "IncidentKind", "plan_attempts", "plan_incidents"]

IncidentKind = Literal["gam-jeom", "stop", "clock-correction", "injury", "challenge", "time-out", "rsc"]


@dataclass(frozen=True)
class Frequencies:
    """How often things happen.

    ``*_per_minute`` are per athlete and minute of the round clock, ``*_per_round`` per round, the rest probabilities
    per bout. ``isolate_ms`` is the least time between two attempts of one athlete: above 150 ms every hit can be told
    to belong to its point, above 5000 ms even a 5 s link makes no mistake.
    """

    hits_per_minute: float = 4.0
    bare_points_per_minute: float = 0.4
    isolate_ms: int = 500
    aggression_sd: float = 0.2
    technical_share: float = 0.12
    gam_jeoms_per_minute: float = 0.3
    stops_per_round: float = 0.8
    clock_corrections_per_round: float = 0.02
    injuries_per_round: float = 0.08
    challenges_per_round: float = 0.2
    correction_share: float = 0.5
    time_outs_per_round: float = 0.0
    repeated_load: float = 0.06
    replaced_load: float = 0.04
    aborted_bout: float = 0.03
    port_notice: float = 0.05
    stopped_contest: float = 0.03
    withdrawal: float = 0.02
    disqualification: float = 0.01
    nobody_wins: float = 0.01
    full_break: float = 0.25


@dataclass(frozen=True)
class Attempt:
    """A hit that is reported (``level``) or a point without one; ``points`` is 0 if it does not score."""

    elapsed_ms: int
    athlete: int
    target: str
    level: int | None
    points: int


@dataclass(frozen=True)
class Incident:
    """Something that is no attempt; ``draw`` decides its details."""

    elapsed_ms: int
    kind: IncidentKind
    athlete: int
    draw: Random


def plan_attempts(
    draw: Random,
    *,
    number: int,
    athlete: Athlete,
    weight_class: WeightClass,
    round_ms: int,
    frequencies: Frequencies,
    levels: LevelModel,
    curve: Curve,
) -> Iterator[Attempt]:
    """Yield what one athlete (``number`` 1 or 2) tries in a round, in order of time."""
    rate = (frequencies.hits_per_minute + frequencies.bare_points_per_minute) / 60_000
    bare_share = frequencies.bare_points_per_minute / (rate * 60_000)
    busy = math.exp(athlete.aggression)
    elapsed = 0.0
    while True:
        elapsed += frequencies.isolate_ms + draw.expovariate(rate * busy)
        kind, aim, level_at, luck, technique = (draw.random() for _ in range(5))
        if elapsed >= round_ms:
            return
        technical = technique < frequencies.technical_share
        if kind < bare_share:
            points = PUNCH if aim < 0.4 else TECHNICAL_HEAD if technical else HEAD
            yield Attempt(int(elapsed), number, "body" if points == PUNCH else "head", None, points)
            continue
        head = aim < levels.head_share
        minimum = weight_class.min_head_level if head else weight_class.min_body_level
        level = levels.draw(level_at, athlete.strength, minimum, elapsed / 60_000)
        points = _value(head, technical) if luck < curve.probability(level, weight_class.min_body_level) else 0
        yield Attempt(int(elapsed), number, "head" if head else "body", level, points)


def _value(head: bool, technical: bool) -> int:
    if head:
        return TECHNICAL_HEAD if technical else HEAD
    return TECHNICAL_BODY if technical else BODY


def plan_incidents(
    draw: Random, *, round_ms: int, frequencies: Frequencies, aggressions: tuple[float, float]
) -> list[Incident]:
    """Return the incidents of a round in order of time; none in its first two and last three seconds."""
    minutes = round_ms / 60_000
    incidents: list[Incident] = []
    for athlete, aggression in enumerate(aggressions, 1):
        rate = frequencies.gam_jeoms_per_minute * math.exp(aggression)
        incidents += _some(Random(draw.getrandbits(64)), "gam-jeom", rate * minutes, round_ms, athlete)
    others: tuple[tuple[IncidentKind, float], ...] = (
        ("stop", frequencies.stops_per_round),
        ("clock-correction", frequencies.clock_corrections_per_round),
        ("injury", frequencies.injuries_per_round),
        ("challenge", frequencies.challenges_per_round),
        ("time-out", frequencies.time_outs_per_round),
    )
    for kind, expected in others:
        incidents += _some(Random(draw.getrandbits(64)), kind, expected, round_ms)
    return sorted(incidents, key=lambda incident: incident.elapsed_ms)


def _some(
    draw: Random, kind: IncidentKind, expected: float, round_ms: int, athlete: int | None = None
) -> Iterator[Incident]:
    """Yield a Poisson number of incidents, uniformly over the round; the athlete is anyone unless given."""
    first, last = 2_000, round_ms - 3_000
    elapsed = float(first)
    while expected > 0:
        elapsed += draw.expovariate(expected / (last - first))
        if elapsed >= last:
            return
        details = Random(draw.getrandbits(64))
        yield Incident(int(elapsed), kind, athlete or details.randint(1, 2), details)
