"""Who is in charge on a page: one line, and "Advanced mode", where a person signs in.

What is typed goes to the hub over this kernel's connection, in a thread of its own, and is kept nowhere on the way.
From then on the connection, and with it every panel of the page, has the rights of that person.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, Feed, LabLike, LiveWidget

__all__ = ["SignIn"]

ASK_SECONDS = 30.0
ALLOWED = ("sign_in", "sign_out", "session.resume", "session.touch", "access.first", "password.change")
"""What a page may ask for here."""


class AccessFeed(Feed, Protocol):
    """What the widget needs of ``Lab.live``."""

    session: str

    @property
    def you(self) -> dict[str, Any]: ...
    @property
    def access(self) -> dict[str, Any]: ...
    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class AccessLab(LabLike, Protocol):
    """What the widget needs of a ``Lab``."""

    @property
    def live(self) -> AccessFeed: ...


class SignIn(LiveWidget):
    """Show who is in charge, how long a sign-in lasts yet, and let a person sign in and out."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: AccessLab, **traits: Any) -> None:
        self._feed = lab.live
        self._sent: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("sign_in.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "sign_in.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send who is who."""
        self._tell({"type": "access", "page": page, "you": self._feed.you, "access": self._feed.access})

    def follow(self, batch: Batch) -> None:
        """Send who is who if that has changed."""
        you, access = self._feed.you, self._feed.access
        if self._sent is None or you is not self._sent[0] or access is not self._sent[1]:
            self._sent = (you, access)
            self._tell({"type": "access", "you": you, "access": access})

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out what the page asks for."""
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in ALLOWED and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-sign-in", daemon=True
            ).start()

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None, "result": None}
        if command == "sign_out":
            self._feed.session = ""
        try:
            result = self._feed.command(command, args, ASK_SECONDS)
            if command == "sign_in":
                self._feed.session = str(result["session"])
            elif command == "session.resume":
                self._feed.session = str(args.get("session"))
            answer["result"] = result
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint, **_facts(problem)}
        self._tell(answer)


def _facts(problem: RestrikeError) -> dict[str, Any]:
    """Return what a page needs to know of a refusal beside its words."""
    return {name: problem.context[name] for name in ("category", "wait_s") if problem.context.get(name) is not None}
