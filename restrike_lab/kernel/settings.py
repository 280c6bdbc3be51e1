"""The sub-command ``%restrike settings``: what people type on the command line, for the lab of this kernel."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from restrike_lab.client.settings_words import USAGE, obey
from restrike_lab.kernel.notes import Note, UsageProblem

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["USAGE", "next_words", "settings"]

WORDS = ("list", "get", "set", "reset", "undo", "undo-all", "history", "export", "import")
OF_A_KEY = ("get", "set", "reset", "history")


def settings(lab: Lab, argument: str) -> Note:
    """Do what the words say."""
    try:
        words = shlex.split(argument)
    except ValueError as problem:
        raise UsageProblem(f"that cannot be read: {problem}", hint=f"%restrike settings {USAGE}") from None
    return Note(obey(lab.settings, words))


def next_words(lab: Lab, words: Sequence[str]) -> list[str]:
    """Return what may come behind the words of a line that begins with ``settings``: a word, a key, a choice."""
    match list(words):
        case ["settings"]:
            return list(WORDS)
        case ["settings", word] if word in OF_A_KEY:
            return list(lab.settings)
        case ["settings", "set", key] if key in lab.settings:
            described = lab.settings.describe(key)
            return ["on", "off"] if described["kind"] == "bool" else [str(each) for each in described["choices"]]
    return []
