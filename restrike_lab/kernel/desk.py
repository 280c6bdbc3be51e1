"""The sub-commands about what people decide beside the wire: ``flags``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from restrike_lab.client import flag_words
from restrike_lab.kernel.notes import Note

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["FLAGS_USAGE", "flags"]

FLAGS_USAGE = flag_words.USAGE


def flags(lab: Lab, argument: str) -> Any:
    """Show whose a code is, or say what a code or a file means."""
    shown = flag_words.obey(lab.flags, shlex.split(argument))
    return Note(shown) if isinstance(shown, str) else shown
