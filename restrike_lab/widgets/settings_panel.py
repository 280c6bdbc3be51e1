"""Settings on the screen: every one with its range and help, where its value comes from, who changed it and why.

What is shown is read from the hub whenever it tells that something changed, so a change made anywhere is on every
screen within a second. A page's wish goes to the hub as a command; the hub decides whether who sits there may have it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, Feed, LabLike, LiveWidget

__all__ = ["SettingsPanel"]

EVERY_S = 0.25
SHOWN_CHANGES = 60
ALLOWED = ("settings.set", "settings.reset", "settings.undo", "settings.export", "settings.import")


class SettingsFeed(Feed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def settings(self) -> dict[str, Any]: ...
    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class SettingsLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> SettingsFeed: ...


class SettingsPanel(LiveWidget):
    """Show the settings and change them; ``folded`` shows one line that the reader may open."""

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: SettingsLab, **traits: Any) -> None:
        self._feed = lab.live
        self._seen: dict[str, Any] | None = None
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("settings_panel.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", "settings_panel.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the settings as they are now."""
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Read them anew when the hub tells others."""
        if self._feed.settings is not self._seen and batch.connected:
            self._seen = self._feed.settings
            self._turns.ask()

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out what a page asks for, in a thread."""
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in ALLOWED and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-settings-ask", daemon=True
            ).start()

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

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None}
        try:
            answer["result"] = self._feed.command(command, args)
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint}
        self._tell(answer)


def licence_words(licence: Mapping[str, Any]) -> str:
    """Return in a line what the licence is worth."""
    state = f"Licence: {licence['state']}"
    if held := licence["licence"]:
        state += f", of {held['holder']}, until {held['valid_until']}"
    told = licence["warning"] or licence["reason"]
    return f"{state}; {told}." if told else f"{state}."
