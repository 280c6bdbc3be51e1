"""What the record knows of one bout, gathered for its report."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.analysis.bout_story import Timeline, timeline
from restrike_lab.bout import Arrival
from restrike_lab.bout.findings import DataQuality
from restrike_lab.bout.reconcile import AuditState, due, quality, reconcile
from restrike_lab.client.query import Query
from restrike_lab.pss import Recognizer
from restrike_lab.pss.errors import RestrikeError

__all__ = ["BoutFacts", "ReportError", "gather", "match_id_of"]

Row = Mapping[str, Any]

SETTLED_NS = 10_000_000_000
"""How long after its last message a bout's audit may take to decide what was pending."""

_FOUND = """
SELECT match_id, number, court, loaded, fought, winner FROM matches
WHERE CAST(match_id AS VARCHAR) = $name OR number = $name ORDER BY match_id
"""
_EVENTS = """
SELECT seq, arrival_ns, mono_ns, raw, datagram_size, protocol_version
FROM events WHERE match_id = $match_id ORDER BY seq
"""
_ANNOTATIONS = """
SELECT a.kind, a.text, a.seq, a.who, a.at, e.round, e.clock_ms
FROM annotations a LEFT JOIN events e ON e.seq = a.seq WHERE a.match_id = $match_id ORDER BY a.at_ns, a.annotation_id
"""
_HITS = """
SELECT h.seq, h.round, h.clock_ms, h.athlete, h.level, h.points, h.delay_ms
FROM hits h WHERE h.match_id = $match_id ORDER BY h.seq
"""


class ReportError(RestrikeError):
    """Report that there is no such bout, or that a name means several."""

    category = "report"


@dataclass(frozen=True)
class BoutFacts:
    """Hold a bout: rows as dicts by column, ``athletes`` by 1 (blue) and 2 (red), times in ms and ns as stored."""

    match: Row
    athletes: Mapping[int, Row]
    rounds: tuple[Row, ...]
    hits: tuple[Row, ...]
    points: tuple[Row, ...]
    story: Timeline
    quality: DataQuality
    events: int
    unknown: int
    tells_round_points: bool
    annotations: tuple[Row, ...] = ()

    @property
    def from_match_log(self) -> bool:
        """Tell whether the bout came from a match log: an import without scores per round."""
        return str(self.match["court"] or "").startswith("import:") and not self.tells_round_points


def gather(query: Query, name: str) -> BoutFacts:
    """Return the facts of a bout, named by ``match_id`` or by the console's match number.

    Raises ``ReportError`` where none or several have that name.
    """
    match_id = match_id_of(query, name)
    one = {"match_id": match_id}

    def rows(sql: str) -> tuple[Row, ...]:
        return tuple(query.arrow(sql, one).to_pylist())

    athletes = {row["athlete"]: row for row in rows("SELECT * FROM athletes WHERE match_id = $match_id")}
    events = rows(_EVENTS)
    counted = rows(
        "SELECT count(*) AS events, count(*) FILTER (WHERE recognition_status <> 'recognized') AS unknown, "
        "count(*) FILTER (WHERE stream = 's') > 0 AS tells_round_points "
        "FROM events WHERE match_id = $match_id"
    )[0]
    return BoutFacts(
        match=rows("SELECT * FROM matches WHERE match_id = $match_id")[0],
        athletes=athletes,
        rounds=rows("SELECT * FROM rounds WHERE match_id = $match_id ORDER BY round"),
        hits=rows(_HITS),
        points=rows("SELECT * FROM points WHERE match_id = $match_id ORDER BY seq"),
        story=timeline(query.expression("events"), match_id, matches=query.expression("matches")),
        quality=_quality(events),
        events=counted["events"],
        unknown=counted["unknown"],
        tells_round_points=counted["tells_round_points"],
        annotations=rows(_ANNOTATIONS) if "annotations" in query.tables() else (),  # an older record has none
    )


def match_id_of(query: Query, name: str) -> int:
    """Return the id of a match by its id or the console's number; raises ``ReportError`` for none or several."""
    found = query.arrow(_FOUND, {"name": name}).to_pylist()
    exact = [row for row in found if str(row["match_id"]) == name]
    # A bout is often loaded several times before it is fought to its end.
    fought = [row for row in found if row["fought"]]
    chosen = exact or [row for row in fought if row["winner"]] or fought or found
    if not chosen:
        raise ReportError(
            f"there is no match {name!r}",
            hint="`restrike-lab query 'SELECT match_id, number, court, loaded FROM matches'` lists them",
        )
    if len(chosen) > 1:
        ids = ", ".join(f"{row['match_id']} ({row['loaded']:%Y-%m-%d %H:%M}, court {row['court']})" for row in chosen)
        raise ReportError(f"match number {name!r} names {len(chosen)} matches", hint=f"give one of {ids}")
    return int(chosen[0]["match_id"])


def _quality(events: tuple[Row, ...]) -> DataQuality:
    recognizers = functools.cache(Recognizer)
    state = AuditState()
    for row in events:
        recognizer = recognizers(row["protocol_version"])
        known = recognizer.recognize(row["raw"]) if row["datagram_size"] is None else recognizer.cut(row["raw"])
        at = Arrival(row["seq"], row["arrival_ns"], row["mono_ns"])
        state, _found = reconcile(state, known[0].message, at)
    if events:
        state, _found = due(state, events[-1]["mono_ns"] + SETTLED_NS)
    return quality(state)
