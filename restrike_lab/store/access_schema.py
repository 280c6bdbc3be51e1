"""The tables of access: who may sign in, who has, and who changed what."""

from __future__ import annotations

__all__ = ["ACCESS"]

ACCESS = """
-- One row per person who may sign in; `password` is an argon2id hash with its parameters.
CREATE TABLE users (
    user_id     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name        TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    role        TEXT    NOT NULL, -- viewer, operator or admin
    password    TEXT    NOT NULL,
    enabled     INTEGER NOT NULL,
    created_ns  INTEGER NOT NULL,
    password_ns INTEGER NOT NULL  -- when the password was set
);

-- One row per sign-in. The secret that a page holds is kept as its SHA-256 alone.
CREATE TABLE user_sessions (
    session_id  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL,
    secret_hash BLOB    NOT NULL UNIQUE,
    begun_ns    INTEGER NOT NULL,
    seen_ns     INTEGER NOT NULL, -- last sign of the person, to about a minute
    ended_ns    INTEGER,
    ending      TEXT,             -- signed out, idle, too old, password changed, ...
    remote      TEXT    NOT NULL
);
CREATE INDEX user_sessions_open ON user_sessions (user_id) WHERE ended_ns IS NULL;

-- One row per change that anybody asked for, and per sign-in. Never a password.
CREATE TABLE audit_log (
    audit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ns    INTEGER NOT NULL,
    who      TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    remote   TEXT    NOT NULL,
    action   TEXT    NOT NULL, -- the command
    details  TEXT    NOT NULL, -- JSON object of its arguments, secrets left out
    result   TEXT    NOT NULL  -- "done", or why not
);
CREATE INDEX audit_log_action ON audit_log (action, at_ns);
"""
