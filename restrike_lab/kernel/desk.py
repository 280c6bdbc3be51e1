"""The sub-commands about what people decide beside the wire: ``flags`` and ``annotate``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from restrike_lab.client import annotation_words, flag_words
from restrike_lab.kernel.notes import Note

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["ANNOTATE_USAGE", "FLAGS_USAGE", "annotate", "flags"]

FLAGS_USAGE = flag_words.USAGE
ANNOTATE_USAGE = annotation_words.USAGE


def flags(lab: Lab, argument: str) -> Any:
    """Show whose a code is, or say what a code or a file means."""
    shown = flag_words.obey(lab.flags, shlex.split(argument))
    return Note(shown) if isinstance(shown, str) else shown


def annotate(lab: Lab, argument: str) -> Any:
    """List notes and tags, or put one to a place."""
    shown = annotation_words.obey(lab.annotations, shlex.split(argument))
    return Note(shown) if isinstance(shown, str) else shown
