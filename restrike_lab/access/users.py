"""The people who may sign in. All functions work inside the caller's transaction (``Writer.change``).

An administrator who could still be needed is never taken away: the last one cannot be removed, disabled or given
another role. Whoever may read the data directory is above that (``owner``) and can do it all the same by removing
every user: then the lab is as it was before the first one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import apsw

from restrike_lab.access.errors import AccessError
from restrike_lab.access.roles import check_name, check_role
from restrike_lab.access.sessions import end_all

__all__ = ["User", "add", "any_users", "find", "listed", "remove", "set_enabled", "set_password", "set_role"]


class User(NamedTuple):
    """A person as the database has them."""

    user_id: int
    name: str
    role: str
    password: str
    enabled: bool


def any_users(db: apsw.Connection) -> bool:
    """Tell whether anybody may sign in; from then on a page on which nobody has signed in only looks."""
    return db.execute("SELECT 1 FROM users WHERE enabled LIMIT 1").get is not None


def find(db: apsw.Connection, name: str) -> User | None:
    """Return a user by name, however it is capitalized, or None."""
    row = db.execute("SELECT user_id, name, role, password, enabled FROM users WHERE name = ?", (name.strip(),)).get
    if row is None:
        return None
    user_id, kept_name, role, password, enabled = row
    return User(user_id, kept_name, role, password, bool(enabled))


def listed(db: apsw.Connection) -> list[dict[str, Any]]:
    """Return every user with the number of their open sessions; no password of any kind."""
    found = db.execute(
        "SELECT name, role, enabled, created_ns, password_ns, "
        "(SELECT max(begun_ns) FROM user_sessions s WHERE s.user_id = u.user_id), "
        "(SELECT count(*) FROM user_sessions s WHERE s.user_id = u.user_id AND ended_ns IS NULL) "
        "FROM users u ORDER BY name"
    )
    names = ("name", "role", "enabled", "created_ns", "password_ns", "last_sign_in_ns", "sessions")
    return [{**dict(zip(names, row, strict=True)), "enabled": bool(row[2])} for row in found]


def add(db: apsw.Connection, name: object, role: object, password_hash: str, now_ns: int) -> User:
    """Add a user; raises :class:`AccessError` for a name that is taken or cannot be one.

    The first one must be an administrator: from then on nobody else could make one on a screen.
    """
    name, role = check_name(name), check_role(role)
    if find(db, name) is not None:
        raise AccessError(f"there is a user {name!r} already", hint="Choose another name.")
    if role != "admin" and not any_users(db):
        raise AccessError("the first user must be an administrator", hint="Add one with the role admin first.")
    db.execute("INSERT INTO users VALUES (NULL, ?, ?, ?, 1, ?, ?)", (name, role, password_hash, now_ns, now_ns))
    return known(db, name)


def set_password(db: apsw.Connection, name: str, password_hash: str, now_ns: int, keep: int | None = None) -> None:
    """Set a password and end every session that the former one has opened, except the session ``keep``."""
    user = known(db, name)
    db.execute("UPDATE users SET password = ?, password_ns = ? WHERE user_id = ?", (password_hash, now_ns, user[0]))
    end_all(db, user.user_id, "the password was changed", now_ns, keep)


def set_role(db: apsw.Connection, name: str, role: object, now_ns: int) -> None:
    """Give a user another role; their sessions end, so that nobody goes on with rights they no longer have."""
    user, role = known(db, name), check_role(role)
    if role == user.role:
        return
    if role != "admin":
        keep_an_administrator(db, user)
    db.execute("UPDATE users SET role = ? WHERE user_id = ?", (role, user.user_id))
    end_all(db, user.user_id, "the role was changed", now_ns)


def set_enabled(db: apsw.Connection, name: str, enabled: bool, now_ns: int) -> None:
    """Let a user sign in again, or no more; in that case their sessions end."""
    user = known(db, name)
    if not enabled:
        keep_an_administrator(db, user)
    db.execute("UPDATE users SET enabled = ? WHERE user_id = ?", (enabled, user.user_id))
    if not enabled:
        end_all(db, user.user_id, "the user was disabled", now_ns)


def remove(db: apsw.Connection, name: str, now_ns: int) -> None:
    """Forget a user, and end their sessions. The very last user may go: then there are none."""
    user = known(db, name)
    if db.execute("SELECT count(*) FROM users").get != 1:
        keep_an_administrator(db, user)
    end_all(db, user.user_id, "the user was removed", now_ns)
    db.execute("DELETE FROM users WHERE user_id = ?", (user.user_id,))


def known(db: apsw.Connection, name: str) -> User:
    """Return a user who must exist."""
    user = find(db, name)
    if user is None:
        raise AccessError(f"there is no user {name!r}", hint="`restrike-lab users list` shows who there is.")
    return user


def keep_an_administrator(db: apsw.Connection, leaving: User) -> None:
    """Refuse what would leave users without an administrator."""
    if leaving.role != "admin" or not leaving.enabled:
        return
    others = "SELECT 1 FROM users WHERE role = 'admin' AND enabled AND user_id <> ? LIMIT 1"
    if db.execute(others, (leaving.user_id,)).get is None:
        raise AccessError(f"{leaving.name!r} is the last administrator", hint="Make somebody else one first.")
