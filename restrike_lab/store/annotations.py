"""Notes and tags: what people put to events, bouts and times, with everything they changed.

Nothing is overwritten: a change is a further revision, and so is taking one back. All functions work inside the
caller's transaction (``Writer.change``), or on a reader's connection where they only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import apsw

from restrike_lab.store.decisions import Signature
from restrike_lab.store.errors import StoreError

__all__ = ["KINDS", "LONGEST", "Place", "add", "change", "history", "newest", "place_of"]

KINDS = ("note", "tag")
LONGEST: Mapping[str, int] = {"note": 4000, "tag": 60}
"""Characters of each kind."""

COLUMNS = ("annotation_id", "revision", "kind", "text", "seq", "match_id", "court", "at_ns", "dropped", "changed_ns")
COLUMNS_WITH_WHO = (*COLUMNS, "who")

_ALL = f"SELECT {', '.join(COLUMNS_WITH_WHO)} FROM annotation_revisions"
_NEWEST = f"""
SELECT * FROM ({_ALL} a WHERE revision =
    (SELECT max(revision) FROM annotation_revisions b WHERE b.annotation_id = a.annotation_id))
WHERE dropped = 0 AND (?1 IS NULL OR seq = ?1) AND (?2 IS NULL OR match_id = ?2)
ORDER BY annotation_id DESC LIMIT ?3
"""
_LAST_SEQ = "SELECT max(seq) FROM pss_events"
_INSERT = f"INSERT INTO annotation_revisions VALUES ({', '.join('?' * len(COLUMNS_WITH_WHO))})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an annotation stands: an event, a bout, or a time (ns since 1970) of a court or of all."""

    seq: int | None
    match_id: int | None
    court: str | None
    at_ns: int


def place_of(
    db: apsw.Connection, *, seq: int | None, match_id: int | None, court: str | None, at_ns: int | None, now_ns: int
) -> Place:
    """Return the place that is meant, with what an event or a bout belongs to; an event counts before a bout.

    Of an event that is in the archive alone the caller says where it stands: ``court``, ``at_ns`` and, if there is one,
    ``match_id``. Raises ``StoreError`` for an event or a bout that is not stored.
    """
    if seq is not None:
        row = db.execute("SELECT match_id, court, arrival_ns FROM pss_events WHERE seq = ?", (seq,)).fetchone()
        if row is None and court is not None and at_ns is not None and seq < int(db.execute(_LAST_SEQ).get or 0):
            row = (match_id, court, at_ns)
        if row is None:
            raise StoreError(f"there is no event {seq}", hint="Give the number in the first column of the event table.")
        return Place(seq, _whole(row[0]), str(row[1]), int(row[2] or 0))
    if match_id is not None:
        row = db.execute("SELECT court, loaded_ns FROM pss_matches WHERE match_id = ?", (match_id,)).fetchone()
        if row is None:
            raise StoreError(f"there is no match {match_id}", hint="`lab.matches()` lists them by match_id.")
        return Place(None, match_id, None if row[0] is None else str(row[0]), at_ns or int(row[1] or 0))
    return Place(None, None, court, at_ns or now_ns)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def add(db: apsw.Connection, kind: str, text: str, place: Place, signed: Signature) -> dict[str, Any]:
    """Keep a new annotation and return it; raises ``StoreError`` for a text or a kind that is none."""
    number = int(db.execute("SELECT coalesce(max(annotation_id), 0) + 1 FROM annotation_revisions").get)
    kept = {"annotation_id": number, "revision": 1, "kind": kind, "text": _checked(kind, text), **asdict(place)}
    return _keep(db, kept, signed, dropped=False)


def change(db: apsw.Connection, annotation_id: int, text: str | None, signed: Signature) -> dict[str, Any]:
    """Add a revision with another text, or, with None, take the annotation back; return it.

    Raises ``StoreError`` for one that is not there.
    """
    before = history(db, annotation_id)
    if not before or before[-1]["dropped"]:
        raise StoreError(f"there is no annotation {annotation_id}", hint="`lab.annotations()` lists them.")
    last = before[-1]
    kept = {**last, "revision": last["revision"] + 1}
    if text is not None:
        kept["text"] = _checked(last["kind"], text)
    return _keep(db, kept, signed, dropped=text is None)


def _keep(db: apsw.Connection, kept: Mapping[str, Any], signed: Signature, *, dropped: bool) -> dict[str, Any]:
    row = {**kept, "dropped": int(dropped), "changed_ns": signed.at_ns, "who": signed.who}
    db.execute(_INSERT, tuple(row[name] for name in COLUMNS_WITH_WHO))
    return {name: row[name] for name in COLUMNS_WITH_WHO}


def _checked(kind: str, text: str) -> str:
    """Return the text as it is kept: without surrounding space, and a tag in one line."""
    if kind not in KINDS:
        raise StoreError(f"there is no annotation of kind {kind!r}", hint=f"Kinds: {', '.join(KINDS)}.")
    clean = text.encode("utf-8", "replace").decode().strip()
    clean = " ".join(clean.split()) if kind == "tag" else clean
    if not clean or len(clean) > LONGEST[kind]:
        raise StoreError(f"a {kind} has 1 to {LONGEST[kind]} characters", hint="Write it shorter, or write something.")
    return clean


def newest(
    db: apsw.Connection, *, seq: int | None = None, match_id: int | None = None, limit: int = 1000
) -> list[dict[str, Any]]:
    """Return the annotations that stand, the last one first: all, or those of an event or a bout."""
    return [_told(row) for row in db.execute(_NEWEST, (seq, match_id, limit))]


def history(db: apsw.Connection, annotation_id: int) -> list[dict[str, Any]]:
    """Return every revision of an annotation, oldest first."""
    return [_told(row) for row in db.execute(f"{_ALL} WHERE annotation_id = ? ORDER BY revision", (annotation_id,))]


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(COLUMNS_WITH_WHO, row, strict=True))
