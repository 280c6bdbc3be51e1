"""Where to draw the line: thresholds on the level, and what the console's own threshold does.

"A hit of at least L counts" is a rule with errors of two kinds. Four ways to choose L:

- *Youden* (1950): the greatest sensitivity + specificity - 1.
- *cost*: the least cost, where a missed hit that counts costs ``cost`` times a scored hit that does not.
- *intersection*: where the normal curves of scored and missed hits cross, and of the whole numbers around it the one
  with the greatest accuracy; with phi as validity. So kick intensities were given standards by Jeon and others (2014).
- *curve*: where the logistic curve reaches the probability that the criterion asks for. Youden's is the overall rate,
  the cost's is cost / (1 + cost); its interval is Fieller's and is the one that holds the truth as often as it says.

The first three move in steps, for which the bootstrap (whole bouts drawn with replacement, percentiles) is only a
picture of how they wander: near the best cut the criterion is flat, and such maxima converge with the cube root of the
number of hits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from restrike_lab.analysis.counts import CLUSTERS, Counts, count_levels
from restrike_lab.analysis.curve import Logistic, logistic
from restrike_lab.analysis.estimate import CONFIDENCE, Estimate, Floats, Numbers, number, unknown
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.strata import with_match

__all__ = ["ConsoleRule", "Cut", "Thresholds", "console_threshold", "thresholds", "thresholds_by"]

Criterion: TypeAlias = Callable[[Floats, Numbers, Numbers], Floats]

DRAWS = 1000
FEWEST = 10
METHOD = "bootstrap of bouts, percentile"


@dataclass(frozen=True)
class Cut:
    """A rule "at least ``level``": how often it is right, and phi, its correlation with scoring."""

    level: Estimate
    sensitivity: float = math.nan
    specificity: float = math.nan
    accuracy: float = math.nan
    phi: float = math.nan


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of one stratum by every criterion; ``console`` is the rule of the console's own threshold."""

    stratum: tuple[Any, ...]
    hits: int
    scored: int
    youden: Cut
    cost: Cut
    intersection: Cut
    curve: Logistic
    cost_ratio: float
    console: Cut | None = None
    trouble: str = ""

    @property
    def by_curve(self) -> dict[str, Estimate]:
        """Return the thresholds of the logistic curve with intervals that can be relied on: half, youden, cost."""
        at_cost = self.curve.level_at(self.cost_ratio / (1 + self.cost_ratio))
        return {"half": self.curve.half, "youden": self.curve.youden, "cost": at_cost}

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        name = (
            f"{' / '.join('not known' if part is None else str(part) for part in self.stratum)}: "
            if self.stratum
            else ""
        )
        if self.trouble:
            return f"{name}{self.trouble}, so there is no threshold to find."
        best = f"level {self.youden.level} separates best (Youden; accuracy {self.youden.accuracy:.0%})"
        text = f"{name}{best}; half of the hits score at {self.curve.half}"
        if self.console is not None and self.console.level.known:
            console = self.console
            text += (
                f"; the console's threshold {number(console.level.value)} lets {console.sensitivity:.0%} of the scored "
                f"and {1 - console.specificity:.0%} of the missed hits pass"
            )
        return f"{text} ({self.hits} hits)."


def thresholds(
    counts: Counts,
    *,
    cost: float = 1.0,
    console: float | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    stratum: tuple[Any, ...] = (),
) -> Thresholds:
    """Return the thresholds of these hits by every criterion.

    ``cost`` is what a missed hit that counts costs, in units of a scored hit that does not. ``console`` is the
    threshold the console was set to. The bootstrap draws clusters, or hits where clusters are not known, with a
    generator seeded by ``seed``: the same data give the same interval. Below ten of them there is none.
    """
    if counts.trouble:
        nothing = Cut(unknown(METHOD))
        rule = None if console is None else _cut(counts, Estimate(console))
        return Thresholds(
            stratum, counts.hits, counts.points, nothing, nothing, nothing, logistic(counts), cost, rule, counts.trouble
        )
    levels = counts.levels.astype(float)
    samples = _resampled(counts, draws, np.random.default_rng(seed))

    def best(criterion: Criterion) -> Cut:
        value = float(criterion(levels, counts.scored[None, :], counts.missed[None, :])[0])
        return _cut(counts, _percentiles(value, criterion(levels, *samples)))

    return Thresholds(
        stratum,
        counts.hits,
        counts.points,
        youden=best(_youden),
        cost=best(lambda levels, ones, zeros: _cheapest(levels, ones, zeros, cost)),
        intersection=best(_intersection),
        curve=logistic(counts),
        cost_ratio=cost,
        console=None if console is None else _cut(counts, Estimate(console, method="set at the console")),
    )


def thresholds_by(
    hits: Table,
    matches: Table,
    athletes: Table | None = None,
    *,
    by: Sequence[str] = ("weight_class",),
    cost: float = 1.0,
    draws: int = DRAWS,
) -> list[Thresholds]:
    """Return the thresholds of each stratum, with the console's own where all its matches share one.

    ``by`` is any of weight_class, sex, division, phase, round. With ``athletes`` the intervals of the curve also allow
    for the same people meeting again.
    """
    own = console_threshold(hits, matches, by=by)
    clusters = CLUSTERS if athletes is not None else ("match",)
    strata = count_levels(hits, matches, athletes, by=by, clusters=clusters)
    return [
        thresholds(counts, cost=cost, console=own[key].body if key in own else None, draws=draws, stratum=key)
        for key, counts in strata.items()
    ]


@dataclass(frozen=True)
class ConsoleRule:
    """The thresholds a console was set to in a stratum (``mch`` 14 and 15), ``None`` where matches differ."""

    body: float | None
    head: float | None
    matches: int


def console_threshold(hits: Table, matches: Table, *, by: Sequence[str] = ()) -> dict[tuple[Any, ...], ConsoleRule]:
    """Return the console's own thresholds for body and head by stratum."""
    table = with_match(hits, matches)
    grouped = table.group_by(list(by)) if by else table
    rows = fetched(
        grouped.aggregate(
            body_low=table.min_body_level.min(),
            body_high=table.min_body_level.max(),
            head_low=table.min_head_level.min(),
            head_high=table.min_head_level.max(),
            matches=table.match_id.nunique(),
        )
    )

    def shared(low: Any, high: Any) -> float | None:
        return float(low) if low == low and low is not None and low == high else None

    return {
        tuple(None if row[name] != row[name] else row[name] for name in by): ConsoleRule(
            shared(row["body_low"], row["body_high"]), shared(row["head_low"], row["head_high"]), int(row["matches"])
        )
        for row in rows.to_dict("records")
    }


def _cut(counts: Counts, level: Estimate) -> Cut:
    """Return what the rule "at least ``level``" does to these hits."""
    if not counts.hits or math.isnan(level.value):
        return Cut(level)
    counted = counts.levels >= level.value
    true, false = float(counts.scored[counted].sum()), float(counts.missed[counted].sum())
    ones, zeros = float(counts.scored.sum()), float(counts.missed.sum())
    margins = ones * zeros * (true + false) * (ones + zeros - true - false)
    return Cut(
        level,
        sensitivity=true / ones if ones else math.nan,
        specificity=1 - false / zeros if zeros else math.nan,
        accuracy=(true + zeros - false) / (ones + zeros),
        phi=(true * (zeros - false) - false * (ones - true)) / math.sqrt(margins) if margins else math.nan,
    )


def _percentiles(value: float, drawn: Floats) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Estimate(value, method=METHOD)
    tail = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(known, [tail, 100 - tail])
    return Estimate(value, float(low), float(high), METHOD)


def _resampled(counts: Counts, draws: int, generator: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Return scored and missed hits by draw x level, drawing whole clusters with replacement."""
    size = len(counts.levels)
    if (counts.clusters if counts.cells is not None else counts.hits) < FEWEST:
        return np.zeros((0, size)), np.zeros((0, size))
    if counts.cells is None:
        both = np.concatenate([counts.scored, counts.missed])
        drawn = generator.multinomial(counts.hits, both / both.sum(), draws)
        return drawn[:, :size].astype(float), drawn[:, size:].astype(float)
    scored, missed = counts.cells.by_cluster(size)
    weights = generator.multinomial(len(scored), np.full(len(scored), 1 / len(scored)), draws).astype(float)
    return weights @ scored, weights @ missed


def _passing(ones: Numbers, zeros: Numbers) -> tuple[Numbers, Numbers]:
    """Return how many scored and missed hits are at or above each level."""
    return np.cumsum(ones[:, ::-1], axis=1)[:, ::-1], np.cumsum(zeros[:, ::-1], axis=1)[:, ::-1]


def _youden(levels: Floats, ones: Numbers, zeros: Numbers) -> Floats:
    above, below = _passing(ones, zeros)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = above / above[:, :1] - below / below[:, :1]
    best = levels[np.argmax(np.nan_to_num(gain, nan=-1.0), axis=1)]
    return np.where(np.isnan(gain).any(axis=1), np.nan, best)


def _cheapest(levels: Floats, ones: Numbers, zeros: Numbers, cost: float) -> Floats:
    above, below = _passing(ones, zeros)
    # One more cut than levels: above all of them, so that nothing counts.
    lost = np.concatenate([above[:, :1] - above + cost * below, above[:, :1]], axis=1)
    cuts = np.append(levels, levels[-1] + 1)
    return np.asarray(cuts[np.argmin(lost, axis=1)])


def _intersection(levels: Floats, ones: Numbers, zeros: Numbers) -> Floats:
    """Return, of the three whole numbers around the crossing of the two normal curves, the most accurate one."""
    crossing = _crossing(levels, ones, zeros)
    above, below = _passing(ones, zeros)
    best = np.full(len(ones), np.nan)
    accuracy = np.full(len(ones), -np.inf)
    for step in (-1, 0, 1):
        cut = np.round(crossing) + step
        known = ~np.isnan(cut)
        place = np.searchsorted(levels, np.where(known, cut, 0))
        inside = place < len(levels)
        at = np.minimum(place, len(levels) - 1)[:, None]
        true = np.where(inside, np.take_along_axis(above, at, 1)[:, 0], 0.0)
        false = np.where(inside, np.take_along_axis(below, at, 1)[:, 0], 0.0)
        right = true + below[:, 0] - false
        better = known & (right > accuracy)
        best, accuracy = np.where(better, cut, best), np.where(better, right, accuracy)
    return best


def _crossing(levels: Floats, ones: Numbers, zeros: Numbers) -> Floats:
    """Return where normal curves with the means and spreads of the two groups cross between their means."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n1, n0 = ones.sum(axis=1), zeros.sum(axis=1)
        m1, m0 = ones @ levels / n1, zeros @ levels / n0
        v1 = ones @ levels**2 / n1 - m1**2
        v0 = zeros @ levels**2 / n0 - m0**2
        # log density of one minus that of the other is a x^2 + b x + c
        a = (1 / v0 - 1 / v1) / 2
        b = m1 / v1 - m0 / v0
        c = (m0**2 / v0 - m1**2 / v1 + np.log(v0 / v1)) / 2
        inside = np.sqrt(b * b - 4 * a * c)
        equal = np.abs(a) < 1e-12
        roots = [np.where(equal, -c / b, (-b + sign * inside) / (2 * a)) for sign in (1, -1)]
    between = [np.where((root >= np.minimum(m0, m1)) & (root <= np.maximum(m0, m1)), root, np.nan) for root in roots]
    middle = np.where((v0 > 0) & (v1 > 0), np.nan, (m0 + m1) / 2)
    found = np.where(np.isnan(between[0]), between[1], between[0])
    return np.asarray(np.where(np.isnan(found), middle, found))
