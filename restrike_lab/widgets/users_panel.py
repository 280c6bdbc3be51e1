"""The users on the screen: who may sign in, with which rights, who is signed in, and what was changed by whom.

Only an administrator is shown anything. Passwords that are typed go to the hub with their command and stay nowhere:
in no trait, no answer and no log.
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

__all__ = ["UsersPanel"]

EVERY_S = 1.0
ASK_SECONDS = 30.0
"""Hashing a password takes its time, and several may wait."""

SHOWN_ENTRIES = 80
ALLOWED = ("users.add", "users.role", "users.password", "users.enable", "users.remove", "users.sign_out")


class UsersFeed(Feed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def you(self) -> dict[str, Any]: ...
    @property
    def access(self) -> dict[str, Any]: ...
    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class UsersLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> UsersFeed: ...


class UsersPanel(LiveWidget):
    """Show the users and what was changed; ``folded`` shows one line that the reader may open."""

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: UsersLab, **traits: Any) -> None:
        self._feed = lab.live
        self._seen: tuple[Any, Any] = (None, None)
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("users_panel.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", "users_panel.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the users as they are now."""
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Read them anew when somebody signed in or out, here or elsewhere."""
        seen = (self._feed.you, self._feed.access)
        if batch.connected and (seen[0] is not self._seen[0] or seen[1] is not self._seen[1]):
            self._seen = seen
            self._turns.ask()

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out what a page asks for, in a thread."""
        if content.get("type") == "look":
            self._turns.ask(within=0)
            return
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in ALLOWED and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-users-ask", daemon=True
            ).start()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _refresh(self) -> None:
        try:
            users = self._feed.command("users")
            entries = self._feed.command("audit", {"limit": SHOWN_ENTRIES})
        except RestrikeError as problem:
            self._tell({"type": "refused", "text": problem.message, "hint": problem.hint})
        else:
            self._tell({"type": "users", "users": users, "entries": entries, "you": self._feed.you.get("name") or ""})

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None}
        try:
            self._feed.command(command, args, ASK_SECONDS)
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint}
        self._tell(answer)
        self._turns.ask(within=0)
