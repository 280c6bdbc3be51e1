"""What people ask about events again and again: what a stream is, and who the athletes of a match are.

The live path does not come here: it knows streams by their classes and athletes by the court's state, and its own
memory is the recognizer's, which knows a datagram by its bytes (both hit rates stand side by side in ``status``).
Whoever opens one stored event after another asks the same two questions for each; the answers are kept for a while
(``cachetools``), since a match may be loaded again under its number and a stream be defined anew.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from cachetools import TTLCache

from restrike_lab.hub.commands import integer
from restrike_lab.pss import Table
from restrike_lab.pss.streams import LIVE, VERSIONS
from restrike_lab.pss.user_rules import field_types
from restrike_lab.store.reader import Reader

__all__ = ["Lookups"]

KEPT_STREAMS, KEPT_MATCHES = 256, 512
STREAMS_SECONDS, ATHLETES_SECONDS = 60.0, 10.0

_ATHLETES = "SELECT athlete, short_name, long_name, country FROM pss_athletes WHERE match_id = ? ORDER BY athlete"


class Kept:
    """Answers that are kept for some seconds, with how often one was there; for several threads."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._answers: TTLCache[Hashable, Any] = TTLCache(most, seconds, clock)
        self._guard = threading.Lock()
        self._looked = self._answered = 0

    def get(self, key: Hashable, find: Callable[[], Any]) -> Any:
        """Return the answer that is kept under a key, or find one and keep it."""
        with self._guard:
            self._looked += 1
            if key in self._answers:
                self._answered += 1
                return self._answers[key]
        answer = find()
        with self._guard:
            self._answers[key] = answer
        return answer

    def forget(self) -> None:
        """Keep nothing of what was found so far."""
        with self._guard:
            self._answers.clear()

    def figures(self) -> dict[str, Any]:
        """Return look-ups, how many were answered at once, the part of them, and how many answers are kept."""
        with self._guard:
            rate = round(self._answered / self._looked, 4) if self._looked else None
            self._answers.expire()
            return {"looked_up": self._looked, "answered": self._answered, "rate": rate, "kept": len(self._answers)}


class Lookups:
    """Answer about events; ``table(version)`` gives the table by which a protocol version is judged now."""

    def __init__(self, data_dir: Path, table: Callable[[str], Table]) -> None:
        self.data_dir = data_dir
        self.table = table
        self.streams = Kept(KEPT_STREAMS, STREAMS_SECONDS)
        self.matches = Kept(KEPT_MATCHES, ATHLETES_SECONDS)

    def about(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``event_type`` of ``stream`` and ``protocol_version``, ``athletes`` of ``match_id``.

        Each is None where it was not asked for or is not known.
        """
        stream, version = args.get("stream"), args.get("protocol_version", LIVE)
        match_id = integer(args, "match_id", 0, 0, 1 << 62) if args.get("match_id") is not None else 0
        asked = isinstance(stream, str) and version in VERSIONS
        return {
            "event_type": self.event_type(str(stream), str(version)) if asked else None,
            "athletes": self.athletes(match_id) if match_id else None,
        }

    def event_type(self, stream: str, version: str) -> dict[str, Any] | None:
        """Return what a stream is under a protocol version: type, codes, description, fields with their kinds."""
        return self.streams.get((version, stream), lambda: self._event_type(stream, version))  # type: ignore[no-any-return]

    def athletes(self, match_id: int) -> dict[str, dict[str, str]] | None:
        """Return short name, long name and country of ``blue`` and ``red``, None where there is no such match."""
        return self.matches.get(match_id, lambda: self._athletes(match_id))  # type: ignore[no-any-return]

    def figures(self) -> dict[str, dict[str, Any]]:
        """Return the figures of both caches."""
        return {"event types": self.streams.figures(), "athletes": self.matches.figures()}

    def _event_type(self, stream: str, version: str) -> dict[str, Any] | None:
        found = next((each for each in self.table(version).streams if each.stream == stream), None)
        if found is None:
            return None
        return {
            "event_type": found.event_type,
            "codes": list(found.codes),
            "description": " ".join(inspect.cleandoc(found.__doc__ or "").split()),
            "fields": field_types(found),
        }

    def _athletes(self, match_id: int) -> dict[str, dict[str, str]] | None:
        with closing(Reader.open(self.data_dir)) as reader:
            rows = reader.query(_ATHLETES, (match_id,)).rows
        names = {1: "blue", 2: "red"}
        return {
            names[athlete]: {"short": short, "long": long, "country": land} for athlete, short, long, land in rows
        } or None
