"""Notes and tags as a panel: the newest on top, and a line to write one to the bout that goes on, or to this moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, LabLike, LiveWidget
from restrike_lab.widgets.notes_desk import NotesDesk, NotesLike

__all__ = ["Notes"]


class NotesLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def annotations(self) -> NotesLike: ...


class Notes(LiveWidget):
    """Show what people noted, and take more; ``folded`` shows one line that the reader may open."""

    folded = traitlets.Bool(False, help="show one line that can be opened").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: NotesLab, **traits: Any) -> None:
        self._desk = NotesDesk(lambda: lab.annotations, self._tell)
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("notes.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "panel.css", "note_book.css", "notes.css")

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
