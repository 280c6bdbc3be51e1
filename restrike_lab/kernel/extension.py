"""The IPython extension: ``%load_ext restrike_lab``.

Loading registers the magic, its completion and ``%config RestrikeLab``, and attaches to a hub or hosts one. Unloading
takes all of it away again: no thread, socket or file stays behind. A hub that cannot be started does not stop the
extension from loading; it says why, so that the settings can be changed and ``%restrike start`` tried again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from IPython.core.completer import SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.display import display

from restrike_lab.client.settings import apply_environment
from restrike_lab.kernel import obs, settings
from restrike_lab.kernel.commands import SUBCOMMANDS, Session
from restrike_lab.kernel.complete import arguments_of, query_of, subcommand_candidates, words_at
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.notes import Note
from restrike_lab.kernel.recognition import next_words
from restrike_lab.pss.errors import RestrikeError

__all__ = ["Extension", "load_ipython_extension", "unload_ipython_extension"]

MAGIC = "restrike"
ATTRIBUTE = "restrike_lab_extension"


class Extension:
    """What is registered with one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.config = RestrikeLab(parent=shell)
        self.session = Session(self.config, shell.user_ns)

        def restrike(context: Any) -> dict[str, Any]:
            return self._match(context)

        self._matcher = context_matcher(identifier=MAGIC)(restrike)

    def load(self) -> None:
        """Register everything, then start."""
        self.shell.register_magic_function(self._magic, magic_kind="line_cell", magic_name=MAGIC)
        self.shell.configurables.append(self.config)
        self.shell.Completer.custom_matchers.append(self._matcher)
        try:
            apply_environment(self.config, os.environ)
            display(self.session.start())
        except RestrikeError as problem:
            display(Note(_told(problem)))

    def unload(self) -> None:
        """Close the lab and take everything away again."""
        self.session.close()
        self.shell.Completer.custom_matchers.remove(self._matcher)
        self.shell.configurables.remove(self.config)
        for kind in ("line", "cell"):
            self.shell.magics_manager.magics[kind].pop(MAGIC, None)

    def _magic(self, line: str, cell: str | None = None) -> Any:
        """Work with the lab of this kernel; ``%restrike help`` lists what there is."""
        text = line if cell is None else f"{line}\n{cell}"
        try:
            return self.session.run(text)
        except RestrikeError as problem:
            raise UsageError(_told(problem)) from None

    def _match(self, context: Any) -> dict[str, Any]:
        fragment, words = self._candidates(context)
        kind = "restrike"
        return {
            "completions": [SimpleCompletion(text=word, type=kind) for word in words],
            "matched_fragment": fragment,
            "suppress": bool(words),
            "ordered": True,
        }

    def _candidates(self, context: Any) -> tuple[str, Sequence[str]]:
        lines = context.full_text.split("\n")
        before = "\n".join([*lines[: context.cursor_line], context.text_until_cursor])
        names = subcommand_candidates(before, SUBCOMMANDS)
        if names is not None:
            return before.rpartition(" ")[2], names
        query, asked = query_of(context.full_text), query_of(before)
        lab, behind = self.session.lab, arguments_of(before)
        if query is None and behind is not None and lab is not None:
            words, typed = behind
            offers = {"obs": obs.next_words, "settings": settings.next_words}.get(words[0], next_words)
            offered = offers(lab, words)
            return typed, [each for each in offered if each.startswith(typed)]
        if query is None or asked is None or lab is None:
            return "", []
        return words_at(asked, query, lab.tables())


def _told(problem: RestrikeError) -> str:
    return f"{problem}\n{problem.hint}" if problem.hint else str(problem)


def load_ipython_extension(shell: Any) -> None:
    """Load the extension into a shell; loading it again while it is loaded does nothing."""
    if getattr(shell, ATTRIBUTE, None) is None:
        extension = Extension(shell)
        setattr(shell, ATTRIBUTE, extension)
        extension.load()


def unload_ipython_extension(shell: Any) -> None:
    """Unload the extension from a shell."""
    extension = getattr(shell, ATTRIBUTE, None)
    if extension is not None:
        setattr(shell, ATTRIBUTE, None)
        extension.unload()
