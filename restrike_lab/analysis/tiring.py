"""Whether athletes tire: levels and scoring over the minutes of a round, and over the rounds of a bout.

A round ends early when points make a gap, so late hits are of rounds in which little had scored: whoever compares late
with early hits without thinking of it finds athletes that grow stronger. Therefore levels are compared among hits of
the same athlete, round and outcome, since the end of a round depends on outcomes but not on levels beyond them; and
scoring is asked for at equal level, where what has happened before does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ibis
import numpy as np
from scipy import stats

from restrike_lab.analysis import logit
from restrike_lab.analysis.counts import BLOCKS, Counts
from restrike_lab.analysis.curve import expit
from restrike_lab.analysis.estimate import Estimate, Test, around, p_text, unknown
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.strata import with_match

__all__ = ["Fatigue", "Trend", "fatigue"]

MS_PER_MINUTE = 60_000
PARTS_OF_A_MINUTE = 6
SOON_MS = 250
FEWEST = 3
"""Bouts below which nothing is said."""

LEVELS, STEPS = 1_000, 100_000
"""Room for levels below nought and for steps of time in one number."""


@dataclass(frozen=True)
class Trend:
    """By how much something changes per unit of time, with its test."""

    slope: Estimate
    test: Test


@dataclass(frozen=True)
class Fatigue:
    """Trends per minute of the round clock and per round: of the level, and of scoring at equal level (log odds)."""

    hits: int
    level_per_minute: Trend
    scoring_per_minute: Trend
    level_per_round: Trend
    scoring_per_round: Trend

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        if not self.hits:
            return "There are no hits with a time on the round clock, so fatigue cannot be seen."
        trend = self.level_per_minute
        if not trend.slope.known:
            return f"{self.hits} hits are too few to compare athletes with themselves."
        word = "change" if trend.test.says_so else "do not change detectably"
        return (
            f"Within a round levels {word}: {trend.slope} a minute ({p_text(trend.test.p)}, {self.hits} hits), from "
            f"round to round {self.level_per_round.slope}."
        )


def fatigue(hits: Table, matches: Table) -> Fatigue:
    """Return how levels and scoring change over the clock and over rounds.

    Levels: least squares with an intercept for each athlete, round (per minute) or bout (per round), and outcome: the
    sum of within-group cross products over that of squares (Mundlak 1978). Scoring: logistic regression on the level,
    counted from the class threshold, and the time. Both with the cluster-robust variance of Liang and Zeger (1986) by
    bout. Minutes are those gone on the round clock, whether it counts down or up.
    """
    table = with_match(hits, matches)
    counts_up = (table["count"] == "cntUp").fill_null(False)
    gone = ibis.ifelse(counts_up, table.clock_ms, table.round_ms - table.clock_ms)
    timed = table.select(
        "match_id",
        "round",
        "athlete",
        "scored",
        "level",
        "min_body_level",
        # A hit linked from afar is mostly one that missed, and near the end of a round there is no afar.
        outcome=ibis.cases((~table.scored, 0), (table.delay_ms.abs() <= SOON_MS, 1), else_=2),
        minute=gone / MS_PER_MINUTE,
        turn=table["round"].cast("float64"),
    )
    timed = timed.filter(timed.minute.notnull() & timed.turn.notnull() & timed.match_id.notnull())
    of_bout = ["match_id", "athlete", "outcome"]
    return Fatigue(
        int(fetched(timed.aggregate(hits=timed.count()))["hits"][0]),
        _level_trend(timed, [*of_bout, "round"], "minute"),
        _scoring_trend(timed, "minute", PARTS_OF_A_MINUTE),
        _level_trend(timed, of_bout, "turn"),
        _scoring_trend(timed, "turn", 1),
    )


def _level_trend(table: Table, groups: list[str], time: str) -> Trend:
    x, y = table[time], table.level.cast("float64")
    sums = table.group_by(groups).aggregate(n=table.count(), x=x.sum(), y=y.sum(), xx=(x * x).sum(), xy=(x * y).sum())
    within = sums.mutate(block=sums.match_id % BLOCKS, sxx=sums.xx - sums.x * sums.x / sums.n)
    within = within.mutate(sxy=sums.xy - sums.x * sums.y / sums.n)
    blocks = fetched(within.group_by("block").aggregate(sxx=within.sxx.sum(), sxy=within.sxy.sum()))
    method = "least squares within, clustered"
    sxx, sxy = blocks["sxx"].to_numpy(float), blocks["sxy"].to_numpy(float)
    total, groups_seen = float(sxx.sum()), int((sxx > 0).sum())
    if total <= 1e-9 or groups_seen < FEWEST:
        return _nothing(method)
    slope = float(sxy.sum()) / total
    error = math.sqrt(groups_seen / (groups_seen - 1) * float(((sxy - slope * sxx) ** 2).sum())) / total
    return _judged(slope, error, groups_seen - 1, method)


def _scoring_trend(table: Table, time: str, parts: int) -> Trend:
    """Return the slope of log odds by time, with the level held equal; time in steps of 1 / ``parts``."""
    method = "logistic, clustered"
    known = table.filter(table.min_body_level.notnull())
    step = (known[time] * parts).round().cast("int64")
    # One whole number for level and time together: counts know levels only.
    both = (known.level - known.min_body_level + LEVELS) * STEPS + step
    known = known.select("scored", both=both, block=known.match_id % BLOCKS)
    grouped = known.group_by(["block", "both"]).aggregate(scored=known.scored.cast("int64").sum(), hits=known.count())
    rows = fetched(grouped)
    counts = Counts.summed(rows["both"], rows["scored"], rows["hits"] - rows["scored"], match=rows["block"])
    if counts.trouble or counts.clusters < FEWEST:
        return _nothing(method)
    at = (counts.levels % STEPS) / parts
    level = counts.levels // STEPS - LEVELS
    weights = counts.scored + counts.missed
    columns = [np.ones(len(at)), level - np.average(level, weights=weights), at - np.average(at, weights=weights)]
    design = np.stack(columns, axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return _nothing(method)
    found = logit.fit(design, counts.scored, counts.missed)
    if found.separated:
        return _nothing(method)
    p = expit(design @ found.coefficients)
    influence = design @ found.covariance
    variance = counts.variance(influence * (1 - p)[:, None], influence * -p[:, None])
    return _judged(float(found.coefficients[2]), math.sqrt(variance[2, 2]), counts.clusters - 1, method)


def _nothing(method: str) -> Trend:
    return Trend(unknown(method), Test(math.nan, math.nan, method))


def _judged(slope: float, error: float, degrees: float, method: str) -> Trend:
    if not error:
        return Trend(Estimate(slope, method=method), Test(math.nan, math.nan, method))
    t = slope / error
    p = 2 * float(stats.t.sf(abs(t), degrees))
    return Trend(around(slope, error, method, degrees=degrees), Test(t, p, method))
