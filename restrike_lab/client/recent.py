"""Stored rows in the form in which the live feed delivers events.

``action`` and ``description`` are not stored, since they follow from the bytes; they are made again with the protocol
table the row was judged by. Widgets use this to show what happened before they were opened.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from restrike_lab.hub.frames import event_data
from restrike_lab.pss import Definition, Recognition, Recognizer, Table, load_definitions
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.streams import VERSIONS
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["asked_about", "defined", "live_form", "whole_event"]

_DEFINITIONS = """
SELECT name, toml FROM pss_stream_definitions d WHERE active AND revision = (
    SELECT max(revision) FROM pss_stream_definitions e WHERE e.name = d.name) ORDER BY name
"""
_CHANGES = """
SELECT changed_ns, who, why, run_id, before, after FROM pss_event_recognition_history WHERE seq = ? ORDER BY history_id
"""

VERSION, RAW, SIZE = map(EVENT_COLUMNS.index, ("protocol_version", "raw", "datagram_size"))
ERRORS, SENDER = map(EVENT_COLUMNS.index, ("validation_errors", "sender"))


def live_form(rows: Sequence[Sequence[Any]], definitions: Sequence[Definition] = ()) -> list[dict[str, Any]]:
    """Return stored events, given as tuples in the order of ``EVENT_COLUMNS``, as the live feed delivers them.

    ``definitions`` are the streams that people defined (see ``defined``): without them theirs are told as unknown text.
    """

    @functools.cache
    def recognizer(version: str) -> Recognizer:
        return Recognizer(version, definitions)

    events = [event_data(row, _recognize(recognizer(row[VERSION]), row)) for row in rows]
    return msgspec.json.decode(msgspec.json.encode(events), type=list[dict[str, Any]])


def defined(reader: Reader) -> tuple[Definition, ...]:
    """Return the streams that people defined, as the record has them; those that fit no more are left out."""
    found: list[Definition] = []
    for name, toml in reader.query(_DEFINITIONS).rows:
        with contextlib.suppress(RestrikeError):
            tables = [Table.of(version).with_definitions(found) for version in VERSIONS]
            found += load_definitions(toml, name, tables)
    return tuple(found)


def full_form(row: Sequence[Any], definitions: Sequence[Definition] = ()) -> dict[str, Any]:
    """Return one stored event with what the live feed leaves out: its bytes, what was wrong with it, who sent it."""
    event = live_form([row], definitions)[0]
    errors = msgspec.json.decode(row[ERRORS] or "[]")
    more = {"sender": row[SENDER], "datagram_size": row[SIZE], "protocol_version": row[VERSION]}
    return {**event, "raw_hex": row[RAW].hex(), "errors": errors, **more}


def asked_about(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to ask the hub about an event in its full form."""
    return {name: event[name] for name in ("stream", "protocol_version", "match_id") if event[name] is not None}


def whole_event(reader: Reader, seq: int) -> dict[str, Any] | None:
    """Return one stored event in its full form with its ``history``, or None."""
    rows = reader.events(since=seq - 1, limit=1)
    if not rows or rows[0][0] != seq:
        return None
    return {**full_form(rows[0], defined(reader)), "history": changes_of(reader, seq)}


def changes_of(reader: Reader, seq: int) -> list[dict[str, Any]]:
    """Return the changes of what an event was recognized as, oldest first; ``run_id`` is None for one by hand."""
    rows = reader.query(_CHANGES, (seq,)).rows
    names = ("changed_ns", "who", "why", "run_id")
    decode = msgspec.json.decode
    return [
        {**dict(zip(names, row[:4], strict=True)), "before": decode(row[4]), "after": decode(row[5])} for row in rows
    ]


def _recognize(recognizer: Recognizer, row: Sequence[Any]) -> Recognition:
    if row[SIZE] is not None:
        return recognizer.cut(row[RAW])[0]
    return recognizer.recognize(row[RAW])[0]
