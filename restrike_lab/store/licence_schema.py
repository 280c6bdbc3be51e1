"""The table of licences."""

from __future__ import annotations

__all__ = ["LICENCES"]

LICENCES = """
-- Licences that were installed; the one installed last counts. newest_ns is the newest time seen since, seq_floor the
-- last event before; checked_ns is when the issuer's address last called it good, withdrawn_ns when it did not.
CREATE TABLE licences (
    licence_id   TEXT    PRIMARY KEY,
    file         BLOB    NOT NULL,
    installed_ns INTEGER NOT NULL,
    who          TEXT    NOT NULL,
    seq_floor    INTEGER NOT NULL,
    newest_ns    INTEGER NOT NULL,
    checked_ns   INTEGER,
    withdrawn_ns INTEGER
);
"""
