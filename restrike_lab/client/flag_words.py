"""Flags in words, as a shell and a notebook cell say them: list, show one, scan, map, assign, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.errors import CommandError

if TYPE_CHECKING:
    from restrike_lab.client.flags import Flags

__all__ = ["USAGE", "obey"]

USAGE = "[CODE | scan | files | history | map SENT CODE|- [WHY] | assign FILE CODE|- [WHY]]"


def obey(flags: Flags, words: Sequence[str]) -> Any:
    """Do what the words say and return what to show: a table, a flag, or a sentence.

    Raises :class:`CommandError` for words that mean nothing.
    """
    match list(words):
        case []:
            return flags()
        case ["scan"]:
            found = flags.scan()
            return f"{found['pictures']} pictures in the folder, {found['recognized']} of them recognized."
        case ["files"]:
            return flags.files()
        case ["history"]:
            return flags.history()
        case ["map", sent, code, *why]:
            flags.map(sent, None if code == "-" else code, " ".join(why))
            return f"{sent} means {code} from now on." if code != "-" else f"{sent} is found by the tables again."
        case ["assign", file, code, *why]:
            flags.assign(file, None if code == "-" else code, " ".join(why))
            return f"{file} is the flag of {code}." if code != "-" else f"{file} goes by its name again."
        case [sent] if sent not in ("map", "assign"):
            return flags[sent]
    raise CommandError("these words mean nothing about flags", hint=f"flags {USAGE}")
