"""Whether anybody is looking: the one place that decides when a view is published to and when its kernel ends.

A page that shows a widget sends a heartbeat. Voila starts a kernel per visitor and learns of a closed page only
through an unload request that may never come; a kernel that keeps publishing is never culled either. So publishing
begins with the first heartbeat and stops ``limit`` seconds after the last one, and a kernel that belongs to a Voila
page then asks its server to end it (a kernel that merely exits is started again by the server, empty).

``Presence`` is the pure part. ``Watch`` gives it a thread for as long as there is something to watch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["GRACE_S", "LIMIT_S", "TICK_S", "Presence", "Watch", "Watched"]

LIMIT_S = 30.0
GRACE_S = 120.0  # from the notebook's run to the first heartbeat: a slow tablet loads the page for a while
TICK_S = 1.0


class Presence:
    """Remember when each page was heard last. Times are monotonic seconds, passed in."""

    def __init__(self, limit: float = LIMIT_S) -> None:
        self._limit = limit
        self._heard: dict[str, float] = {}

    def heard(self, page: str, now: float) -> None:
        """Note a heartbeat."""
        self._heard[page] = now

    def left(self, page: str) -> None:
        """Note that a page said good-bye."""
        self._heard.pop(page, None)

    def deaf(self, seconds: float) -> None:
        """Note that no heartbeat could be heard for a while (a cell was running): nobody is counted out for it."""
        self._heard = {page: at + seconds for page, at in self._heard.items()}

    def anybody(self, now: float) -> bool:
        """Tell whether a page was heard within the limit; the others are forgotten."""
        self._heard = {page: at for page, at in self._heard.items() if now - at <= self._limit}
        return bool(self._heard)


class Watched(Protocol):
    """What a :class:`Watch` drives."""

    def pulse(self) -> None:
        """Say that the kernel lives."""

    def rest(self) -> None:
        """Stop publishing; must not ask the watch for anything."""


class Watch:
    """Drive the widgets of one lab: a pulse a second for each that somebody looks at, rest for the others.

    ``busy()`` tells whether the kernel's main thread is in a cell and cannot take heartbeats; ``on_gone()`` is called
    once, from the watching thread, when the last page has gone. With ``expecting`` the watch starts at once and counts
    a first page that never comes as gone. The thread ends when nobody looks and begins again with the next page.
    """

    def __init__(
        self,
        on_gone: Callable[[], None] = lambda: None,
        *,
        busy: Callable[[], bool] = lambda: False,
        expecting: bool = False,
        limit: float = LIMIT_S,
        grace: float = GRACE_S,
        tick: float = TICK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_gone, self._busy, self._limit, self._tick, self._clock = on_gone, busy, limit, tick, clock
        self._guard = threading.Lock()
        self._pages: dict[Watched, Presence] = {}
        self._expected_until = clock() + grace if expecting else None
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        if expecting:
            self._start()

    @property
    def running(self) -> bool:
        """Tell whether the thread lives."""
        return self._thread is not None

    def add(self, widget: Watched) -> None:
        """Drive one more widget."""
        with self._guard:
            self._pages[widget] = Presence(self._limit)

    def remove(self, widget: Watched) -> None:
        """Drive a widget no longer."""
        with self._guard:
            self._pages.pop(widget, None)

    def heard(self, widget: Watched, page: str) -> None:
        """Note a heartbeat of a page that shows a widget, and watch from now on."""
        with self._guard:
            if (presence := self._pages.get(widget)) is not None:
                self._expected_until = None
                presence.heard(page, self._clock())
                self._start()

    def left(self, widget: Watched, page: str) -> None:
        """Note that a page said good-bye; the next tick acts on it."""
        with self._guard:
            if (presence := self._pages.get(widget)) is not None:
                presence.left(page)

    def close(self) -> None:
        """End the thread without calling anything gone."""
        with self._guard:
            self._closed = True
            thread = self._thread
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._tick + 5.0)

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="restrike-watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            deaf = self._busy()
            self._wake.wait(self._tick)
            with self._guard:
                if self._closed:
                    self._thread = None
                    return
                seen = self._seen(deaf and self._busy())
                gone = self._expected_until is None and not any(seen.values())
                if gone:
                    self._thread = None
                for widget, looked_at in seen.items():
                    if not looked_at:
                        widget.rest()  # here, so that no page that is heard by now is put to rest
            for widget, looked_at in seen.items():
                if looked_at:
                    widget.pulse()
            if gone:
                self._on_gone()
                return

    def _seen(self, deaf: bool) -> dict[Watched, bool]:
        """Return which widgets somebody looks at now; ``deaf`` means that nobody could be heard for a tick."""
        now = self._clock()
        if self._expected_until is not None and now > self._expected_until:
            self._expected_until = None
        if deaf:
            for presence in self._pages.values():
                presence.deaf(self._tick)
        return {widget: presence.anybody(now) for widget, presence in self._pages.items()}
