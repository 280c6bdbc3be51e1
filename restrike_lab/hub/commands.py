"""Commands that clients send over the WebSocket, each with the role it needs.

Later rooms add theirs with ``Commands.register``. A handler is a plain function; it runs in a worker thread, so it may
read the database, and what it returns becomes the ``result`` of the reply. For what takes its time it returns a
``Future``. Errors of the ``RestrikeError`` family reach the caller with their hint; anything else is reported without
its insides.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from restrike_lab.access.roles import may
from restrike_lab.hub.callers import ROLES, Caller, who
from restrike_lab.hub.errors import CommandError, RoleNeeded
from restrike_lab.pss.errors import RestrikeError

__all__ = ["ROLES", "Caller", "Command", "Commands", "Handler", "integer", "who"]

log = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any], Caller], object]
Recorder = Callable[[Caller, str, Mapping[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """A command by name, with the least role that may send it and one sentence of help.

    One that ``reads`` is not recorded; what a viewer may send only reads anyway.
    """

    name: str
    handler: Handler
    role: str
    help: str
    reads: bool = False


class Commands:
    """The commands that a hub understands.

    ``recorder`` is told of every command that needs more than a viewer, with ``done`` or what went wrong;
    ``sign_of_life`` of every caller who gives one. ``gate`` is asked by name whether one that changes something may
    pass, and raises where it needs a licence.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Command] = {}
        self.recorder: Recorder = lambda _caller, _name, _args, _result: None
        self.sign_of_life: Callable[[Caller], None] = lambda _caller: None
        self.gate: Callable[[str], None] = lambda _name: None

    def register(
        self, name: str, handler: Handler, role: str = "viewer", help: str = "", *, reads: bool = False
    ) -> None:
        """Add a command; raises ValueError for a name that is taken or a role that does not exist."""
        if name in self.by_name:
            raise ValueError(f"the command {name!r} is already there")
        if role not in ROLES:
            raise ValueError(f"no such role: {role!r} (roles: {', '.join(ROLES)})")
        self.by_name[name] = Command(name, handler, role, help, reads or role == "viewer")

    def listed(self) -> list[dict[str, str]]:
        """Return every command with its least role and its help, by name."""
        return [{"name": each.name, "role": each.role, "help": each.help} for _, each in sorted(self.by_name.items())]

    def run(self, name: object, args: object, caller: Caller) -> object:
        """Run a command and return its result; raises ``CommandError`` for what the caller did wrong."""
        command = self.by_name.get(name) if isinstance(name, str) else None
        if command is None:
            raise CommandError(f"no such command: {name!r}", hint=f"Commands: {', '.join(sorted(self.by_name))}.")
        if not may(caller.role, command.role):
            raise RoleNeeded(command.name, command.role, caller.called)
        if not command.reads:
            self.gate(command.name)
        if args is None:
            args = {}
        if not isinstance(args, Mapping):
            raise CommandError(f"the arguments of {command.name!r} are not an object", hint='Send {"args": {...}}.')
        if command.role != "viewer":
            self.sign_of_life(caller)
        return command.handler(args, caller) if command.reads else self.recorded(command, args, caller)

    def recorded(self, command: Command, args: Mapping[str, Any], caller: Caller) -> object:
        """Carry out a command that may change something, and have it recorded with what came of it."""

        def note(problem: BaseException | None) -> None:
            self.recorder(caller, command.name, args, "done" if problem is None else outcome(problem))

        try:
            result = command.handler(args, caller)
        except Exception as problem:
            note(problem)
            raise
        if isinstance(result, Future):
            result.add_done_callback(lambda done: note(CancelledError() if done.cancelled() else done.exception()))
        else:
            note(None)
        return result

    def answer(self, request: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Run the command in a request and return the reply to send, whatever happens."""
        reply: dict[str, Any] = {"type": "reply", "id": request.get("id")}
        return self.settle(reply, lambda: self.run(request.get("command"), request.get("args"), caller))

    def settle(self, reply: Mapping[str, Any], work: Callable[[], object]) -> dict[str, Any]:
        """Return a reply with what some work gave, or with what went wrong."""
        try:
            return {**reply, "ok": True, "result": work()}
        except RestrikeError as problem:
            error: dict[str, Any] = problem.told()
            if "wait_s" in problem.context:
                error["wait_s"] = problem.context["wait_s"]
        except Exception:
            log.exception("a command failed")
            error = {
                "message": "the hub could not carry the command out",
                "hint": "The hub's log says why.",
                "category": "internal",
                "severity": "error",
                "retryable": False,
            }
        return {**{name: value for name, value in reply.items() if name != "result"}, "ok": False, "error": error}


def outcome(problem: BaseException) -> str:
    """Return in a few words why a command came to nothing."""
    return problem.message if isinstance(problem, RestrikeError) else f"failed: {type(problem).__name__}"


def integer(args: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """Return an integer argument within its limits; raises ``CommandError`` when it is none."""
    value = args.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CommandError(f"{name} is not a whole number: {value!r}", hint=f"Give {name} as {low} to {high}.")
    return min(max(value, low), high)
