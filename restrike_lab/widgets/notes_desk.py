"""The kernel's end of notes and tags, for the widgets that show them: the table of events and the panel of notes.

``notes`` to a page is all of them, ``note`` one that was written, changed or taken back; a page asks with
``note.add``, ``note.change`` and ``note.drop`` and gets a ``note.answer``. Every ask has a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.live import Batch

__all__ = ["NotesDesk", "NotesLike"]

MOST_NOTES = 2000

Tell = Callable[[dict[str, Any]], None]


class NotesLike(Protocol):
    """What is needed of ``lab.annotations``."""

    def rows(self, *, limit: int = 1000) -> list[dict[str, Any]]: ...
    def add(
        self,
        text: str,
        *,
        seq: int | None = None,
        match_id: int | None = None,
        court: str | None = None,
        tag: bool = False,
    ) -> int: ...
    def change(self, annotation_id: int, text: str) -> None: ...
    def drop(self, annotation_id: int) -> None: ...


class NotesDesk:
    """Send notes to pages and carry out what they ask; ``notes()`` gives ``lab.annotations``."""

    def __init__(self, notes: Callable[[], NotesLike], tell: Tell) -> None:
        self._notes = notes
        self._tell = tell
        self._guard = threading.Lock()
        self._reading = 0
        self._meanwhile: list[dict[str, Any]] = []  # what came while notes were read that may lack it

    def welcome(self, page: str) -> None:
        """Send all notes to a page (all pages if empty)."""
        with self._guard:
            self._reading += 1
        self._apart(self._send, page)

    def follow(self, batch: Batch) -> None:
        """Send what was written since; all of it again after the line was down, when some may have been missed."""
        changed = [frame["last"] for frame in batch.desk if frame.get("type") == "annotations" and frame.get("last")]
        if batch.snapshot or batch.resumed:
            self.welcome("")
        with self._guard:
            if self._reading:
                self._meanwhile += changed
            for each in changed:
                self._tell({"type": "note", "note": each})

    def asked(self, content: Mapping[str, Any]) -> bool:
        """Carry out what a page asks about notes; tell whether it was about them."""
        if not str(content.get("type")).startswith("note."):
            return False
        self._apart(self._obey, content)
        return True

    def _apart(self, work: Callable[[Any], None], argument: object) -> None:
        threading.Thread(target=work, args=(argument,), name="restrike-notes", daemon=True).start()

    def _send(self, page: str) -> None:
        notes = None
        with contextlib.suppress(RestrikeError):  # a hub that is away: its next snapshot sends them
            notes = self._notes().rows(limit=MOST_NOTES)
        with self._guard:
            if notes is not None:
                self._tell({"type": "notes", "page": page, "notes": notes})
            for each in self._meanwhile:
                self._tell({"type": "note", "note": each})
            self._reading -= 1
            if not self._reading:
                self._meanwhile = []

    def _obey(self, content: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "note.answer", "page": content.get("page"), "number": content.get("number")}
        try:
            self._do(content)
            self._tell({**answer, "error": None})
        except RestrikeError as problem:
            self._tell({**answer, "error": {"message": problem.message, "hint": problem.hint}})

    def _do(self, content: Mapping[str, Any]) -> None:
        text = str(content.get("text") or "")
        number = _whole(content.get("annotation_id")) or 0
        match content.get("type"):
            case "note.add":
                court = content.get("court")
                self._notes().add(
                    text,
                    seq=_whole(content.get("seq")),
                    match_id=_whole(content.get("match_id")),
                    court=court if isinstance(court, str) else None,
                    tag=content.get("kind") == "tag",
                )
            case "note.change":
                self._notes().change(number, text)
            case "note.drop":
                self._notes().drop(number)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
