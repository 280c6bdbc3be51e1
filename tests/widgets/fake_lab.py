"""A lab that does what a test says: the interface the widgets need of ``Lab``, with nothing behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from restrike_lab.pss.errors import RestrikeError

__all__ = ["FakeBatch", "FakeFeed", "FakeLab", "event"]


def event(seq: int, **changes: Any) -> dict[str, Any]:
    """Return one event as the feed delivers it."""
    base: dict[str, Any] = {
        "seq": seq,
        "court": "1",
        "match_id": 1,
        "round": 1,
        "clock_ms": 90_000,
        "time": "1:30",
        "timestamp": "2025-07-01T10:00:00.000Z",
        "arrival_ns": 1_751_364_000_000_000_000 + seq * 1_000_000,
        "stream": "pt",
        "event_type": "point",
        "event_code": "K",
        "athlete": 1,
        "value": 2,
        "status": "recognized",
        "confidence": 1.0,
        "raw_data": "pt1;2;",
        "description": "Blue scores 2: body kick",
        "action": "",
        "fields": {"athlete": 1, "points": 2},
    }
    return {**base, **changes}


@dataclass
class FakeBatch:
    """What a subscriber is called with."""

    events: list[dict[str, Any]] = field(default_factory=list)
    courts: dict[str, dict[str, Any]] = field(default_factory=dict)
    snapshot: bool = False
    resumed: bool = False
    connected: bool = True
    metrics: dict[str, Any] | None = None
    judged: list[dict[str, Any]] = field(default_factory=list)
    anew: bool = False
    desk: list[dict[str, Any]] = field(default_factory=list)


class FakeFeed:
    """A feed that delivers what it is given, at once, in the caller's thread."""

    def __init__(self) -> None:
        self.courts: dict[str, dict[str, Any]] = {}
        self.connected = True
        self.settings: dict[str, Any] = {}
        self.last_seq = 0
        self.epoch: int | None = 1
        self.subscribers: list[Callable[[Any], None]] = []

    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        self.subscribers.append(callback)
        return lambda: self.subscribers.remove(callback)

    def deliver(self, batch: FakeBatch) -> None:
        self.connected = batch.connected
        self.courts = {**self.courts, **batch.courts}
        self.last_seq = max([self.last_seq, *(each["seq"] for each in batch.events)])
        for callback in list(self.subscribers):
            callback(batch)


@dataclass
class FakeFlag:
    """A flag that is known, or not."""

    name: str | None = None
    uri: str = ""


class FakeFlags:
    """Knows one flag."""

    def __getitem__(self, sent: str) -> FakeFlag:
        return FakeFlag("Croatia", "data:image/svg+xml;base64,PHN2Zy8+") if sent == "CRO" else FakeFlag()


class FakeAnnotations:
    """Notes in a list; a note ``refuse`` is refused."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def rows(self, *, limit: int = 1000) -> list[dict[str, Any]]:
        return self.kept[-limit:]

    def add(self, text: str, **place: Any) -> int:
        if text == "refuse":
            raise RestrikeError("no", hint="Sign in.")
        self.kept.append({"text": text, **place})
        return len(self.kept)

    def change(self, annotation_id: int, text: str) -> None:
        self.kept[annotation_id - 1]["text"] = text

    def drop(self, annotation_id: int) -> None:
        del self.kept[annotation_id - 1]


class FakeLab:
    """A lab with a fake feed and a list for a store."""

    def __init__(self) -> None:
        self.live = FakeFeed()
        self.stored: list[dict[str, Any]] = []
        self.hosting = False
        self.refusals = 0
        self.flags = FakeFlags()
        self.annotations = FakeAnnotations()

    def recent(self, limit: int = 50_000) -> list[dict[str, Any]]:
        if self.refusals:
            self.refusals -= 1
            raise RestrikeError("the database is not there")
        return self.stored[-limit:]

    def event(self, seq: int) -> dict[str, Any] | None:
        return next((each for each in self.stored if each["seq"] == seq), None)

    def set_status(self, seq: int, status: str, why: str) -> None:
        if not why:
            raise RestrikeError("a decision needs a reason", hint="Say why.")
        found = {"seq": seq, "status": status, "confidence": 0.7}
        self.live.deliver(FakeBatch(judged=[found]))

    def publish(self, *events: dict[str, Any]) -> None:
        self.stored.extend(events)
        self.live.deliver(FakeBatch(events=list(events)))
