"""What the panels share: a head that folds them away, their files in ``static/``, and clicks that become commands.

A command goes to the hub in a thread of its own, so that one that takes its time never holds the kernel up; what came
of it returns to the page that asked, with the reason and the way out where it was refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Feed, LabLike, LiveWidget

__all__ = ["ActingPanel", "Action", "AskingPanel", "CommandFeed", "PanelWidget", "PicturePanel"]


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
            answer["error"] = _told(problem)
        self._tell(answer)
        self.done(command)


class PicturePanel(PanelWidget):
    """Be a panel that shows a picture read from the lab.

    The picture is read every ``every_s`` at most, again while ``look_again`` says so, and sent where it has changed.
    """

    def __init__(self, lab: LabLike, every_s: float, **traits: Any) -> None:
        self._sent: dict[str, Any] | None = None
        self._more_turns = 0
        self._turns = Coalescer(self._refresh, every_s)
        super().__init__(lab, **traits)

    def picture(self) -> dict[str, Any]:
        """Return what is shown; may raise ``RestrikeError``."""
        raise NotImplementedError

    def look_again(self, turns: int = 0) -> None:
        """Read the picture soon, and so many times after that: what was heard of may take a moment to be counted."""
        self._more_turns = turns
        self._turns.ask()

    def welcome(self, page: str, seq: int) -> None:
        """Send the picture."""
        self._sent = None
        self._turns.ask(within=0)

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _refresh(self) -> None:
        try:
            content = self.picture()
        except RestrikeError as problem:
            content = {"type": "problem", "text": problem.message, "hint": problem.hint}
        if content != self._sent:
            self._sent = content
            self._tell(content)
        if self._more_turns:
            self._more_turns -= 1
            self._turns.ask()


Action: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]
"""What a page asked for: its message in, what goes into the answer out."""


class ActingPanel(PicturePanel):
    """Be such a panel whose pages may ask for ``actions`` by name.

    They are done in threads, one at a time except those in ``at_any_time``; after those in ``changing`` the picture is
    read anew.
    """

    at_any_time: ClassVar[Sequence[str]] = ()
    changing: ClassVar[Sequence[str]] = ()

    def __init__(self, lab: LabLike, every_s: float, **traits: Any) -> None:
        self._working = threading.Lock()
        super().__init__(lab, every_s, **traits)

    def actions(self) -> Mapping[str, Action]:
        """Return what pages may ask for."""
        raise NotImplementedError

    def told(self, problem: RestrikeError) -> dict[str, Any]:
        """Return what a page is told of a refusal."""
        return _told(problem)

    def asked(self, content: Mapping[str, Any]) -> None:
        """Do what a reader asks for, in a thread: it may take a second or more."""
        action = self.actions().get(str(content.get("type")))
        if action is not None:
            threading.Thread(target=self._answer, args=(action, content), name="restrike-ask", daemon=True).start()

    def _answer(self, action: Action, content: Mapping[str, Any]) -> None:
        kind = content.get("type")
        head = {"type": "answer", "to": kind, "number": content.get("number"), "page": content.get("page")}
        try:
            if kind in self.at_any_time:
                answer = action(content)
            else:
                with self._working:
                    answer = action(content)
        except RestrikeError as problem:
            self._tell({**head, "ok": False, "error": self.told(problem)})
            return
        self._tell({**head, "ok": True, **answer})
        if kind in self.changing:
            self._turns.ask(within=0)


def _told(problem: RestrikeError) -> dict[str, str]:
    return {"message": problem.message, "hint": problem.hint}
