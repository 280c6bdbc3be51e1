"""What a re-recognition does to the database: staged beside it first, compared, then applied in one transaction.

A *staging file* is a SQLite database of its own in the data directory. It holds the events that would change, and the
derived tables (matches, rounds, links, counts, findings ..) as the current protocol tables make them of all stored
events. ``compare`` finds the rows in which they differ from those kept; ``apply`` brings the database to what was
staged, with every change in the history and every replaced row in ``pss_recognition_backup``, so that a run can be
taken back (see ``undo``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import apsw

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.decisions import Signature

__all__ = [
    "BOUT_TABLES",
    "DERIVED",
    "EVENT_CHANGES",
    "Derived",
    "Run",
    "StagingError",
    "Standing",
    "apply",
    "begin_run",
    "changed_name",
    "compare",
    "is_changed",
    "is_moved",
    "leave_open",
    "set_by_hand",
    "standing",
]

EVENT_CHANGES = (
    "stream",
    "event_type",
    "event_code",
    "athlete",
    "value",
    "fields",
    "recognition_status",
    "protocol_version",
    "parser_confidence",
    "validation_errors",
    "match_id",
    "round",
    "clock_ms",
)
"""Columns of ``pss_events`` that follow from the bytes and the tables; all others are facts of arrival."""


class Derived(NamedTuple):
    """A table that follows from the events.

    ``compared`` are the columns by which two rows are told apart, ``kept`` those that are people's and stay.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    compared: tuple[str, ...]


def _derived(name: str, keys: str, columns: str, compared: str = "") -> Derived:
    every = tuple(columns.split())
    return Derived(name, tuple(keys.split()), every, tuple(compared.split()) or every)


BOUT_TABLES = (
    _derived(
        "pss_matches",
        "match_id",
        "court epoch session_id loaded_ns loaded_by number phase weight_class division rounds round_ms count"
        " min_body_level min_head_level stage fought started_ns ended_ns winner winner_name decision rounds_blue"
        " rounds_red scoring",
    ),
    _derived("pss_athletes", "match_id athlete", "short_name long_name country"),
    _derived(
        "pss_rounds",
        "match_id round",
        "started_ns ended_ns blue_points red_points blue_gam_jeoms red_gam_jeoms superiority winner",
    ),
    _derived("pss_hit_links", "hit_seq", "point_seq match_id round athlete level points delay_ms"),
)
"""What the reducers find."""

_STATUSES = "total recognized partial unknown deprecated"

DERIVED = (
    *BOUT_TABLES,
    _derived("pss_event_validation_results", "seq rule_id", "revision message"),
    _derived("pss_event_rule_counts", "session_id rule_id revision", "passed failed"),
    # Sums of times differ in their last digit with the order of adding up: that is no change.
    _derived("pss_event_statistics", "session_id event_type", f"{_STATUSES} min_ms max_ms sum_ms", _STATUSES),
    _derived(
        "pss_unknown_events",
        "pattern_hash",
        "shape occurrence_count first_seen last_seen samples courts sessions whole",
        "occurrence_count first_seen last_seen",
    ),
    _derived(
        "pss_findings",
        "court finding_id",
        "match_id round clock_ms kind athlete points streams count text certainty reason severity evidence from_ns"
        " until_ns status revision",
        "match_id round clock_ms kind athlete points streams count text certainty evidence status",
    ),
)
"""Every table that follows from the events."""


_KEEP = """
DELETE FROM main.kept_matches;
INSERT INTO main.kept_matches SELECT match_id FROM live.pss_matches l WHERE match_id < coalesce(
    (SELECT min(s.match_id) FROM main.pss_matches s WHERE s.court IS l.court), match_id + 1);
DELETE FROM main.kept_sessions;
INSERT INTO main.kept_sessions SELECT session_id FROM live.pss_sessions
WHERE started_ns <= (SELECT arrival_ns FROM live.pss_events WHERE seq = :first);
"""
_OF_KEPT = {
    "match_id": "(SELECT match_id FROM main.kept_matches)",
    "session_id": "(SELECT session_id FROM main.kept_sessions)",
}


class StagingError(RestrikeError):
    """Report that what was staged cannot be applied, or a run not be taken back; the database is as it was."""

    category = "recognition"

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False, **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.retryable = retryable


class Standing(NamedTuple):
    """How many rules, definitions, changes of events and runs there have been: all of it only ever grows."""

    rules: int
    definitions: int
    changes: int
    runs: int


class Run(NamedTuple):
    """A re-recognition that was applied or taken back: ``events`` and ``rows`` (matches, rounds ..) that changed."""

    run_id: int
    events: int
    rows: int
    undoes: int | None = None


def standing(db: apsw.Connection, schema: str = "main") -> Standing:
    """Return where the decisions of a database stand; what was staged under another standing is out of date."""
    questions = (
        f"SELECT count(*) FROM {schema}.pss_event_validation_rules",
        f"SELECT count(*) FROM {schema}.pss_stream_definitions",
        f"SELECT coalesce(max(history_id), 0) FROM {schema}.pss_event_recognition_history",
        f"SELECT coalesce(max(run_id), 0) FROM {schema}.pss_recognition_runs",
    )
    return Standing(*(int(db.execute(question).get) for question in questions))


def compare(db: apsw.Connection, kept_before: int = 0) -> None:
    """Find the rows of derived tables in which what was staged differs from what the database holds.

    Where events before a ``seq`` have left the database, what followed from them cannot be derived again and is kept.
    """
    if kept_before:
        db.execute(_KEEP, {"first": kept_before})
    for table in DERIVED:
        db.execute(f"DELETE FROM main.{changed_name(table)}")
        db.execute(_comparison(table, bool(kept_before)), {"first": kept_before} if kept_before else {})


def leave_open(db: apsw.Connection, hits: Iterable[int], since_ns: int) -> None:
    """Leave to a running hub what it is deciding just now: links of some hits, findings about the last moments."""
    db.executemany("DELETE FROM main.changed_hit_links WHERE hit_seq = ?", [(hit,) for hit in hits])
    until_ns = next(table.columns.index("until_ns") for table in DERIVED if table.name == "pss_findings")
    db.execute(
        f"DELETE FROM main.changed_findings WHERE json_extract(coalesce(after, before), '$[{until_ns}]') >= ?",
        (since_ns,),
    )


def is_changed(db: apsw.Connection) -> bool:
    """Tell whether anything that is staged differs from what the database held when it was compared."""
    tables = ("changed_events", *map(changed_name, DERIVED))
    return any(db.execute(f"SELECT EXISTS (SELECT 1 FROM main.{name})").get for name in tables)


def is_moved(db: apsw.Connection) -> bool:
    """Tell whether any event would belong to another match or round, or show another time on the clock."""
    stamps = " OR ".join(f"json_type(after, '$.{name}') IS NOT NULL" for name in ("match_id", "round", "clock_ms"))
    return bool(db.execute(f"SELECT EXISTS (SELECT 1 FROM main.changed_events WHERE {stamps})").get)


def set_by_hand(db: apsw.Connection) -> frozenset[int]:
    """Return the events whose status was last changed by a person: it stays what that person said."""
    found = db.execute(
        """
        SELECT DISTINCT seq FROM pss_event_recognition_history h WHERE run_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM pss_event_recognition_history n
            WHERE n.seq = h.seq AND n.history_id > h.history_id AND n.run_id IS NOT NULL
            AND json_type(n.after, '$.recognition_status') IS NOT NULL)
        """
    )
    return frozenset(row[0] for row in found)


def apply(db: apsw.Connection, signature: Signature) -> Run:
    """Bring the database to what was staged, attached as ``staged``, inside the caller's transaction.

    Raises ``StagingError`` where the database has moved on since.
    """
    until_seq = _require_current(db)
    events = int(db.execute("SELECT count(*) FROM staged.changed_events").get)
    rows = sum(int(db.execute(f"SELECT count(*) FROM staged.{changed_name(table)}").get) for table in BOUT_TABLES)
    run_id = begin_run(db, signature, until_seq, events, rows)
    if events:
        _apply_events(db, run_id, signature)
    for table in DERIVED:
        _apply_table(db, run_id, table)
    db.execute("UPDATE main.accounting SET seq = ?", (until_seq,))
    return Run(run_id, events, rows)


def begin_run(
    db: apsw.Connection, signature: Signature, until_seq: int, events: int, rows: int, undoes: int | None = None
) -> int:
    """Write a run down and return its number."""
    run_id = int(db.execute("SELECT coalesce(max(run_id), 0) + 1 FROM main.pss_recognition_runs").get)
    signed = (signature.at_ns, signature.who, signature.why)
    db.execute(
        "INSERT INTO main.pss_recognition_runs (run_id, applied_ns, who, why, until_seq, events, rows, undoes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (run_id, *signed, until_seq, events, rows, undoes),
    )
    return run_id


def _require_current(db: apsw.Connection) -> int:
    """Return up to which event was staged; raises where that is not everything, or was judged by other tables."""
    until_seq, *then = db.execute(
        "SELECT until_seq, rules, definitions, changes, runs FROM staged.stage"
    ).fetchone() or (0, 0, 0, 0, 0)
    if Standing(*then) != standing(db):
        raise StagingError(
            "rules, definitions or statuses have changed since this was staged",
            hint="stage it again: what changes may be something else now",
            retryable=True,
        )
    last = int(db.execute("SELECT coalesce(max(seq), 0) FROM main.pss_events").get)
    if last != until_seq:
        raise StagingError(
            f"events have come since this was staged ({until_seq}; the last one is {last})",
            hint="stage what has come since, too",
            retryable=True,
        )
    return int(until_seq)


def _apply_events(db: apsw.Connection, run_id: int, signature: Signature) -> None:
    db.execute(
        "INSERT INTO main.pss_event_recognition_history (run_id, seq, changed_ns, who, why, before, after)"
        " SELECT ?, seq, ?, ?, ?, before, after FROM staged.changed_events ORDER BY seq",
        (run_id, signature.at_ns, signature.who, signature.why),
    )
    # Only what changes somewhere is written, so that the indices of all other columns are left alone.
    named = db.execute(
        "SELECT DISTINCT key FROM staged.changed_events, json_each(staged.changed_events.after)"
    ).fetchall()
    changing = [column for column in EVENT_CHANGES if (column,) in named]
    assignments = ", ".join(f"{column} = c.{column}" for column in changing)
    db.execute(f"UPDATE main.pss_events AS e SET {assignments} FROM staged.changed_events AS c WHERE e.seq = c.seq")


def _apply_table(db: apsw.Connection, run_id: int, table: Derived) -> None:
    changed = f"staged.{changed_name(table)}"
    if not db.execute(f"SELECT EXISTS (SELECT 1 FROM {changed})").get:
        return
    keys = _list(table.keys)
    db.execute(
        f"INSERT INTO main.pss_recognition_backup (run_id, table_name, key, before, after)"
        f" SELECT ?, ?, json_array({keys}), before, after FROM {changed}",
        (run_id, table.name),
    )
    gone = f"({keys}) IN (SELECT {keys} FROM {changed} WHERE after IS NULL)"
    if table.name == "pss_unknown_events":
        # What a person wrote to a pattern is kept with it.
        zero = "occurrence_count = 0, courts = '{}', sessions = '{}'"
        db.execute(f"UPDATE main.{table.name} SET {zero} WHERE notes <> '' AND {gone}")
        gone += " AND notes = ''"
    db.execute(f"DELETE FROM main.{table.name} WHERE {gone}")
    columns = _list((*table.keys, *table.columns))
    db.execute(
        f"INSERT INTO main.{table.name} ({columns})"
        f" SELECT {columns} FROM staged.{table.name} WHERE ({keys}) IN"
        f" (SELECT {keys} FROM {changed} WHERE after IS NOT NULL)"
        f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in table.columns)}"
    )


def _comparison(table: Derived, partial: bool) -> str:
    """Return the statement that finds the rows in which a staged table and the one in the database differ."""

    def of(side: str, names: Iterable[str]) -> str:
        return ", ".join(f"{side}.{name}" for name in names)

    first = table.keys[0]
    keys = ", ".join(f"coalesce(s.{key}, l.{key})" for key in table.keys)
    # A pattern without messages is there for what a person wrote to it.
    where = "coalesce(l.occurrence_count, 1) > 0 AND " if table.name == "pss_unknown_events" else ""
    if partial:
        where += _derivable(table)
    same = " AND ".join(f"s.{key} = l.{key}" for key in table.keys)
    return (
        f"INSERT INTO main.{changed_name(table)} SELECT {keys},"
        f" iif(l.{first} IS NULL, NULL, json_array({of('l', table.columns)})),"
        f" iif(s.{first} IS NULL, NULL, json_array({of('s', table.columns)}))"
        f" FROM main.{table.name} s FULL JOIN live.{table.name} l ON {same}"
        f" WHERE {where}({of('s', (first, *table.compared))}) IS NOT ({of('l', (first, *table.compared))})"
    )


def changed_name(table: Derived) -> str:
    """Return the name of the table in a staging file that holds the rows of a table in which it differs."""
    return table.name.replace("pss_", "changed_", 1)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _derivable(table: Derived) -> str:
    """Return the condition that all events which a row follows from are still there."""
    names = (*table.keys, *table.columns)
    for name in ("match_id", "session_id"):
        if name in names:
            # Without a number, as in the middle of a bout, it is not known what a row follows from: NULL is no match.
            return f"coalesce(s.{name}, l.{name}) NOT IN {_OF_KEPT[name]} AND "
    return "coalesce(s.seq, l.seq) >= :first AND " if table.keys[0] == "seq" else ""
