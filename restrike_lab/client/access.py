"""Signing in, and the users, from a notebook: ``lab.sign_in("mina")``, ``lab.users.add("mina", "operator")``.

The kernel of the person who owns the data directory acts as that person without a password; everybody else signs in.
A password that is not given is asked for, so that it stands in no notebook.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.access.roles import may
from restrike_lab.client.errors import CommandError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AccessFeed", "Users", "require", "sign_in", "sign_out"]

SIGN_IN_S = 30.0
USER_COLUMNS = ("name", "role", "enabled", "created_ns", "password_ns", "last_sign_in_ns", "sessions")
SESSION_COLUMNS = ("session_id", "name", "role", "begun_ns", "seen_ns", "ended_ns", "ending", "remote")
AUDIT_COLUMNS = ("audit_id", "at_ns", "who", "role", "remote", "action", "details", "result")


class AccessFeed(Protocol):
    """What this module needs of a ``LiveFeed``."""

    session: str

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any: ...


def sign_in(feed: AccessFeed, name: str, password: str | None = None) -> dict[str, Any]:
    """Sign in on this connection and every one that follows it; return who one is then.

    Raises :class:`CommandError` where the name or the password is wrong, or it is too early for another try.
    """
    given = getpass.getpass(f"Password of {name}: ") if password is None else password
    you = dict(feed.command("sign_in", {"name": name, "password": given}, SIGN_IN_S))
    feed.session = str(you.pop("session"))
    return you


def sign_out(feed: AccessFeed) -> dict[str, Any]:
    """End the session; return who one is then."""
    feed.session = ""
    return dict(feed.command("sign_out", {}))


def require(you: Mapping[str, Any], role: str, what: str) -> None:
    """Raise :class:`CommandError` where a screen would do in its own kernel what the hub does not allow its role."""
    mine = str(you.get("role") or role)
    if not may(mine, role):
        raise CommandError(f"{what} needs {role}: sign in", hint=f"You are here as {mine}.", category="access")


class Users:
    """The people who may sign in. Calling it lists them; changes need an administrator."""

    def __init__(self, feed: AccessFeed) -> None:
        self._feed = feed

    def __call__(self) -> pd.DataFrame:
        """Return one row per user, with the number of open sessions."""
        return _frame(self._feed.command("users"), USER_COLUMNS)

    def __repr__(self) -> str:
        return repr(self())

    def rows(self) -> list[dict[str, Any]]:
        """Return the users as plain values."""
        return list(self._feed.command("users"))

    def add(self, name: str, role: str, password: str | None = None) -> None:
        """Add a viewer, an operator or an admin; the first user must be an admin."""
        self._do("users.add", name=name, role=role, password=asked_twice(name, password))

    def set_role(self, name: str, role: str) -> None:
        """Give a user another role; their sessions end."""
        self._do("users.role", name=name, role=role)

    def set_password(self, name: str, password: str | None = None) -> None:
        """Set a user's password; their sessions end."""
        self._do("users.password", name=name, password=asked_twice(name, password))

    def change_password(self, old: str, new: str) -> None:
        """Change the password of the person who has signed in here; their other sessions end."""
        self._do("password.change", old=old, new=new)

    def disable(self, name: str) -> None:
        """Let a user sign in no more; their sessions end."""
        self._do("users.enable", name=name, enabled=False)

    def enable(self, name: str) -> None:
        """Let a user sign in again."""
        self._do("users.enable", name=name, enabled=True)

    def remove(self, name: str) -> None:
        """Forget a user; what they did stays on record."""
        self._do("users.remove", name=name)

    def sign_out(self, name: str) -> None:
        """End all sessions of a user."""
        self._do("users.sign_out", name=name)

    def sessions(self, limit: int = 100) -> pd.DataFrame:
        """Return sessions, newest first, with their beginning, last sign of the person, end and reason."""
        return _frame(self._feed.command("users.sessions", {"limit": limit}), SESSION_COLUMNS)

    def audit(self, limit: int = 100, who: str | None = None, action: str | None = None) -> pd.DataFrame:
        """Return who changed what, when, from where and with what result, newest first."""
        args = {"limit": limit, "who": who, "action": action}
        return _frame(self._feed.command("audit", args), AUDIT_COLUMNS)

    def _do(self, command: str, **args: Any) -> None:
        self._feed.command(command, args, SIGN_IN_S)


def asked_twice(name: str, password: str | None) -> str:
    """Return a password that is to be set, asked for twice where it was not given."""
    if password is not None:
        return password
    while True:
        first = getpass.getpass(f"New password of {name}: ")
        if getpass.getpass("The same again: ") == first:
            return first


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a DataFrame: times in UTC, texts as text."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(columns))
    for column in columns:
        if column.endswith("_ns"):
            frame[column.removesuffix("_ns")] = pd.to_datetime(frame.pop(column).astype("Int64"), unit="ns", utc=True)
        elif column in ("sessions", "session_id", "audit_id"):
            frame[column] = frame[column].astype("Int64")
        elif column != "enabled":
            frame[column] = frame[column].astype("str")
    return frame
