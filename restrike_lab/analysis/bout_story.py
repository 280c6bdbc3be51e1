"""One bout as a timeline, and who held superiority for how long in many.

Times are those of the round clock: how many ms of it are gone, so that stoppages take no time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ibis

from restrike_lab.analysis.fetch import records
from restrike_lab.analysis.linking import Table

__all__ = ["Moment", "Superiority", "Timeline", "superiority_time", "timeline"]

STREAMS = ("pt", "hl", "wg", "sc", "sup", "rnd", "ch", "ij", "pre", "rdy")


@dataclass(frozen=True)
class Moment:
    """Something that happened: ``kind`` is hit, point, gam-jeom, superiority, challenge or injury.

    ``value`` is the level of a hit, the points of a point, the gam-jeoms of the round after one; ``gone_ms`` is the
    time gone on the round clock, ``None`` where the length of the round is not known; ``score`` that of the round, blue
    and red, as the console had last said.
    """

    seq: int
    round: int | None
    clock_ms: int | None
    gone_ms: int | None
    kind: str
    athlete: int
    value: int | None
    score: tuple[int, int]


@dataclass(frozen=True)
class Timeline:
    """The moments of a bout in order."""

    match_id: int
    moments: tuple[Moment, ...]

    def of(self, kind: str) -> tuple[Moment, ...]:
        """Return the moments of one kind."""
        return tuple(moment for moment in self.moments if moment.kind == kind)

    @property
    def statement(self) -> str:
        """Say in one sentence what happened."""
        if not self.moments:
            return f"Nothing is known of match {self.match_id}."
        points, gam_jeoms = self.of("point"), self.of("gam-jeom")
        sides = [sum(moment.athlete == athlete for moment in points) for athlete in (1, 2)]
        return (
            f"{len(self.of('hit'))} hits, {len(points)} points (blue {sides[0]}, red {sides[1]}) and {len(gam_jeoms)} "
            f"gam-jeoms in match {self.match_id}."
        )


def timeline(events: Table, match_id: int, *, matches: Table | None = None) -> Timeline:
    """Return what happened in a match, in order: hits, points, gam-jeoms, superiority, challenges, injuries.

    ``events`` needs seq, match_id, round, clock_ms, stream, athlete, value, fields. With ``matches`` (round_ms, count)
    the time gone is known. A score is the one that held once the burst was over: the console sends it around the point.
    """
    of_match = events.filter((events.match_id == match_id) & events.stream.isin(STREAMS))
    columns = ["seq", "round", "clock_ms", "stream", "athlete", "value", "fields"]
    rows = records(of_match.select(*columns).order_by("seq"))
    length, counts_up = _length(matches, match_id)
    moments = []
    for moment in _settled(list(_moments(rows))):
        gone = moment.clock_ms
        if gone is not None and not counts_up:
            gone = None if length is None else length - gone
        moments.append(replace(moment, gone_ms=gone))
    return Timeline(match_id, tuple(moments))


def _length(matches: Table | None, match_id: int) -> tuple[int | None, bool]:
    if matches is None:
        return None, False
    rows = records(matches.filter(matches.match_id == match_id).select("round_ms", "count"))
    if not rows:
        return None, False
    return rows[0]["round_ms"], rows[0]["count"] == "cntUp"


def _moments(rows: list[dict[str, Any]]) -> Iterator[Moment]:
    score, gam_jeoms = (0, 0), [0, 0]
    for row in rows:
        stream, fields = row["stream"], json.loads(row["fields"] or "{}")
        athlete, value = row["athlete"] or 0, row["value"]
        here = Moment(row["seq"], row["round"], row["clock_ms"], None, "", athlete, value, score)
        match stream:
            case "rnd" | "pre":
                score, gam_jeoms = (0, 0), [0, 0]
            case "sc":
                score = (fields.get("blue", score[0]), fields.get("red", score[1]))
                yield replace(here, kind="score", athlete=0, value=None, score=score)
            case "wg":
                for side, name in enumerate(("blue", "red")):
                    now = fields.get(name, gam_jeoms[side])
                    if now > gam_jeoms[side]:
                        yield replace(here, kind="gam-jeom", athlete=side + 1, value=now)
                    gam_jeoms[side] = now
            case "hl" | "pt":
                yield replace(here, kind="hit" if stream == "hl" else "point")
            case "sup":
                yield replace(here, kind="superiority", value=None)
            case "ch" if not fields:
                yield replace(here, kind="challenge", value=None)
            case "ij" if fields.get("action") == "show":
                yield replace(here, kind="injury", value=None)


def _settled(moments: list[Moment]) -> list[Moment]:
    """Give each moment the score that the console said in its burst: before or behind it, at the same clock time."""
    kept: list[Moment] = []
    for place, moment in enumerate(moments):
        if moment.kind == "score":
            continue
        score = moment.score
        for later in moments[place + 1 :]:
            if (later.round, later.clock_ms) != (moment.round, moment.clock_ms) or later.kind == "point":
                break
            if later.kind == "score":
                score = later.score
                break
        kept.append(replace(moment, score=score))
    return kept


@dataclass(frozen=True)
class Superiority:
    """For how long each held superiority: ms of the round clock by (match_id, round), as (nobody, blue, red)."""

    rounds: Mapping[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)

    @property
    def total(self) -> tuple[int, int, int]:
        """Return the ms that nobody, blue and red held it in all rounds."""
        sums = [sum(held[side] for held in self.rounds.values()) for side in range(3)]
        return sums[0], sums[1], sums[2]

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        whole = sum(self.total)
        if not whole:
            return "No round with a running clock is known, so nobody held superiority for any time."
        nobody, blue, red = (part / whole for part in self.total)
        return (
            f"Over {len(self.rounds)} rounds blue held superiority for {blue:.0%} of the time on the clock, red for "
            f"{red:.0%}, nobody for {nobody:.0%}."
        )


def superiority_time(events: Table) -> Superiority:
    """Return for how long each athlete held superiority in each round.

    The console says who does when it changes (``sup``). From each such message to the next, or to the end of the round,
    the clock tells how long; before the first one nobody held it.
    """
    known = events.filter(events.match_id.notnull() & events["round"].notnull() & events.clock_ms.notnull())
    # ``rnd`` begins a round for which the clock still shows the end of the one before.
    ticks = known.filter((known.stream == "clk") & known.value.notnull())
    ticks = ticks.filter(~ticks.fields.contains('"action":"stopEnd"'))
    spans = ticks.group_by(["match_id", "round"]).aggregate(first=ticks.value.max(), last=ticks.value.min())
    changes = known.filter((known.stream == "sup") & known.value.isin([0, 1, 2]))
    said = changes.select("match_id", "round", "seq", "clock_ms", held=changes.value)
    said = said.inner_join(spans, ["match_id", "round"])
    at = ibis.least(ibis.greatest(said.clock_ms, said["last"]), said["first"])
    said = said.select("match_id", "round", "seq", "held", "first", "last", at=at)
    order = ibis.window(group_by=["match_id", "round"], order_by="seq")
    said = said.mutate(until=said["at"].lead().over(order).coalesce(said["last"]))
    spent = said.group_by(["match_id", "round", "held"]).aggregate(ms=(said["at"] - said["until"]).abs().sum())
    rounds: dict[tuple[int, int], list[int]] = {
        (int(row["match_id"]), int(row["round"])): [int(row["first"] - row["last"]), 0, 0] for row in records(spans)
    }
    for row in records(spent):
        held = rounds[int(row["match_id"]), int(row["round"])]
        if row["held"]:
            held[int(row["held"])] = int(row["ms"])
    whole = {key: (max(0, held[0] - held[1] - held[2]), held[1], held[2]) for key, held in rounds.items()}
    return Superiority(dict(sorted(whole.items())))
