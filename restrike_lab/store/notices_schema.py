"""The table of notices."""

from __future__ import annotations

__all__ = ["NOTICES"]

NOTICES = """
-- What needed a person: grouped, with who acknowledged it when. A lasting one is a condition; over_ns is its end.
CREATE TABLE notices (
    notice_id       INTEGER PRIMARY KEY,
    key             TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    level           TEXT    NOT NULL, -- warning, error or critical
    court           TEXT    NOT NULL,
    message         TEXT    NOT NULL,
    hint            TEXT    NOT NULL,
    count           INTEGER NOT NULL,
    first_ns        INTEGER NOT NULL,
    last_ns         INTEGER NOT NULL,
    lasting         INTEGER NOT NULL,
    over_ns         INTEGER,
    over_message    TEXT    NOT NULL,
    acknowledged_ns INTEGER,
    acknowledged_by TEXT    NOT NULL
);
"""
