"""Events on their way into the browser: one short list per event, many lists per message.

A row carries what the table shows, sorts and filters by; the rest (bytes, fields, errors) is fetched when a reader
opens it. ``static/rows.js`` names the same columns in the same order, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from restrike_lab.bout.importance import Importance, Standing, weigh_all

__all__ = ["COLUMNS", "encode", "encode_weighed", "row"]

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
    "importance",
)


def row(event: Mapping[str, Any], importance: Importance) -> list[Any]:
    """Return the columns of one event as the feed delivers it (``data`` of a ``pss_event``)."""
    stream = event.get("stream") or ""
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
        str(importance),
    ]


def _athlete(stream: str, athlete: int | None) -> int | None:
    """Return whom an event concerns; superiority of 0 concerns nobody, not the referee."""
    return None if stream == "sup" and athlete == 0 else athlete


def encode(events: Iterable[Mapping[str, Any]], standings: dict[str, Standing] | None = None) -> bytes:
    """Return the rows of ``events`` as JSON bytes, in their order, oldest first.

    ``standings`` is what stood on each court before them; it is kept up to date, for those that follow.
    """
    known = list(events)
    return encode_weighed(zip(known, weigh_all(known, standings), strict=True))


def encode_weighed(events: Iterable[tuple[Mapping[str, Any], Importance]]) -> bytes:
    """Return the rows of events with their importance as JSON bytes, in their order."""
    return msgspec.json.encode([row(*each) for each in events])
