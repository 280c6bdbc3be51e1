"""One hub: owner of a data directory, with its sockets, its pipeline and its clients.

``start`` builds it up step by step and undoes every step when one fails; ``stop`` takes it down in the order in which
a datagram walks through it, so that nothing that was received is lost.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from restrike_lab.bout import CourtState
from restrike_lab.hub.access_commands import AccessCommands
from restrike_lab.hub.annotations import AnnotationCommands
from restrike_lab.hub.commands import Caller, Commands, integer
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.flags import FlagCommands
from restrike_lab.hub.frames import event_data
from restrike_lab.hub.licence_commands import LicenceCommands
from restrike_lab.hub.obs import ObsCommands
from restrike_lab.hub.obs_rule_commands import ObsRuleCommands
from restrike_lab.hub.ownership import Address
from restrike_lab.hub.recognition_commands import RecognitionCommands
from restrike_lab.hub.rerecognition.commands import register as register_rerecognition
from restrike_lab.hub.restore import recognition_of
from restrike_lab.hub.running import Mode, Running
from restrike_lab.hub.settings_commands import SettingsCommands
from restrike_lab.hub.watch.commands import WatchCommands
from restrike_lab.pss import Recognizer
from restrike_lab.store.reader import Reader

__all__ = ["Hub", "Mode"]


class Hub:
    """Hear the consoles, keep every message and tell the clients.

    ``mode`` says how the hub is hosted. ``on_stop_request`` is called when a client sends ``stop``; by default the hub
    stops itself in a thread of its own. ``role_of`` knows further tokens than the hub's own (see ``Admission``).
    ``commands`` takes more commands until ``start``.
    """

    def __init__(
        self,
        config: HubConfig,
        mode: Mode = "thread",
        on_stop_request: Callable[[], None] | None = None,
        role_of: Callable[[str], str | None] = lambda _token: None,
    ) -> None:
        self.config = config
        self.mode: Mode = mode
        self.on_stop_request = on_stop_request or self.stop_in_thread
        self.role_of = role_of
        self.commands = Commands()
        self.address: Address | None = None
        self.guard = threading.Lock()
        self.parts: Running | None = None
        self.commands.register("commands", lambda _args, _caller: self.commands.listed(), help="All commands.")
        self.commands.register("ping", lambda _args, _caller: {"seq": self.running.pipeline.committed}, help="Answer.")
        self.commands.register("status", lambda _args, _caller: self.status(), help="Everything the hub counts.")
        self.commands.register("events", self.events_command, help="Stored events after `since`, at most `limit`.")
        AccessCommands(self.commands, lambda: self.running)
        RecognitionCommands(self.commands, lambda: self.running)
        self.commands.register(
            "about",
            lambda args, _caller: self.running.lookups.about(args),
            help="What a stream is, who fights a match.",
        )
        register_rerecognition(self.commands, lambda: self.running)
        ObsCommands(self.commands, lambda: self.running)
        ObsRuleCommands(self.commands, lambda: self.running)
        AnnotationCommands(self.commands, lambda: self.running)
        FlagCommands(self.commands, lambda: self.running)
        SettingsCommands(self.commands, lambda: self.running)
        LicenceCommands(self.commands, lambda: self.running)
        WatchCommands(self.commands, lambda: self.running)
        self.commands.register("stop", self.stop_command, role="admin", help="Store what was received and end.")

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self, wait_seconds: float = 0.0) -> Address:
        """Take the data directory over and begin to listen; return the address for clients.

        ``wait_seconds`` is how long to wait for another owner to end (-1: for ever). Raises ``OwnedElsewhere``,
        ``PortInUse``, ``HubError`` or ``StoreError``, and then holds nothing.
        """
        with self.guard:
            if self.address is not None:
                return self.address
            with ExitStack() as undo:
                self.parts = self.built(wait_seconds, undo)
                self.address = self.parts.address
                undo.pop_all()
            atexit.register(self.stop)
            return self.address

    def built(self, wait_seconds: float, undo: ExitStack) -> Running:
        """Return the parts, running; the hint of what keeps them from that names the stored settings that count."""
        try:
            return Running(self.config, self.mode, self.commands, self.role_of, wait_seconds, undo)
        except HubError as problem:
            if stored := self.config.stood_in:
                way_out = "`restrike-lab settings reset KEY` takes one back."
                problem.hint = f"{problem.hint} Stored settings count here: {', '.join(stored)}; {way_out}".strip()
            raise

    def stop(self) -> None:
        """Stop listening, store everything that was received, close; idempotent.

        Raises ``HubError`` when the database refused the last events.
        """
        with self.guard:
            if self.address is None:
                return
            self.address = None
            atexit.unregister(self.stop)
            self.running.close()
            unsaved = self.running.pipeline.unsaved
        if unsaved:
            raise HubError(
                f"{unsaved} events could not be stored before the hub ended",
                hint="See the log for the database's reason; make room on the disk before the next start.",
                unsaved=unsaved,
            )

    def stop_in_thread(self) -> None:
        """Stop from a thread of its own, for callers that the hub itself is running."""
        threading.Thread(target=self.stop, name="restrike-stop", daemon=True).start()

    @property
    def running(self) -> Running:
        """The parts of a hub that was started; raises ``HubError`` before that."""
        if self.parts is None:
            raise HubError("the hub is not running", hint="Call start() first.")
        return self.parts

    @property
    def healthy(self) -> bool:
        """Whether everything that must run does."""
        return self.address is not None and self.running.alive

    # -- what it tells ---------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Return everything the hub counts: books of each court, queue, latencies, versions, platform, gaps."""
        return self.running.reporter.status()

    def court_states(self) -> Mapping[str, CourtState]:
        """Return the state of every court as the pipeline left it."""
        return {line.name: line.state for line in self.running.pipeline.lines}

    def events_command(self, args: Mapping[str, Any], _caller: Caller) -> object:
        """Return stored events as clients see them (the command ``events``)."""
        since = integer(args, "since", 0, 0, 1 << 62)
        limit = integer(args, "limit", 1000, 1, 10_000)
        reader = Reader.open(self.config.directory, self.running.statements, "events")
        try:
            rows = reader.events(since, limit)
        finally:
            reader.close()
        recognizer = Recognizer(self.config.protocol_version)
        return [event_data(row, recognition_of(row, recognizer)) for row in rows]

    def stop_command(self, _args: Mapping[str, Any], _caller: Caller) -> object:
        """Ask the host to stop the hub (the command ``stop``)."""
        self.on_stop_request()
        return {"stopping": True}
