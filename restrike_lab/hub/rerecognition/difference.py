"""What a re-recognition would change, or did change: numbers, and examples to look at.

``Difference`` is what people are shown before anything is written. It travels as JSON between processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from restrike_lab.store.rerecognition import EVENT_CHANGES

__all__ = ["KINDS", "Difference", "Example", "Noted", "RowChange"]

MAX_EXAMPLES = 20
"""Examples of each kind of change that are kept."""

KINDS: Mapping[str, str] = {
    "recognition_status": "status",
    "stream": "stream",
    "event_type": "stream",
    "event_code": "stream",
    "athlete": "fields",
    "value": "fields",
    "fields": "fields",
    "match_id": "match",
    "round": "match",
    "clock_ms": "match",
    "protocol_version": "protocol",
    "parser_confidence": "status",
    "validation_errors": "errors",
}
"""What a change of each column is called; an event counts once for each kind."""

MOST_TELLING = ("status", "stream", "match", "fields", "errors", "protocol")
"""Kinds of change, the one first under which an event is shown."""

STATUS, STREAM = EVENT_CHANGES.index("recognition_status"), EVENT_CHANGES.index("stream")


class Example(msgspec.Struct, frozen=True):
    """One event that changes: ``raw`` is its text with unprintable characters as escapes."""

    kind: str
    seq: int
    court: str
    raw: str
    before: dict[str, Any]
    after: dict[str, Any]


class RowChange(msgspec.Struct, frozen=True):
    """How many rows of a derived table come, change and go."""

    added: int = 0
    changed: int = 0
    removed: int = 0


class Difference(msgspec.Struct, frozen=True):
    """What changes when everything stored is recognized by the tables as they are now.

    ``events`` were looked at, up to ``until_seq``, in ``seconds``; ``changed`` of them change: ``kinds`` says in what
    (an event may count in several), ``statuses`` and ``streams`` from what to what. ``tables`` are the derived tables
    of which rows change. ``notes`` are what a person should know. ``run_id`` is given once it was applied.
    """

    until_seq: int
    events: int
    changed: int
    kinds: dict[str, int]
    statuses: dict[str, int]
    streams: dict[str, int]
    tables: dict[str, RowChange]
    examples: tuple[Example, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    run_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes at all."""
        return not self.changed and not self.tables

    def applied(self, run_id: int, events: int) -> Difference:
        """Return it as it was applied, with the events that came since it was shown."""
        return msgspec.structs.replace(self, run_id=run_id, changed=events)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, as for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def rows(self) -> list[dict[str, Any]]:
        """Return the numbers as rows for a DataFrame: ``what``, ``before``, ``after``, ``count``."""
        found = [{"what": "events", "before": kind, "after": kind, "count": n} for kind, n in self.kinds.items()]
        for what, counts in (("status", self.statuses), ("stream", self.streams)):
            for pair, count in counts.items():
                before, _, after = pair.partition(ARROW)
                found.append({"what": what, "before": before, "after": after, "count": count})
        for table, rows in self.tables.items():
            for what, count in (("added", rows.added), ("changed", rows.changed), ("removed", rows.removed)):
                if count:
                    found.append({"what": table, "before": what, "after": what, "count": count})
        return found

    def text(self, examples: int = 3) -> str:
        """Return it as a person reads it, with a few examples of each kind."""
        return "\n".join(_lines(self, examples))

    def __str__(self) -> str:
        return self.text()


ARROW = " -> "


class Noted:
    """Sum up changes of events while they are found."""

    def __init__(self) -> None:
        self.changed = 0
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.streams: Counter[str] = Counter()
        self.examples: dict[str, list[Example]] = {}

    def event(
        self,
        seq: int,
        court: str,
        raw: bytes,
        before: Sequence[Any],
        after: Sequence[Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> None:
        """Note an event: ``before`` and ``after`` as in ``EVENT_CHANGES``, ``old`` and ``new`` what differs of them."""
        self.changed += 1
        kinds = {KINDS[name] for name in new}
        self.kinds.update(kinds)
        if before[STATUS] != after[STATUS]:
            self.statuses[f"{before[STATUS]}{ARROW}{after[STATUS]}"] += 1
        if before[STREAM] != after[STREAM]:
            self.streams[f"{before[STREAM]}{ARROW}{after[STREAM]}"] += 1
        kind = next(kind for kind in MOST_TELLING if kind in kinds)
        shown = self.examples.setdefault(kind, [])
        if len(shown) < MAX_EXAMPLES:
            shown.append(Example(kind, seq, court, printable(raw), dict(old), dict(new)))


def printable(raw: bytes) -> str:
    """Return bytes as text that is safe to show in a terminal."""
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _lines(it: Difference, examples: int) -> Iterator[str]:
    yield f"{it.events:,} events up to seq {it.until_seq:,} looked at in {it.seconds:.1f} s"
    if it.is_empty:
        yield "nothing changes"
    else:
        yield f"{it.changed:,} events change"
    for title, counts in (("in their", it.kinds), ("status", it.statuses), ("stream", it.streams)):
        for what, count in sorted(counts.items(), key=lambda entry: -entry[1]):
            yield f"  {count:>11,}  {title} {what}"
    for table, rows in it.tables.items():
        parts = {"added": rows.added, "changed": rows.changed, "removed": rows.removed}
        yield f"  {table}: " + ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    shown: Counter[str] = Counter()
    for one in it.examples:
        if shown[one.kind] < examples:
            shown[one.kind] += 1
            yield f"  {one.kind}: seq {one.seq} court {one.court}  {one.raw}"
            yield from (f"      {name}: {one.before[name]!s} -> {one.after[name]!s}" for name in one.after)
    yield from (f"  note: {note}" for note in it.notes)
    if it.run_id is not None:
        yield f"applied as run {it.run_id}"
