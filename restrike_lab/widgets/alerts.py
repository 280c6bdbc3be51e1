"""What needs a person, as a list to work off: grouped, the gravest first, each with its way out and who has seen it.

The picture is the hub's and the same on every screen; "Seen" goes to the hub as a command.
"""

from __future__ import annotations

from typing import Any, Protocol

from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import AskingPanel, CommandFeed

__all__ = ["Alerts", "NoticeFeed"]


class NoticeFeed(CommandFeed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def notices(self) -> dict[str, Any]: ...


class NoticeLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> NoticeFeed: ...


class Alerts(AskingPanel):
    """Show what needs a person and let it be acknowledged; ``folded`` shows one line that the reader may open."""

    script = "alerts.js"
    style = ("alerts.css",)
    allowed = ("alert.acknowledge",)

    def __init__(self, lab: NoticeLab, **traits: Any) -> None:
        self._feed = lab.live
        self._sent: dict[str, Any] | None = None
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the notices."""
        self._tell({"type": "notices", "page": page, "notices": self._feed.notices})

    def follow(self, batch: Batch) -> None:
        """Send the notices if they are others."""
        picture = self._feed.notices
        if picture is not self._sent:
            self._sent = picture
            self._tell({"type": "notices", "notices": picture})
