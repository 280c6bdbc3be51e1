"""Sessions: who has signed in, since when, and for how long that holds.

A session ends when nobody has done anything for a while (idle), when it has lasted too long whatever was done, when
the person signs out, and when the password behind it changes. The page holds a secret; the database only its hash.

``Deadline`` is the pure part. It counts in monotonic seconds, which no change of the clock moves; wall time only
carries a session over to the next hub.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, NamedTuple

import apsw

__all__ = ["Deadline", "Kept", "begin", "end", "end_all", "listed", "new_secret", "resume", "touch"]

NS = 1_000_000_000


class Kept(NamedTuple):
    """An open session as the database has it, with its user as they are now."""

    session_id: int
    name: str
    role: str
    begun_ns: int
    seen_ns: int


@dataclass(slots=True)
class Deadline:
    """When a session ends by itself. Times are monotonic seconds, passed in."""

    idle_s: float
    begun: float
    absolute_s: float
    seen: float

    def touch(self, now: float) -> None:
        """Note a sign of the person."""
        self.seen = max(self.seen, now)

    @property
    def idle_until(self) -> float:
        """When it ends for want of a sign."""
        return self.seen + self.idle_s

    @property
    def until(self) -> float:
        """When it ends whatever happens."""
        return self.begun + self.absolute_s

    def over(self, now: float) -> str | None:
        """Return why the session is over, None while it is not."""
        if now >= self.until:
            return "too old"
        return "idle" if now >= self.idle_until else None


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return secrets.token_urlsafe(32)


def begin(db: apsw.Connection, user_id: int, secret: str, remote: str, now_ns: int) -> int:
    """Open a session and return its number."""
    db.execute(
        "INSERT INTO user_sessions (user_id, secret_hash, begun_ns, seen_ns, remote) VALUES (?, ?, ?, ?, ?)",
        (user_id, _hashed(secret), now_ns, now_ns, remote),
    )
    return db.last_insert_rowid()


def resume(db: apsw.Connection, secret: str, now_ns: int, idle_s: float, absolute_s: float) -> Kept | None:
    """Return the open session of a secret, or None; one whose time is over is ended.

    A clock that was set back before the session's beginning ends it: nobody knows how old it is.
    """
    row = db.execute(
        "SELECT s.session_id, u.name, u.role, s.begun_ns, s.seen_ns FROM user_sessions s JOIN users u USING (user_id) "
        "WHERE s.secret_hash = ? AND s.ended_ns IS NULL AND u.enabled",
        (_hashed(secret),),
    ).get
    if row is None:
        return None
    kept = Kept(*row)
    if now_ns < kept.begun_ns or now_ns - kept.begun_ns >= absolute_s * NS:
        end(db, kept.session_id, "too old", now_ns)
        return None
    if now_ns - kept.seen_ns >= idle_s * NS:
        end(db, kept.session_id, "idle", now_ns)
        return None
    return kept


def touch(db: apsw.Connection, session_id: int, now_ns: int) -> None:
    """Note when a person was last there."""
    db.execute("UPDATE user_sessions SET seen_ns = max(seen_ns, ?) WHERE session_id = ?", (now_ns, session_id))


def end(db: apsw.Connection, session_id: int, ending: str, now_ns: int) -> None:
    """End a session; one that has ended stays as it is."""
    db.execute(
        "UPDATE user_sessions SET ended_ns = ?, ending = ? WHERE session_id = ? AND ended_ns IS NULL",
        (now_ns, ending, session_id),
    )


def end_all(db: apsw.Connection, user_id: int, ending: str, now_ns: int, keep: int | None = None) -> None:
    """End every session of a user, except the one ``keep``."""
    db.execute(
        "UPDATE user_sessions SET ended_ns = ?, ending = ? "
        "WHERE user_id = ? AND ended_ns IS NULL AND session_id IS NOT ?",
        (now_ns, ending, user_id, keep),
    )


def listed(db: apsw.Connection, limit: int = 200) -> list[dict[str, Any]]:
    """Return sessions, newest first, open ones and ended ones."""
    found = db.execute(
        "SELECT s.session_id, coalesce(u.name, '(removed)'), u.role, s.begun_ns, s.seen_ns, s.ended_ns, s.ending, "
        "s.remote FROM user_sessions s LEFT JOIN users u USING (user_id) ORDER BY s.session_id DESC LIMIT ?",
        (limit,),
    )
    names = ("session_id", "name", "role", "begun_ns", "seen_ns", "ended_ns", "ending", "remote")
    return [dict(zip(names, row, strict=True)) for row in found]


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
