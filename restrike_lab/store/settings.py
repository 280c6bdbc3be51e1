"""Settings as the database keeps them: category, key and JSON value, with every change that was ever made.

All functions work inside the caller's transaction (``Writer.change``) or on a reader's connection. What a value may be
is not known here; see ``settings_group``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.decisions import Signature
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader
from restrike_lab.store.settings_group import SettingError

__all__ = ["UNSET", "Change", "Kept", "change", "changes_of", "history", "kept", "kept_in"]

UNSET: Final = object()
"""In place of a value: nothing is to be stored, the setting falls back to its default."""

_CHANGES = """
SELECT change_id, together, changed_ns, who, category, key, old, new, why, undoes FROM settings_history
"""


class Kept(NamedTuple):
    """A stored value, and who stored it when (ns since 1970)."""

    value: Any
    changed_ns: int
    who: str


class Change(NamedTuple):
    """A change; ``old`` and ``new`` are JSON, None where nothing was or is stored."""

    change_id: int
    together: int
    changed_ns: int
    who: str
    key: str
    old: str | None
    new: str | None
    why: str
    undoes: int | None


def kept(db: apsw.Connection) -> dict[str, Kept]:
    """Return every stored setting by ``category.key``."""
    rows: list[Any] = db.execute("SELECT category, key, value, changed_ns, who FROM settings").fetchall()
    return {f"{category}.{key}": Kept(json.loads(value), at, who) for category, key, value, at, who in rows}


def kept_in(data_dir: Path) -> dict[str, Kept]:
    """Return what the database of a directory keeps; nothing where there is none, or none that has settings yet."""
    if not database_path(data_dir).exists():
        return {}
    try:
        reader = Reader.open(data_dir)
    except RestrikeError:
        return {}  # a damaged file is set aside when the hub opens it to write
    try:
        rows = reader.query("SELECT category, key, value, changed_ns, who FROM settings").rows
    except RestrikeError:
        return {}
    finally:
        reader.close()
    return {f"{category}.{key}": Kept(json.loads(value), at, who) for category, key, value, at, who in rows}


def change(
    db: apsw.Connection, values: Mapping[str, Any], signature: Signature, undoes: Mapping[str, int] | None = None
) -> list[Change]:
    """Store values, or nothing for ``UNSET``, and return the changes; a value that is stored already changes nothing.

    ``undoes`` names, by setting, the change that is taken back.
    """
    before = kept(db)
    together = int(db.execute("SELECT coalesce(max(change_id), 0) + 1 FROM settings_history").get)
    made: list[Change] = []
    for name, value in values.items():
        category, _, key = name.partition(".")
        old = json.dumps(before[name].value, sort_keys=True) if name in before else None
        new = None if value is UNSET else json.dumps(value, sort_keys=True)
        if old == new:
            continue
        if new is None:
            db.execute("DELETE FROM settings WHERE category = ? AND key = ?", (category, key))
        else:
            row = (category, key, new, signature.at_ns, signature.who)
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?, ?, ?)", row)
        undone = (undoes or {}).get(name)
        signed = (signature.at_ns, signature.who, category, key, old, new, signature.why, undone)
        db.execute("INSERT INTO settings_history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (None, together, *signed))
        made.append(
            Change(
                db.last_insert_rowid(), together, signature.at_ns, signature.who, name, old, new, signature.why, undone
            )
        )
    return made


def history(db: apsw.Connection, key: str | None = None, limit: int = 200) -> list[Change]:
    """Return the changes of one setting or of all, newest first."""
    if key is None:
        return _changes(db, f"{_CHANGES} ORDER BY change_id DESC LIMIT ?", (limit,))
    category, _, name = key.partition(".")
    where = "WHERE category = ? AND key = ?"
    return _changes(db, f"{_CHANGES} {where} ORDER BY change_id DESC LIMIT ?", (category, name, limit))


def changes_of(db: apsw.Connection, change_id: int, together: bool = False) -> list[Change]:
    """Return a change, or all that were made together with it; raises ``SettingError`` where there is none."""
    where = "WHERE change_id = ?"
    if together:
        where = "WHERE together = (SELECT together FROM settings_history WHERE change_id = ?)"
    found = _changes(db, f"{_CHANGES} {where} ORDER BY change_id", (change_id,))
    if not found:
        raise SettingError(f"there is no change {change_id} of a setting", hint="the history lists the changes")
    return found


def _changes(db: apsw.Connection, sql: str, params: tuple[Any, ...]) -> list[Change]:
    rows: list[Any] = db.execute(sql, params).fetchall()
    return [
        Change(number, together, at, who, f"{category}.{key}", old, new, why, undoes)
        for number, together, at, who, category, key, old, new, why, undoes in rows
    ]
