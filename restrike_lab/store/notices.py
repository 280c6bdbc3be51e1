"""Notices as the database keeps them: what needed a person, who saw it and when.

The functions work inside the caller's transaction (``Writer.change``) or on a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from restrike_lab.store.reader import Reader

__all__ = ["COLUMNS", "keep", "newest", "next_id"]

KEPT = 5_000

COLUMNS = (
    "notice_id",
    "key",
    "source",
    "level",
    "court",
    "message",
    "hint",
    "count",
    "first_ns",
    "last_ns",
    "lasting",
    "over_ns",
    "over_message",
    "acknowledged_ns",
    "acknowledged_by",
)
_KEEP = f"INSERT OR REPLACE INTO notices ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"
_FORGET = "DELETE FROM notices WHERE notice_id <= (SELECT max(notice_id) FROM notices) - ?"
_NEWEST = f"SELECT {', '.join(COLUMNS)} FROM notices WHERE last_ns >= ? ORDER BY last_ns DESC LIMIT ?"


def keep(db: apsw.Connection, notices: Iterable[Mapping[str, Any]]) -> None:
    """Keep notices as they are now; of the oldest no more than 5,000 are kept."""
    db.executemany(_KEEP, [tuple(each[name] for name in COLUMNS) for each in notices])
    db.execute(_FORGET, (KEPT,))


def newest(reader: Reader, limit: int = 100, since_ns: int = 0) -> list[dict[str, Any]]:
    """Return the notices that were heard of last, newest first."""
    table = reader.query(_NEWEST, (since_ns, limit))
    found = [dict(zip(COLUMNS, row, strict=True)) for row in table.rows]
    return [{**each, "lasting": bool(each["lasting"])} for each in found]


def next_id(reader: Reader) -> int:
    """Return the first number that no notice has had."""
    return int(reader.query("SELECT coalesce(max(notice_id), 0) + 1 FROM notices").rows[0][0])
