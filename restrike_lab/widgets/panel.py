"""What the panels share: a head that folds them away, their files in ``static/``, and clicks that become commands.

A command goes to the hub in a thread of its own, so that one that takes its time never holds the kernel up; what came
of it returns to the page that asked, with the reason and the way out where it was refused.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Feed, LabLike, LiveWidget

__all__ = ["AskingPanel", "CommandFeed", "PanelWidget"]


class PanelWidget(LiveWidget):
    """Be a panel, whose browser half is ``script`` with ``style``; ``folded`` shows one line that can be opened."""

    script: ClassVar[str]
    style: ClassVar[Sequence[str]] = ()

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module(self.script)

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", *self.style)


class CommandFeed(Feed, Protocol):
    """A feed that takes commands to the hub."""

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


class CommandLab(LabLike, Protocol):
    """A lab with such a feed."""

    @property
    def live(self) -> CommandFeed: ...


class AskingPanel(PanelWidget):
    """Be a panel whose pages may ask for the commands in ``allowed``; the hub decides whether who asks may.

    ``ask_seconds`` is how long an answer may take.
    """

    allowed: ClassVar[Sequence[str]] = ()
    ask_seconds: ClassVar[float] = 10.0

    def __init__(self, lab: CommandLab, **traits: Any) -> None:
        self._commands = lab.live
        super().__init__(lab, **traits)

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out a click, in a thread."""
        command, args = content.get("command"), content.get("args")
        if content.get("type") == "ask" and command in self.allowed and isinstance(args, dict):
            page, number = str(content.get("page") or ""), content.get("number")
            threading.Thread(
                target=self._ask, args=(page, number, str(command), args), name="restrike-ask", daemon=True
            ).start()

    def done(self, command: str) -> None:
        """Do what is to be done after a command, whatever came of it."""

    def _ask(self, page: str, number: object, command: str, args: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "answer", "page": page, "number": number, "error": None, "result": None}
        try:
            answer["result"] = self._commands.command(command, args, self.ask_seconds)
        except RestrikeError as problem:
            answer["error"] = {"message": problem.message, "hint": problem.hint}
        self._tell(answer)
        self.done(command)
