"""What needs a person, as a list to work off: grouped, the gravest first, each with its way out and who has seen it.

The picture is the hub's and the same on every screen; "Seen" goes to the hub as a command.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, Feed, LabLike, LiveWidget

__all__ = ["Alerts", "NoticeFeed"]

ALLOWED = ("alert.acknowledge",)


class NoticeFeed(Feed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def notices(self) -> dict[str, Any]: ...
    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class NoticeLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> NoticeFeed: ...


class Alerts(LiveWidget):
    """Show what needs a person and let it be acknowledged; ``folded`` shows one line that the reader may open."""

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: NoticeLab, **traits: Any) -> None:
        self._feed = lab.live
        self._sent: dict[str, Any] | None = None
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("alerts.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", "alerts.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the notices."""
        self._tell({"type": "notices", "page": page, "notices": self._feed.notices})

    def follow(self, batch: Batch) -> None:
        """Send the notices if they are others."""
        picture = self._feed.notices
        if picture is not self._sent:
            self._sent = picture
            self._tell({"type": "notices", "notices": picture})

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out a click."""
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in ALLOWED and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-alert-ask", daemon=True
            ).start()

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None}
        try:
            answer["result"] = self._feed.command(command, args)
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint}
        self._tell(answer)
