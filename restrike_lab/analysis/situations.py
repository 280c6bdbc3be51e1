"""The situations of past rounds, one every few seconds of the clock, with how round and bout ended.

Everything that touches events is ibis: score, gam-jeoms and superiority as the console had last said them in the round
at each second of its clock, and the levels of the hits of the last 15 s. What comes out is a table of a few dozen rows
per round.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import pandas as pd

from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.prediction import HITS_MS

__all__ = ["COLUMNS", "situations"]

NS_PER_MS = 1_000_000
COLUMNS = (
    "match_id",
    "round",
    "left_s",
    "lead",
    "superiority",
    "gam_jeoms",
    "hits",
    "before",
    "blue_won",
    "red_won",
    "needed",
    "lead_per_round",
    "won_round",
    "won_bout",
    "minute",
    "day",
)
"""Columns of what ``situations`` returns: those of ``Situation`` and ``Course``, who won (1 blue, 0 red), the minute of
the round from 1, and the day of the bout."""

_TICK, _SCORE, _GAM_JEOMS, _SUPERIORITY, _HIT = range(5)
_IN_ROUND = ("match_id", "round")


def situations(table: Callable[[str], Table], every_s: int = 5) -> pd.DataFrame:
    """Return the situations of all decided rounds of decided bouts whose score counts by round, as ``COLUMNS``.

    ``table`` gives the lab's tables by name (``lab.table``): clk, sc, wg, sup, hl, rounds, matches. ``every_s`` is
    the distance of two situations of a round in s of the clock. A round joined in the middle is as good as any.
    """
    shown = fetched(_shown(table, every_s))
    return _with_course(shown, _rounds(table), _matches(table))


def _shown(table: Callable[[str], Table], every_s: int) -> Table:
    """Return what the board showed at the ticks of the clock: one row per tick of ``every_s`` seconds."""
    told = _told(table)
    ordered = ibis.cumulative_window(group_by=_IN_ROUND, order_by="seq")
    lately = ibis.range_window(preceding=HITS_MS, following=0, group_by=_IN_ROUND, order_by="at_ms")
    said = told.mutate(
        scores=(told.kind == _SCORE).cast("int64").sum().over(ordered),
        warnings=(told.kind == _GAM_JEOMS).cast("int64").sum().over(ordered),
        superiorities=(told.kind == _SUPERIORITY).cast("int64").sum().over(ordered),
        hits=ibis.ifelse(told.kind == _HIT, told.amount, 0).sum().over(lately),
    )
    # What was said last holds until the same is said again: each saying begins a group of its own.
    held = said.mutate(
        lead=_held(said, _SCORE, "scores"),
        gam_jeoms=_held(said, _GAM_JEOMS, "warnings"),
        superiority=_held(said, _SUPERIORITY, "superiorities"),
    )
    ticks = held.filter((held.kind == _TICK) & (held.amount % (every_s * 1000) == 0))
    return ticks.select(
        "match_id",
        "round",
        "seq",
        time_ms=ticks.amount,
        lead=ticks.lead.coalesce(0),
        gam_jeoms=ticks.gam_jeoms.coalesce(0),
        superiority=ticks.superiority.coalesce(0),
        hits=ticks.hits.coalesce(0),
    )


def _held(said: Table, kind: int, group: str) -> Table:
    amount = ibis.ifelse(said.kind == kind, said.amount, None)
    return amount.max().over(group_by=[*_IN_ROUND, group])


def _told(table: Callable[[str], Table]) -> Table:
    """Return what counts of the streams as one table: when, of which kind, and one signed amount, blue's view."""
    clk, sc, wg, sup, hl = (table(name) for name in ("clk", "sc", "wg", "sup", "hl"))
    ticks = clk.filter(clk.time_ms.notnull() & (clk.action.isnull() | (clk.action == "start")))
    parts = [
        _part(ticks, _TICK, ticks.time_ms),
        _part(sc, _SCORE, sc.blue.coalesce(0) - sc.red.coalesce(0)),
        _part(wg, _GAM_JEOMS, wg.red.coalesce(0) - wg.blue.coalesce(0)),
        _part(sup, _SUPERIORITY, _signed(sup.athlete, 1)),
        _part(hl, _HIT, _signed(hl.athlete, hl.level)),
    ]
    told = ibis.union(*parts, distinct=False)
    return told.filter(told.match_id.notnull() & told["round"].notnull() & told.amount.notnull())


def _signed(athlete: Table, amount: Table | int) -> Table:
    return ibis.cases((athlete == 1, amount), (athlete == 2, -amount), else_=0)


def _part(told: Table, kind: int, amount: Table) -> Table:
    return told.select(
        "match_id",
        "round",
        "seq",
        at_ms=(told.arrival_ns // NS_PER_MS).cast("int64"),
        kind=ibis.literal(kind, "int64"),
        amount=amount.cast("int64"),
    )


def _rounds(table: Callable[[str], Table]) -> pd.DataFrame:
    rounds = table("rounds")
    decided = rounds.filter(rounds.winner.isin([1, 2]))
    return fetched(
        decided.select(
            "match_id",
            "round",
            round_lead=decided.blue_points.coalesce(0) - decided.red_points.coalesce(0),
            round_winner=decided.winner,
        )
    )


def _matches(table: Callable[[str], Table]) -> pd.DataFrame:
    matches = table("matches")
    decided = matches.filter(matches.winner.isin(["BLUE", "RED"]) & (matches.scoring == "rounds"))
    return fetched(
        decided.select(
            "match_id",
            "round_ms",
            "count",
            "rounds",
            bout_winner=decided.winner,
            day=(decided.loaded_ns // (NS_PER_MS * 1000)).cast("int64"),
        )
    )


def _with_course(shown: pd.DataFrame, rounds: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Return situations with what came before their round and what came of it."""
    known = rounds.merge(matches, on="match_id").sort_values(["match_id", "round"])
    by_match = known.groupby("match_id")
    known["blue_won"] = (known["round_winner"] == 1).astype(int)
    known["red_won"] = (known["round_winner"] == 2).astype(int)
    fought = by_match.cumcount()
    for name in ("blue_won", "red_won", "round_lead"):
        known[f"{name}_before"] = by_match[name].cumsum() - known[name]
    whole = known[fought == known["round"] - 1]  # a bout of which a round is not known tells nothing of its course
    situations = shown.merge(whole, on=["match_id", "round"]).sort_values("seq")
    up = situations["count"] == "cntUp"
    left_ms = situations["time_ms"].where(~up, situations["round_ms"] - situations["time_ms"])
    earlier = situations["round"] - 1
    before = situations["round_lead_before"] / earlier.clip(lower=1)
    length = situations["round_ms"].where(situations["round_ms"] > 0, left_ms)
    gone = (1 - left_ms / length).clip(0, 1)
    result = pd.DataFrame(
        {
            "match_id": situations["match_id"].astype("int64"),
            "round": situations["round"].astype("int64"),
            "left_s": left_ms / 1000,
            "lead": situations["lead"].astype(float),
            "superiority": situations["superiority"].astype(float),
            "gam_jeoms": situations["gam_jeoms"].astype(float),
            "hits": situations["hits"].astype(float),
            "before": before.astype(float),
            "blue_won": situations["blue_won_before"].astype("int64"),
            "red_won": situations["red_won_before"].astype("int64"),
            "needed": situations["rounds"].fillna(3).astype("int64") // 2 + 1,
            "lead_per_round": (situations["round_lead_before"] + situations["lead"]) / (earlier + gone).clip(lower=1),
            "won_round": (situations["round_winner"] == 1).astype(float),
            "won_bout": (situations["bout_winner"] == "BLUE").astype(float),
            "minute": (-(-(length - left_ms) // 60_000)).clip(lower=1).astype("int64"),
            "day": pd.to_datetime(situations["day"], unit="s").dt.strftime("%Y-%m-%d"),
        }
    )
    return result[result["left_s"] >= 0].reset_index(drop=True)
