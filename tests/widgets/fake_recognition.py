"""A lab that knows of quality and unknown events what a test says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from restrike_lab.client.errors import CommandError, QueryError
from restrike_lab.pss import load_definitions
from tests.widgets.fake_lab import FakeLab, event

__all__ = ["FakeRecognitionLab", "pattern"]


def pattern(shape: str = "kds1;int", count: int = 3, **changes: Any) -> dict[str, Any]:
    """Return a pattern as ``lab.unknown.rows()`` gives it."""
    row = {
        "pattern_hash": f"{abs(hash(shape)):016x}"[:16],
        "shape": shape,
        "code": shape.partition(";")[0],
        "occurrence_count": count,
        "first_seen": 1_751_364_000_000_000_000,
        "last_seen": 1_751_364_005_000_000_000,
        "samples": [{"text": "kds1;40", "at_ns": 1_751_364_000_000_000_000, "court": "1", "session": 1, "seq": 7}],
        "courts": {"1": count},
        "sessions": {"1": count},
        "whole": True,
        "suggested_event_type": None,
        "suggestion_score": None,
        "notes": "",
    }
    return {**row, **changes}


@dataclass
class Plain:
    """A report, an explanation or a preview: plain values."""

    values: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        return self.values


@dataclass
class FakeQuality:
    """Reports by match; ``reads`` counts how often they were drawn."""

    matches: list[dict[str, Any]] = field(default_factory=list)
    reports: dict[int, dict[str, Any]] = field(default_factory=dict)
    reads: int = 0
    problem: QueryError | None = None

    def __call__(self, match_id: int | None = None) -> Plain:
        self.reads += 1
        if self.problem:
            raise self.problem
        return Plain(self.reports[match_id or 0])

    def running(self) -> dict[str, Plain]:
        self.reads += 1
        return {each["court"]: Plain(self.reports[each["match_id"]]) for each in self.matches if each["running"]}

    def overview(self, limit: int = 100) -> list[dict[str, Any]]:
        return [dict(each) for each in self.matches[:limit]]

    def evidence(self, seqs: Iterable[int]) -> list[dict[str, Any]]:
        if self.problem:
            raise self.problem
        return [event(seq) for seq in seqs]


class FakeUnknown:
    def __init__(self) -> None:
        self.patterns: list[dict[str, Any]] = []
        self.problem: QueryError | None = None

    def rows(self) -> list[dict[str, Any]]:
        if self.problem:
            raise self.problem
        return [dict(each) for each in self.patterns]

    def explain(self, which: str) -> Plain:
        row = next((each for each in self.patterns if each["pattern_hash"] == which), None)
        if row is None:
            raise QueryError(f"there is no unknown pattern {which!r}", hint="lab.unknown() lists them")
        return Plain({"pattern": dict(row), "toml": "", "problem": "none", "fields": []})

    def note(self, which: str, notes: str) -> None:
        next(each for each in self.patterns if each["pattern_hash"] == which)["notes"] = notes


class FakeDefinitions:
    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.decisions: list[tuple[str, ...]] = []

    def texts(self) -> dict[str, str]:
        return dict(self.held)

    def check(self, toml: str, source: str = "definition") -> Any:
        return load_definitions(toml, source)

    def preview(self, toml: str) -> Plain:
        return Plain({"text": "3 of 3 stored messages would change", "examples": []})

    def put(self, toml: str, why: str) -> list[str]:
        names = [each.name for each in self.check(toml)]
        self.held |= dict.fromkeys(names, toml)
        self.decisions.append(("put", *names, why))
        return names

    def drop(self, name: str, why: str) -> None:
        del self.held[name]
        self.decisions.append(("drop", name, why))


class FakeRecognitionLab(FakeLab):
    """A lab with quality, unknown patterns and definitions."""

    def __init__(self) -> None:
        super().__init__()
        self.quality = FakeQuality()
        self.unknown = FakeUnknown()
        self.definitions = FakeDefinitions()
        self.undone: list[tuple[int, str]] = []

    def accept(self, toml: str, why: str) -> Any:
        if not why:
            raise CommandError("a decision needs a reason", hint="Say why.")
        self.definitions.put(toml, why)
        return SimpleNamespace(run_id=5, changed=3, text=lambda examples: "3 events change")

    def undo(self, run_id: int, why: str = "") -> int:
        self.undone.append((run_id, why))
        return run_id + 1
