"""Hits counted by level and outcome: all that the statistics of this room need to know.

A level is a whole number, so any number of hits comes down to two counts per level. What a bout or an athlete has in
common makes hits of one cluster alike; therefore the counts can also be kept apart by cluster (``cells``), and every
interval can be made from the sums of clusters instead of from single hits. Bouts are put into at most ``BLOCKS``
blocks, so that a billion events still come down to a table that fits into memory: a block holds whole bouts, and sums
of independent bouts are independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from restrike_lab.analysis.estimate import AnalysisError, Floats, Ints
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.strata import with_athletes, with_match

__all__ = ["BLOCKS", "CLUSTERS", "Cells", "Counts", "count_levels"]

BLOCKS = 4093
"""Blocks of bouts kept apart at most; a prime, so that no rhythm in the numbering of bouts fills few of them."""

CLUSTERS = ("match", "athlete")
"""Kinds of clusters that hits can be kept apart by."""


@dataclass(frozen=True)
class Cells:
    """Counts by level and cluster: cell ``i`` holds the hits of one level in one combination of clusters.

    ``level`` indexes the levels of the counts; ``codes`` has a number per cell for each kind of cluster.
    """

    level: Ints
    scored: Ints
    missed: Ints
    codes: Mapping[str, Ints]

    def sums(self, if_scored: Floats, if_missed: Floats, kinds: Sequence[str]) -> Floats:
        """Return the sum over the hits of each cluster of a vector that level and outcome give.

        Clusters are the combinations of ``kinds``. ``if_scored`` and ``if_missed`` have a row per level, the
        result one per cluster.
        """
        codes = _combined([self.codes[kind] for kind in kinds])
        values = self.scored[:, None] * if_scored[self.level] + self.missed[:, None] * if_missed[self.level]
        size = int(codes.max()) + 1 if len(codes) else 0
        columns = [np.bincount(codes, values[:, column], size) for column in range(values.shape[1])]
        return np.stack(columns, axis=1) if columns else np.zeros((size, 0))

    def by_cluster(self, levels: int) -> tuple[Ints, Ints]:
        """Return scored and missed hits as matrices of cluster x level, over the first kind of cluster."""
        codes = _combined([next(iter(self.codes.values()))])
        size = int(codes.max()) + 1 if len(codes) else 0
        place = codes * levels + self.level
        scored = np.bincount(place, self.scored, size * levels).reshape(size, levels)
        missed = np.bincount(place, self.missed, size * levels).reshape(size, levels)
        return scored.astype(np.int64), missed.astype(np.int64)


@dataclass(frozen=True)
class Counts:
    """How many hits of each level scored and how many did not; ``levels`` ascend and have at least one hit each."""

    levels: Ints
    scored: Ints
    missed: Ints
    cells: Cells | None = field(default=None, repr=False)

    @classmethod
    def of(cls, levels: ArrayLike, scored: ArrayLike, **clusters: ArrayLike) -> Counts:
        """Return the counts of single hits: their levels, whether they scored, and the clusters they belong to."""
        outcome = np.asarray(scored).astype(np.int64)
        return cls.summed(levels, outcome, 1 - outcome, **clusters)

    @classmethod
    def summed(cls, levels: ArrayLike, scored: ArrayLike, missed: ArrayLike, **clusters: ArrayLike) -> Counts:
        """Return counts from a table whose rows may share levels; each cluster column may hold any values."""
        level = np.asarray(levels, np.int64)
        ones, zeros = np.asarray(scored, np.int64), np.asarray(missed, np.int64)
        some = ones + zeros > 0
        level, ones, zeros = level[some], ones[some], zeros[some]
        distinct, place = np.unique(level, return_inverse=True)
        cells = None
        if clusters:
            codes = {name: np.unique(np.asarray(each)[some], return_inverse=True)[1] for name, each in clusters.items()}
            cells = Cells(place, ones, zeros, codes)
        size = len(distinct)
        return cls(
            distinct,
            np.bincount(place, ones, size).astype(np.int64),
            np.bincount(place, zeros, size).astype(np.int64),
            cells,
        )

    @property
    def hits(self) -> int:
        """Return the number of hits."""
        return int(self.scored.sum() + self.missed.sum())

    @property
    def points(self) -> int:
        """Return the number of hits that scored."""
        return int(self.scored.sum())

    @property
    def rate(self) -> float:
        """Return the share of hits that scored, NaN without hits."""
        return self.points / self.hits if self.hits else np.nan

    @property
    def clusters(self) -> int:
        """Return the number of clusters of the scarcest kind, 0 where they are not kept apart."""
        if self.cells is None or not len(self.cells.level):
            return 0
        return min(int(codes.max()) + 1 for codes in self.cells.codes.values())

    @property
    def trouble(self) -> str:
        """Say in words why levels and outcomes cannot be related here; empty where they can."""
        if not self.hits:
            return "There are no hits"
        if not self.points:
            return f"None of the {self.hits} hits scored"
        if self.points == self.hits:
            return f"All {self.hits} hits scored"
        if len(self.levels) == 1:
            return f"All {self.hits} hits have the level {self.levels[0]}"
        return ""

    def variance(self, if_scored: Floats, if_missed: Floats) -> Floats:
        """Return the covariance matrix of the sum over all hits of a vector that level and outcome give.

        Sums of clusters make it robust to whatever the hits of a cluster share (Liang and Zeger 1986), with the factor
        G/(G-1); for two kinds of clusters it is V1 + V2 - V12 (Cameron, Gelbach and Miller 2011). Without clusters,
        or with one only, every hit stands alone.
        """
        if self.cells is None or self.clusters < 2:
            total = np.einsum("k,ki,kj->ij", self.scored, if_scored, if_scored)
            return np.asarray(total + np.einsum("k,ki,kj->ij", self.missed, if_missed, if_missed))
        kinds = list(self.cells.codes)
        parts = [_outer(self.cells.sums(if_scored, if_missed, [kind])) for kind in kinds]
        if len(parts) == 1:
            return parts[0]
        both = _outer(self.cells.sums(if_scored, if_missed, kinds))
        total = parts[0] + parts[1] - both
        # The difference need not be a covariance in small data; then the larger of the two ways is.
        return total if np.linalg.eigvalsh(total).min() > 0 else max(parts, key=lambda part: float(np.trace(part)))


def count_levels(
    hits: Table,
    matches: Table | None = None,
    athletes: Table | None = None,
    *,
    by: Sequence[str] = (),
    clusters: Sequence[str] = ("match",),
    relative: bool = False,
) -> dict[tuple[Any, ...], Counts]:
    """Count the hits of each stratum by level, outcome and cluster; the keys are the values of ``by``.

    ``by`` names columns of ``hits`` (round, athlete, court) or, with ``matches``, of the match (weight_class, sex,
    division, phase). ``clusters`` is any of "match" and "athlete" (a person, for which ``matches`` and ``athletes`` are
    needed). With ``relative`` levels are counted from the console's body threshold of the weight class (``mch`` 14), so
    that classes can be taken together; hits of a match whose threshold is not known are then left out. Without ``by``
    there is one stratum, ``()``, also when there are no hits.
    """
    if not set(clusters) <= set(CLUSTERS):
        raise AnalysisError(f"no clusters {sorted(set(clusters) - set(CLUSTERS))}", hint=f"give any of {CLUSTERS}")
    table = _prepared(hits, matches, athletes, by, clusters, relative)
    names = [f"in_{kind}" for kind in clusters]
    grouped = table.group_by([*by, *names, "counted"]).aggregate(
        scored=table.scored.cast("int64").sum(), hits=table.count()
    )
    # In one order whatever the engine's threads did: sums of floating point numbers then end in the same digits.
    frame = fetched(grouped.order_by([*by, *names, "counted"]))
    frame["missed"] = frame["hits"] - frame["scored"]

    def counts(part: Any) -> Counts:
        in_cluster = {kind: part[name].to_numpy() for kind, name in zip(clusters, names, strict=True)}
        return Counts.summed(part["counted"].to_numpy(), part["scored"].to_numpy(), part["missed"], **in_cluster)

    if not by:
        return {(): counts(frame)}
    strata = frame.groupby(list(by), sort=True, dropna=False)
    return {_key(key): counts(part) for key, part in strata}


def _prepared(
    hits: Table, matches: Table | None, athletes: Table | None, by: Sequence[str], kinds: Sequence[str], relative: bool
) -> Table:
    table = hits.filter(hits.level.notnull())
    if matches is not None:
        table = with_match(table, matches)
    if "athlete" in kinds:
        if athletes is None:
            raise AnalysisError("clusters of athletes need to know who fought", hint="give the table of athletes too")
        table = with_athletes(table, athletes)
    missing = [name for name in (*by, *(["min_body_level"] if relative else [])) if name not in table.columns]
    if missing:
        raise AnalysisError(
            f"hits have no column {missing[0]}",
            hint=f"give the table of matches, or one of {sorted(table.columns)}",
        )
    if relative:
        table = table.filter(table.min_body_level.notnull())
    level = table.level - table.min_body_level if relative else table.level
    clusters = {}
    if "match" in kinds:
        clusters["in_match"] = table.match_id.coalesce(-1) % BLOCKS
    if "athlete" in kinds:
        clusters["in_athlete"] = table.person_number.coalesce(0) % BLOCKS
    return table.select(*dict.fromkeys(by), "scored", counted=level, **clusters)


def _key(key: Any) -> tuple[Any, ...]:
    """Return a stratum's key with ``None`` for what is not known."""
    return tuple(None if part is None or part != part else part for part in key)


def _combined(codes: Iterable[Ints]) -> Ints:
    """Return one number per combination of codes, without holes."""
    first, *others = codes
    for other in others:
        first = first * (int(other.max(initial=0)) + 1) + other
    return np.unique(first, return_inverse=True)[1] if others else first


def _outer(sums: Floats) -> Floats:
    groups = len(sums)
    correction = groups / (groups - 1) if groups > 1 else np.nan
    return np.asarray(correction * sums.T @ sums)
