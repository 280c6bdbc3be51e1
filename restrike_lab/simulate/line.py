"""The console's way out: one message after another, each a few milliseconds behind the one before.

The line owns the virtual time of a court. Nothing here waits: time passes when somebody says so.
"""

from __future__ import annotations

import heapq
from random import Random

__all__ = ["Line"]


class Line:
    """Give every message its time of sending, in strictly rising order.

    ``now`` is the court's virtual time in ms. ``spacing`` is the range of ms between two messages of a burst: 10 to 15
    live, about 2 with another logger.
    """

    def __init__(
        self, now: int, timing: Random, *, spacing: tuple[int, int] = (10, 15), terminator: bytes = b""
    ) -> None:
        self.now = now
        self.timing = timing
        self.spacing = spacing
        self.terminator = terminator
        self._last = now - 1000
        self._late: list[tuple[int, bytes]] = []
        self._sent: list[tuple[int, bytes]] = []

    def say(self, payload: bytes, *, at: int | None = None) -> int:
        """Send a message now, or at a time a little ahead, and return the time it left."""
        at = max(self.now if at is None else at, self._last + self.timing.randint(*self.spacing))
        while self._late and self._late[0][0] <= at:
            self._sent.append(heapq.heappop(self._late))
        if self._sent and self._sent[-1][0] >= at:
            at = self._sent[-1][0] + 1
        self._sent.append((at, payload + self.terminator))
        self._last = at
        self.now = max(self.now, at)
        return at

    def say_late(self, payload: bytes, delay_ms: int) -> int:
        """Send a message ``delay_ms`` from now while others may pass it; return the time it will leave."""
        due = self.now + delay_ms
        heapq.heappush(self._late, (due, payload + self.terminator))
        return due

    def drain(self) -> list[tuple[int, bytes]]:
        """Return what has left since the last call, late messages included, and forget it."""
        while self._late:
            self._sent.append(heapq.heappop(self._late))
        sent, self._sent = self._sent, []
        if sent:
            self._last = max(self._last, sent[-1][0])
            self.now = max(self.now, sent[-1][0])
        return sent
