"""``restrike-lab users``: who may sign in, from the shell of the machine's owner, whether or not a hub runs."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from traitlets import Bool, Int

from restrike_lab.access import audit, sessions, users
from restrike_lab.access.passwords import Passwords
from restrike_lab.access.roles import OWNER, check_name, check_role
from restrike_lab.app.command import Command, UsageError
from restrike_lab.app.query import text_table
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.hub.access_commands import setup_code
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import Ownership, is_owned, read_address
from restrike_lab.store.errors import StoreError
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer

__all__ = ["PASSWORD_VARIABLE", "Users", "first_code", "users_in"]

PASSWORD_VARIABLE = "RESTRIKE_LAB_USER_PASSWORD"  # noqa: S105 - the name of a variable
ANSWER_SECONDS = 15.0
USAGE = (
    "list | add NAME ROLE | role NAME ROLE | password NAME | disable NAME | enable NAME | remove NAME | "
    "sessions [NAME] | sign-out NAME | audit | code"
)
ACTIONS = {
    "add": ("users.add", ("name", "role")),
    "role": ("users.role", ("name", "role")),
    "password": ("users.password", ("name",)),
    "disable": ("users.enable", ("name",)),
    "enable": ("users.enable", ("name",)),
    "remove": ("users.remove", ("name",)),
    "sign-out": ("users.sign_out", ("name",)),
}
"""The command of the hub for each action, and what follows the action's name."""


class Users(Command):
    """Work the users: through the hub where one runs, else in the database itself."""

    name = "users"
    arguments = USAGE
    most_arguments = 3
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    json = Bool(False, help="Print lists as JSON.").tag(config=True)
    limit = Int(50, help="Lines of sessions and of the record of changes.").tag(config=True)

    def run(self) -> int:
        """Do what the words say."""
        directory = HubConfig(parent=self).directory
        action, *rest = self.extra_args or ["list"]
        if action == "code":
            print(setup_code_of(directory))
        elif action in ("list", "sessions", "audit"):
            self.show(self.asked(directory, action, rest))
        elif action in ACTIONS:
            print(self.change(directory, action, rest))
        else:
            raise UsageError(f"what is {action!r}?", hint=f"usage: restrike-lab users {USAGE}")
        return 0

    def asked(self, directory: Path, action: str, rest: Sequence[str]) -> list[dict[str, Any]]:
        """Return what is to be listed."""
        args = {} if action == "list" else {"limit": self.limit}
        found: list[dict[str, Any]] = carry_out(directory, "users" if action == "list" else LISTS[action], args)
        if action == "sessions" and rest:
            found = [each for each in found if each["name"].casefold() == rest[0].casefold()]
        return found

    def change(self, directory: Path, action: str, rest: Sequence[str]) -> str:
        """Change a user and say what was done."""
        command, wanted = ACTIONS[action]
        if len(rest) != len(wanted):
            raise UsageError(
                f"{action} needs {' and '.join(each.upper() for each in wanted)}",
                hint=f"usage: restrike-lab users {USAGE}",
            )
        args: dict[str, Any] = dict(zip(wanted, rest, strict=True))
        if action in ("disable", "enable"):
            args["enabled"] = action == "enable"
        if "role" in args:
            args["role"] = check_role("admin" if args["role"] == "administrator" else args["role"])
        if action in ("add", "password"):
            if action == "add":
                check_name(args["name"])
            args["password"] = ask_password(args["name"])
        carry_out(directory, command, args)
        return f"{args['name']}: {DONE[action].format(**args)}"

    def show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Print rows, with times as people read them."""
        if self.json:
            print(json.dumps(list(rows)))
            return
        if not rows:
            print("none")
            return
        names = [name.removesuffix("_ns") for name in rows[0]]
        print("\n".join(text_table(names, [[shown(*each) for each in row.items()] for row in rows])))


LISTS = {"sessions": "users.sessions", "audit": "audit"}
DONE = {
    "add": "may sign in as {role}.",
    "role": "is {role} now; open sessions have ended.",
    "password": "has a new password; open sessions have ended.",
    "disable": "may not sign in any more; open sessions have ended.",
    "enable": "may sign in again.",
    "remove": "is removed; open sessions have ended.",
    "sign-out": "is signed out everywhere.",
}


def shown(name: str, value: Any) -> Any:
    """Return a value as a terminal shows it."""
    if name.endswith("_ns"):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value / 1e9)) if value else ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def ask_password(name: str) -> str:
    """Return a password: from the environment, from a person who types it twice, or from standard input."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return Passwords.check(given, name)
    if not sys.stdin.isatty():
        return Passwords.check(sys.stdin.readline().rstrip("\n"), name)
    while True:
        password = Passwords.check(getpass.getpass(f"New password of {name}: "), name)
        if getpass.getpass("The same again: ") == password:
            return password
        print("The two differ; once more.", file=sys.stderr)


def carry_out(directory: Path, command: str, args: Mapping[str, Any]) -> Any:
    """Have the hub do it, or do it here where none runs, under the hub's lock and into the same record."""
    if is_owned(directory):
        return ask_hub(directory, command, args)
    with owned(directory) as writer:
        now = time.time_ns()
        result = writer.change(lambda db: HERE[command](db, args, now))
        if command not in ("users", "users.sessions", "audit"):
            entry = audit.Entry(now, OWNER, "admin", "shell", command, audit.details_of(args), "done")
            writer.change(lambda db: audit.record(db, [entry]))
        return result


HERE: Mapping[str, Callable[[Any, Mapping[str, Any], int], Any]] = {
    "users": lambda db, _args, _now: users.listed(db),
    "users.sessions": lambda db, args, _now: sessions.listed(db, args["limit"]),
    "audit": lambda db, args, _now: audit.entries(db, args["limit"]),
    "users.add": lambda db, args, now: users.add(db, args["name"], args["role"], hashed(args), now),
    "users.role": lambda db, args, now: users.set_role(db, args["name"], args["role"], now),
    "users.password": lambda db, args, now: users.set_password(db, args["name"], hashed(args), now),
    "users.enable": lambda db, args, now: users.set_enabled(db, args["name"], args["enabled"], now),
    "users.remove": lambda db, args, now: users.remove(db, args["name"], now),
    "users.sign_out": lambda db, args, now: sessions.end_all(
        db, users.known(db, args["name"]).user_id, "signed out by an administrator", now
    ),
}


def hashed(args: Mapping[str, Any]) -> str:
    """Return what is kept of the password among the arguments."""
    return Passwords().hash(args["password"])


@contextlib.contextmanager
def owned(directory: Path) -> Any:
    """Yield a writer of a directory that no hub has."""
    ownership = Ownership(directory)
    ownership.acquire()
    try:
        writer = Writer.open(directory)
        try:
            yield writer
        finally:
            writer.close()
    finally:
        ownership.release()


def ask_hub(directory: Path, command: str, args: Mapping[str, Any]) -> Any:
    """Return the hub's answer to a command; raises ``CommandError`` or ``NoHubError``."""
    feed = LiveFeed(Attachment(directory).locate)
    feed.start()
    try:
        if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
            raise feed.problem or NoHubError(f"the hub of {directory} does not answer", hint="try again in a moment")
        return feed.command(command, dict(args), ANSWER_SECONDS)
    finally:
        feed.close()


def users_in(directory: Path) -> bool:
    """Tell whether anybody may sign in; a directory without a database has nobody."""
    try:
        with contextlib.closing(Reader.open(directory)) as reader:
            return bool(reader.query("SELECT 1 FROM users WHERE enabled LIMIT 1").rows)
    except StoreError:
        return False


def setup_code_of(directory: Path) -> str:
    """Return the code by which the first administrator is set on a screen; it is that of the running hub."""
    address = read_address(directory)
    if address is None:
        raise NoHubError(f"no hub runs for {directory}", hint="start one, or use `restrike-lab users add NAME admin`")
    return setup_code(address.token)


def first_code(directory: Path) -> str | None:
    """Return the set-up code, None where there is an administrator already."""
    return None if users_in(directory) or read_address(directory) is None else setup_code_of(directory)
