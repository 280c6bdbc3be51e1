"""Figures that a hub keeps about itself, cheap enough to keep always."""

from __future__ import annotations

from array import array

__all__ = ["Durations"]

KEPT = 2048


class Durations:
    """The last 2,048 durations, and percentiles of them when somebody asks."""

    def __init__(self) -> None:
        self.kept: array[float] = array("d")
        self.count = 0
        self.total = 0.0

    def add(self, ms: float) -> None:
        """Note a duration in ms."""
        if self.count < KEPT:
            self.kept.append(ms)
        else:
            self.kept[self.count % KEPT] = ms
        self.count += 1
        self.total += ms

    def percentiles(self) -> dict[str, float | None]:
        """Return p50, p95, p99 and the maximum in ms; None as long as there is nothing."""
        ordered = sorted(self.kept)
        if not ordered:
            return {"p50": None, "p95": None, "p99": None, "max": None}
        last = len(ordered) - 1
        return {
            "p50": round(ordered[last * 50 // 100], 3),
            "p95": round(ordered[last * 95 // 100], 3),
            "p99": round(ordered[last * 99 // 100], 3),
            "max": round(ordered[last], 3),
        }
