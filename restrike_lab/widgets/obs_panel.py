"""OBS at a glance: every instance, its scenes, recording and replay, and what automation did.

The picture is the hub's, forwarded as it comes; a click goes to the hub as a command, in a thread of its own, so that
an OBS that hangs never holds the kernel up. What came of it returns to the page that asked.
"""

from __future__ import annotations

from typing import Any, Protocol

from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import AskingPanel, CommandFeed

__all__ = ["ObsPanel"]


class ObsFeed(CommandFeed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def obs(self) -> dict[str, Any]: ...


class ObsLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> ObsFeed: ...


class ObsPanel(AskingPanel):
    """Show the OBS instances and work them; ``folded`` shows one line that the reader may open."""

    script = "obs_panel.js"
    style = ("obs_panel.css",)
    allowed = (
        *("obs.do", "obs.add", "obs.change", "obs.enable", "obs.remove", "obs.test"),
        *("obs.rule.switch", "obs.pause", "obs.rehearse"),
    )
    ask_seconds = 30.0

    def __init__(self, lab: ObsLab, **traits: Any) -> None:
        self._feed = lab.live
        self._sent: dict[str, Any] | None = None
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the picture."""
        self._tell({"type": "obs", "page": page, "obs": self._feed.obs})

    def follow(self, batch: Batch) -> None:
        """Send the picture if it is another one."""
        picture = self._feed.obs
        if picture is not self._sent:
            self._sent = picture
            self._tell({"type": "obs", "obs": picture})
