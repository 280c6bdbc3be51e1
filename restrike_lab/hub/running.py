"""The parts of a running hub, put together in the one order that loses nothing.

Everything that may fail (the lock, the ports, the database) comes before anything is announced; each step leaves its
undoing on the caller's stack.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import apsw

from restrike_lab.bout.findings import Finding
from restrike_lab.hub.access import AccessDesk
from restrike_lab.hub.admission import Admission
from restrike_lab.hub.archivist import Archivist, archiver
from restrike_lab.hub.bookkeeping import Bookkeeping
from restrike_lab.hub.commands import Commands
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.datagrams import Spool
from restrike_lab.hub.errors import HubError, PortInUse
from restrike_lab.hub.expiry import Expiry
from restrike_lab.hub.exposure import require_safe, server_context
from restrike_lab.hub.fanout import Fanout, Group, Page, Picture
from restrike_lab.hub.frames import encode, iso_time
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.licence import LicenceDesk
from restrike_lab.hub.licence_settings import LicenceSettings
from restrike_lab.hub.lookups import Lookups
from restrike_lab.hub.obs import ObsHost
from restrike_lab.hub.ownership import Address, Ownership, new_token
from restrike_lab.hub.pipeline import CourtLine, Pipeline
from restrike_lab.hub.receive import Allowance, CourtSocket, Receiver, choose_drain
from restrike_lab.hub.report import Reporter
from restrike_lab.hub.rerecognition.leftovers import remove_leftovers
from restrike_lab.hub.restore import rebuild, recognition_of
from restrike_lab.hub.retries import patiently
from restrike_lab.hub.settings import Settings
from restrike_lab.hub.settings_desk import SettingsDesk
from restrike_lab.hub.settings_live import follow_settings
from restrike_lab.hub.settings_registry import GROUPS
from restrike_lab.hub.sockets import open_listener, open_udp
from restrike_lab.hub.watch.watch import Watch
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.reader import Reader
from restrike_lab.store.settings import kept_in
from restrike_lab.store.statements import StatementLog
from restrike_lab.store.writer import Writer

__all__ = ["Mode", "Running"]

log = logging.getLogger(__name__)

Mode = Literal["process", "thread"]
T = TypeVar("T")

LEAVING_SECONDS = 2.0
"""How long the ports of a hub that has just died may still be seen as taken."""

SHOWN_GAPS = 100


class Running:
    """A hub that runs; made by ``Hub.start``, ended by ``close``."""

    def __init__(
        self,
        config: HubConfig,
        mode: Mode,
        commands: Commands,
        role_of: Callable[[str], str | None],
        wait_seconds: float,
        undo: ExitStack,
    ) -> None:
        self.config = config
        self.ownership = Ownership(config.directory)
        self.ownership.acquire(wait_seconds)
        undo.callback(self.ownership.release)
        self.settings = Settings(config, GROUPS, kept_in(config.directory))
        self.started_ns = time.time_ns()
        former = self.ownership.former
        self.drain = choose_drain(config.bind, config.portable_receive)
        self.sockets = self.open_sockets(former is not None, undo)
        listener = open_listener(config.ws_host, config.ws_port, port_of(former))
        undo.callback(listener.close)
        self.writer = Writer.open(config.directory)
        undo.callback(self.writer.close)
        remove_leftovers(config.directory)
        next_seq = self.writer.next_seq()
        self.epoch = self.writer.begin_epoch(mode, os.getpid(), self.started_ns)
        undo.callback(self.writer.end_epoch)
        self.writer.statements = self.statements = StatementLog()
        self.reader = Reader.open(config.directory, self.statements, "pages for clients")
        undo.callback(self.reader.close)
        self.ledger = Reader.open(
            config.directory, self.statements, "accountant"
        )  # the pipeline's thread reads with a connection of its own
        undo.callback(self.ledger.close)
        self.judge = Judge(self.writer)
        self.lookups = Lookups(config.directory, self.judge.table)
        lines = [self.line_of(court) for court in self.sockets]
        self.spool = Spool(config.queue_datagrams, config.queue_bytes)
        self.receiver = Receiver(self.sockets, self.spool, self.drain, Allowance(config.allow), self.socket_failed)
        undo.callback(self.receiver.stop)
        self.reporter = Reporter(self, self.datagrams_lost)
        self.recognizer = self.judge.recognizer(config.protocol_version)
        token = config.token or (former.token if former else new_token())
        screen = former.screen if former and former.screen else new_token()
        self.access = AccessDesk(config, self.on_database, self.show)
        self.writer.change(self.access.load)
        require_safe("the hub", config.ws_host, config, self.access.users_exist)
        undo.callback(self.access.stop)
        self.fanout = Fanout(
            listener,
            Admission(token, self.reporter.health, config.origins, role_of, screen),
            commands,
            Picture(self.epoch, next_seq - 1, {line.name: line.state for line in lines}, self.gaps()),
            self.page,
            self.reporter.tick,
        )
        self.fanout.access = self.access
        self.fanout.encryption = encryption = server_context(config)
        undo.callback(self.fanout.stop)
        self.pipeline = Pipeline(
            self.spool,
            self.writer,
            lines,
            self.epoch,
            next_seq,
            self.publish,
            self.tell,
            config.group_size,
            Bookkeeping(self.writer, self.ledger, self.judge, self.epoch, next_seq - 1, self.tell_of_finding),
        )
        self.pipeline.keeper.count = self.writer.count
        self.pipeline.heard_until = self.receiver.heard_until
        self.archivist = Archivist(
            archiver(config.directory),
            self.tell_of_archive,
            wanted=lambda: config.archive,
            tidy=Expiry(config, self.on_database).tidy,
        )
        undo.callback(self.archivist.stop)
        self.obs = ObsHost(self)
        undo.callback(self.obs.stop)
        self.judge.changed = self.hand_out_tables
        self.settings_desk = SettingsDesk(self, self.settings)
        self.licence = LicenceDesk(
            self.settings.group(LicenceSettings),
            self.on_database,
            lambda: [line.state for line in self.pipeline.lines],
            self.tell,
        )
        self.writer.change(self.licence.load)
        commands.gate = self.licence.permit
        undo.callback(self.licence.stop)
        self.following = undo.enter_context(ExitStack())
        follow_settings(self, self.following)
        scheme = "ws" if encryption is None else "wss"
        self.url = f"{scheme}://{bracketed(config.ws_host)}:{listener.getsockname()[1]}"
        self.address = Address(self.url, token, os.getpid(), self.epoch, mode, screen, certificate_of(config))
        self.access.tell_everybody()
        self.settings_desk.show()
        self.watch = Watch(self)
        undo.callback(self.watch.close_log)
        self.fanout.on_told = self.watch.tracer.told
        self.fanout.admission.exposition = self.reporter.exposition
        self.fanout.start()
        self.archivist.start()
        self.pipeline.start()
        undo.callback(self.pipeline.stop)
        self.watch.start()
        undo.callback(self.watch.stop)
        self.receiver.start()
        self.ownership.announce(self.address)
        self.obs.start()
        self.licence.start()
        for damaged in self.writer.set_aside:
            self.tell_of_damage(damaged.name, damaged.reason)

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(part.thread.is_alive() for part in (self.receiver, self.pipeline, self.fanout))

    def close(self) -> None:
        """Take everything down in the order in which a datagram walks, so that nothing received is lost."""
        self.receiver.stop()
        self.obs.stop()
        self.watch.stop()
        self.access.stop()
        self.pipeline.stop()
        self.archivist.stop()
        self.fanout.stop()
        try:
            self.writer.end_epoch(clean=self.pipeline.unsaved == 0)
        except RestrikeError as problem:
            log.error("the term could not be ended in the database: %s", problem.message)
        self.licence.stop()
        self.following.close()
        self.reader.close()
        self.ledger.close()
        self.writer.close()
        self.watch.close_log()
        self.ownership.release()

    def publish(self, group: Group) -> None:
        """Tell the clients what was stored, and the archivist what has ended (the pipeline's thread)."""
        self.fanout.publish(group)
        self.obs.heard(group)
        self.archivist.note(group.courts)

    def show(self, message: Mapping[str, Any]) -> None:
        """Send a picture to the clients, now and in coming snapshots."""
        self.fanout.show(message)

    def decide(self, work: Callable[[], T]) -> T:
        """Do something on the pipeline's thread, between two groups of events (any thread but that one)."""
        return self.pipeline.call(work)

    def on_database(self, work: Callable[[apsw.Connection], Any]) -> Any:
        """Do something on the database in one transaction, between two groups of events (any thread but that one)."""
        return self.pipeline.call(lambda: self.writer.change(work))

    # -- building --------------------------------------------------------------------------------------------------

    def open_sockets(self, taken_over: bool, undo: ExitStack) -> list[CourtSocket]:
        """Bind the UDP port of every court."""
        patient_until = time.monotonic() + (LEAVING_SECONDS if taken_over else 0.0)
        courts: list[CourtSocket] = []
        for index, (name, port) in enumerate(self.config.ports.items()):
            while True:
                try:
                    sock = open_udp(self.config.bind, port, self.config.receive_buffer)
                except PortInUse:
                    # A process gives its lock up an instant before its sockets when it is killed.
                    if time.monotonic() > patient_until:
                        raise
                    time.sleep(0.02)
                else:
                    break
            undo.callback(sock.close)
            self.drain.prepare(sock)
            courts.append(CourtSocket(index, name, sock))
        return courts

    def line_of(self, court: CourtSocket) -> CourtLine:
        """Begin a court's session, with its state as the stored events of its running match tell."""
        version = self.config.version_of(court.name)
        session = self.writer.begin_session(court.name, court.port, version, self.started_ns)
        recognizer = self.judge.recognizer(version)
        state = rebuild(self.reader.last_load(court.name), recognizer, time.time_ns(), time.monotonic_ns())
        return CourtLine(court.name, session, recognizer, state)

    def page(self, since: int, limit: int) -> Page:
        """Return stored events for clients that resume (the fan-out's reading thread only)."""
        rows = patiently(lambda: self.reader.events(since, limit))
        return [(row, recognition_of(row, self.recognizer)) for row in rows]

    def gaps(self) -> list[dict[str, Any]]:
        """Return the newest gaps, with their times as text too."""
        return [
            {**gap, "from": iso_time(gap["from_ns"]), "to": iso_time(gap["to_ns"])}
            for gap in self.reader.gaps()[-SHOWN_GAPS:]
        ]

    def hand_out_tables(self) -> None:
        """Judge every court by the tables as they are now (the pipeline's thread)."""
        for line in self.pipeline.lines:
            line.recognizer = self.judge.recognizer(line.recognizer.version)
        self.recognizer = self.judge.recognizer(self.config.protocol_version)
        self.lookups.streams.forget()
        if self.pipeline.books is not None:
            self.pipeline.books.change_tables()

    def change_version(self, court: str, version: str, who: str, why: str) -> int:
        """Make another protocol version the setting of a court, and return its session (the pipeline's thread)."""
        self.line_called(court)
        versions = {**self.config.protocol_versions, court: version}
        self.settings_desk.keep({"recording.protocol_versions": versions}, who, why)
        line = self.line_called(court)
        # A version given on the command line goes before the stored one, yet a person at the ring knows better.
        return line.session_id if line.recognizer.version == version else self.judge_by(court, version)

    def line_called(self, court: str) -> CourtLine:
        """Return a court's line; raises ``HubError`` where there is none."""
        line = next((line for line in self.pipeline.lines if line.name == court), None)
        if line is None:
            names = ", ".join(line.name for line in self.pipeline.lines)
            raise HubError(f"there is no court {court!r}", hint=f"Courts: {names}.")
        return line

    def judge_by(self, court: str, version: str) -> int:
        """Judge a court by another protocol version, in a session of its own (the pipeline's thread)."""
        line = self.line_called(court)
        recognizer = self.judge.recognizer(version)
        port = next(each.port for each in self.sockets if each.name == court)
        line.session_id = self.writer.begin_session(court, port, version, time.time_ns())
        line.recognizer = recognizer
        return line.session_id

    # -- what needs a person ---------------------------------------------------------------------------------------

    def tell(self, alert: Mapping[str, Any]) -> None:
        """Send an alert to the clients."""
        self.watch.take(alert)
        self.fanout.alert({"type": "alert", "at": iso_time(time.time_ns()), **alert})

    def tell_of_changes(self, events: Sequence[Mapping[str, Any]] | None) -> None:
        """Tell that stored events have other statuses now, each given as an object; None: any may be another one."""
        self.fanout.call(lambda: self.fanout.tell(encode({"type": "changed", "events": events})))

    def tell_of_damage(self, name: str, reason: str) -> None:
        """Tell that a damaged database was set aside."""
        self.tell(
            {
                "source": "store",
                "level": "critical",
                "message": f"the database was damaged ({reason}) and set aside as {name}; a new one was begun",
                "hint": f"Nothing was deleted: keep {name} for recovery.",
            }
        )

    def tell_of_archive(self, level: str, message: str, hint: str) -> None:
        """Tell that archiving failed (the archivist's thread)."""
        self.tell({"source": "archive", "level": level, "message": message, "hint": hint})

    def socket_failed(self, court: str, problem: OSError) -> None:
        """Tell that a court is no longer heard (the receive thread)."""
        log.error("the socket of court %s failed: %s", court, problem)
        self.tell(
            {
                "source": "receive",
                "level": "critical",
                "court": court,
                "message": f"court {court} is no longer heard: {problem.strerror or problem}",
                "hint": "Check the network interface, then restart the hub.",
            }
        )

    def tell_of_finding(self, court: str, finding: Finding) -> None:
        """Tell what the messages of a court prove about others that did not come (the pipeline's thread)."""
        if finding.revision == 1 or finding.status != "reported":
            self.tell(
                {
                    "source": "quality",
                    "level": finding.severity,
                    "court": court,
                    "message": f"court {court}: {finding.text}",
                    "hint": finding.reason,
                    "finding": finding,
                }
            )

    def datagrams_lost(self, court: str, count: int, from_ns: int, to_ns: int) -> None:
        """Make a loss a stored fact and tell of it (the fan-out's thread)."""
        reason = f"{count} datagrams dropped by the kernel: the receive buffer was full"
        hint = "Raise net.core.rmem_max, or find out what kept this machine so busy."
        self.pipeline.ask(lambda: self.writer.record_gap(from_ns, to_ns, reason, court))
        gap = {"epoch": self.epoch, "court": court, "from_ns": from_ns, "to_ns": to_ns, "reason": reason}
        gap |= {"from": iso_time(from_ns), "to": iso_time(to_ns)}
        self.fanout.picture.gaps = [*self.fanout.picture.gaps, gap][-SHOWN_GAPS:]
        message = f"court {court}: {reason}"
        self.tell({"source": "receive", "level": "error", "court": court, "message": message, "hint": hint})


def certificate_of(config: HubConfig) -> str:
    """Return the path of the certificate that clients of this machine are to trust, nothing where there is none."""
    return str(Path(config.certificate).expanduser().absolute()) if config.certificate else ""


def port_of(address: Address | None) -> int | None:
    """Return the TCP port at which a former hub answered, so that its clients find the next one there."""
    return urlsplit(address.url).port if address else None


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL; one that means every address is reached on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"[{host}]" if ":" in host else host
