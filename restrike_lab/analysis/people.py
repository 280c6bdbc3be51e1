"""Athletes: how hard they hit, how often, and what comes of it; and hits to the head against hits to the body."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.estimate import Estimate, listed, number, p_text
from restrike_lab.analysis.fetch import fetched, records
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.measures import Association, association
from restrike_lab.analysis.reliability import wilson
from restrike_lab.analysis.shrinkage import Shrunken, shrink_means, shrink_rates
from restrike_lab.analysis.strata import with_athletes

__all__ = [
    "Athletes",
    "HeadAndBody",
    "Person",
    "PersonRound",
    "Rounds",
    "compare_athletes",
    "compare_rounds",
    "fought_minutes",
    "head_and_body",
]

TECHNIQUES: Mapping[int, str] = {1: "punch", 2: "body", 3: "head", 4: "technical body", 5: "technical head"}


@dataclass(frozen=True)
class Person:
    """One athlete over all bouts; ``shrunken`` values are those to compare athletes by.

    ``hits_per_minute`` counts minutes on the round clock and is NaN where they are not known; ``level`` is the mean.
    """

    name: str
    bouts: int
    hits: int
    scored: int
    points: int
    conversion: Estimate
    shrunken_conversion: Estimate
    level: float
    shrunken_level: Estimate
    hits_per_minute: float


@dataclass(frozen=True)
class Athletes:
    """All athletes, the most active first, and what they are drawn to."""

    people: tuple[Person, ...]
    conversion: Shrunken
    level: Shrunken

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        some = [person for person in self.people if person.hits]
        if not some:
            return "There are no hits, so athletes cannot be compared."
        best = max(some, key=lambda person: person.shrunken_conversion.value)
        return (
            f"{len(some)} athletes turn {self.conversion.mean:.0%} of their hits into points; drawn to that mean by "
            f"the weight of {number(self.conversion.weight)} hits, {best.name} leads with {best.shrunken_conversion}."
        )


def compare_athletes(hits: Table, athletes: Table, *, events: Table | None = None) -> Athletes:
    """Return levels, rates and conversion of every athlete, each with its empirical-Bayes estimate.

    ``athletes`` has match_id, athlete, short_name, long_name, country. With ``events`` (clock messages) hits per minute
    fought are known. A hit is converted if a point owns it.
    """
    table = with_athletes(hits, athletes)
    rows = table.group_by("person").aggregate(
        bouts=table.match_id.nunique(),
        hits=table.count(),
        scored=table.scored.cast("int64").sum(),
        points=table.points.sum().fill_null(0).cast("int64"),
        level=table.level.mean(),
        spread=table.level.std(how="sample"),
    )
    rows = fetched(rows.order_by([rows.hits.desc(), "person"]))
    minutes = _minutes_of(events, athletes) if events is not None else {}
    scored, total = rows["scored"].to_numpy(float), rows["hits"].to_numpy(float)
    conversion = shrink_rates(scored, total)
    spread = rows["spread"].to_numpy(float)
    usual = math.sqrt(np.nanmean(spread**2)) if np.isfinite(spread).any() else math.nan
    # A spread from a handful of hits is a poor guide to the error of their mean; the usual one is a better one.
    errors = np.where((total < 10) | ~np.isfinite(spread), usual, spread) / np.sqrt(np.maximum(total, 1))
    level = shrink_means(rows["level"].to_numpy(float), errors)
    people = []
    for place, row in enumerate(rows.to_dict("records")):
        fought = minutes.get(row["person"], math.nan)
        people.append(
            Person(
                name=row["person"],
                bouts=int(row["bouts"]),
                hits=int(row["hits"]),
                scored=int(row["scored"]),
                points=int(row["points"]),
                conversion=wilson(row["scored"], row["hits"]),
                shrunken_conversion=conversion.estimates[place],
                level=float(row["level"]),
                shrunken_level=level.estimates[place],
                hits_per_minute=row["hits"] / fought if fought > 0 else math.nan,
            )
        )
    return Athletes(tuple(people), conversion, level)


@dataclass(frozen=True)
class PersonRound:
    """The hits of one athlete in the rounds of one number, over all bouts; ``level`` is the mean."""

    name: str
    round: int
    hits: int
    level: float
    conversion: Estimate


@dataclass(frozen=True)
class Rounds:
    """Every athlete by round, as a heat map shows them."""

    cells: tuple[PersonRound, ...]

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.cells:
            return "There are no hits in any round."
        means = []
        for turn in sorted({cell.round for cell in self.cells}):
            part = [cell for cell in self.cells if cell.round == turn]
            total = sum(cell.hits for cell in part)
            means.append(f"{sum(cell.hits * cell.level for cell in part) / total:.1f} in round {turn}")
        return f"The mean level is {listed(means)}, over {len({cell.name for cell in self.cells})} athletes."


def compare_rounds(hits: Table, athletes: Table) -> Rounds:
    """Return hits, mean level and conversion of every athlete by the number of the round."""
    table = with_athletes(hits.filter(hits["round"].notnull()), athletes)
    rows = table.group_by(["person", "round"]).aggregate(
        hits=table.count(), scored=table.scored.cast("int64").sum(), level=table.level.mean()
    )
    found = records(rows.order_by(["person", "round"]))
    return Rounds(
        tuple(
            PersonRound(row["person"], row["round"], row["hits"], row["level"], wilson(row["scored"], row["hits"]))
            for row in found
        )
    )


def fought_minutes(events: Table) -> Table:
    """Return the minutes that the round clock ran, by match and round: match_id, round, minutes.

    The difference between the greatest and the least time shown in ticks of the clock.
    """
    ticks = events.filter((events.stream == "clk") & events.value.notnull() & events.match_id.notnull())
    ticks = ticks.filter(~ticks.fields.contains('"action":"stopEnd"'))
    shown = ticks.value.max() - ticks.value.min()
    return ticks.group_by(["match_id", "round"]).aggregate(minutes=shown / 60_000)


def _minutes_of(events: Table, athletes: Table) -> dict[str, float]:
    minutes = fought_minutes(events)
    per_match = minutes.group_by("match_id").aggregate(minutes=minutes.minutes.sum())
    corners = with_athletes(athletes.select("match_id", "athlete"), athletes)
    known = corners.join(per_match, "match_id")
    frame = fetched(known.group_by("person").aggregate(minutes=known.minutes.sum()))
    return dict(zip(frame["person"], frame["minutes"], strict=True))


@dataclass(frozen=True)
class HeadAndBody:
    """Linked hits by what their points were for: ``levels`` compares head (as "scored") with body (as "missed").

    ``techniques`` counts points by technique; punches have no sensor and so no level.
    """

    techniques: Mapping[str, int]
    head_share: Estimate
    levels: Association

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        body = self.levels.hits - self.levels.scored
        if not self.levels.scored or not body:
            return "Head and body cannot be compared: linked hits are not of both kinds."
        rank = self.levels.mann_whitney
        kind = "harder" if rank.auc > 0.5 else "weaker"
        differs = f"{kind} than" if rank.test.says_so else "not detectably different from"
        return (
            f"{self.head_share} of linked hits scored to the head, and these hits are {differs} those to the body "
            f"(median difference {self.levels.shift} levels, {p_text(rank.test.p)})."
        )


def head_and_body(hits: Table, points: Table) -> HeadAndBody:
    """Return how points divide over techniques and whether head hits differ in level from body hits.

    The value of a point tells its technique: 1 punch, 2 body, 3 head, 4 and 5 the technical ones. ``points`` needs the
    column points.
    """
    counted = fetched(points.group_by("points").aggregate(count=points.count()))
    by_value = {int(value): int(n) for value, n in zip(counted["points"], counted["count"], strict=True)}
    owned = hits.filter(hits.points.isin([2, 3, 4, 5]))
    head = owned.points.isin([3, 5]).cast("int64")
    rows = fetched(owned.group_by("level").aggregate(head=head.sum(), hits=owned.count()))
    counts = Counts.summed(rows["level"], rows["head"], rows["hits"] - rows["head"])
    techniques = {name: by_value.get(value, 0) for value, name in TECHNIQUES.items()}
    return HeadAndBody(techniques, wilson(counts.points, counts.hits), association(counts))
