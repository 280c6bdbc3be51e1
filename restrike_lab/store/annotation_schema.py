"""The table of annotations: notes and tags that people put to events, bouts and times."""

from __future__ import annotations

__all__ = ["ANNOTATIONS"]

ANNOTATIONS = """
-- One row per revision of a note or tag; the highest revision counts, and is taken back where dropped = 1. It stands at
-- an event (seq), a bout (match_id) or a time of a court (at_ns); what an event belongs to is kept with it.
CREATE TABLE annotation_revisions (
    annotation_id INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    kind          TEXT    NOT NULL,      -- note or tag
    text          TEXT    NOT NULL,
    seq           INTEGER,
    match_id      INTEGER,
    court         TEXT,
    at_ns         INTEGER NOT NULL,      -- the time it is about
    dropped       INTEGER NOT NULL,
    changed_ns    INTEGER NOT NULL,
    who           TEXT    NOT NULL,
    PRIMARY KEY (annotation_id, revision)
) WITHOUT ROWID;
CREATE INDEX annotation_revisions_seq ON annotation_revisions (seq);
CREATE INDEX annotation_revisions_match ON annotation_revisions (match_id);

CREATE VIEW annotations AS
SELECT annotation_id, revision, kind, text, seq, match_id, court, at_ns, changed_ns, who
FROM annotation_revisions a
WHERE dropped = 0 AND revision =
    (SELECT max(revision) FROM annotation_revisions b WHERE b.annotation_id = a.annotation_id);
"""
