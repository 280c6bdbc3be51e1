"""Events for tests of the store: rows as the hub makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from restrike_lab.bout import Arrival, CourtState, Fact, reduce
from restrike_lab.pss import Recognizer

WALL = 1_750_000_000_000_000_000

Event = tuple[Any, ...]


def event(seq: int, raw: bytes = b"clk;01:59", *, epoch: int = 1, court: str = "1") -> Event:
    """Return one plausible event row."""
    at = seq * 1_000_000
    head = (seq, epoch, court, 1, None, 1, 119_000, WALL + at, at, "127.0.0.1:5000", 0, None, raw)
    return (*head, "clk", "clock", "CLK", None, 119_000, "{}", "recognized", "2.3-live", 1.0, "[]", 0.01)


def events(first: int, count: int) -> list[Event]:
    """Return event rows with consecutive numbers."""
    return [event(seq) for seq in range(first, first + count)]


class Feed:
    """Turn timed messages of a court into what the hub hands to the writer."""

    def __init__(self, first_seq: int = 1, court: str = "1") -> None:
        self.seq = first_seq
        self.court = court
        self.state = CourtState()
        self.recognizer = Recognizer()

    def group(self, messages: Iterable[tuple[int, bytes]]) -> tuple[list[Event], dict[str, CourtState], list[Fact]]:
        """Return rows, changed courts and facts of messages given as (ms, payload)."""
        facts: list[Fact] = []
        rows = [row for at_ms, payload in messages for row in self._rows(at_ms, payload, facts)]
        return rows, {self.court: self.state}, facts

    def _rows(self, at_ms: int, payload: bytes, facts: list[Fact]) -> Iterator[Event]:
        mono_ns = at_ms * 1_000_000
        for part, it in enumerate(self.recognizer.recognize(payload)):
            self.state, found = reduce(self.state, it.message, Arrival(self.seq, WALL + mono_ns, mono_ns))
            facts.extend(found)
            stamps = (self.state.match_id, self.state.round, self.state.clock_ms)
            head = (self.seq, 1, self.court, 1, *stamps, WALL + mono_ns, mono_ns, "127.0.0.1:5000", part, None)
            yield (
                *head, it.raw, it.stream, it.event_type, it.event_code, it.athlete, it.value, it.fields, it.status,
                "2.3-live", it.confidence, it.errors, 0.01,
            )  # fmt: skip
            self.seq += 1
