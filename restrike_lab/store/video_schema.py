"""The tables of the video clock: what was observed of recordings and saved replays, from which positions follow."""

from __future__ import annotations

__all__ = ["VIDEO"]

VIDEO = """
-- One row per recording of an OBS instance. The moments ending in _mono are on the monotonic clock of the term (epoch).
CREATE TABLE obs_recordings (
    instance     TEXT    NOT NULL,
    begun_ns     INTEGER NOT NULL,        -- arrival of "started", or of the first look where it ran already
    begun_mono   INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    told         INTEGER NOT NULL,        -- 1 where "started" was heard
    encoder      TEXT    NOT NULL,        -- idle, busy (replay buffer or stream on it), unknown
    local        INTEGER NOT NULL,        -- 1 where OBS is on the machine that listened
    fps          REAL,
    profile      TEXT,
    late         INTEGER NOT NULL,        -- 1 where the file began long after "started"
    behind_ms    REAL,                    -- by how much the time code was behind what had been recorded
    behind_looks INTEGER,
    behind_ns    INTEGER,
    behind_mono  INTEGER,
    later_ms     REAL,                    -- the same, hours later perhaps: how two machines' clocks drift
    later_looks  INTEGER,
    later_ns     INTEGER,
    later_mono   INTEGER,
    ended_ns     INTEGER,                 -- arrival of "stopping", or the last sign of one that was lost
    ended_mono   INTEGER,
    lost         INTEGER NOT NULL,        -- 1 where its end was not heard
    PRIMARY KEY (instance, begun_ns)
) WITHOUT ROWID;

-- One row per file of a recording, in order; length_ms and written_ms of its picture once it was looked into.
CREATE TABLE obs_recording_files (
    instance   TEXT    NOT NULL,
    begun_ns   INTEGER NOT NULL,          -- of the recording
    part       INTEGER NOT NULL,
    path       TEXT,                      -- as OBS has it
    since_ns   INTEGER,                   -- when OBS told of it
    since_mono INTEGER,
    length_ms  REAL,
    written_ms REAL,
    PRIMARY KEY (instance, begun_ns, part)
) WITHOUT ROWID;

-- One row per pause of a recording, in order.
CREATE TABLE obs_recording_pauses (
    instance    TEXT    NOT NULL,
    begun_ns    INTEGER NOT NULL,         -- of the recording
    pause       INTEGER NOT NULL,
    paused_ns   INTEGER NOT NULL,
    paused_mono INTEGER NOT NULL,
    resumed_ns  INTEGER,
    resumed_mono INTEGER,
    PRIMARY KEY (instance, begun_ns, pause)
) WITHOUT ROWID;

-- One row per replay that was saved; asked_ns is NULL where somebody else had it saved.
CREATE TABLE obs_replays (
    instance   TEXT    NOT NULL,
    saved_ns   INTEGER NOT NULL,
    saved_mono INTEGER NOT NULL,
    asked_ns   INTEGER,
    asked_mono INTEGER,
    epoch      INTEGER NOT NULL,
    path       TEXT,
    fps        REAL,
    length_ms  REAL,
    written_ms REAL,
    PRIMARY KEY (instance, saved_ns)
) WITHOUT ROWID;
"""
