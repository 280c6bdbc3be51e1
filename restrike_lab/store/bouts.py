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

    Call ``write`` in the transaction, then ``remember`` once it is committed: a transaction that was rolled back is
    written in full when it is tried again.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._known: _Known = {}
        self._written: _Known = {}

    def write(self, facts: Iterable[Fact], courts: Mapping[str, CourtState]) -> None:
        """Write links and the states that loads and rounds were left in, in their order, then the courts' states."""
        states = [(None, fact) for fact in facts if isinstance(fact, CourtState)]
        news = _News()
        written: _Known = {}
        for court, state in (*states, *courts.items()):
            if state.match is not None:
                match_id = state.match.match_id
                before = written.get(match_id) or self._known.get(match_id)
                written[match_id] = news.gather(court, state, state.match, before)
        links = [_link_row(fact) for fact in facts if isinstance(fact, Link)]
        for sql, rows in (
            (_UPSERT_MATCH, news.matches.values()),
            (_REPLACE_ATHLETE, news.athletes.values()),
            (_UPSERT_ROUND, news.rounds),
            (_REPLACE_LINK, links),
        ):
            if rows:
                self._db.executemany(sql, rows)
        self._written = written

    def remember(self) -> None:
        """Note that what was written last is committed."""
        for match_id in self._written:
            self._known.pop(match_id, None)
        self._known |= self._written
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


class _News:
    """Rows of one group that differ from what was written before; of a match only the last one counts."""

    def __init__(self) -> None:
        self.matches: dict[int, Row] = {}
        self.athletes: dict[tuple[int, int], Row] = {}
        self.rounds: list[Row] = []

    def gather(
        self, court: str | None, state: CourtState, match: Match, before: tuple[Match, tuple[Row, ...]] | None
    ) -> tuple[Match, tuple[Row, ...]]:
        """Take what is new in a state, and return what is then known of its match."""
        known, known_rounds = before or (None, ())
        if match is not known and match != known:
            self.matches[match.match_id] = (*match_row(match), court, match.match_id)
        if known is None or (known.blue, known.red) != (match.blue, match.red):
            self.athletes.update(((match.match_id, athlete), row) for athlete, row in enumerate(athlete_rows(match), 1))
        rounds = round_rows(state)
        self.rounds.extend(row for row in rounds if row not in known_rounds)
        return match, rounds


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
