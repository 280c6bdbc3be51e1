"""The licence of a running hub: what it is worth now, what it lets pass, and whom to ask about it.

Which features need a licence is the deployment's own policy (``licence.policy``, nothing by default). A bout that was
loaded while the licence was good goes on with every feature to its end. The dates are judged by the newest time that
was ever seen, which is written down every hour and stands in the events, too.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import apsw

from restrike_lab.access import licence_store
from restrike_lab.access.licence_store import Installed
from restrike_lab.access.machine import machine_code
from restrike_lab.bout import CourtState
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.frames import iso_time
from restrike_lab.hub.licence_settings import FEATURES, LicenceSettings
from restrike_lab.pss.errors import RestrikeError

if TYPE_CHECKING:
    from restrike_lab.access.licence import Licence, Standing

__all__ = ["LicenceDesk", "LicenceNeeded", "ask_issuer"]

log = logging.getLogger(__name__)

TICK_SECONDS = 60.0
NOTED_NS = 3_600_000_000_000
ASKED_NS, RETRIED_NS = 24 * NOTED_NS, NOTED_NS
ANSWER_SECONDS = 10.0
ANSWER_BYTES = 64 << 10
RUNNING = ("fighting", "stopped", "between")

Change = Callable[[Callable[[apsw.Connection], Any]], Any]


class LicenceNeeded(CommandError):
    """Refuse a command of a feature that needs a licence here."""

    category = "licence"


def ask_issuer(url: str, licence_id: str, nonce: str) -> bytes:
    """Return what an issuer's address says of a licence; raises ``OSError``."""
    import urllib.request  # only a hub that asks needs it

    address = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'licence': licence_id, 'nonce': nonce})}"
    with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as response:  # noqa: S310 - the setting is http(s)
        return bytes(response.read(ANSWER_BYTES))


class LicenceDesk:
    """Know what the licence is worth.

    ``change`` runs something on the database in one transaction; ``courts`` gives the state of every court; ``tell``
    takes an alert. ``wall_ns`` is the clock, ``machine`` gives this machine's code, ``ask`` the issuer's answer.
    """

    def __init__(
        self,
        settings: LicenceSettings,
        change: Change,
        courts: Callable[[], Iterable[CourtState]] = lambda: (),
        tell: Callable[[Mapping[str, Any]], None] = lambda _alert: None,
        wall_ns: Callable[[], int] = time.time_ns,
        machine: Callable[[], str | None] = machine_code,
        ask: Callable[[str, str, str], bytes] = ask_issuer,
    ) -> None:
        self.settings = settings
        self.change = change
        self.courts = courts
        self.tell = tell
        self.wall_ns = wall_ns
        self.machine = machine
        self.ask = ask
        self.held: Installed | None = None
        self.licence: Licence | None = None
        self.problem = ""
        self.code: str | None = None
        self.newest_ns = self.noted_ns = self.asked_ns = self.good_until_ns = 0
        self.told = ""
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.watch, name="restrike-licence", daemon=True)
        settings.observe(lambda _change: self.read(), ["issuer_key"])

    # -- life ------------------------------------------------------------------------------------------------------

    def load(self, db: apsw.Connection) -> None:
        """Take the installed licence from the database."""
        self.held = licence_store.installed(db)
        self.newest_ns = self.held.newest_ns if self.held else 0
        self.read()
        if self.licence is not None:
            self.good_until_ns = self.licence.ends_ns

    def start(self) -> None:
        """Begin to look at it every minute."""
        self.thread.start()

    def stop(self) -> None:
        """End; idempotent. A question to the issuer that is under way is left to itself."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join(1.0)

    def watch(self) -> None:
        """Look at the licence until stopped (the thread's body)."""
        while not self.stopping.is_set():
            try:
                self.look()
            except RestrikeError as problem:
                log.warning("the licence could not be looked at: %s", problem.message)
            self.stopping.wait(TICK_SECONDS)

    def look(self) -> None:
        """Tell what has to be told, write the newest time down, and ask the issuer when that is due."""
        if self.held is None and not self.settings.policy:
            return  # and nothing of cryptography is loaded
        standing = self.standing()
        now_ns = self.wall_ns()
        if standing.warning != self.told:
            self.told = standing.warning
            if standing.warning:
                self.tell(self.alert(standing))
        if self.held is None:
            return
        if self.newest_ns - self.noted_ns > NOTED_NS:
            self.noted_ns, noted, name = self.newest_ns, self.newest_ns, self.held.licence_id
            self.change(lambda db: licence_store.note_time(db, name, noted))
        if self.settings.check_url and self.licence is not None:
            last = self.held.checked_ns or self.held.installed_ns
            if now_ns - last > ASKED_NS and now_ns - self.asked_ns > RETRIED_NS:
                self.asked_ns = now_ns
                self.check()

    # -- what it is worth ------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Verify the installed file under the present key."""
        self.licence, self.problem = None, ""
        if self.held is None:
            return
        if not self.settings.issuer_key:
            self.problem = "no issuer's key is set (licence.issuer_key)"
            return
        from restrike_lab.access.licence import LicenceError, public_key, read_licence

        try:
            self.licence = read_licence(self.held.file, public_key(self.settings.issuer_key))
        except LicenceError as problem:
            self.problem = problem.message

    def standing(self) -> Standing:
        """Return what the licence is worth at this moment."""
        from restrike_lab.access.licence import LicenceState, Standing

        if self.problem:
            state = LicenceState.TAMPERED if self.settings.issuer_key else LicenceState.NONE
            return Standing(state, self.problem, warning=self.problem)
        return self.worth(self.licence, self.held)

    def worth(self, licence: Licence | None, held: Installed | None) -> Standing:
        """Return what a licence is worth that is installed, or about to be."""
        from restrike_lab.access.licence import Facts, LicenceState, standing

        now_ns = self.wall_ns()
        if licence is not None and licence.machine and self.code is None:
            self.code = self.machine()
        asked = bool(self.settings.check_url) and held is not None
        newest_ns = self.newest_ns if held is not None else 0
        found = standing(
            licence,
            Facts(
                now_ns,
                newest_ns,
                self.code,
                self.settings.venue,
                (held.checked_ns or held.installed_ns) if asked and held else None,
                asked and held is not None and held.withdrawn_ns is not None,
                self.settings.grace_days,
                self.settings.warn_days,
            ),
        )
        if held is not None:
            self.newest_ns = max(newest_ns, now_ns)
            if found.state in (LicenceState.VALID, LicenceState.GRACE):
                self.good_until_ns = now_ns
        return found

    def permit(self, command: str) -> None:
        """Raise ``LicenceNeeded`` for a command of a feature that needs a licence and has none now."""
        if not self.settings.policy:
            return
        feature = next((name for name, beginnings in FEATURES.items() if command.startswith(beginnings)), None)
        if feature is None or feature not in self.settings.policy:
            return
        standing = self.standing()
        if standing.grants(feature):
            return
        if standing.licence is not None and feature in standing.licence.features and self.in_a_bout():
            return
        why = standing.reason or f"the licence of {standing.licence.holder if standing.licence else '?'} has not got it"
        raise LicenceNeeded(
            f"{feature} needs a licence here: {why}",
            hint="Install one with `restrike-lab licence install FILE`, or change the setting licence.policy.",
        )

    def in_a_bout(self) -> bool:
        """Tell whether a bout goes on that was loaded while the licence was good."""
        matches = [state.match for state in self.courts() if state.match is not None]
        return any(match.stage in RUNNING and match.loaded_ns <= self.good_until_ns for match in matches)

    def view(self) -> dict[str, Any]:
        """Return what people are shown."""
        standing = self.standing()
        licence = standing.licence
        if self.code is None:
            self.code = self.machine()
        checked_ns = self.held.checked_ns if self.held else None
        return {
            "state": standing.state.value,
            "reason": standing.reason,
            "warning": standing.warning,
            "days_left": standing.days_left,
            "clock_back": standing.clock_back,
            "policy": list(self.settings.policy),
            "machine": self.code,
            "checked": iso_time(checked_ns) if checked_ns else None,
            "licence": None
            if licence is None
            else {
                "licence_id": licence.licence_id,
                "holder": licence.holder,
                "features": list(licence.features),
                "venue": licence.venue,
                "machine": licence.machine,
                "valid_from": licence.valid_from.isoformat(),
                "valid_until": licence.valid_until.isoformat(),
            },
        }

    # -- what changes ----------------------------------------------------------------------------------------------

    def install(self, file: bytes, who: str) -> dict[str, Any]:
        """Install a licence and return what it is worth; raises ``RestrikeError`` for one that grants nothing here."""
        from restrike_lab.access.licence import LicenceError, LicenceState, public_key, read_licence

        if not self.settings.issuer_key:
            hint = "Set licence.issuer_key to the issuer's public key first."
            raise LicenceError("nobody's licences count here yet", hint=hint)
        licence = read_licence(file, public_key(self.settings.issuer_key))
        same = self.held is not None and self.held.licence_id == licence.licence_id
        found = self.worth(licence, self.held if same else None)
        if found.state not in (LicenceState.VALID, LicenceState.GRACE):
            raise LicenceError(f"the licence counts nothing here: {found.reason}", hint="Nothing was changed.")
        now_ns = self.wall_ns()
        self.change(lambda db: licence_store.install(db, licence.licence_id, file, who, now_ns))
        self.change(self.load)
        return self.view()

    def check(self) -> str:
        """Ask the issuer's address and return its word; raises ``LicenceError`` where there is no right answer."""
        from restrike_lab.access.licence import LicenceError, public_key, read_answer

        licence, url = self.licence, self.settings.check_url
        if licence is None or not url:
            raise LicenceError("there is nothing to ask", hint="Install a licence, and set licence.check_url.")
        nonce = secrets.token_hex(16)
        try:
            answer = read_answer(self.ask(url, licence.licence_id, nonce), public_key(self.settings.issuer_key))
        except OSError as problem:
            raise LicenceError(f"{url} does not answer: {problem}", hint="The licence goes on for a while.") from None
        if (answer.licence_id, answer.nonce) != (licence.licence_id, nonce):
            raise LicenceError(f"{url} answers another question", hint="The licence goes on for a while.")
        now_ns = self.wall_ns()
        self.change(lambda db: licence_store.note_answer(db, licence.licence_id, answer.status == "valid", now_ns))
        self.change(self.load)
        return answer.status

    def alert(self, standing: Standing) -> dict[str, Any]:
        """Return the alert that tells of what is worth less than it was."""
        good = standing.state.value in ("valid", "grace")
        return {
            "source": "licence",
            "level": "warning" if good else "error",
            "message": standing.warning,
            "hint": "`restrike-lab licence status` tells more. A bout that runs is not stopped.",
        }
