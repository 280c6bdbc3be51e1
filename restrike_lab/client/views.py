"""The names analysts use in SQL, as views over the tables as they were filled from the record.

One view per stream is derived from its protocol class: ``hl`` has ``athlete`` and ``level``, ``clk`` has ``time_ms``
and ``action``, each with the type its class gives it, taken from the ``fields`` column. ``hits`` and ``points`` are the
two that the question of this lab is about, joined with the links between them. Wherever a table keeps a wall time in
ns (``arrival_ns``), its view shows it as a point in time as well (``timestamp``). Everything here is text; ``query``
runs it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from restrike_lab.pss import Status
from restrike_lab.pss.describe import EVENT_CODES
from restrike_lab.pss.layout import wire_fields
from restrike_lab.pss.streams import STREAMS, Message, Unknown

__all__ = ["PER_MATCH", "SCHEMA", "SMALL_TABLES", "create_views", "stream_view", "vocabulary"]

SCHEMA = "record"
"""Schema of the filled tables, which keep the names of the record; the views stand beside it in ``main``."""

SMALL_TABLES: Mapping[str, str] = {
    "matches": "pss_matches",
    "rounds": "pss_rounds",
    "athletes": "pss_athletes",
    "links": "pss_hit_links",
    "sessions": "pss_sessions",
    "epochs": "hub_epochs",
    "gaps": "gaps",
    "unknown": "pss_unknown_events",
    "imports": "imports",
    "import_problems": "import_problems",
    "findings": "pss_findings",
    "flags": "flags",
    "flag_mappings": "flag_mappings",
    "annotation_history": "annotation_revisions",
}
"""Tables beside the events: the analyst's name and the record's."""

PER_MATCH = ("pss_matches", "pss_rounds", "pss_athletes", "pss_hit_links")
"""Those whose rows belong to a match by ``match_id`` and do not change once another match is on that court."""

COMMON = ("seq", "epoch", "court", "match_id", "round", "clock_ms", "timestamp", "arrival_ns")
NOT_WALL_TIME = {"mono_ns"}
TRUTH_VALUES = {"fought", "clean"}

HITS = """CREATE OR REPLACE VIEW hits AS
SELECT e.seq, e.court, e.match_id, e.round, e.clock_ms, e.timestamp, e.arrival_ns, e.athlete, e.value AS level,
       l.point_seq IS NOT NULL AS scored, l.point_seq, l.points, l.delay_ms
FROM events e LEFT JOIN links l ON l.hit_seq = e.seq
WHERE e.stream = 'hl'"""

POINTS = """CREATE OR REPLACE VIEW points AS
SELECT e.seq, e.court, e.match_id, e.round, e.clock_ms, e.timestamp, e.arrival_ns, e.athlete, e.value AS points,
       e.event_code AS technique, coalesce(l.hits, 0) AS hits, l.max_level, l.mean_level, l.min_delay_ms
FROM events e LEFT JOIN (
    SELECT point_seq, count(*) AS hits, max(level) AS max_level, avg(level) AS mean_level, min(delay_ms) AS min_delay_ms
    FROM links GROUP BY point_seq
) l ON l.point_seq = e.seq
WHERE e.stream = 'pt'"""


ANNOTATIONS = """CREATE OR REPLACE VIEW annotations AS
SELECT * EXCLUDE (dropped) FROM annotation_history
QUALIFY revision = max(revision) OVER (PARTITION BY annotation_id) AND dropped = 0"""


def vocabulary(courts: Sequence[str] = ()) -> dict[str, Sequence[str]]:
    """Return the known words of the columns that are categories in a DataFrame."""
    every: tuple[type[Message], ...] = (*STREAMS, Unknown)
    return {
        "stream": [each.stream for each in every],
        "event_type": list(dict.fromkeys(each.event_type for each in every)),
        "event_code": EVENT_CODES,
        "recognition_status": [str(status) for status in Status],
        "court": courts,
    }


def create_views(tables: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the statements that create every view, for tables of the record given by name with their columns.

    A table that an older record does not have gets no view.
    """
    yield (
        "CREATE OR REPLACE VIEW events AS "
        f"SELECT seq, make_timestamptz(arrival_ns // 1000) AS timestamp, * EXCLUDE (seq) FROM {SCHEMA}.pss_events"
    )
    for name, table in SMALL_TABLES.items():
        if tables.get(table):
            columns = ", ".join([_everything(tables[table]), *_times(tables[table])])
            yield f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {SCHEMA}.{table}"
    if tables.get("annotation_revisions"):
        yield ANNOTATIONS
    if tables.get("pss_hit_links"):
        yield HITS
        yield POINTS
    for stream in STREAMS:
        yield stream_view(stream)


def _everything(columns: Sequence[str]) -> str:
    """Return the select list of all columns, with truth values that SQLite keeps as 0 and 1 made ones."""
    truths = [f'"{name}" <> 0 AS "{name}"' for name in columns if name in TRUTH_VALUES]
    return f"* REPLACE ({', '.join(truths)})" if truths else "*"


def _times(columns: Sequence[str]) -> Iterator[str]:
    for column in columns:
        name = column.removesuffix("_ns")
        if name != column and column not in NOT_WALL_TIME and name not in columns:
            yield f'make_timestamptz("{column}" // 1000) AS "{name}"'


def stream_view(stream: type[Message]) -> str:
    """Return the statement that creates the view of one stream, named after its code."""
    on_the_wire = {each.name: each.wire.kind.sql for each in wire_fields(stream)}
    columns = [f"e.{name}" for name in COMMON]
    for each in dataclasses.fields(stream):
        if each.name in on_the_wire:
            # `rst` says which round it counted; that is not the round during which it arrived.
            alias = f"{stream.stream}_{each.name}" if each.name in COMMON else each.name
            columns.append(f"TRY_CAST(e.fields ->> '{each.name}' AS {on_the_wire[each.name]}) AS \"{alias}\"")
        elif each.name == "athlete":
            columns.append("e.athlete")
    body = ", ".join([*columns, "e.recognition_status", "e.raw"])
    return (
        f"CREATE OR REPLACE VIEW \"{stream.stream}\" AS SELECT {body} FROM events e WHERE e.stream = '{stream.stream}'"
    )
