"""What was not understood, as a panel: find a pattern, see what it goes with, define it, recognize the past by it.

Folded it is one line with the numbers. Open it lists the patterns; a reader who picks one gets everything that
``lab.unknown.explain`` finds out, and an editor with the proposed definition. What is typed there is checked as it is
typed; what it would change is shown before it can be accepted, and what was accepted can be undone.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from restrike_lab.pss.errors import DefinitionError, RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PanelWidget

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


class UnknownEvents(PanelWidget):
    """Show the patterns of unknown messages, and let a reader define what they are.

    ``folded`` shows one line that the reader may open.
    """

    script = "unknown.js"
    style = (
        "unknown.css",
        "toml_editor.css",
    )

    def __init__(self, lab: UnknownLab, **traits: Any) -> None:
        self._unknown_lab = lab
        self._sent: dict[str, Any] | None = None
        self._more_turns = 0
        self._working = threading.Lock()
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the patterns."""
        self._sent = None
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Read the patterns again when something came that was not understood."""
        if batch.snapshot or batch.anew or any(each.get("status") == "unknown" for each in batch.events):
            self._more_turns = TURNS_AFTER
            self._turns.ask()

    def asked(self, content: Mapping[str, Any]) -> None:
        """Do what a reader asks for, each in a thread: a study may take a second, and accepting more."""
        actions: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "explain": self._explain,
            "note": self._note,
            "check": self._check,
            "preview": self._preview,
            "accept": self._accept,
            "undo": self._undo,
        }
        action = actions.get(str(content.get("type")))
        if action is not None:
            threading.Thread(target=self._answer, args=(action, content), name="restrike-ask", daemon=True).start()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    # -- the list -------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        try:
            rows = self._unknown_lab.unknown.rows()
            content = {
                "type": "patterns",
                "patterns": [_short(row) for row in rows[:MAX_SHOWN]],
                "total": len(rows),
                "messages": sum(row["occurrence_count"] for row in rows),
            }
        except RestrikeError as problem:
            content = {"type": "problem", "text": problem.message, "hint": problem.hint}
        if content != self._sent:
            self._sent = content
            self._tell(content)
        if self._more_turns:
            self._more_turns -= 1
            self._turns.ask()

    # -- what a reader asks for -----------------------------------------------------------------------------------

    def _answer(self, action: Callable[[Mapping[str, Any]], dict[str, Any]], content: Mapping[str, Any]) -> None:
        """Answer the page that asked; only one of the slow things is done at a time."""
        head = {
            "type": "answer",
            "to": content.get("type"),
            "number": content.get("number"),
            "page": content.get("page"),
        }
        try:
            if content.get("type") == "check":
                answer = action(content)
            else:
                with self._working:
                    answer = action(content)
            self._tell({**head, "ok": True, **answer})
        except RestrikeError as problem:
            self._tell({**head, "ok": False, "error": _told(problem)})

    def _explain(self, content: Mapping[str, Any]) -> dict[str, Any]:
        explained = self._unknown_lab.unknown.explain(_text(content, "hash")).plain()
        pattern = explained["pattern"]
        samples = [{**each, "text": str(each.get("text", ""))[:MAX_SAMPLE]} for each in pattern["samples"]]
        return {"explained": {**explained, "pattern": {**_short(pattern), "samples": samples}}}

    def _note(self, content: Mapping[str, Any]) -> dict[str, Any]:
        self._unknown_lab.unknown.note(_text(content, "hash"), _text(content, "notes"))
        self._turns.ask(within=0)
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
        self._turns.ask(within=0)
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
        self._turns.ask(within=0)
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


def _told(problem: RestrikeError) -> dict[str, Any]:
    told: dict[str, Any] = {"message": problem.message, "hint": problem.hint}
    if isinstance(problem, DefinitionError):
        told |= {"message": problem.reason, "line": problem.line, "column": problem.column}
    return told


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""
