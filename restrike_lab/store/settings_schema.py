"""The tables of settings."""

from __future__ import annotations

__all__ = ["SETTINGS"]

SETTINGS = """
-- Settings that people stored; value is JSON. One that has no row stands at its default.
CREATE TABLE settings (
    category   TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    changed_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    PRIMARY KEY (category, key)
) WITHOUT ROWID;

-- Every change of a stored setting. old and new are JSON, NULL where nothing was, or is, stored; changes of one import
-- share `together`, an undo names the change that it takes back in `undoes`.
CREATE TABLE settings_history (
    change_id  INTEGER PRIMARY KEY,
    together   INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    category   TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    old        TEXT,
    new        TEXT,
    why        TEXT    NOT NULL,
    undoes     INTEGER
);
CREATE INDEX settings_history_key ON settings_history (category, key);
"""
