"""OBS at a glance: every instance, its scenes, recording and replay, and what automation did.

The picture is the hub's, forwarded as it comes; a click goes to the hub as a command, in a thread of its own, so that
an OBS that hangs never holds the kernel up. What came of it returns to the page that asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, Feed, LabLike, LiveWidget

__all__ = ["ObsPanel"]

ASK_SECONDS = 30.0
ALLOWED = (
    *("obs.do", "obs.add", "obs.change", "obs.enable", "obs.remove", "obs.test"),
    *("obs.rule.switch", "obs.pause", "obs.rehearse"),
)
"""What a page may ask for; the hub decides whether who sits there may have it."""


class ObsFeed(Feed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def obs(self) -> dict[str, Any]: ...
    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class ObsLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> ObsFeed: ...


class ObsPanel(LiveWidget):
    """Show the OBS instances and work them; ``folded`` shows one line that the reader may open."""

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: ObsLab, **traits: Any) -> None:
        self._feed = lab.live
        self._sent: dict[str, Any] | None = None
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("obs_panel.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", "obs_panel.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the picture."""
        self._tell({"type": "obs", "page": page, "obs": self._feed.obs})

    def follow(self, batch: Batch) -> None:
        """Send the picture if it is another one."""
        picture = self._feed.obs
        if picture is not self._sent:
            self._sent = picture
            self._tell({"type": "obs", "obs": picture})

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out a click."""
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in ALLOWED and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-obs-ask", daemon=True
            ).start()

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None, "result": None}
        try:
            answer["result"] = self._feed.command(command, args, ASK_SECONDS)
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint}
        self._tell(answer)
