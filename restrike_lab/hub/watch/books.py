"""What the hub's own parts count: arrivals, losses, queue, clients, stages, caches, the writer's log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from restrike_lab.pss import Recognizer

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["Books"]

MINUTE_NS = 60_000_000_000
WRITER_SECONDS = 5.0

Figures = dict[str, float | None]


class Books:
    """Read the books once a second; one thread."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.before: dict[str, tuple[float, float]] = {}
        self.database: dict[str, Any] = {}
        self.writer_due = 0.0
        self.began: dict[str, tuple[Recognizer, int]] = {}

    def read(self, now: float) -> Figures:
        """Return the figures of the time since the last call."""
        running = self.running
        books = running.receiver.accounting().values()
        dropped = [book.kernel_dropped for book in books]
        spool, clients = running.spool, running.fanout.clients
        if now >= self.writer_due:
            self.writer_due = now + WRITER_SECONDS
            running.pipeline.ask(self.ask_writer)
        stored, told = self.recent_ms()
        return {
            "received_s": self.rate("received", sum(book.received for book in books), now),
            "dropped_s": None if None in dropped else self.rate("dropped", sum(map(int, filter(None, dropped))), now),
            "rejected_s": self.rate("rejected", sum(book.rejected for book in books), now),
            "stored_s": self.rate("stored", running.pipeline.committed, now),
            "waiting": spool.waiting,
            "queue_percent": spool.filled * 100,
            "clients": len(running.fanout.present),
            "behind": sum(client.behind for client in list(clients)),
            "stored_p95_ms": stored,
            "told_p95_ms": told,
            "statements_s": self.rate("statements", running.statements.count, now),
            "slow_statements": running.statements.slow_count,
        }

    def recent_ms(self) -> tuple[float, float | None]:
        """Return the 95 % points of the last minute's groups: until stored (0 where none was), and until told."""
        since = time.monotonic_ns() - MINUTE_NS
        recent = [each for each in self.running.pipeline.stages.recent.copy() if each.stored_ns >= since]
        stored = percentile([(each.stored_ns - each.arrived_ns) / 1e6 for each in recent])
        told = percentile([(each.told_ns - each.arrived_ns) / 1e6 for each in recent if each.told_ns])
        return stored or 0.0, told

    def ask_writer(self) -> None:
        """Read what the writer's connection counts (the pipeline's thread)."""
        self.database = self.running.writer.figures()

    def caches(self) -> dict[str, dict[str, Any]]:
        """Return the caches: look-ups, how many were answered, and the part of them."""
        received = self.running.receiver.received()
        lines = self.running.pipeline.lines
        found = {f"recognizer {line.name}": self.memory_of(line, received.get(line.name, 0)) for line in lines}
        for name in ("statements", "pages"):
            if name in self.database:
                hits, misses = self.database[name]
                found[f"writer's {name}"] = cache(hits, hits + misses)
        return found | self.running.lookups.figures()

    def memory_of(self, line: Any, received: int) -> dict[str, Any]:
        """Return how often a court's recognizer knew a datagram already."""
        known = self.began.get(line.name)
        if known is None or known[0] is not line.recognizer:
            begun = 0 if known is None else received
            known = self.began[line.name] = (line.recognizer, begun)
        looked = max(received - known[1], 0)
        return cache(max(looked - line.recognizer.parsed, 0), looked)

    def rate(self, name: str, total: float, now: float) -> float | None:
        """Return the growth of a counter per second since the last call; None at the first."""
        before = self.before.get(name)
        self.before[name] = (now, total)
        if before is None or now <= before[0]:
            return None
        return max(total - before[1], 0) / (now - before[0])


def cache(hits: int, looked: int) -> dict[str, Any]:
    """Return a cache's figures; no rate before the first look-up."""
    return {"looked_up": looked, "answered": hits, "rate": round(hits / looked, 4) if looked else None}


def percentile(values: list[float], part: int = 95) -> float | None:
    """Return the value below which so many per cent of the values lie, None where there is none."""
    return sorted(values)[(len(values) - 1) * part // 100] if values else None
