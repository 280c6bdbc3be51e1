"""Stored events cut where nothing goes on from one to the next: between terms, and between imported files.

A hub that takes over goes on with its courts as it finds them in the record, and an imported file begins its courts
anew. Whoever walks over stored events takes them in such stretches, so that it does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["IMPORTED", "stretches"]

IMPORTED = 0
"""The term of imported events, which no hub heard: their monotonic times are their wall times."""

Rows = Sequence[Sequence[Any]]


def stretches(rows: Rows, epoch: int, court: int, session: int) -> Iterator[Rows]:
    """Cut events, in order of ``seq``, into stretches of one term; in imported ones each court has one session.

    ``epoch``, ``court`` and ``session`` are the places of those columns in a row.
    """
    start = 0
    while start < len(rows):
        term = rows[start][epoch]
        end = len(rows)
        if term == IMPORTED:
            end = _end_of_files(rows, start, epoch, court, session)
        elif rows[-1][epoch] != term:
            end = next(at for at in range(start, end) if rows[at][epoch] != term)
        yield rows if end - start == len(rows) else rows[start:end]
        start = end


def _end_of_files(rows: Rows, start: int, epoch: int, court: int, session: int) -> int:
    known: dict[str, int] = {}
    for at in range(start, len(rows)):
        row = rows[at]
        if row[epoch] != IMPORTED or known.setdefault(row[court], row[session]) != row[session]:
            return at
    return len(rows)
