"""What clients get to read: every message of the hub as JSON, and JSON as WebSocket frames.

Pure functions from rows and states to bytes. A message is encoded once and its frame is built once, however many
clients there are; the hub's frames are neither masked nor compressed, so they are the same for all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from restrike_lab.bout import CourtState
from restrike_lab.pss import Recognition
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["EventData", "clock_text", "encode", "event_data", "event_frame", "iso_time", "match_frame", "text_frame"]

Row = Sequence[Any]

_encoder = msgspec.json.Encoder()
_columns = itemgetter(
    *map(
        EVENT_COLUMNS.index,
        (
            "seq",
            "court",
            "match_id",
            "round",
            "clock_ms",
            "arrival_ns",
            "stream",
            "event_type",
            "event_code",
            "athlete",
            "value",
            "recognition_status",
            "parser_confidence",
            "raw",
            "fields",
        ),
    )
)


class EventData(msgspec.Struct):
    """One event as clients see it; ``time`` is the bout clock as people read it, ``timestamp`` the arrival in UTC."""

    seq: int
    court: str
    match_id: int | None
    round: int | None
    clock_ms: int | None
    time: str | None
    timestamp: str
    arrival_ns: int
    stream: str
    event_type: str
    event_code: str
    athlete: int | None
    value: int | None
    status: str
    confidence: float
    raw_data: str
    description: str
    action: str
    fields: msgspec.Raw


class EventMessage(msgspec.Struct, tag_field="type", tag="pss_event"):
    """An event on its way to clients."""

    seq: int
    data: EventData


class MatchMessage(msgspec.Struct, tag_field="type", tag="match"):
    """The state of a court after it changed."""

    court: str
    seq: int
    state: CourtState


def event_data(row: Row, recognition: Recognition) -> EventData:
    """Return what clients see of a stored row; what people read of it comes from its recognition."""
    (
        seq,
        court,
        match_id,
        round_,
        clock_ms,
        arrival_ns,
        stream,
        event_type,
        event_code,
        athlete,
        value,
        status,
        confidence,
        raw,
        fields,
    ) = _columns(row)
    return EventData(
        seq,
        court,
        match_id,
        round_,
        clock_ms,
        None if clock_ms is None else clock_text(clock_ms),
        iso_time(arrival_ns),
        arrival_ns,
        stream,
        event_type,
        event_code,
        athlete,
        value,
        status,
        confidence,
        raw.decode("utf-8", "backslashreplace"),
        recognition.description,
        recognition.action,
        msgspec.Raw(fields.encode()),
    )


def event_frame(row: Row, recognition: Recognition) -> bytes:
    """Return the frame of a ``pss_event`` message."""
    return text_frame(_encoder.encode(EventMessage(row[0], event_data(row, recognition))))


def match_frame(court: str, seq: int, state: CourtState) -> bytes:
    """Return the frame of a ``match`` message."""
    return text_frame(_encoder.encode(MatchMessage(court, seq, state)))


def encode(message: Mapping[str, Any]) -> bytes:
    """Return the frame of any other message."""
    return text_frame(_encoder.encode(message))


def text_frame(payload: bytes) -> bytes:
    """Return ``payload`` (UTF-8) as one complete, unmasked WebSocket text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


@lru_cache(maxsize=4096)
def clock_text(clock_ms: int) -> str:
    """Return a bout clock in ms as people read it: ``1:27``."""
    minutes, seconds = divmod(clock_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def iso_time(wall_ns: int) -> str:
    """Return ns since 1970 as ISO 8601 in UTC with milliseconds: ``2025-07-01T09:30:00.123Z``."""
    seconds, rest = divmod(wall_ns, 1_000_000_000)
    return f"{_iso_second(seconds)}.{rest // 1_000_000:03d}Z"


@lru_cache(maxsize=64)
def _iso_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
