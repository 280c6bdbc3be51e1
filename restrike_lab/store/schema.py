"""The tables of ``restrike.sqlite``, as a list of migrations that only ever grows.

``PRAGMA user_version`` counts the migrations a file has had. Opening brings an older file up to date in one
transaction; a file of a newer lab is refused, since what its columns mean is not known here. A migration that has
been released is never edited: a change is a further script at the end.

Times ending in ``_ns`` are ns since 1970 in UTC, except ``mono_ns`` (monotonic clock of the machine). Athlete 1 is
blue, 2 red, 0 the referee or nobody.
"""

from __future__ import annotations

import apsw

from restrike_lab.store.access_schema import ACCESS
from restrike_lab.store.annotation_schema import ANNOTATIONS
from restrike_lab.store.errors import StoreError
from restrike_lab.store.flag_schema import FLAGS
from restrike_lab.store.licence_schema import LICENCES
from restrike_lab.store.notices_schema import NOTICES
from restrike_lab.store.obs_schema import OBS_AUTOMATION
from restrike_lab.store.recognition_schema import RECOGNITION
from restrike_lab.store.settings_schema import SETTINGS
from restrike_lab.store.video_schema import VIDEO

__all__ = ["APPLICATION_ID", "EVENT_COLUMNS", "SCHEMA_VERSION", "check_ours", "migrate", "require_safe_sqlite"]

APPLICATION_ID = 0x52535452
"""Marks the file as ours in its header ("RSTR")."""

SAFE_SQLITE = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can damage a database in WAL mode when two connections checkpoint at the same time."""

EVENT_COLUMNS = (
    "seq",
    "epoch",
    "court",
    "session_id",
    "match_id",
    "round",
    "clock_ms",
    "arrival_ns",
    "mono_ns",
    "sender",
    "part",
    "datagram_size",
    "raw",
    "stream",
    "event_type",
    "event_code",
    "athlete",
    "value",
    "fields",
    "recognition_status",
    "protocol_version",
    "parser_confidence",
    "validation_errors",
    "processing_time_ms",
)
"""Columns of ``pss_events``, in the order of the tuples that the writer takes and the reader gives."""

_FIRST = """
-- One row per message. The raw slices of the rows of one datagram (part 0, 1, ..) concatenate to it.
CREATE TABLE pss_events (
    seq                INTEGER PRIMARY KEY,
    epoch              INTEGER NOT NULL,
    court              TEXT    NOT NULL,
    session_id         INTEGER,
    match_id           INTEGER,          -- seq of the message that began the load
    round              INTEGER,
    clock_ms           INTEGER,
    arrival_ns         INTEGER NOT NULL,
    mono_ns            INTEGER NOT NULL,
    sender             TEXT,
    part               INTEGER NOT NULL,
    datagram_size      INTEGER,          -- true size where the datagram was cut
    raw                BLOB    NOT NULL,
    stream             TEXT    NOT NULL,
    event_type         TEXT    NOT NULL,
    event_code         TEXT    NOT NULL,
    athlete            INTEGER,
    value              INTEGER,
    fields             TEXT    NOT NULL, -- JSON object
    recognition_status TEXT    NOT NULL,
    protocol_version   TEXT    NOT NULL,
    parser_confidence  REAL    NOT NULL,
    validation_errors  TEXT    NOT NULL, -- JSON list
    processing_time_ms REAL
);
CREATE INDEX pss_events_match ON pss_events (match_id);
CREATE INDEX pss_events_stream ON pss_events (stream);
CREATE INDEX pss_events_arrival ON pss_events (court, arrival_ns);

-- One row per load of the console; a bout was fought where fought = 1.
CREATE TABLE pss_matches (
    match_id       INTEGER PRIMARY KEY,
    court          TEXT,
    epoch          INTEGER,
    session_id     INTEGER,
    loaded_ns      INTEGER NOT NULL,
    loaded_by      TEXT    NOT NULL,     -- pre, or at / mch where it was lost
    number         TEXT,
    phase          TEXT,
    weight_class   TEXT,
    division       TEXT,
    rounds         INTEGER,
    round_ms       INTEGER,
    count          TEXT,
    min_body_level INTEGER,
    min_head_level INTEGER,
    stage          TEXT    NOT NULL,     -- loading ready fighting stopped between decided
    fought         INTEGER NOT NULL,
    started_ns     INTEGER,
    ended_ns       INTEGER,
    winner         TEXT,                 -- BLUE RED TIE
    winner_name    TEXT,
    decision       TEXT,
    rounds_blue    INTEGER NOT NULL,
    rounds_red     INTEGER NOT NULL,
    scoring        TEXT                  -- rounds (best of three) or total (conventional)
);

CREATE TABLE pss_athletes (
    match_id   INTEGER NOT NULL,
    athlete    INTEGER NOT NULL,
    short_name TEXT,
    long_name  TEXT,
    country    TEXT,
    PRIMARY KEY (match_id, athlete)
) WITHOUT ROWID;

-- One row per round that was fought, or that the console gave points or a winner.
CREATE TABLE pss_rounds (
    match_id       INTEGER NOT NULL,
    round          INTEGER NOT NULL,
    started_ns     INTEGER,
    ended_ns       INTEGER,
    blue_points    INTEGER,
    red_points     INTEGER,
    blue_gam_jeoms INTEGER,
    red_gam_jeoms  INTEGER,
    superiority    INTEGER,              -- who held it when the round ended
    winner         INTEGER NOT NULL,     -- 0 none
    PRIMARY KEY (match_id, round)
) WITHOUT ROWID;

-- One row per hit that a point owns; delay_ms is positive where the hit came first.
CREATE TABLE pss_hit_links (
    hit_seq   INTEGER PRIMARY KEY,
    point_seq INTEGER NOT NULL,
    match_id  INTEGER,
    round     INTEGER,
    athlete   INTEGER NOT NULL,
    level     INTEGER NOT NULL,
    points    INTEGER NOT NULL,
    delay_ms  INTEGER NOT NULL
);
CREATE INDEX pss_hit_links_point ON pss_hit_links (point_seq);

CREATE VIEW point_hits AS
SELECT
    p.seq AS point_seq, p.court, p.match_id, p.round, p.clock_ms, p.arrival_ns, p.athlete, p.value AS points,
    (SELECT count(*) FROM pss_hit_links l WHERE l.point_seq = p.seq) AS hits,
    (SELECT max(level) FROM pss_hit_links l WHERE l.point_seq = p.seq) AS max_level,
    (SELECT avg(level) FROM pss_hit_links l WHERE l.point_seq = p.seq) AS mean_level,
    (SELECT json_group_array(level) FROM
        (SELECT level FROM pss_hit_links l WHERE l.point_seq = p.seq ORDER BY hit_seq)) AS levels
FROM pss_events p
WHERE p.stream = 'pt' AND p.value IS NOT NULL;

-- One row per term of a hub over this directory; ended_ns is its last sign of life where clean = 0.
CREATE TABLE hub_epochs (
    epoch      INTEGER PRIMARY KEY,
    mode       TEXT    NOT NULL,
    pid        INTEGER NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns   INTEGER,
    clean      INTEGER NOT NULL DEFAULT 0
);

-- One row per court and term.
CREATE TABLE pss_sessions (
    session_id       INTEGER PRIMARY KEY,
    epoch            INTEGER NOT NULL,
    court            TEXT    NOT NULL,
    port             INTEGER NOT NULL,
    protocol_version TEXT    NOT NULL,
    started_ns       INTEGER NOT NULL,
    ended_ns         INTEGER
);

-- Times in which nobody listened, or something was lost; court is NULL where it was all of them.
CREATE TABLE gaps (
    gap_id  INTEGER PRIMARY KEY,
    epoch   INTEGER NOT NULL,
    court   TEXT,
    from_ns INTEGER NOT NULL,
    to_ns   INTEGER NOT NULL,
    reason  TEXT    NOT NULL
);

-- Damaged files that stand beside this one, and the numbers that were given out in them.
CREATE TABLE set_aside (
    name        TEXT    PRIMARY KEY,
    reason      TEXT    NOT NULL,
    found_ns    INTEGER NOT NULL,
    seq_floor   INTEGER NOT NULL,
    epoch_floor INTEGER NOT NULL
);
"""

_OBS_CONNECTIONS = """
-- One row per OBS instance. The password is locked with the key file that lies beside the database.
CREATE TABLE obs_connections (
    name       TEXT    PRIMARY KEY,
    host       TEXT    NOT NULL,
    port       INTEGER NOT NULL,
    password   TEXT,
    role       TEXT    NOT NULL,
    enabled    INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL
);
"""

_IMPORTS = """
-- One row per file that was imported, named by its content, so that none comes in twice; ended_ns is NULL while it is
-- under way or was interrupted: importing it again goes on from there. Its events have epoch 0.
CREATE TABLE imports (
    content_hash TEXT    PRIMARY KEY,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,           -- capture or match log
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER,
    events       INTEGER,
    unmapped     INTEGER,                    -- lines of import_problems
    started_ns   INTEGER NOT NULL,
    ended_ns     INTEGER
) WITHOUT ROWID;

-- The sessions of an import, one per court of the file.
CREATE TABLE import_sessions (
    session_id   INTEGER PRIMARY KEY,
    content_hash TEXT    NOT NULL
);

-- Lines of imported files that could not be mapped.
CREATE TABLE import_problems (
    content_hash TEXT    NOT NULL,
    file         TEXT    NOT NULL,
    line         INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    PRIMARY KEY (content_hash, file, line)
) WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (
    _FIRST,
    RECOGNITION,
    _OBS_CONNECTIONS,
    _IMPORTS,
    OBS_AUTOMATION,
    SETTINGS,
    ACCESS,
    FLAGS,
    ANNOTATIONS,
    NOTICES,
    VIDEO,
    LICENCES,
)
SCHEMA_VERSION = len(MIGRATIONS)


def migrate(db: apsw.Connection) -> None:
    """Bring the file up to date, in one transaction.

    Raises ``StoreError`` for a file of a newer lab or of another program.
    """
    version = check_ours(db)
    if version == SCHEMA_VERSION:
        return
    with db:
        for script in MIGRATIONS[version:]:
            db.execute(script)
        db.pragma("application_id", APPLICATION_ID)
        db.pragma("user_version", SCHEMA_VERSION)


def check_ours(db: apsw.Connection) -> int:
    """Return how many migrations the file has had.

    Raises ``StoreError`` for a file of a newer lab or of another program.
    """
    version = int(db.pragma("user_version"))
    marked = int(db.pragma("application_id")) == APPLICATION_ID
    if not marked and (version or db.execute("SELECT count(*) FROM sqlite_schema").get):
        raise StoreError(
            f"{db.filename} is a database of another program",
            hint="give another --data-dir, or move that file out of the way",
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{db.filename} was written by a newer restrike_lab (schema {version}; this one knows {SCHEMA_VERSION})",
            hint="update restrike_lab, or give another --data-dir",
        )
    return version


def require_safe_sqlite(version: str) -> None:
    """Raise ``StoreError`` where this SQLite could damage the database."""
    if tuple(map(int, version.split("."))) < SAFE_SQLITE:
        wanted = ".".join(map(str, SAFE_SQLITE))
        raise StoreError(
            f"SQLite {version} can damage a database in WAL mode; {wanted} or newer is needed",
            hint=f"install apsw {wanted} or newer: its wheel carries its own SQLite",
        )
