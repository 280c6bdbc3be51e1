"""What a definition would make of the messages that are stored already, before anybody accepts it.

A definition cannot take messages away from another stream (a code word belongs to one), so only those can change that
begin with its code words and were not understood, and those that an older revision of it recognized. They are judged
here as the hub would judge them; nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from restrike_lab.pss import Definition, Recognizer, Table
from restrike_lab.store.reader import Reader

__all__ = ["Preview", "preview"]

PAGE = 5_000
MAX_EXAMPLES = 12
ARROW = " → "


@dataclass(frozen=True, slots=True)
class Preview:
    """Say what would change: of ``looked_at`` stored messages ``changed``.

    ``statuses`` counts by status before and after, ``unknown → recognized``; ``examples`` are a few of each, with the
    fields that would be read and what would be wrong with them.
    """

    looked_at: int
    changed: int
    statuses: Mapping[str, int]
    examples: tuple[Mapping[str, Any], ...]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain values and in a sentence."""
        return {
            "looked_at": self.looked_at,
            "changed": self.changed,
            "statuses": dict(self.statuses),
            "examples": [dict(each) for each in self.examples],
            "text": str(self),
        }

    def __str__(self) -> str:
        if not self.looked_at:
            return "No stored message begins with these code words; later ones would be understood."
        noun = "message" if self.looked_at == 1 else "messages"
        how = ", ".join(f"{count} {what}" for what, count in self.statuses.items())
        return f"{self.changed} of {self.looked_at} stored {noun} would change: {how}."


def preview(reader: Reader, definitions: Sequence[Definition], others: Sequence[Definition]) -> Preview:
    """Return what these definitions would make of stored messages, beside ``others`` that count already."""
    recognizers: dict[str, Recognizer] = {}
    statuses: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = {}
    looked_at = changed = seq = 0
    where, params = _concerned(definitions)
    sql = f"""
        SELECT seq, court, raw, datagram_size IS NOT NULL, protocol_version, recognition_status, fields FROM pss_events
        WHERE seq > ? AND ({where}) ORDER BY seq LIMIT {PAGE}
    """
    while rows := reader.query(sql, (seq, *params)).rows:
        for seq, court, raw, cut, version, before, fields in rows:
            if version not in recognizers:
                table = Table.of(version).with_definitions([*others, *definitions])
                recognizers[version] = Recognizer(table=table)
            found = (recognizers[version].cut if cut else recognizers[version].recognize)(raw)[0]
            looked_at += 1
            changed += (found.status, found.fields) != (before, fields)
            what = f"{before}{ARROW}{found.status}"
            statuses[what] += 1
            shown = examples.setdefault(what, [])
            if len(shown) < MAX_EXAMPLES:
                read = {"fields": msgspec.json.decode(found.fields), "errors": msgspec.json.decode(found.errors)}
                shown.append({"seq": seq, "court": court, "raw": raw.decode("utf-8", "replace"), "what": what, **read})
    share = max(1, MAX_EXAMPLES // max(1, len(examples)))
    return Preview(
        looked_at,
        changed,
        dict(statuses.most_common()),
        tuple(each for shown in examples.values() for each in shown[:share]),
    )


def _concerned(definitions: Sequence[Definition]) -> tuple[str, list[Any]]:
    """Return the condition for the messages that may change, with its parameters."""
    parts: list[str] = []
    params: list[Any] = []
    for definition in definitions:
        parts.append("stream = ?")
        params.append(definition.name)
        for code in definition.codes:
            parts.append("(recognition_status = 'unknown' AND substr(raw, 1, ?) = ?)")
            params += [len(code), code.encode()]
    return " OR ".join(parts) or "0", params
