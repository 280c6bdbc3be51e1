"""Taking a re-recognition back, from the history of its events and the rows it replaced.

Events go back to what they were before the run; where any of them was changed again since, the run stays. Rows of
derived tables have gone on living with the events that came meanwhile: of those only what the run itself changed is
taken back, and counts go back by as much as it had moved them. The rules and definitions stay as they are, so the next
re-recognition would do the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw
import msgspec

from restrike_lab.store.decisions import Signature
from restrike_lab.store.rerecognition import BOUT_TABLES, DERIVED, EVENT_CHANGES, Derived, Run, StagingError, begin_run

__all__ = ["runs", "undo"]

Values = list[Any] | None
"""A row without its key; None where there is none."""

_RUNS = "SELECT run_id, applied_ns, who, why, until_seq, events, rows, undoes, undone_by FROM pss_recognition_runs"
# A run that was taken back and the run that did so cancel each other out.
_CHANGED_SINCE = """
SELECT count(DISTINCT h.seq), min(h.seq), max(n.run_id)
FROM pss_event_recognition_history h
JOIN pss_event_recognition_history n ON n.seq = h.seq AND n.history_id > h.history_id
LEFT JOIN pss_recognition_runs r ON r.run_id = n.run_id
WHERE h.run_id = ? AND r.undone_by IS NULL AND r.undoes IS NULL
"""
_BACKUP = "INSERT INTO pss_recognition_backup (run_id, table_name, key, before, after) VALUES (?, ?, ?, ?, ?)"


def runs(db: apsw.Connection) -> list[dict[str, Any]]:
    """Return every run, newest first."""
    names = ("run_id", "applied_ns", "who", "why", "until_seq", "events", "rows", "undoes", "undone_by")
    return [dict(zip(names, row, strict=True)) for row in db.execute(f"{_RUNS} ORDER BY run_id DESC")]


def undo(db: apsw.Connection, run_id: int, signature: Signature) -> Run:
    """Take a run back, as a run of its own, inside the caller's transaction.

    Raises ``StagingError`` where there is no such run, where it was taken back already, or where its events were
    changed again since.
    """
    until_seq, undoes = _require_standing(db, run_id)
    events = int(db.execute("SELECT count(*) FROM pss_event_recognition_history WHERE run_id = ?", (run_id,)).get)
    new_id = begin_run(db, signature, until_seq, events, 0, run_id)
    if events:
        _undo_events(db, run_id, new_id, signature)
    changed = {table: _undo_table(db, run_id, new_id, table) for table in DERIVED}
    rows = sum(changed[table] for table in BOUT_TABLES)
    db.execute("UPDATE pss_recognition_runs SET rows = ? WHERE run_id = ?", (rows, new_id))
    db.execute("UPDATE pss_recognition_runs SET undone_by = ? WHERE run_id = ?", (new_id, run_id))
    if undoes is not None:
        db.execute("UPDATE pss_recognition_runs SET undone_by = NULL WHERE run_id = ?", (undoes,))
    return Run(new_id, events, rows, run_id)


def _require_standing(db: apsw.Connection, run_id: int) -> tuple[int, int | None]:
    held = db.execute(
        "SELECT until_seq, undoes, undone_by FROM pss_recognition_runs WHERE run_id = ?", (run_id,)
    ).fetchone()
    if held is None:
        raise StagingError(f"there is no run {run_id}", hint="the table pss_recognition_runs lists them")
    until_seq, undoes, undone_by = held
    if undone_by is not None:
        raise StagingError(f"run {run_id} was taken back already, by run {undone_by}", hint="nothing is left to undo")
    count, first, later = db.execute(_CHANGED_SINCE, (run_id,)).fetchone() or (0, 0, None)
    if count:
        who = "by hand" if later is None else f"by run {later}"
        hint = "the history of that event says who and why" if later is None else f"take run {later} back first"
        raise StagingError(
            f"run {run_id} cannot be taken back: {count} of its events were changed again since, seq {first} {who}",
            hint=hint,
            events=count,
        )
    return until_seq, undoes


def _undo_events(db: apsw.Connection, run_id: int, new_id: int, signature: Signature) -> None:
    history = "pss_event_recognition_history"
    named = db.execute(
        f"SELECT DISTINCT key FROM {history} h, json_each(h.before) WHERE h.run_id = ?", (run_id,)
    ).fetchall()
    assignments = ", ".join(
        f"{name} = iif(json_type(h.before, '$.{name}') IS NULL, e.{name}, json_extract(h.before, '$.{name}'))"
        for name in EVENT_CHANGES
        if (name,) in named
    )
    db.execute(
        f"UPDATE pss_events AS e SET {assignments} FROM {history} AS h WHERE h.run_id = ? AND e.seq = h.seq", (run_id,)
    )
    db.execute(
        f"INSERT INTO {history} (run_id, seq, changed_ns, who, why, before, after)"
        f" SELECT ?, seq, ?, ?, ?, after, before FROM {history} WHERE run_id = ? ORDER BY history_id",
        (new_id, signature.at_ns, signature.who, signature.why, run_id),
    )


def _undo_table(db: apsw.Connection, run_id: int, new_id: int, table: Derived) -> int:
    """Take back what a run did to a derived table; return how many rows changed."""
    keys, columns = ", ".join(table.keys), ", ".join(table.columns)
    matches = " AND ".join(f"{key} = ?" for key in table.keys)
    present = f"SELECT json_array({columns}) FROM {table.name} WHERE {matches}"
    places = ", ".join("?" * (len(table.keys) + len(table.columns)))
    sets = ", ".join(f"{name} = excluded.{name}" for name in table.columns)
    put = f"INSERT INTO {table.name} ({keys}, {columns}) VALUES ({places}) ON CONFLICT ({keys}) DO UPDATE SET {sets}"
    merged = _MERGES.get(table.name, _merged)
    changed = 0
    backup: Any = db.execute(
        "SELECT key, before, after FROM pss_recognition_backup WHERE run_id = ? AND table_name = ?",
        (run_id, table.name),
    ).fetchall()
    for key, before, after in backup:
        of = _values(key) or []
        current: Any = db.execute(present, of).get
        restored = merged(_values(before), _values(after), _values(current))
        text = None if restored is None else msgspec.json.encode(restored).decode()
        if restored == _values(current):
            continue
        if restored is not None:
            db.execute(put, (*of, *restored))
        else:
            _remove(db, table, matches, of)
        db.execute(_BACKUP, (new_id, table.name, key, current, text))
        changed += 1
    return changed


def _remove(db: apsw.Connection, table: Derived, matches: str, key: Sequence[Any]) -> None:
    """Remove a row; of a pattern that a person wrote to, only its counts."""
    notes = ""
    if table.name == "pss_unknown_events":
        notes = " AND notes = ''"
        db.execute(
            f"UPDATE {table.name} SET occurrence_count = 0, courts = '{{}}', sessions = '{{}}' WHERE {matches}", key
        )
    db.execute(f"DELETE FROM {table.name} WHERE {matches}{notes}", key)


# What becomes of a row: as it was before a run, after it, and now ---------------------------------------------------


def _merged(before: Values, after: Values, current: Values) -> Values:
    """Take back the columns that the run changed and nobody since; a row that came or went since stays so."""
    if current == after:
        return before
    if before is None or after is None or current is None:
        return current
    return [old if now == new else now for old, new, now in zip(before, after, current, strict=True)]


def _counts(before: Values, after: Values, current: Values) -> Values:
    """Take back by how much the run moved the counts of a rule."""
    moved = [
        old - new + now for old, new, now in zip(*(each or (0, 0) for each in (before, after, current)), strict=True)
    ]
    return moved if any(moved) or before is not None else None


def _statistics(before: Values, after: Values, current: Values) -> Values:
    """Take back by how much the run moved the counts and times of a kind of event; the widest extremes are kept."""
    if current == after:
        return before
    nothing: list[Any] = [0, 0, 0, 0, 0, None, None, 0.0]
    old, new, now = before or nothing, after or nothing, current or nothing
    total, *statuses, total_ms = (old[at] - new[at] + now[at] for at in (0, 1, 2, 3, 4, 7))
    least, most = (_extreme(choose, old[at], now[at]) for choose, at in ((min, 5), (max, 6)))
    return [total, *statuses, least, most, total_ms] if total else None


def _pattern(before: Values, after: Values, current: Values) -> Values:
    """Take back by how much the run moved the counts of an unknown pattern; its samples are those of before."""
    if current == after:
        return before
    nothing: list[Any] = ["", 0, None, None, "[]", "{}", "{}", 1]
    old, new, now = before or nothing, after or nothing, current or nothing
    count = old[1] - new[1] + now[1]
    if count <= 0:
        return None
    first, last = _extreme(min, old[2], now[2]), _extreme(max, old[3], now[3])
    shown = old if before is not None else now
    places = [_places(old[at], new[at], now[at]) for at in (5, 6)]
    return [shown[0], count, first, last, shown[4], *places, min(old[7], now[7])]


def _extreme(choose: Callable[..., Any], one: Any, other: Any) -> Any:
    return choose((each for each in (one, other) if each is not None), default=None)


def _places(before: str, after: str, current: str) -> str:
    old, new, now = (msgspec.json.decode(each, type=dict[str, int]) for each in (before, after, current))
    moved = {place: old.get(place, 0) - new.get(place, 0) + now.get(place, 0) for place in {**old, **now}}
    return msgspec.json.encode({place: count for place, count in moved.items() if count > 0}).decode()


_MERGES: dict[str, Callable[[Values, Values, Values], Values]] = {
    "pss_event_rule_counts": _counts,
    "pss_event_statistics": _statistics,
    "pss_unknown_events": _pattern,
}


def _values(text: str | None) -> Values:
    return None if text is None else msgspec.json.decode(text, type=list[Any])
