"""Tables for tests: the columns of the views of the lab, over datagrams as recognizer and reducer see them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from restrike_lab.bout import Arrival, CourtState, Link, flush, reduce
from restrike_lab.bout.rows import ATHLETE_COLUMNS, MATCH_COLUMNS, athlete_rows, match_row
from restrike_lab.pss import Recognizer
from restrike_lab.simulate.capture import read_capture
from restrike_lab.simulate.timed import Timed

DATA = Path(__file__).resolve().parents[2] / "data"
WALL_NS = 1_750_000_000_000_000_000

EVENTS = pa.schema(
    [
        ("seq", pa.int64()),
        ("epoch", pa.int64()),
        ("court", pa.string()),
        ("match_id", pa.int64()),
        ("round", pa.int64()),
        ("clock_ms", pa.int64()),
        ("arrival_ns", pa.int64()),
        ("mono_ns", pa.int64()),
        ("stream", pa.string()),
        ("event_type", pa.string()),
        ("event_code", pa.string()),
        ("athlete", pa.int64()),
        ("value", pa.int64()),
        ("fields", pa.string()),
    ]
)
_NUMBERS = {"rounds", "round_ms", "loaded_ns", "started_ns", "ended_ns", "fought", "rounds_blue", "rounds_red"}
_NUMBERS |= {"match_id", "min_body_level", "min_head_level", "athlete"}


@dataclass(frozen=True)
class Tables:
    """What the lab's views of these names hold, and the links as the reducer made them."""

    events: Any
    points: Any
    matches: Any
    athletes: Any
    live_links: Mapping[int, tuple[int, int]]
    """Point and delay in ms by hit."""


def tables(stream: Iterable[Timed], *, epoch: int = 1, first_seq: int = 1) -> Tables:
    """Return the tables of a stream of datagrams, reduced as the hub does."""
    recognizer, courts, seq = Recognizer(), dict[str, CourtState](), first_seq
    rows: list[tuple[Any, ...]] = []
    matches: dict[int, CourtState] = {}
    links: dict[int, tuple[int, int]] = {}
    for at_ms, payload, court in stream:
        mono_ns = at_ms * 1_000_000
        for found in recognizer.recognize(payload):
            state, facts = reduce(
                courts.get(court, CourtState()), found.message, Arrival(seq, WALL_NS + mono_ns, mono_ns)
            )
            courts[court] = state
            links |= _links(facts)
            if state.match_id is not None:
                matches[state.match_id] = state
            stamps = (seq, epoch, court, state.match_id, state.round, state.clock_ms, WALL_NS + mono_ns, mono_ns)
            said = (found.stream, found.event_type, found.event_code, found.athlete, found.value, found.fields)
            rows.append(stamps + said)
            seq += 1
    for state in courts.values():
        links |= _links(flush(state)[1])
    loaded = [state.match for state in matches.values() if state.match is not None]
    return from_rows(
        rows, [match_row(match) for match in loaded], [row for match in loaded for row in athlete_rows(match)], links
    )


def from_rows(
    events: Sequence[Sequence[Any]],
    matches: Sequence[Sequence[Any]] = (),
    athletes: Sequence[Sequence[Any]] = (),
    links: Mapping[int, tuple[int, int]] | None = None,
) -> Tables:
    """Return tables of rows in the order of ``EVENTS``, ``MATCH_COLUMNS`` and ``ATHLETE_COLUMNS``."""
    duck = duckdb.connect(":memory:")
    kept = {
        "events": _arrow(EVENTS, events),
        "matches": _arrow(_schema(MATCH_COLUMNS), matches),
        "athletes": _arrow(_schema(ATHLETE_COLUMNS), athletes),
    }
    for name, table in kept.items():
        duck.register("rows", table)
        duck.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
        duck.unregister("rows")
    connection = ibis.duckdb.from_connection(duck)
    made = connection.table("events")
    points = made.filter((made.stream == "pt") & made.value.notnull())
    points = points.select("seq", "court", "match_id", "round", "clock_ms", "arrival_ns", "athlete", points=made.value)
    return Tables(
        made,
        points,
        connection.table("matches"),
        connection.table("athletes"),
        links or {},
    )


def sample(name: str) -> list[Timed]:
    """Return the messages of a sample in ``data``."""
    return read_capture(DATA / name).messages


def samples() -> list[str]:
    """Return the names of all samples in ``data``."""
    return sorted(path.name for path in DATA.iterdir() if path.name.endswith((".tsv", ".tsv.gz")))


def truth_lines(name: str) -> list[str]:
    """Return the lines of a truth file in ``data``."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return list(lines)


def _links(facts: Iterable[Any]) -> dict[int, tuple[int, int]]:
    return {fact.hit_seq: (fact.point_seq, fact.delay_ms) for fact in facts if isinstance(fact, Link)}


def _schema(columns: Sequence[str]) -> pa.Schema:
    return pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in columns])


def _arrow(schema: pa.Schema, rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )
