"""How machine, hub and database are: figures with their last minutes, limits, stages, statements, processes, the log.

Folded it is one line, sent when it changes. Open it gets the figures of every second, which come anyway, and asks the
hub for the rest every two seconds; nothing is asked while no page has it open.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.hub.watch.catalogue import FIGURES
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import AskingPanel, CommandFeed

__all__ = ["SystemPanel"]

EVERY_S = 2.0
LINES = 200
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SystemFeed(CommandFeed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def metrics(self) -> dict[str, Any]: ...


class SystemLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> SystemFeed: ...


class SystemPanel(AskingPanel):
    """Show the figures, the database and the log; ``folded`` shows one line that the reader may open."""

    script = "system_panel.js"
    style = ("system_panel.css",)
    allowed = ("statements", "database.check", "log.level")
    ask_seconds = 600.0  # a check reads the whole database

    def __init__(self, lab: SystemLab, **traits: Any) -> None:
        self._feed = lab.live
        self._shown: dict[str, str] = {}  # page -> level of log lines
        self._metrics: dict[str, Any] | None = None
        self._levels: dict[str, str] | None = None
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send names and units, and the figures as they are."""
        catalogue = {name: each._asdict() for name, each in FIGURES.items()}
        self._tell({"type": "catalogue", "page": page, "catalogue": catalogue})
        self._tell({"type": "now", "page": page, **self._system()})

    def follow(self, batch: Batch) -> None:
        """Send the figures of this second to pages that have it open, to others when a level changed."""
        metrics = self._feed.metrics
        if metrics is self._metrics:
            return
        self._metrics = metrics
        system = self._system()
        if self._shown or system["levels"] != self._levels:
            self._levels = system["levels"]
            self._tell({"type": "now", **system})
        if self._shown:
            self._turns.ask()

    def asked(self, content: Mapping[str, Any]) -> None:
        """Begin or end to show everything, or carry out what a page asks for."""
        page = str(content.get("page") or "")
        match content.get("type"):
            case "show":
                level = content.get("level")
                fresh = page not in self._shown
                self._shown[page] = str(level) if level in LEVELS else "INFO"
                if fresh:
                    threading.Thread(target=self._send_past, args=(page,), name="restrike-ask", daemon=True).start()
                self._turns.ask(within=0)
            case "shut":
                self._shown.pop(page, None)
            case _:
                super().asked(content)

    def rest(self) -> None:
        """Publish nothing until the next page comes."""
        self._shown.clear()
        super().rest()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _system(self) -> dict[str, Any]:
        system = self._feed.metrics.get("system") or {}
        return {"figures": system.get("figures") or {}, "levels": system.get("levels") or {}}

    def _refresh(self) -> None:
        try:
            self._tell({"type": "detail", "system": self._feed.command("system"), "problem": None})
        except RestrikeError as problem:
            self._tell({"type": "detail", "system": None, "problem": _told(problem)})
            return
        for level in set(self._shown.values()):
            pages = [page for page, wanted in list(self._shown.items()) if wanted == level]
            self._send_log(level, pages)

    def _send_log(self, level: str, pages: list[str]) -> None:
        content: dict[str, Any] = {"type": "log", "lines": [], "problem": None}
        try:
            content |= self._feed.command("logs", {"level": level, "limit": LINES})
        except RestrikeError as problem:
            content["problem"] = _told(problem)
        for page in pages:
            self._tell({**content, "page": page})

    def _send_past(self, page: str) -> None:
        try:
            past = self._feed.command("system.history")
        except RestrikeError:
            return  # the lines then begin now
        self._tell({"type": "past", "page": page, "past": {name: each["seconds"] for name, each in past.items()}})


def _told(problem: RestrikeError) -> dict[str, str]:
    return {"message": problem.message, "hint": problem.hint}
