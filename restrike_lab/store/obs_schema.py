"""The tables of OBS automation."""

from __future__ import annotations

__all__ = ["OBS_AUTOMATION"]

OBS_AUTOMATION = """
-- One row per OBS rule that was made, changed or switched; rules that came with the lab and stand untouched have none.
CREATE TABLE obs_rules (
    name       TEXT    PRIMARY KEY,
    rule       TEXT    NOT NULL, -- JSON object
    enabled    INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL
);

-- One row per time that automation of OBS was paused (1) or let go on (0).
CREATE TABLE obs_pauses (
    changed_ns INTEGER NOT NULL,
    paused     INTEGER NOT NULL,
    who        TEXT    NOT NULL
);

-- One row per action that an OBS rule took at an instance: outcome is done, skipped or failed, result says what came.
CREATE TABLE obs_firings (
    firing_id  INTEGER PRIMARY KEY,
    fired_ns   INTEGER NOT NULL,
    seq        INTEGER NOT NULL, -- the event
    match_id   INTEGER,
    court      TEXT    NOT NULL,
    rule       TEXT    NOT NULL,
    instance   TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    args       TEXT    NOT NULL, -- JSON object
    outcome    TEXT    NOT NULL,
    result     TEXT    NOT NULL,
    took_ms    REAL    NOT NULL
);
CREATE INDEX obs_firings_match ON obs_firings (match_id);
"""
