"""``%restrike video``: where a bout is on video, from a notebook."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from restrike_lab.client.video.words import USAGE, obey, wishes_of
from restrike_lab.kernel.notes import Note

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["USAGE", "video"]


def video(lab: Lab, argument: str) -> Any:
    """Show what was recorded, or where a match is on video; or make chapters, a page or a clip of it."""
    words, wishes = wishes_of(shlex.split(argument))
    found = obey(lab.video, words, wishes)
    return Note(found) if isinstance(found, str) else found
