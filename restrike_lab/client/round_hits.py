"""The hits of the round that goes on: each with its level, and the point that it led to."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from restrike_lab.store.reader import Reader

__all__ = ["MOST_HITS", "round_hits"]

MOST_HITS = 400
"""Hits of a round that are shown; a round of two minutes has some 120."""

_HITS = """
SELECT e.seq, e.athlete, e.value AS level, e.clock_ms, e.arrival_ns / 1000000 AS arrival_ms, l.point_seq, l.points,
    l.delay_ms
FROM pss_events e LEFT JOIN pss_hit_links l ON l.hit_seq = e.seq
WHERE e.match_id = ? AND e.round = ? AND e.stream = 'hl' AND e.value IS NOT NULL ORDER BY e.seq DESC LIMIT ?
"""


def round_hits(data_dir: Path | None, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the round of a court's ``state`` with its hits, newest first, times in ms, levels 1..100.

    ``thresholds`` are the least levels of body and head that count, as the load of the match told. Without the
    database (``data_dir`` None) only the last hits are known, as the state holds them. Raises :class:`StoreError`.
    """
    match = state.get("match") or {}
    told = {
        "match_id": state.get("match_id"),
        "number": match.get("number"),
        "round": state.get("round"),
        "thresholds": {"body": match.get("min_body_level"), "head": match.get("min_head_level")},
    }
    if data_dir is None:
        return {**told, "hits": _of_state(state), "complete": False}
    with contextlib.closing(Reader.open(data_dir)) as reader:
        found = reader.query(_HITS, (told["match_id"], told["round"], MOST_HITS))
    return {**told, "hits": [dict(zip(found.columns, row, strict=True)) for row in found.rows], "complete": True}


def _of_state(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    hits = [
        {
            "seq": hit["seq"],
            "athlete": athlete,
            "level": hit["level"],
            "clock_ms": None,
            "arrival_ms": hit["wall_ns"] // 1_000_000,
            "point_seq": hit["seq"] if hit["linked"] else None,
            "points": None,
            "delay_ms": None,
        }
        for athlete, side in enumerate(state.get("hits") or (), 1)
        for hit in side
    ]
    return sorted(hits, key=lambda hit: -int(hit["seq"]))
