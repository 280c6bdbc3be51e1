"""The wire as it comes: every message in its own words, newest below, like a terminal that can be stopped.

Nothing is sent while no page has it open. The browser keeps a bounded number of lines and draws those in sight.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PanelWidget
from restrike_lab.widgets.rows import encode

__all__ = ["LiveData"]

FIRST_LINES = 1_000
MOST_AT_ONCE = 1_000
"""Lines sent of one batch: in a flood nobody reads more, and the page is told how many it did not get."""


class LiveData(PanelWidget):
    """Show raw messages as they arrive; ``limit`` lines are kept, ``folded`` shows one line that can be opened."""

    limit = traitlets.Int(5_000, min=100, help="lines kept within reach").tag(sync=True)
    script = "live_data.js"
    style = ("live_data.css",)

    def __init__(self, lab: LabLike, **traits: Any) -> None:
        self._shown: set[str] = set()
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send nothing: a page that has it open says so."""

    def follow(self, batch: Batch) -> None:
        """Send what came to the pages that have it open."""
        if not self._shown:
            return
        if batch.snapshot:
            self._tell({"type": "again"})  # what came before is asked for anew
        elif batch.events:
            missed = max(0, len(batch.events) - MOST_AT_ONCE)
            self._tell({"type": "lines", "missed": missed}, [encode(batch.events[missed:])])

    def asked(self, content: Mapping[str, Any]) -> None:
        """Begin or end to send to a page."""
        page = str(content.get("page") or "")
        match content.get("type"):
            case "show":
                self._shown.add(page)
                threading.Thread(target=self._send_recent, args=(page,), name="restrike-ask", daemon=True).start()
            case "shut":
                self._shown.discard(page)

    def rest(self) -> None:
        """Publish nothing until the next page comes."""
        self._shown.clear()
        super().rest()

    def _send_recent(self, page: str) -> None:
        try:
            recent = self._lab.recent(min(FIRST_LINES, self.limit))
        except RestrikeError as problem:
            self._tell({"type": "problem", "page": page, "text": problem.message})
            return
        self._tell({"type": "lines", "page": page, "fresh": True, "missed": 0}, [encode(recent)])
