"""Notes and tags as a panel: the newest on top, and a line to write one to the bout that goes on, or to this moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.notes_desk import NotesDesk, NotesLike
from restrike_lab.widgets.panel import PanelWidget

__all__ = ["Notes"]


class NotesLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def annotations(self) -> NotesLike: ...


class Notes(PanelWidget):
    """Show what people noted, and take more; ``folded`` shows one line that the reader may open."""

    script = "notes.js"
    style = (
        "note_book.css",
        "notes.css",
    )

    def __init__(self, lab: NotesLab, **traits: Any) -> None:
        self._desk = NotesDesk(lambda: lab.annotations, self._tell)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send all notes, and which bouts go on."""
        self._tell({"type": "bouts", "page": page, "bouts": self._bouts()})
        self._desk.welcome(page)

    def follow(self, batch: Batch) -> None:
        """Send what was written, and a bout that is another one."""
        self._desk.follow(batch)
        if batch.courts:
            self._tell({"type": "bouts", "bouts": self._bouts()})

    def asked(self, content: Mapping[str, Any]) -> None:
        """Carry out what a page asks."""
        self._desk.asked(content)

    def _bouts(self) -> list[dict[str, Any]]:
        """Return the bout of every court: its ``match_id`` and the number that the console gave it."""
        return [
            {"court": court, "match_id": state.get("match_id"), "number": (state.get("match") or {}).get("number")}
            for court, state in sorted(self._lab.live.courts.items())
        ]
