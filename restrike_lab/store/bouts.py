"""Matches, athletes, rounds and links: the rows that follow from what the reducers found.

A court's state changes with every tick of its clock, its match seldom: what was written last is remembered and only
rows that differ are written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import apsw

from restrike_lab.bout.rows import (
    ATHLETE_COLUMNS,
    MATCH_COLUMNS,
    ROUND_COLUMNS,
    Row,
    athlete_rows,
    match_row,
    round_rows,
)
from restrike_lab.bout.state import CourtState, Fact, Link, Match

__all__ = ["BoutTables"]

REMEMBERED = 256
"""Matches whose last rows are remembered; more than courts that a hub can listen to."""


def _marks(columns: Iterable[str]) -> str:
    return ", ".join("?" for _ in columns)


_UPSERT_MATCH = f"""
INSERT INTO pss_matches ({", ".join(MATCH_COLUMNS)}, court, epoch, session_id)
SELECT {_marks(MATCH_COLUMNS)}, coalesce(e.court, ?), e.epoch, e.session_id
FROM (SELECT ? AS match_id) m LEFT JOIN pss_events e ON e.seq = m.match_id
WHERE true
ON CONFLICT (match_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in MATCH_COLUMNS[1:])}
"""

_REPLACE_ATHLETE = f"REPLACE INTO pss_athletes ({', '.join(ATHLETE_COLUMNS)}) VALUES ({_marks(ATHLETE_COLUMNS)})"

# A row of an earlier round knows its points and its winner only; the rest stays as it was.
_UPSERT_ROUND = f"""
INSERT INTO pss_rounds ({", ".join(ROUND_COLUMNS)}) VALUES ({_marks(ROUND_COLUMNS)})
ON CONFLICT (match_id, round) DO UPDATE SET
    started_ns = coalesce(excluded.started_ns, started_ns),
    ended_ns = CASE WHEN excluded.started_ns IS NULL THEN ended_ns ELSE excluded.ended_ns END,
    blue_points = coalesce(excluded.blue_points, blue_points),
    red_points = coalesce(excluded.red_points, red_points),
    blue_gam_jeoms = coalesce(excluded.blue_gam_jeoms, blue_gam_jeoms),
    red_gam_jeoms = coalesce(excluded.red_gam_jeoms, red_gam_jeoms),
    superiority = coalesce(excluded.superiority, superiority),
    winner = excluded.winner
"""

_REPLACE_LINK = """
REPLACE INTO pss_hit_links (hit_seq, point_seq, match_id, round, athlete, level, points, delay_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

_Known = dict[int, tuple[Match, tuple[Row, ...]]]


class BoutTables:
    """Write what the reducers found, inside the caller's transaction.

    Call ``write`` in the transaction, then ``remember`` once it is committed, so that a transaction that was rolled
    back is written in full when it is tried again.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._known: _Known = {}
        self._written: _Known = {}

    def write(self, facts: Iterable[Fact], courts: Mapping[str, CourtState]) -> None:
        """Write links and the states that loads and rounds were left in, in their order, then the courts' states."""
        self._written = {}
        links: list[Row] = []
        for fact in facts:
            if isinstance(fact, Link):
                links.append(_link_row(fact))
            else:
                self._write_state(fact, None)
        for court, state in courts.items():
            self._write_state(state, court)
        if links:
            self._db.executemany(_REPLACE_LINK, links)

    def remember(self) -> None:
        """Note that what was written last is committed."""
        self._known |= self._written
        self._written = {}
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _write_state(self, state: CourtState, court: str | None) -> None:
        match = state.match
        if match is None:
            return
        before = self._written.get(match.match_id) or self._known.pop(match.match_id, None)
        rounds = round_rows(state)
        if before is None or before[0] != match:
            self._db.execute(_UPSERT_MATCH, (*match_row(match), court, match.match_id))
            if before is None or (before[0].blue, before[0].red) != (match.blue, match.red):
                self._db.executemany(_REPLACE_ATHLETE, athlete_rows(match))
        old = before[1] if before else ()
        if new := [row for row in rounds if row not in old]:
            self._db.executemany(_UPSERT_ROUND, new)
        self._written[match.match_id] = (match, rounds)


def _link_row(link: Link) -> Row:
    return (
        link.hit_seq,
        link.point_seq,
        link.match_id,
        link.round,
        link.athlete,
        link.level,
        link.points,
        link.delay_ms,
    )
