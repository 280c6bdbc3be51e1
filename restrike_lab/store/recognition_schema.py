"""The second migration: rules, statuses, unknown patterns, findings and re-recognition.

All of it follows from the stored events and from what people decided (definitions, rules, statuses set by hand), so
everything but the decisions can be counted again. ``accounting.seq`` tells up to which event the counts reach.
"""

from __future__ import annotations

__all__ = ["RECOGNITION"]

RECOGNITION = """
-- Up to which event statistics, rule counts, results, unknown patterns and findings are counted.
CREATE TABLE accounting (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
);
INSERT INTO accounting VALUES (1, 0);

-- Predefined rules of every protocol version, and the user's own; the highest revision of a rule counts.
CREATE TABLE pss_event_validation_rules (
    rule_id          TEXT    NOT NULL,
    protocol_version TEXT    NOT NULL,   -- '*' for every version
    revision         INTEGER NOT NULL,
    origin           TEXT    NOT NULL,   -- predefined or user
    stream           TEXT    NOT NULL,
    field            TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    parameters       TEXT    NOT NULL,   -- JSON object
    message          TEXT    NOT NULL,   -- what holds when the rule holds
    active           INTEGER NOT NULL,
    changed_ns       INTEGER NOT NULL,
    who              TEXT    NOT NULL,
    why              TEXT    NOT NULL,
    PRIMARY KEY (rule_id, protocol_version, revision)
) WITHOUT ROWID;

-- Every evaluation that failed; those that passed are counted in pss_event_rule_counts.
CREATE TABLE pss_event_validation_results (
    seq      INTEGER NOT NULL,
    rule_id  TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    message  TEXT    NOT NULL,
    PRIMARY KEY (seq, rule_id)
) WITHOUT ROWID;

CREATE TABLE pss_event_rule_counts (
    session_id INTEGER NOT NULL,
    rule_id    TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    passed     INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    PRIMARY KEY (session_id, rule_id, revision)
) WITHOUT ROWID;

-- Per session and kind of event. Processing times in ms.
CREATE TABLE pss_event_statistics (
    session_id   INTEGER NOT NULL,
    event_type   TEXT    NOT NULL,
    total        INTEGER NOT NULL,
    recognized   INTEGER NOT NULL,
    partial      INTEGER NOT NULL,
    unknown      INTEGER NOT NULL,
    deprecated   INTEGER NOT NULL,
    min_ms       REAL,
    max_ms       REAL,
    sum_ms       REAL    NOT NULL,
    mean_ms      REAL    GENERATED ALWAYS AS (sum_ms / total) VIRTUAL,
    PRIMARY KEY (session_id, event_type)
) WITHOUT ROWID;

-- One row per pattern of messages that were not understood.
CREATE TABLE pss_unknown_events (
    pattern_hash         TEXT    PRIMARY KEY,
    shape                TEXT    NOT NULL,
    occurrence_count     INTEGER NOT NULL,
    first_seen           INTEGER NOT NULL,  -- ns since 1970 in UTC
    last_seen            INTEGER NOT NULL,
    samples              TEXT    NOT NULL,  -- JSON list, exact bytes
    courts               TEXT    NOT NULL,  -- JSON object of counts
    sessions             TEXT    NOT NULL,  -- JSON object of counts
    whole                INTEGER NOT NULL,  -- 0: some older messages may be counted in a wider pattern
    suggested_event_type TEXT,
    suggestion_score     REAL,
    notes                TEXT    NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- Streams that people defined, as TOML; the highest revision of a name counts.
CREATE TABLE pss_stream_definitions (
    name       TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    toml       TEXT    NOT NULL,
    active     INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;

-- One row per re-recognition that was applied; undone_by is the run that took it back.
CREATE TABLE pss_recognition_runs (
    run_id     INTEGER PRIMARY KEY,
    applied_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    until_seq  INTEGER NOT NULL,
    events     INTEGER NOT NULL,            -- events that changed
    rows       INTEGER NOT NULL,            -- rows of matches, rounds, athletes and links that changed
    undoes     INTEGER,
    undone_by  INTEGER
);

-- Every change of what an event was recognized as, by hand (run_id NULL) or by a run. before and after are JSON.
CREATE TABLE pss_event_recognition_history (
    history_id INTEGER PRIMARY KEY,
    run_id     INTEGER,
    seq        INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    before     TEXT    NOT NULL,
    after      TEXT    NOT NULL
);
CREATE INDEX pss_event_recognition_history_seq ON pss_event_recognition_history (seq);
CREATE INDEX pss_event_recognition_history_run ON pss_event_recognition_history (run_id);

-- Rows of derived tables as they were before a run changed them and after it; NULL where there was none.
CREATE TABLE pss_recognition_backup (
    run_id     INTEGER NOT NULL,
    table_name TEXT    NOT NULL,
    key        TEXT    NOT NULL,            -- JSON list
    before     TEXT,                        -- JSON list of the columns beside the key
    after      TEXT,
    PRIMARY KEY (run_id, table_name, key)
) WITHOUT ROWID;

-- What the messages prove about the ones that did not come; see bout.findings.
CREATE TABLE pss_findings (
    finding_id TEXT    NOT NULL,
    court      TEXT    NOT NULL,
    match_id   INTEGER,
    round      INTEGER,
    clock_ms   INTEGER,
    kind       TEXT    NOT NULL,
    athlete    INTEGER,
    points     INTEGER,
    streams    TEXT    NOT NULL,            -- JSON list
    count      INTEGER NOT NULL,            -- messages that are missing
    text       TEXT    NOT NULL,
    certainty  REAL    NOT NULL,
    reason     TEXT    NOT NULL,
    severity   TEXT    NOT NULL,
    evidence   TEXT    NOT NULL,            -- JSON list of seq
    from_ns    INTEGER NOT NULL,
    until_ns   INTEGER NOT NULL,
    status     TEXT    NOT NULL,            -- reported confirmed withdrawn
    revision   INTEGER NOT NULL,
    PRIMARY KEY (court, finding_id)
) WITHOUT ROWID;
CREATE INDEX pss_findings_match ON pss_findings (match_id);
"""
