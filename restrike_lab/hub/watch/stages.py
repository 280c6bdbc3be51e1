"""How long a group of events takes for each step of its way, and what is remembered to follow one event.

One ``Steps`` is made per group, never per event, and a bounded number of them is kept: with the times that each event
is stored with they tell afterwards where an event of the last minutes was held up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from restrike_lab.hub.figures import Durations

__all__ = ["STAGES", "Stages", "Steps"]

STAGES = {
    "receive": "from the first arrival of a group until the pipeline takes it",
    "recognize": "recognizing it and following the bout",
    "store": "one transaction",
    "publish": "from the end of the transaction until it is handed to every client's connection",
    "told": "the whole way, from the first arrival to the clients' connections",
}
REMEMBERED = 1024


@dataclass(slots=True)
class Steps:
    """When a group took each step, in ns of the monotonic clock; ``told_ns`` is 0 until it was, or where nobody asked.

    ``arrived_ns`` is the arrival of its oldest datagram.
    """

    first_seq: int
    last_seq: int
    arrived_ns: int
    taken_ns: int
    known_ns: int
    stored_ns: int
    told_ns: int = 0
    clients: int = 0


class Stages:
    """The durations of the latest groups by stage, and the steps of the last 1,024 groups."""

    def __init__(self) -> None:
        self.durations = {name: Durations() for name in STAGES}
        self.recent: deque[Steps] = deque(maxlen=REMEMBERED)

    def stored(self, steps: Steps) -> None:
        """Note a group that was stored (the pipeline's thread)."""
        durations = self.durations
        durations["receive"].add((steps.taken_ns - steps.arrived_ns) / 1e6)
        durations["recognize"].add((steps.known_ns - steps.taken_ns) / 1e6)
        durations["store"].add((steps.stored_ns - steps.known_ns) / 1e6)
        self.recent.append(steps)

    def told(self, steps: Steps, now_ns: int, clients: int) -> None:
        """Note that a group was handed to its clients (the fan-out's thread)."""
        steps.told_ns, steps.clients = now_ns, clients
        self.durations["publish"].add((now_ns - steps.stored_ns) / 1e6)
        self.durations["told"].add((now_ns - steps.arrived_ns) / 1e6)

    def of(self, seq: int) -> Steps | None:
        """Return the steps of the group that holds an event, None when they are not remembered any more."""
        for steps in reversed(self.recent.copy()):
            if steps.first_seq <= seq <= steps.last_seq:
                return steps
        return None

    def percentiles(self) -> dict[str, dict[str, Any]]:
        """Return p50, p95, p99 and the maximum of each stage in ms, and how many groups they are of."""
        return {
            name: {**each.percentiles(), "count": each.count, "sum_ms": round(each.total, 3)}
            for name, each in self.durations.items()
        }
