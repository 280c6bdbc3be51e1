"""Help on the page itself: what a person at the ring may have to know at once, found by typing a word of it."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Protocol

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.help_text import parts
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PanelWidget

__all__ = ["Help"]


class HelpLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...


class Help(PanelWidget):
    """Show keys, signs, codes and ways out; ``folded`` shows one line that the reader may open."""

    script = "help.js"
    style = ("help.css",)

    def __init__(self, lab: HelpLab, **traits: Any) -> None:
        self._help_lab = lab
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the help, at once without the hub's commands and then with them."""
        threading.Thread(target=self._send_parts, args=(page,), name="restrike-ask", daemon=True).start()

    def follow(self, batch: Batch) -> None:
        """Send nothing: help stays as it is."""

    def _send_parts(self, page: str) -> None:
        commands: list[dict[str, Any]] = []
        with contextlib.suppress(RestrikeError):  # a hub that is away has no commands to tell of
            commands = self._help_lab.command("commands")
        told = [{"title": part.title, "columns": part.columns, "rows": part.rows} for part in parts(commands)]
        self._tell({"type": "help", "page": page, "parts": told})
