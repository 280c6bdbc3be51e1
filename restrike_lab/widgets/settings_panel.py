"""Settings on the screen: every one with its range and help, where its value comes from, who changed it and why.

What is shown is read from the hub whenever it tells that something changed, so a change made anywhere is on every
screen within a second. A page's wish goes to the hub as a command; the hub decides whether who sits there may have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import AskingPanel, CommandFeed

__all__ = ["SettingsPanel"]

EVERY_S = 0.25
SHOWN_CHANGES = 60


class SettingsFeed(CommandFeed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def settings(self) -> dict[str, Any]: ...


class SettingsLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> SettingsFeed: ...


class SettingsPanel(AskingPanel):
    """Show the settings and change them; ``folded`` shows one line that the reader may open."""

    script = "settings_panel.js"
    style = ("settings_panel.css",)
    allowed = ("settings.set", "settings.reset", "settings.undo", "settings.export", "settings.import")

    def __init__(self, lab: SettingsLab, **traits: Any) -> None:
        self._feed = lab.live
        self._seen: dict[str, Any] | None = None
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the settings as they are now."""
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Read them anew when the hub tells others."""
        if self._feed.settings is not self._seen and batch.connected:
            self._seen = self._feed.settings
            self._turns.ask()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _refresh(self) -> None:
        try:
            found = self._feed.command("settings")
            changes = self._feed.command("settings.history", {"limit": SHOWN_CHANGES})
            notes = {"licence": licence_words(self._feed.command("licence"))}
        except RestrikeError as problem:
            self._tell({"type": "problem", "text": problem.message, "hint": problem.hint})
        else:
            self._tell({"type": "settings", **found, "changes": changes, "notes": notes})


def licence_words(licence: Mapping[str, Any]) -> str:
    """Return in a line what the licence is worth."""
    state = f"Licence: {licence['state']}"
    if held := licence["licence"]:
        state += f", of {held['holder']}, until {held['valid_until']}"
    told = licence["warning"] or licence["reason"]
    return f"{state}; {told}." if told else f"{state}."
