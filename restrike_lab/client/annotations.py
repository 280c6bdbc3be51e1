"""``lab.annotations``: notes and tags on events, bouts and times, from whoever may write them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.client.errors import CommandError
from restrike_lab.client.recognition import signed_by

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Annotations", "AnnotationsLab"]


class AnnotationsLab(Protocol):
    """What this module needs of a ``Lab``."""

    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def sql(self, query: str, parameters: Any = ...) -> pd.DataFrame: ...


class Annotations:
    """``lab.annotations()`` is the table of all that stand; ``lab.annotate(...)`` adds one."""

    def __init__(self, lab: AnnotationsLab) -> None:
        self._lab = lab

    def __call__(self, *, seq: int | None = None, match_id: int | None = None) -> pd.DataFrame:
        """Return the annotations that stand, by the time they are about: all, or those of an event or a bout."""
        return self._lab.sql(
            "SELECT * FROM annotations WHERE ($seq IS NULL OR seq = $seq) "
            "AND ($match_id IS NULL OR match_id = $match_id) ORDER BY at_ns, annotation_id",
            {"seq": seq, "match_id": match_id},
        )

    def rows(self, *, seq: int | None = None, match_id: int | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """Return the same as plain values, the last one first, as the hub tells them."""
        return list(self._lab.command("annotations", seq=seq, match_id=match_id, limit=limit))

    def add(
        self,
        text: str,
        *,
        seq: int | None = None,
        match_id: int | None = None,
        court: str | None = None,
        at: datetime | None = None,
        tag: bool = False,
    ) -> int:
        """Put a note (or with ``tag`` a tag) to an event, a bout, or a time of a court, by default now.

        Returns the annotation's number. Raises :class:`CommandError` for a place that does not exist.
        """
        at_ns = None if at is None else int(at.timestamp() * 1e9)
        where: dict[str, Any] = {"seq": seq, "match_id": match_id, "court": court, "at_ns": at_ns}
        what: dict[str, Any] = {"text": text, "kind": "tag" if tag else "note", "who": signed_by()}
        try:
            kept = self._lab.command("annotate", **what, **where)
        except CommandError:
            # The hub knows the events of its database; where older ones stand is read from the archive.
            archived = None if seq is None else self._archived(seq)
            if archived is None:
                raise
            kept = self._lab.command("annotate", **what, **archived)
        return int(kept["annotation_id"])

    def _archived(self, seq: int) -> dict[str, Any] | None:
        """Return the place of an event, None where neither database nor archive has it."""
        asked = "SELECT seq, match_id, court, arrival_ns AS at_ns FROM events WHERE seq = $seq"
        rows = self._lab.sql(asked, {"seq": seq})
        if rows.empty:
            return None
        match_id = rows["match_id"].iloc[0]
        known = {"seq": seq, "court": str(rows["court"].iloc[0]), "at_ns": int(rows["at_ns"].iloc[0])}
        return known if match_id is None or match_id != match_id else {**known, "match_id": int(match_id)}

    def change(self, annotation_id: int, text: str) -> None:
        """Write an annotation anew; what it was stays in its history. Raises :class:`CommandError`."""
        self._lab.command("annotation.change", annotation_id=annotation_id, text=text, who=signed_by())

    def drop(self, annotation_id: int) -> None:
        """Take an annotation back; what it was stays in its history. Raises :class:`CommandError`."""
        self._lab.command("annotation.drop", annotation_id=annotation_id, who=signed_by())

    def history(self, annotation_id: int) -> pd.DataFrame:
        """Return every revision of an annotation, oldest first, with who and when."""
        return self._lab.sql(
            "SELECT * FROM annotation_history WHERE annotation_id = $number ORDER BY revision",
            {"number": annotation_id},
        )

    def __repr__(self) -> str:
        return "<Annotations: lab.annotations() lists them, lab.annotate(text, seq=...) adds one>"
