"""Taking events out of the database that an archive file holds: what stays in any case is decided here."""

from __future__ import annotations

import apsw

__all__ = ["delete_events", "pieces_of"]

_DELETE = """
DELETE FROM pss_events WHERE seq BETWEEN ? AND ?
  AND seq < (SELECT max(seq) FROM pss_events) AND seq <= (SELECT seq FROM accounting)
  AND (match_id IS NULL OR match_id NOT IN (SELECT max(match_id) FROM pss_matches GROUP BY court))
  AND seq NOT IN (SELECT seq FROM pss_event_recognition_history WHERE changed_ns >= ?)
"""
NEVER_NS = (1 << 63) - 1


def pieces_of(first: int, last: int, size: int) -> list[tuple[int, int]]:
    """Return the numbers from ``first`` to ``last`` in spans of at most ``size``."""
    return [(start, min(last, start + size - 1)) for start in range(first, last + 1, size)]


def delete_events(db: apsw.Connection, span: tuple[int, int], compared_ns: int = NEVER_NS) -> int:
    """Take the events of a span out and return how many went, in the caller's transaction.

    The last event, the last match of every court and what was not counted yet stay, and whatever somebody changed
    since the files were compared (``compared_ns``), which they do not hold yet.
    """
    db.execute(_DELETE, (*span, compared_ns))
    return db.changes()
