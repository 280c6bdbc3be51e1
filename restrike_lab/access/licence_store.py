"""Licences as the database keeps them, with the newest time that was seen since each was installed.

A licence that is installed again goes on where it was: only another one of the issuer's begins anew, which is also the
way out where a clock once ran far ahead. Functions run inside the caller's transaction.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import apsw

__all__ = ["Installed", "install", "installed", "note_answer", "note_time"]

_NEWEST = """
SELECT licence_id, CAST(file AS BLOB), installed_ns, who, seq_floor, newest_ns, checked_ns, withdrawn_ns FROM licences
ORDER BY installed_ns DESC LIMIT 1
"""
_INSTALL = """
INSERT INTO licences VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)
ON CONFLICT (licence_id) DO UPDATE SET installed_ns = excluded.installed_ns, who = excluded.who
"""


class Installed(NamedTuple):
    """An installed licence; times in ns since 1970."""

    licence_id: str
    file: bytes
    installed_ns: int
    who: str
    seq_floor: int
    newest_ns: int
    checked_ns: int | None
    withdrawn_ns: int | None


def installed(db: apsw.Connection) -> Installed | None:
    """Return the licence that was installed last, its newest time with the events that came since."""
    row: Any = db.execute(_NEWEST).fetchone()
    if row is None:
        return None
    found = Installed(*row)
    newest = db.execute("SELECT arrival_ns FROM pss_events WHERE seq > ? ORDER BY seq DESC LIMIT 1", (found.seq_floor,))
    return found._replace(newest_ns=max(found.newest_ns, int(newest.get or 0)))


def install(db: apsw.Connection, licence_id: str, file: bytes, who: str, now_ns: int) -> None:
    """Keep a licence as the one that counts."""
    last_seq = int(db.execute("SELECT coalesce(max(seq), 0) FROM pss_events").get)
    last_ns = int(db.execute("SELECT coalesce(max(installed_ns), 0) FROM licences").get)
    at_ns = max(now_ns, last_ns + 1)  # the order of installing stands whatever the clock does
    db.execute(_INSTALL, (licence_id, file, at_ns, who, last_seq, now_ns))


def note_time(db: apsw.Connection, licence_id: str, now_ns: int) -> None:
    """Remember the newest time that was seen."""
    sql = "UPDATE licences SET newest_ns = max(newest_ns, ?) WHERE licence_id = ?"
    db.execute(sql, (now_ns, licence_id))


def note_answer(db: apsw.Connection, licence_id: str, good: bool, now_ns: int) -> None:
    """Remember what the issuer's address said."""
    if good:
        sql = "UPDATE licences SET checked_ns = ?, withdrawn_ns = NULL WHERE licence_id = ?"
    else:
        sql = "UPDATE licences SET withdrawn_ns = ? WHERE licence_id = ?"
    db.execute(sql, (now_ns, licence_id))
