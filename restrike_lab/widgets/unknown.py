"""What was not understood, as a panel: find a pattern, see what it goes with, define it, recognize the past by it.

Folded it is one line with the numbers. Open it lists the patterns; a reader who picks one gets everything that
``lab.unknown.explain`` finds out, and an editor with the proposed definition. What is typed there is checked as it is
typed; what it would change is shown before it can be accepted, and what was accepted can be undone.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from restrike_lab.pss.errors import DefinitionError, RestrikeError
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import ActingPanel, Action

__all__ = ["UnknownEvents"]

EVERY_S = 1.5
"""How often the list is read again while unknown messages come; the hub counts them once a second."""

TURNS_AFTER = 2
"""How often it is read again after the last unknown message: the hub counts what it stored a moment later."""

MAX_SHOWN = 300
MAX_SAMPLE = 400


class Shown(Protocol):
    """Something that gives itself as plain values."""

    def plain(self) -> dict[str, Any]: ...


class Unknown(Protocol):
    """What the panel needs of ``lab.unknown``."""

    def rows(self) -> list[dict[str, Any]]: ...
    def explain(self, which: str) -> Shown: ...
    def note(self, which: str, notes: str) -> None: ...


class Definitions(Protocol):
    """What the panel needs of ``lab.definitions``."""

    def texts(self) -> dict[str, str]: ...
    def check(self, toml: str, source: str = ...) -> Sequence[Any]: ...
    def preview(self, toml: str) -> Shown: ...
    def put(self, toml: str, why: str) -> list[str]: ...
    def drop(self, name: str, why: str) -> None: ...


class UnknownLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def unknown(self) -> Unknown: ...
    @property
    def definitions(self) -> Definitions: ...
    def accept(self, toml: str, why: str) -> Any: ...
    def undo(self, run_id: int, why: str = "") -> int: ...


class UnknownEvents(ActingPanel):
    """Show the patterns of unknown messages, and let a reader define what they are.

    ``folded`` shows one line that the reader may open.
    """

    script = "unknown.js"
    style = ("unknown.css", "toml_editor.css")
    at_any_time = ("check",)  # while somebody types
    changing = ("note", "accept", "undo")

    def __init__(self, lab: UnknownLab, **traits: Any) -> None:
        self._unknown_lab = lab
        super().__init__(lab, EVERY_S, **traits)

    def follow(self, batch: Batch) -> None:
        """Read the patterns again when something came that was not understood."""
        if batch.snapshot or batch.anew or any(each.get("status") == "unknown" for each in batch.events):
            self.look_again(TURNS_AFTER)

    def actions(self) -> Mapping[str, Action]:
        """Return what pages may ask for."""
        return {
            "explain": self._explain,
            "note": self._note,
            "check": self._check,
            "preview": self._preview,
            "accept": self._accept,
            "undo": self._undo,
        }

    def picture(self) -> dict[str, Any]:
        """Return the patterns."""
        rows = self._unknown_lab.unknown.rows()
        return {
            "type": "patterns",
            "patterns": [_short(row) for row in rows[:MAX_SHOWN]],
            "total": len(rows),
            "messages": sum(row["occurrence_count"] for row in rows),
        }

    def told(self, problem: RestrikeError) -> dict[str, Any]:
        """Return what a page is told of a refusal: of a definition also where in it."""
        told = super().told(problem)
        if isinstance(problem, DefinitionError):
            told |= {"message": problem.reason, "line": problem.line, "column": problem.column}
        return told

    # -- what a reader asks for -----------------------------------------------------------------------------------

    def _explain(self, content: Mapping[str, Any]) -> dict[str, Any]:
        explained = self._unknown_lab.unknown.explain(_text(content, "hash")).plain()
        pattern = explained["pattern"]
        samples = [{**each, "text": str(each.get("text", ""))[:MAX_SAMPLE]} for each in pattern["samples"]]
        return {"explained": {**explained, "pattern": {**_short(pattern), "samples": samples}}}

    def _note(self, content: Mapping[str, Any]) -> dict[str, Any]:
        self._unknown_lab.unknown.note(_text(content, "hash"), _text(content, "notes"))
        return {}

    def _check(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {"names": [each.name for each in self._unknown_lab.definitions.check(_text(content, "toml"))]}

    def _preview(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {"preview": self._unknown_lab.definitions.preview(_text(content, "toml")).plain()}

    def _accept(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Put the definition and recognize the past by it; ``before`` is what an undo puts back."""
        toml, why = _text(content, "toml"), _text(content, "why")
        definitions = self._unknown_lab.definitions
        names, held = [each.name for each in definitions.check(toml)], definitions.texts()
        found = self._unknown_lab.accept(toml, why)
        before = {name: held.get(name) for name in names}
        return {"names": names, "before": before, "run": found.run_id, "changed": found.changed, "text": found.text(2)}

    def _undo(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Take back what was recognized anew, and let the definitions be as they were before."""
        run, why = content.get("run"), _text(content, "why")
        if isinstance(run, int):
            self._unknown_lab.undo(run, why)
        for name, toml in dict(content.get("before") or {}).items():
            if isinstance(toml, str):
                self._unknown_lab.definitions.put(toml, why)
            else:
                self._unknown_lab.definitions.drop(str(name), why)
        return {"run": run}


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the list shows of a pattern."""
    names = ("pattern_hash", "shape", "code", "occurrence_count", "first_seen", "last_seen", "courts", "whole", "notes")
    return {
        **{name: row[name] for name in names},
        "suggested": row["suggested_event_type"],
        "score": row["suggestion_score"],
        "sample": _first(row["samples"]),
    }


def _first(samples: Sequence[Mapping[str, Any]]) -> str:
    """Return the first sample as a line: its text, or the bytes of one that is no text."""
    if not samples:
        return ""
    first = samples[0]
    return str(first["text"])[:MAX_SAMPLE] if "text" in first else base64.b64decode(first["base64"])[:40].hex(" ")


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""
