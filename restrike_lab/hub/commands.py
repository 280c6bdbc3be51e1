"""Commands that clients send over the WebSocket, each with the role it needs.

Later rooms add theirs with ``Commands.register``. A handler is a plain function; it runs in a worker thread, so it may
read the database, and what it returns becomes the ``result`` of the reply. For what takes its time it returns a
``Future``. Errors of the ``RestrikeError`` family reach the caller with their hint; anything else is reported without
its insides.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.hub.errors import CommandError
from restrike_lab.pss.errors import RestrikeError

__all__ = ["ROLES", "Caller", "Command", "Commands", "Handler", "integer"]

log = logging.getLogger(__name__)

ROLES = ("viewer", "operator", "admin")
"""Roles from least to most; each may do what those before it may."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a command: a role, and the address it came from."""

    role: str
    remote: str = ""


Handler = Callable[[Mapping[str, Any], Caller], object]


@dataclass(frozen=True, slots=True)
class Command:
    """A command by name, with the least role that may send it and one sentence of help."""

    name: str
    handler: Handler
    role: str
    help: str


class Commands:
    """The commands that a hub understands."""

    def __init__(self) -> None:
        self.by_name: dict[str, Command] = {}

    def register(self, name: str, handler: Handler, role: str = "viewer", help: str = "") -> None:
        """Add a command; raises ValueError for a name that is taken or a role that does not exist."""
        if name in self.by_name:
            raise ValueError(f"the command {name!r} is already there")
        if role not in ROLES:
            raise ValueError(f"no such role: {role!r} (roles: {', '.join(ROLES)})")
        self.by_name[name] = Command(name, handler, role, help)

    def run(self, name: object, args: object, caller: Caller) -> object:
        """Run a command and return its result; raises ``CommandError`` for what the caller did wrong."""
        command = self.by_name.get(name) if isinstance(name, str) else None
        if command is None:
            raise CommandError(f"no such command: {name!r}", hint=f"Commands: {', '.join(sorted(self.by_name))}.")
        if ROLES.index(caller.role) < ROLES.index(command.role):
            raise CommandError(
                f"the command {command.name!r} needs the role {command.role}",
                hint=f"You are connected as {caller.role}; sign in with a higher role.",
            )
        if args is None:
            args = {}
        if not isinstance(args, Mapping):
            raise CommandError(f"the arguments of {command.name!r} are not an object", hint='Send {"args": {...}}.')
        return command.handler(args, caller)

    def answer(self, request: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Run the command in a request and return the reply to send, whatever happens."""
        reply: dict[str, Any] = {"type": "reply", "id": request.get("id")}
        return self.settle(reply, lambda: self.run(request.get("command"), request.get("args"), caller))

    def settle(self, reply: Mapping[str, Any], work: Callable[[], object]) -> dict[str, Any]:
        """Return a reply with what some work gave, or with what went wrong."""
        try:
            return {**reply, "ok": True, "result": work()}
        except RestrikeError as problem:
            error = {"message": problem.message, "hint": problem.hint, "category": problem.category}
        except Exception:
            log.exception("a command failed")
            error = {
                "message": "the hub could not carry the command out",
                "hint": "The hub's log says why.",
                "category": "internal",
            }
        return {**{name: value for name, value in reply.items() if name != "result"}, "ok": False, "error": error}


def integer(args: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """Return an integer argument within its limits; raises ``CommandError`` when it is none."""
    value = args.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CommandError(f"{name} is not a whole number: {value!r}", hint=f"Give {name} as {low} to {high}.")
    return min(max(value, low), high)
