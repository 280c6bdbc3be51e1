"""Work that follows the feed, but not at its pace: done soon after it is asked for, never twice at once.

A bout sends dozens of messages a second, and a reader needs a report once or twice a second. ``Coalescer`` gathers
the requests in between. Its thread lives only while there is something to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Coalescer"]


class Coalescer:
    """Call ``work()`` in a thread of its own after it was asked for, at most once in ``every`` seconds.

    A request that comes while the work is going on leads to one more turn.
    """

    def __init__(self, work: Callable[[], None], every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._work, self._every, self._clock = work, every, clock
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._due: float | None = None
        self._last = float("-inf")
        self._closed = False

    def ask(self, within: float | None = None) -> None:
        """Have the work done, in ``within`` seconds at the latest where that is sooner than its turn."""
        with self._guard:
            if self._closed:
                return
            now = self._clock()
            turn = max(now, self._last + self._every)
            due = turn if within is None else min(turn, now + within)
            self._due = due if self._due is None else min(self._due, due)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="restrike-follow", daemon=True)
                self._thread.start()
        self._wake.set()

    def close(self) -> None:
        """Do nothing more; work that is going on comes to its end."""
        with self._guard:
            self._closed = True
        self._wake.set()

    def _run(self) -> None:
        while True:
            with self._guard:
                if self._due is None or self._closed:
                    self._thread = None
                    return
                wait = self._due - self._clock()
                if wait <= 0:
                    self._due, self._last = None, self._clock()
                else:
                    self._wake.clear()
            if wait > 0:
                self._wake.wait(wait)
            else:
                self._work()
