"""Who sends a command: what a connection's token gives it, and who has signed in on it.

A connection keeps its ``Seat`` from its opening to its end. The seat's caller changes when somebody signs in on it or
a session ends; whoever handles a command sees the caller as it was when the command came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from restrike_lab.access.roles import OWNER, ROLES, SCREEN

__all__ = ["OWNER", "REMOTE_HEADER", "ROLES", "SCREEN", "Caller", "Seat", "who"]

REMOTE_HEADER = "X-Restrike-Remote"
"""Where a page is looked at, told by its kernel, which stands between the page and the hub."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a command: a role, the address it came from, and the name of the person where one has signed in.

    ``kind`` is what opened the connection: ``owner`` (the hub's own token), ``screen``, or nothing in particular.
    ``session`` is the number of the session, 0 for none.
    """

    role: str
    remote: str = ""
    name: str = ""
    kind: str = ""
    session: int = 0
    seat: Seat | None = field(default=None, compare=False, repr=False)

    @property
    def called(self) -> str:
        """The name as people read it: of the person, else of what opened the connection."""
        return self.name or self.kind or self.role


class Seat:
    """One connection as access control sees it; ``tell`` sends a message to it from any thread."""

    def __init__(self, base: Caller, tell: Callable[[Mapping[str, Any]], None] = lambda _message: None) -> None:
        self.tell = tell
        self.base = self.caller = replace(base, seat=self)

    def become(self, **changes: Any) -> Caller:
        """Make the caller another one from the next command on, and return it."""
        self.caller = replace(self.base, **changes)
        return self.caller


def who(args: Mapping[str, Any], caller: Caller) -> str:
    """Return who did something, as it is kept: the person who has signed in, with the role that was proven.

    To the machine's owner a name among the arguments is a note of their own. A page on which nobody has signed in is
    a screen, whatever its kernel says.
    """
    if caller.name or caller.kind == SCREEN:
        return f"{caller.called} ({caller.role})"
    given = args.get("who")
    return f"{given.strip()} ({caller.role})" if isinstance(given, str) and given.strip() else caller.role
