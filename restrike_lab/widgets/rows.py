"""Events on their way into the browser: one short list per event, many lists per message.

A row carries what the table shows, sorts and filters by; the rest (bytes, fields, errors) is fetched when a reader
opens it. ``static/rows.js`` names the same columns in the same order, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

__all__ = ["COLUMNS", "TICKING", "encode", "row"]

COLUMNS = (
    "seq",
    "court",
    "round",
    "time",
    "arrivalMs",
    "stream",
    "code",
    "athlete",
    "value",
    "status",
    "confidence",
    "raw",
    "description",
    "tick",
)

# Countdown streams whose messages without an action are mere seconds passing.
TICKING = frozenset({"clk", "brk", "ij", "to"})


def row(event: Mapping[str, Any]) -> list[Any]:
    """Return the columns of one event as the feed delivers it (``data`` of a ``pss_event``)."""
    stream = event.get("stream") or ""
    fields = event.get("fields")
    action = fields.get("action") if isinstance(fields, Mapping) else None
    return [
        event["seq"],
        event.get("court") or "",
        event.get("round"),
        event.get("time"),
        (event.get("arrival_ns") or 0) // 1_000_000,
        stream,
        event.get("event_code") or "O",
        _athlete(stream, event.get("athlete")),
        event.get("value"),
        event.get("status") or "unknown",
        event.get("confidence"),
        event.get("raw_data") or "",
        event.get("description") or "",
        int(stream in TICKING and not action),
    ]


def _athlete(stream: str, athlete: int | None) -> int | None:
    """Return whom an event concerns; superiority of 0 concerns nobody, not the referee."""
    return None if stream == "sup" and athlete == 0 else athlete


def encode(events: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the rows of ``events`` as JSON bytes, in their order."""
    return msgspec.json.encode([row(event) for event in events])
