"""The users on the screen: who may sign in, with which rights, who is signed in, and what was changed by whom.

Only an administrator is shown anything. Passwords that are typed go to the hub with their command and stay nowhere:
in no trait, no answer and no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import AskingPanel, CommandFeed

__all__ = ["UsersPanel"]

EVERY_S = 1.0
SHOWN_ENTRIES = 80


class UsersFeed(CommandFeed, Protocol):
    """What the panel needs of ``Lab.live``."""

    @property
    def you(self) -> dict[str, Any]: ...
    @property
    def access(self) -> dict[str, Any]: ...


class UsersLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def live(self) -> UsersFeed: ...


class UsersPanel(AskingPanel):
    """Show the users and what was changed; ``folded`` shows one line that the reader may open."""

    script = "users_panel.js"
    style = ("users_panel.css",)
    allowed = ("users.add", "users.role", "users.password", "users.enable", "users.remove", "users.sign_out")
    ask_seconds = 30.0  # hashing a password takes its time, and several may wait

    def __init__(self, lab: UsersLab, **traits: Any) -> None:
        self._feed = lab.live
        self._seen: tuple[Any, Any] = (None, None)
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

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
        else:
            super().asked(content)

    def done(self, command: str) -> None:
        """Look again at what a command may have changed."""
        self._turns.ask(within=0)

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
