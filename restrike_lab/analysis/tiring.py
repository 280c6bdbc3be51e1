"""Whether athletes tire: levels and conversion over the minutes of a round, and over the rounds of a bout.

Compared is each athlete with himself: within a round for the minutes, within a bout for the rounds. So it does not
matter that bouts of strong athletes end early. The slope is the common one of all these comparisons, its interval is
clustered by bout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ibis
from scipy import stats

from restrike_lab.analysis.counts import BLOCKS
from restrike_lab.analysis.estimate import Estimate, Floats, Test, around, p_text, unknown
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.strata import with_match

__all__ = ["Fatigue", "Trend", "fatigue"]

MS_PER_MINUTE = 60_000


@dataclass(frozen=True)
class Trend:
    """By how much something changes per unit of time, with its test."""

    slope: Estimate
    test: Test


@dataclass(frozen=True)
class Fatigue:
    """Trends of level (levels) and conversion (share of hits) per minute of the round clock, and per round."""

    hits: int
    level_per_minute: Trend
    conversion_per_minute: Trend
    level_per_round: Trend
    conversion_per_round: Trend

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
            f"Within a round levels {word} by {trend.slope} a minute ({p_text(trend.test.p)}, {self.hits} hits), from "
            f"round to round by {self.level_per_round.slope}."
        )


def fatigue(hits: Table, matches: Table) -> Fatigue:
    """Return how levels and conversion change over the clock, athlete by athlete.

    The slope is that of least squares with an intercept for each athlete and round (per minute) or bout (per round):
    sum of within-group cross products over sum of within-group squares (Mundlak 1978), with the cluster-robust variance
    of Liang and Zeger (1986) by bout. Minutes are those gone on the round clock, whether it counts down or up.
    """
    table = with_match(hits, matches)
    counts_up = table["count"] == "cntUp"
    gone = ibis.ifelse(counts_up.fill_null(False), table.clock_ms, table.round_ms - table.clock_ms)
    table = table.mutate(minute=gone / MS_PER_MINUTE, converted=table.scored.cast("float64"))
    timed = table.filter(table.minute.notnull() & table["round"].notnull() & table.match_id.notnull())
    in_round = ["match_id", "round", "athlete"]
    in_bout = ["match_id", "athlete"]
    timed = timed.mutate(turn=timed["round"].cast("float64"))
    return Fatigue(
        int(timed.count().execute()),
        *(_trend(timed, in_round, "minute", of) for of in ("level", "converted")),
        *(_trend(timed, in_bout, "turn", of) for of in ("level", "converted")),
    )


def _trend(table: Table, groups: list[str], time: str, of: str) -> Trend:
    x, y = table[time], table[of].cast("float64")
    sums = table.group_by(groups).aggregate(n=table.count(), x=x.sum(), y=y.sum(), xx=(x * x).sum(), xy=(x * y).sum())
    within = sums.mutate(block=sums.match_id % BLOCKS, sxx=sums.xx - sums.x * sums.x / sums.n)
    within = within.mutate(sxy=sums.xy - sums.x * sums.y / sums.n)
    blocks = within.group_by("block").aggregate(sxx=within.sxx.sum(), sxy=within.sxy.sum()).to_pandas()
    return _slope(blocks["sxx"].to_numpy(float), blocks["sxy"].to_numpy(float))


def _slope(sxx: Floats, sxy: Floats) -> Trend:
    method = "least squares within, clustered"
    total, groups = float(sxx.sum()), int((sxx > 0).sum())
    if total <= 1e-9 or groups < 3:
        return Trend(unknown(method), Test(math.nan, math.nan, method))
    slope = float(sxy.sum()) / total
    residual = sxy - slope * sxx
    error = math.sqrt(groups / (groups - 1) * float((residual**2).sum())) / total
    if not error:
        return Trend(Estimate(slope, method=method), Test(math.nan, math.nan, method))
    t = slope / error
    p = 2 * float(stats.t.sf(abs(t), groups - 1))
    return Trend(around(slope, error, method, degrees=groups - 1), Test(t, p, method))
