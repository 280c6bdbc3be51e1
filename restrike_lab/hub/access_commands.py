"""Commands about access: signing in and out, the users, and the record of changes."""

from __future__ import annotations

import base64
import hmac
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from restrike_lab.access import audit, sessions, users
from restrike_lab.access.errors import AccessError, SignInRefused
from restrike_lab.access.passwords import Passwords
from restrike_lab.access.roles import check_name, check_role
from restrike_lab.hub.callers import OWNER, Caller, Seat
from restrike_lab.hub.commands import Commands, integer
from restrike_lab.hub.errors import CommandError
from restrike_lab.pss.errors import RestrikeError

if TYPE_CHECKING:
    from restrike_lab.hub.access import AccessDesk
    from restrike_lab.hub.running import Running

__all__ = ["AccessCommands", "setup_code"]

Args = Mapping[str, Any]

KEPT_ENTRIES = 10_000
"""Lines of the record that wait for a database that takes none."""


class AccessCommands:
    """Answer the commands, and keep the record of every command that needs more than a viewer."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        self.pending: deque[audit.Entry] = deque(maxlen=KEPT_ENTRIES)
        self.asked = False
        self.guard = threading.Lock()
        commands.recorder = self.record
        commands.sign_of_life = self.note_life
        add = commands.register
        add("whoami", self.whoami, help="Who this connection is, and how long a sign-in lasts yet.")
        add("sign_in", self.sign_in, help="Sign in on this connection: `name`, `password`; gives a `session`.")
        add("sign_out", self.sign_out, help="End the session of this connection.")
        add("session.resume", self.resume, help="Go on in a session on another connection: `session`.")
        add("session.touch", self.touch, help="Say that the person who has signed in is still there.")
        add("access.first", self.first, help="Make the first administrator: `name`, `password`, `code`.")
        add("password.change", self.change_password, help="Change one's own password: `old`, `new`.")
        add("users", self.users, "admin", "Every user.", reads=True)
        add("users.add", self.add, "admin", "Add a user: `name`, `role`, `password`.")
        add("users.role", self.set_role, "admin", "Give a user another role: `name`, `role`.")
        add("users.password", self.set_password, "admin", "Set a user's password: `name`, `password`.")
        add("users.enable", self.set_enabled, "admin", "Let a user sign in, or no more: `name`, `enabled`.")
        add("users.remove", self.remove, "admin", "Forget a user: `name`.")
        add("users.sessions", self.sessions, "admin", "Sessions, newest first: `limit`.", reads=True)
        add("users.sign_out", self.sign_out_user, "admin", "End all sessions of a user: `name`.")
        add("audit", self.audit, "admin", "The record of changes, newest first: `limit`, `who`, `action`.", reads=True)

    def note_life(self, caller: Caller) -> None:
        """Note that a person who has signed in did something."""
        if caller.session:
            self.desk.touch(caller)

    @property
    def desk(self) -> AccessDesk:
        """The desk of the running hub."""
        return self.running().access

    # -- one's own -------------------------------------------------------------------------------------------------

    def whoami(self, _args: Args, caller: Caller) -> object:
        """Return who the connection is."""
        return self.desk.you(seat_of(caller))

    def sign_in(self, args: Args, caller: Caller) -> Future[Any]:
        """Sign in; what comes of it is recorded, tries that come too early are not."""
        name, password = text(args, "name"), text(args, "password")
        coming = self.desk.sign_in(name, password, caller)
        coming.add_done_callback(lambda done: self.record_sign_in(name, caller, done))
        return coming

    def sign_out(self, _args: Args, caller: Caller) -> object:
        """End the session."""
        seat = seat_of(caller)
        self.desk.sign_out(seat)
        self.record(caller, "sign_out", {}, "done")
        return self.desk.you(seat)

    def resume(self, args: Args, caller: Caller) -> object:
        """Go on in a session."""
        return self.desk.resume(text(args, "session"), seat_of(caller))

    def touch(self, _args: Args, caller: Caller) -> object:
        """Note that the person is there."""
        self.desk.touch(caller)
        return self.desk.you(seat_of(caller))

    def first(self, args: Args, caller: Caller) -> object:
        """Make the first administrator; the code that the machine's owner can read proves the right to."""
        name = check_name(args.get("name"))
        password = Passwords.check(args.get("password"), name)
        desk = self.desk
        if desk.users_exist:
            raise AccessError("there is an administrator already", hint="Sign in, or ask them for a user.")
        if caller.kind != OWNER:
            self.check_code(text(args, "code"), caller)
        hashed = desk.passwords.hash(password)

        def add(db: Any) -> None:
            if users.any_users(db):
                raise AccessError("there is an administrator already", hint="Sign in, or ask them for a user.")
            users.add(db, name, "admin", hashed, desk.wall_ns())

        desk.changed(add, "")
        self.record(caller, "access.first", {"name": name}, "done")
        return {"name": name, "role": "admin"}

    def check_code(self, code: str, caller: Caller) -> None:
        """Compare the set-up code, with a wait that grows as for passwords."""
        desk = self.desk
        from restrike_lab.hub.access import too_many

        wait = desk.backoff.wait(OWNER, caller.remote, desk.clock())
        if wait > 0:
            raise too_many(wait)
        given, wanted = plain(code), plain(setup_code(self.running().address.token))
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            desk.backoff.missed(OWNER, caller.remote, desk.clock())
            self.record(caller, "access.first", {}, "the set-up code was wrong")
            raise SignInRefused(
                "the set-up code is wrong",
                hint="`restrike-lab up` prints it; `restrike-lab users code` prints it again on this machine.",
            )

    def change_password(self, args: Args, caller: Caller) -> object:
        """Change one's own password; every other session of the person ends."""
        desk = self.desk
        if not caller.session:
            raise AccessError("nobody has signed in here", hint="Sign in first, or use `users.password`.")
        new = Passwords.check(args.get("new"), caller.name)
        wait = desk.backoff.wait(caller.name, caller.remote, desk.clock())
        user = desk.change(lambda db: users.find(db, caller.name))
        if wait > 0 or user is None or not desk.passwords.matches(user.password, text(args, "old")):
            desk.backoff.missed(caller.name, caller.remote, desk.clock())
            raise SignInRefused("the present password is wrong", hint="Type the present one and the new one.")
        hashed = desk.passwords.hash(new)
        self.change_users(lambda db: users.set_password(db, user.name, hashed, desk.wall_ns(), caller.session))
        self.record(caller, "password.change", {}, "done")
        return desk.you(seat_of(caller))

    # -- the users -------------------------------------------------------------------------------------------------

    def users(self, _args: Args, _caller: Caller) -> object:
        """Return every user."""
        return self.desk.change(users.listed)

    def add(self, args: Args, _caller: Caller) -> object:
        """Add a user."""
        name, role = check_name(args.get("name")), check_role(args.get("role"))
        hashed = self.desk.passwords.hash(Passwords.check(args.get("password"), name))
        self.change_users(lambda db: users.add(db, name, role, hashed, self.desk.wall_ns()))
        return {"name": name, "role": role}

    def set_role(self, args: Args, _caller: Caller) -> object:
        """Give a user another role."""
        name, role = text(args, "name"), check_role(args.get("role"))
        self.change_users(lambda db: users.set_role(db, name, role, self.desk.wall_ns()), "the role was changed")
        return {"name": name, "role": role}

    def set_password(self, args: Args, caller: Caller) -> object:
        """Set a password; all sessions of the user end, but the one that does it."""
        name = text(args, "name")
        hashed = self.desk.passwords.hash(Passwords.check(args.get("password"), name))
        keep = caller.session or None
        self.change_users(lambda db: users.set_password(db, name, hashed, self.desk.wall_ns(), keep))
        self.desk.backoff.forgive(name)
        return {"name": name}

    def set_enabled(self, args: Args, _caller: Caller) -> object:
        """Let a user sign in, or no more."""
        name, enabled = text(args, "name"), args.get("enabled")
        if not isinstance(enabled, bool):
            raise CommandError("enabled is neither true nor false", hint='Send {"enabled": false}.')
        self.change_users(lambda db: users.set_enabled(db, name, enabled, self.desk.wall_ns()), "the user was disabled")
        return {"name": name, "enabled": enabled}

    def remove(self, args: Args, _caller: Caller) -> object:
        """Forget a user."""
        name = text(args, "name")
        self.change_users(lambda db: users.remove(db, name, self.desk.wall_ns()), "the user was removed")
        return {"name": name}

    def sessions(self, args: Args, _caller: Caller) -> object:
        """Return sessions."""
        limit = integer(args, "limit", 100, 1, 10_000)
        return self.desk.change(lambda db: sessions.listed(db, limit))

    def sign_out_user(self, args: Args, _caller: Caller) -> object:
        """End all sessions of a user."""
        name = text(args, "name")
        ending = "signed out by an administrator"
        self.change_users(
            lambda db: sessions.end_all(db, users.known(db, name).user_id, ending, self.desk.wall_ns()), ending
        )
        return {"name": name}

    def audit(self, args: Args, _caller: Caller) -> object:
        """Return the record."""
        limit = integer(args, "limit", 100, 1, 10_000)
        who, action = (value if isinstance(value := args.get(key), str) else None for key in ("who", "action"))
        return self.desk.change(lambda db: audit.entries(db, limit, who, action))

    def change_users(self, work: Callable[[Any], Any], ending: str = "the password was changed") -> None:
        """Change users in one transaction."""
        self.desk.changed(work, ending)

    # -- the record ------------------------------------------------------------------------------------------------

    def record_sign_in(self, name: str, caller: Caller, done: Future[Any]) -> None:
        """Record a sign-in or its refusal."""
        problem = None if done.cancelled() else done.exception()
        result = "done" if problem is None else problem.message if isinstance(problem, RestrikeError) else "failed"
        self.record(caller, "sign_in", {"name": name}, result)

    def record(self, caller: Caller, action: str, args: Args, result: str) -> None:
        """Put down what somebody did; it is written soon, and nobody waits for it."""
        running = self.running()
        entry = audit.Entry(
            self.desk.wall_ns(), caller.called, caller.role, caller.remote, action, audit.details_of(args), result
        )
        with self.guard:
            self.pending.append(entry)
            asked, self.asked = self.asked, True
        if not asked:
            running.pipeline.ask(lambda: self.write(running))

    def write(self, running: Running) -> None:
        """Write what was put down, in one transaction (the pipeline's thread)."""
        with self.guard:
            entries, self.asked = list(self.pending), False
            self.pending.clear()
        try:
            running.writer.change(lambda db: audit.record(db, entries))
        except RestrikeError:
            with self.guard:
                self.pending.extendleft(reversed(entries))  # they go with the next one
            raise


def seat_of(caller: Caller) -> Seat:
    """Return the connection of a caller; a command from within the hub has none."""
    if caller.seat is None:
        raise CommandError("this command needs a connection", hint="Send it over the WebSocket.")
    return caller.seat


def setup_code(token: str) -> str:
    """Return the code by which the machine's owner shows, on a screen, that it is them.

    It follows from the owner's token, and the token does not follow from it.
    """
    digest = hmac.digest(token.encode(), b"restrike_lab set-up code", "sha256")
    letters = base64.b32encode(digest).decode()[:12]
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


def plain(code: str) -> str:
    """Return a code without what people add when they type it."""
    return "".join(each for each in code.upper() if each.isalnum())


def text(args: Args, name: str) -> str:
    """Return an argument that must be a text; raises ``CommandError`` when it is none."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise CommandError(f"{name} is missing", hint=f'Send {{"{name}": "..."}}.')
    return value
