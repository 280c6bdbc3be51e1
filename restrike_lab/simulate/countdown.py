"""Whole seconds counted down the way consoles show them: round clock, break and injury time alike."""

from __future__ import annotations

from collections.abc import Callable

from restrike_lab.pss.streams import Message

__all__ = ["Countdown"]


class Countdown:
    """Count down; the first tick comes at once, the one that shows nought a second before the end [live].

    ``tick`` makes the message for a number of ms; ``shown`` is the whole second on the display.
    """

    def __init__(self, total_ms: int, tick: Callable[[int], Message]) -> None:
        self.total_ms = total_ms
        self.tick = tick
        self.elapsed_ms = 0
        self.shown = total_ms // 1000
        self._started: int | None = None

    @property
    def running(self) -> bool:
        """Tell whether time runs."""
        return self._started is not None

    def start(self, now: int) -> None:
        """Let time run from ``now``."""
        self._started = now

    def pause(self, now: int) -> None:
        """Stop at ``now``, keeping the part of a second that has passed."""
        self.elapsed_ms = self.elapsed_at(now)
        self._started = None

    def correct(self, seconds: int) -> None:
        """Set a standing countdown to other whole seconds."""
        self.shown = seconds
        self.elapsed_ms = self.total_ms - seconds * 1000

    def elapsed_at(self, now: int) -> int:
        """Return the ms counted so far."""
        return self.elapsed_ms + (0 if self._started is None else now - self._started)

    @property
    def ends_at(self) -> int | None:
        """Return when nothing will be left, or ``None`` while it stands."""
        return None if self._started is None else self._started + self.total_ms - self.elapsed_ms

    @property
    def next_tick_at(self) -> int | None:
        """Return when the next second is shown, or ``None`` if none comes."""
        if self._started is None or self.shown == 0:
            return None
        return self._started + self.total_ms - self.elapsed_ms - self.shown * 1000
