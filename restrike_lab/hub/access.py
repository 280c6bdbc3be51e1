"""Who is signed in on which connection, and until when.

The database holds users and sessions; the desk holds what must be decided at once: which connection has which rights.
Passwords are checked one at a time in a thread of its own, so that neither the memory of the hub nor other people's
commands suffer from somebody who tries a thousand. Another thread looks once a second for sessions that are over.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import apsw

from restrike_lab.access import sessions, users
from restrike_lab.access.backoff import Backoff
from restrike_lab.access.errors import AccessError, SignInRefused, TooManyTries
from restrike_lab.access.passwords import Passwords
from restrike_lab.access.sessions import Deadline
from restrike_lab.hub.access_config import AccessConfig
from restrike_lab.hub.callers import SCREEN, Caller, Seat
from restrike_lab.pss.errors import RestrikeError

__all__ = ["AccessDesk"]

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 1.0
NOTED_EVERY_S = 30.0
"""How often the database is told that a person is still there."""

WAITING_CHECKS = 16
"""Passwords that may wait to be checked; more at once is no person."""


@dataclass(slots=True)
class Open:
    """An open session and the connections that act in it."""

    session_id: int
    name: str
    role: str
    begun_ns: int
    deadline: Deadline
    noted: float
    seats: set[Seat] = field(default_factory=set)


class AccessDesk:
    """Decide what each connection may do.

    ``change`` runs something on the database in one transaction and returns what it gave; ``show`` sends a picture to
    all clients. ``clock`` is monotonic, ``wall_ns`` the time of day.
    """

    def __init__(
        self,
        config: AccessConfig,
        change: Callable[[Callable[[apsw.Connection], Any]], Any],
        show: Callable[[Mapping[str, Any]], None],
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.config = config
        self.change = change
        self.show = show
        self.passwords = passwords or Passwords()
        self.clock = clock
        self.wall_ns = wall_ns
        self.guard = threading.RLock()
        self.backoff = Backoff()
        self.users_exist = False
        self.seats: set[Seat] = set()
        self.open: dict[int, Open] = {}
        self.waiting = 0
        self.unkept = itertools.count(1)
        self.checkers = ThreadPoolExecutor(1, thread_name_prefix="restrike-access")
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None
        config.observe(self.settings_changed, ["screen_role", "session_idle_s", "session_hours"])

    # -- life ------------------------------------------------------------------------------------------------------

    def load(self, db: apsw.Connection) -> None:
        """Learn whether there are users (before anybody connects)."""
        self.users_exist = users.any_users(db)

    def stop(self) -> None:
        """End the threads; sessions stay open for the next hub."""
        self.stopping.set()
        self.config.unobserve(self.settings_changed, ["screen_role", "session_idle_s", "session_hours"])
        self.checkers.shutdown(cancel_futures=True)
        if self.thread is not None:
            self.thread.join()

    def watch(self) -> None:
        """End sessions that are over, once a second, for as long as there are any (a thread's body)."""
        while not self.stopping.wait(LOOK_SECONDS):
            self.sweep()
            with self.guard:
                if not self.open:
                    self.thread = None
                    return

    # -- connections -----------------------------------------------------------------------------------------------

    def seated(self, seat: Seat) -> None:
        """Take a connection in."""
        with self.guard:
            self.seats.add(seat)
            seat.become(**self.standing(seat))

    def left(self, seat: Seat) -> None:
        """Forget a connection; the session goes on for the page that comes again."""
        with self.guard:
            self.seats.discard(seat)
            for session in self.open.values():
                session.seats.discard(seat)

    def standing(self, seat: Seat) -> dict[str, Any]:
        """Return what a connection may do on which nobody has signed in."""
        return {"role": self.screen_role} if seat.base.kind == SCREEN else {}

    @property
    def screen_role(self) -> str:
        """The role of a page on which nobody has signed in."""
        chosen = str(self.config.screen_role)
        return chosen if chosen != "auto" else "viewer" if self.users_exist else "operator"

    def you(self, seat: Seat, ending: str = "") -> dict[str, Any]:
        """Return who a connection is: name, role, and the seconds until the session ends by itself."""
        with self.guard:
            caller, session, now = seat.caller, self.open.get(seat.caller.session), self.clock()
            left = None if session is None else max(0.0, session.deadline.until - now)
            idle = None if session is None else max(0.0, session.deadline.idle_until - now)
        return {
            "name": caller.name,
            "role": caller.role,
            "kind": caller.kind,
            "signed_in": session is not None,
            "left_s": left if left is None else round(left, 1),
            "idle_s": idle if idle is None else round(idle, 1),
            "idle_limit_s": self.idle_s,
            "users": self.users_exist,
            "ending": ending,
        }

    def picture(self) -> dict[str, Any]:
        """Return who is in charge, for everybody to see."""
        with self.guard:
            people = {(each.name, each.role): each.begun_ns for each in self.open.values() if each.seats}
        return {
            "users": self.users_exist,
            "screen_role": self.screen_role,
            "signed_in": [
                {"name": name, "role": role, "since_ns": begun} for (name, role), begun in sorted(people.items())
            ],
        }

    def tell_everybody(self) -> None:
        """Send the picture."""
        self.show({"type": "access", **self.picture()})

    # -- sessions --------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, caller: Caller) -> Future[dict[str, Any]]:
        """Check a name and a password; the future gives the session's secret and who the connection is then.

        Raises ``TooManyTries`` at once while it must be waited.
        """
        seat = caller.seat
        if seat is None:
            raise AccessError("nobody can sign in without a connection", hint="Send sign_in over the WebSocket.")
        with self.guard:
            wait = self.backoff.wait(name, caller.remote, self.clock())
            if wait <= 0 and self.waiting >= WAITING_CHECKS:
                wait = 1.0
            if wait > 0:
                raise too_many(wait)
            self.waiting += 1
        return self.checkers.submit(self.check, name, password, caller, seat)

    def check(self, name: str, password: str, caller: Caller, seat: Seat) -> dict[str, Any]:
        """Check a password, and open a session (the checking thread)."""
        try:
            wait = self.backoff.wait(name, caller.remote, self.clock())
            if wait > 0:  # those before this one in the queue were wrong
                raise too_many(wait)
            user = self.change(lambda db: users.find(db, name))
            kept = user.password if user is not None and user.enabled else None
            if not self.passwords.matches(kept, password) or user is None:
                self.backoff.missed(name, caller.remote, self.clock())
                raise SignInRefused(
                    "the name or the password is wrong",
                    hint="Try again; the wait grows with every miss. The machine's owner can set a new password: "
                    "`restrike-lab users password NAME`.",
                )
            anew = self.passwords.hash(password) if self.passwords.outdated(user.password) else None
        finally:
            with self.guard:
                self.waiting -= 1
        self.backoff.signed_in(name, caller.remote)
        secret = sessions.new_secret()
        now_ns = self.wall_ns()

        def begin(db: apsw.Connection) -> int:
            if anew is not None:
                db.execute("UPDATE users SET password = ? WHERE user_id = ?", (anew, user.user_id))
            return sessions.begin(db, user.user_id, secret, caller.remote, now_ns)

        try:
            session_id = self.change(begin)
        except RestrikeError as problem:  # a full disk must not keep the operator out; it holds until the hub ends
            log.warning("a session could not be kept: %s", problem.message)
            session_id = -next(self.unkept)
        self.sign_out(seat, "signed in anew")
        self.enter(seat, sessions.Kept(session_id, user.name, user.role, now_ns, now_ns), now_ns)
        return {"session": secret, **self.you(seat)}

    def resume(self, secret: str, seat: Seat) -> dict[str, Any]:
        """Let a connection act in a session that was opened on another one."""
        now_ns = self.wall_ns()
        kept = self.change(lambda db: sessions.resume(db, secret, now_ns, self.idle_s, self.absolute_s))
        if kept is None:
            raise SignInRefused("the session is over", hint="Sign in again.")
        self.enter(seat, kept, now_ns)
        return self.you(seat)

    def enter(self, seat: Seat, kept: sessions.Kept, now_ns: int) -> None:
        """Give a connection the rights of a session."""
        with self.guard:
            if seat not in self.seats:
                return
            now = self.clock()
            session = self.open.get(kept.session_id)
            if session is None:
                begun, seen = (now - (now_ns - ns) / 1e9 for ns in (kept.begun_ns, kept.seen_ns))
                deadline = Deadline(self.idle_s, begun, self.absolute_s, seen)
                session = Open(kept.session_id, kept.name, kept.role, kept.begun_ns, deadline, now)
                self.open[kept.session_id] = session
            session.seats.add(seat)
            seat.become(name=kept.name, role=kept.role, session=kept.session_id)
            if self.thread is None:
                self.thread = threading.Thread(target=self.watch, name="restrike-sessions", daemon=True)
                self.thread.start()
        seat.tell({"type": "you", **self.you(seat)})
        self.tell_everybody()

    def touch(self, caller: Caller) -> None:
        """Note a sign of the person who has signed in."""
        now = self.clock()
        with self.guard:
            session = self.open.get(caller.session)
            if session is None or session.deadline.over(now):
                return
            session.deadline.touch(now)
            if now - session.noted < NOTED_EVERY_S:
                return
            session.noted = now
        self.note(lambda db: sessions.touch(db, session.session_id, self.wall_ns()))

    def sign_out(self, seat: Seat, ending: str = "signed out") -> None:
        """End the session that a connection acts in, wherever else it is used."""
        session_id = seat.caller.session
        if session_id:
            self.drop(session_id, ending)
            self.end(session_id, ending)

    def drop(self, session_id: int, ending: str) -> None:
        """Take the rights of a session away from every connection that has them."""
        with self.guard:
            session = self.open.pop(session_id, None)
            if session is None:
                return
            for seat in session.seats:
                seat.become(**self.standing(seat))
        for seat in session.seats:
            seat.tell({"type": "you", **self.you(seat, ending)})
        self.tell_everybody()

    def sweep(self) -> None:
        """End the sessions whose time is over."""
        now = self.clock()
        with self.guard:
            over = {each.session_id: ending for each in self.open.values() if (ending := each.deadline.over(now))}
        for session_id, ending in over.items():
            self.drop(session_id, ending)
            self.end(session_id, ending)

    def end(self, session_id: int, ending: str) -> None:
        """Put down that a session has ended."""
        self.note(lambda db: sessions.end(db, session_id, ending, self.wall_ns()))

    def note(self, work: Callable[[apsw.Connection], None]) -> None:
        """Put something down that counts already: a database that refuses it takes no right away and gives none."""
        try:
            self.change(work)
        except RestrikeError as problem:
            log.warning("the database refused a note about a session: %s", problem.message)

    # -- what has changed ------------------------------------------------------------------------------------------

    def changed(self, work: Callable[[apsw.Connection], T], ending: str) -> T:
        """Change users; who has lost their session by it loses their rights at once."""
        result, alive, exist = self.change(lambda db: (work(db), open_sessions(db), users.any_users(db)))
        with self.guard:
            gone = set(self.open) - alive
            self.users_exist = exist
        for session_id in gone:
            self.drop(session_id, ending)
        self.stand_anew()
        return result  # type: ignore[no-any-return]

    def settings_changed(self, _change: object) -> None:
        """Take the settings over as they are now, for sessions that are open, too."""
        with self.guard:
            for session in self.open.values():
                session.deadline.idle_s, session.deadline.absolute_s = self.idle_s, self.absolute_s
        self.stand_anew()

    def stand_anew(self) -> None:
        """Give pages on which nobody has signed in the role that they have now."""
        with self.guard:
            moved = [seat for seat in self.seats if not seat.caller.session]
            before = {seat: seat.caller.role for seat in moved}
            for seat in moved:
                seat.become(**self.standing(seat))
        for seat in moved:
            if seat.caller.role != before[seat]:
                seat.tell({"type": "you", **self.you(seat)})
        self.tell_everybody()

    @property
    def idle_s(self) -> float:
        """Seconds without a sign of the person after which a session ends."""
        return float(self.config.session_idle_s)

    @property
    def absolute_s(self) -> float:
        """Seconds after which a session ends whatever was done."""
        return 3600.0 * float(self.config.session_hours)


def open_sessions(db: apsw.Connection) -> set[int]:
    """Return the numbers of the sessions that have not ended."""
    return {row[0] for row in db.execute("SELECT session_id FROM user_sessions WHERE ended_ns IS NULL")}


def too_many(wait: float) -> TooManyTries:
    """Build the refusal of a try that comes too early."""
    seconds = max(1, round(wait))
    return TooManyTries(
        f"too many tries: wait {seconds} s", hint="The wait is never longer than two minutes.", wait_s=round(wait, 1)
    )
