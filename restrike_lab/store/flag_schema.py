"""The tables of flags: pictures in the venue's folder, and what people decided about codes and files."""

from __future__ import annotations

__all__ = ["FLAGS"]

FLAGS = """
-- One row per picture file of the folder `flags` in the data directory, as the last scan found it.
CREATE TABLE flags (
    file       TEXT    PRIMARY KEY,      -- name in the folder
    code       TEXT,                     -- whose flag it is; NULL where the name told nothing
    name       TEXT,
    confidence REAL    NOT NULL,         -- 0..1; 1 where people decided
    reason     TEXT    NOT NULL,
    mime       TEXT    NOT NULL,
    size       INTEGER NOT NULL,         -- bytes
    changed_ns INTEGER NOT NULL,         -- when the file was written
    found_ns   INTEGER NOT NULL,         -- when a scan first saw it like this
    gone_ns    INTEGER                   -- when a scan no longer found it
) WITHOUT ROWID;

-- What people decided: a text that consoles send means a code, or a file shows one. The highest revision counts;
-- code is NULL where it was taken back.
CREATE TABLE flag_mappings (
    kind       TEXT    NOT NULL,         -- sent or file
    text       TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    code       TEXT,
    changed_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    PRIMARY KEY (kind, text, revision)
) WITHOUT ROWID;
"""
