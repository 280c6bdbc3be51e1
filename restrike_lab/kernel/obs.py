"""``%restrike obs``: what is said in words to OBS, with a password asked for in the notebook."""

from __future__ import annotations

import getpass
import os
import re
import shlex
from collections.abc import Sequence
from typing import Any

from restrike_lab.client.lab import Lab
from restrike_lab.client.obs_help import USAGE, WORDS, Word
from restrike_lab.client.obs_words import PASSWORD_VARIABLE, obey
from restrike_lab.kernel.notes import Note, UsageProblem

__all__ = ["OBS_USAGE", "next_words", "talk"]

OBS_USAGE = USAGE
OF_INSTANCES = ("status", "change", "test", "enable", "disable", "remove", "on")


def talk(lab: Lab, line: str) -> Note:
    """Do what the words behind ``%restrike obs`` say; raises ``RestrikeError`` with the way out."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise UsageProblem("a quote is not closed", hint="`%restrike obs help` lists what can be said.") from None
    return Note(obey(lab.obs, words, ask_password))


def ask_password() -> str | None:
    """Return the password of an OBS: from the environment, from a person, or none where nobody can be asked."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is None and _somebody_there():
        given = getpass.getpass("Password of OBS (empty for none): ")
    return given or None


def next_words(lab: Lab, words: Sequence[str]) -> list[str]:
    """Return what may come behind the words of a line that begins with ``obs``."""
    match words:
        case ["obs"]:
            return [*WORDS]
        case ["obs", "help"]:
            return [*WORDS]
        case ["obs", "rule", "on" | "off" | "show" | "drop", *_]:
            return _rules(lab)
        case ["obs", *_, last] if last in OF_INSTANCES:
            return [*lab.obs]
        case ["obs", "scene" | "preview" | "show" | "hide"]:
            return list(dict.fromkeys(scene for each in lab.obs.instances for scene in each["scenes"]))
        case ["obs", word]:
            return _choices(WORDS.get(word))
    return []


def _rules(lab: Lab) -> list[str]:
    return [rule["name"] for rule in (lab.live.obs.get("automation") or {}).get("rules", ())]


def _choices(word: Word | None) -> list[str]:
    """Return the fixed words that may follow: ``start | stop``."""
    firsts = re.findall(r"(?:^|\| )([a-z]+)", word.usage if word else "")
    return list(firsts)


def _somebody_there() -> bool:
    """Tell whether the front end of this kernel can ask its person something."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))
