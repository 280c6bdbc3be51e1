"""What the links say by themselves: delays, how many hits a point has, and what has no partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from restrike_lab.analysis.estimate import Estimate, Ints, number
from restrike_lab.analysis.fetch import fetched, records
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.reliability import wilson
from restrike_lab.analysis.strata import with_match

__all__ = ["Delays", "Multiplicity", "Review", "bare_points", "delays", "multiplicity", "review"]


@dataclass(frozen=True)
class Delays:
    """How long before their points hits came, in ms; ``delay_ms`` ascends, negative where the hit came behind."""

    delay_ms: Ints
    hits: Ints

    @property
    def links(self) -> int:
        """Return the number of links."""
        return int(self.hits.sum())

    def quantile(self, share: float) -> float:
        """Return the delay in ms that ``share`` of the links do not exceed, NaN without links."""
        if not self.links:
            return np.nan
        return float(self.delay_ms[np.searchsorted(np.cumsum(self.hits), share * self.links)])

    @property
    def behind(self) -> float:
        """Return the share of linked hits that came behind their point, NaN without links."""
        return float(self.hits[self.delay_ms < 0].sum() / self.links) if self.links else np.nan

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.links:
            return "No hit is linked to a point, so there are no delays."
        low, middle, high = (number(self.quantile(share)) for share in (0.05, 0.5, 0.95))
        return (
            f"The median of {self.links} delays from hit to point is {middle} ms, nine in ten lie between {low} and "
            f"{high} ms; {self.behind:.1%} of the hits came behind their point."
        )


def delays(hits: Table) -> Delays:
    """Return the delays between linked hits and their points, counted by the millisecond."""
    owned = hits.filter(hits.delay_ms.notnull())
    frame = fetched(owned.group_by("delay_ms").aggregate(hits=owned.count()).order_by("delay_ms"))
    return Delays(frame["delay_ms"].to_numpy(np.int64), frame["hits"].to_numpy(np.int64))


@dataclass(frozen=True)
class Multiplicity:
    """How many hits points own: ``points`` by number of hits, 0 for those without one; and how many hits own none."""

    points: Mapping[int, int]
    hits: int
    unscored: int

    @property
    def all_points(self) -> int:
        """Return the number of points."""
        return sum(self.points.values())

    @property
    def bare(self) -> Estimate:
        """Return the share of points without a hit (Wilson's interval)."""
        return wilson(self.points.get(0, 0), self.all_points)

    @property
    def without_point(self) -> Estimate:
        """Return the share of hits that no point owns (Wilson's interval)."""
        return wilson(self.unscored, self.hits)

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.hits and not self.all_points:
            return "There are neither hits nor points."
        many = sum(count for hits, count in self.points.items() if hits > 1)
        return (
            f"Of {self.hits} hits {self.unscored} have no point; of {self.all_points} points {self.points.get(0, 0)} "
            f"have no hit and {many} have more than one."
        )


def multiplicity(hits: Table, points: Table) -> Multiplicity:
    """Return how many hits each point owns; ``points`` needs the column seq."""
    owned = hits.filter(hits.point_seq.notnull()).group_by("point_seq").aggregate(owns=lambda t: t.count())
    counted = fetched(owned.group_by("owns").aggregate(points=owned.count()))
    by_hits = {int(owns): int(count) for owns, count in zip(counted["owns"], counted["points"], strict=True)}
    bare = int(fetched(points.aggregate(points=points.count()))["points"][0]) - sum(by_hits.values())
    totals = fetched(hits.aggregate(hits=hits.count(), unscored=hits.point_seq.isnull().sum())).fillna(0)
    return Multiplicity(dict(sorted(({0: bare} | by_hits).items())), int(totals["hits"][0]), int(totals["unscored"][0]))


def bare_points(points: Table, hits: Table) -> Table:
    """Return the points that own no hit; punches mostly, and whatever the sensors missed or judges gave."""
    owned = hits.filter(hits.point_seq.notnull())
    return points.anti_join(owned, points.seq == owned.point_seq)


@dataclass(frozen=True)
class Review:
    """Hits above the console's threshold that did not score, hardest first; ``rows`` holds the first of ``total``.

    Each row has seq, court, match_id, number, round, clock_ms, athlete, level, min_body_level, min_head_level and
    ``whatever_target``: True where the level is above both thresholds, False where only a hit to the head had to count.
    """

    rows: tuple[dict[str, Any], ...]
    total: int
    above_both: int
    hits_above: int

    @property
    def share(self) -> Estimate:
        """Return which share of the hits above both thresholds did not score (Wilson's interval)."""
        return wilson(self.above_both, self.hits_above)

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.total:
            return "No hit above the console's threshold went without a point, or no threshold is known."
        return (
            f"{self.total} hits at or above the console's threshold did not score, {self.above_both} of them above "
            f"body and head threshold alike ({self.share} of {self.hits_above} such hits): each is worth a look."
        )


def review(hits: Table, matches: Table, *, limit: int = 200) -> Review:
    """Return the hits at or above the console's threshold (``mch`` 14 body, 15 head) that did not score.

    The wire does not say what a hit was aimed at, so a level between the two thresholds counts only if it was the head.
    A hit may be refused for good reason: out of bounds, after the break, no clean technique.
    """
    known = with_match(hits, matches)
    lowest = ibis.least(known.min_body_level, known.min_head_level)
    highest = ibis.greatest(known.min_body_level, known.min_head_level)
    known = known.mutate(whatever_target=known.level >= highest, above=known.level >= lowest)
    refused = known.above & known.point_seq.isnull()
    totals = fetched(
        known.aggregate(
            total=refused.sum(),
            above_both=(refused & known.whatever_target).sum(),
            hits_above=known.whatever_target.sum(),
        )
    )
    counted = [int(value) if value == value and value is not None else 0 for value in totals.iloc[0]]
    listed = known.filter(refused).order_by([ibis.desc("level"), "seq"]).limit(limit)
    wanted = ["seq", "court", "match_id", "number", "round", "clock_ms", "athlete", "level"]
    wanted += ["min_body_level", "min_head_level", "whatever_target"]
    rows = records(listed.select(*(name for name in wanted if name in listed.columns)))
    return Review(tuple(rows), *counted)
