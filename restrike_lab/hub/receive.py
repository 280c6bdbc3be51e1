"""The receive thread: one thread that listens to all courts and loses nothing uncounted.

For every court, at any moment and exactly when the socket is empty: ``received + kernel_dropped + rejected`` equals
what was sent to it. At rest the thread wakes for each datagram; from 1,000 a second on it lets them gather for up to
40 ms, since waking, committing and telling cost the same for one as for a hundred. When the spool to the pipeline is
full it stops draining: the kernel's buffer and its drop counter take over.
"""

from __future__ import annotations

import contextlib
import ipaddress
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from restrike_lab.hub.datagrams import NO_CUTS, Batch, Spool
from restrike_lab.hub.portable import PortableDrain
from restrike_lab.hub.recvmmsg import FastDrain, fast_drain_available
from restrike_lab.hub.sockets import kernel_drops, receive_buffer

__all__ = ["Accounting", "Allowance", "CourtSocket", "Drain", "Receiver", "choose_drain"]

CLOCKS_APART_NS = 2_000_000
"""By how much the kernel's stamp of a datagram and this process' look at the clock may differ."""

LOOK_AFTER_NS = 80_000_000
"""How long the next datagram is awaited, which tells as much as a look: looks cost two threads' waking each."""

FULL_SECONDS = 0.002
LEAVING_SECONDS = 0.002
REJECTED_SENDERS = 256
OTHERS = "others"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Drain(Protocol):
    """A way to empty sockets; see ``recvmmsg.FastDrain`` and ``portable.PortableDrain``."""

    name: str

    @property
    def stamps(self) -> str:
        """Where arrival times come from: ``kernel`` or ``read``."""

    def prepare(self, sock: socket.socket) -> None:
        """Set the socket up, before it hears anything."""

    def drain(self, sock: socket.socket, court: int, empty_at: int) -> tuple[Batch | None, bool]:
        """Take what waits; return it (or None) and whether more may be waiting."""


def choose_drain(bind: str = "0.0.0.0", portable: bool = False) -> Drain:
    """Return the fast drain where the platform offers it for this address family, else the portable one."""
    if not portable and ":" not in bind and fast_drain_available():
        return FastDrain()
    return PortableDrain()


class Pace:
    """How long to let datagrams gather in the kernel before the next drain: not at all below ``CALM`` a second.

    From there on the pause grows with the rate, since what a group costs beside its events is shared by more of them:
    5 ms at 1,000 a second, 100 ms at 20,000, and no more than ``GATHERED`` at once beyond that. ``room`` is how many
    datagrams may gather without any danger to the kernel's buffer.
    """

    CALM = 1_000
    WINDOW_SECONDS = 0.05
    SECONDS_PER_RATE = 5e-6
    GATHERED = 2_000

    def __init__(self, room: int, now: float) -> None:
        self.room = room
        self.since = now
        self.count = 0
        self.rate = 0.0

    def pause(self, count: int, now: float) -> float:
        """Note that ``count`` datagrams were taken and return how many seconds to wait."""
        self.count += count
        elapsed = now - self.since
        if elapsed >= self.WINDOW_SECONDS:
            self.rate = self.count / elapsed
            self.since, self.count = now, 0
        if self.rate < self.CALM:
            return 0.0
        return min(self.SECONDS_PER_RATE * self.rate, min(self.room, self.GATHERED) / self.rate)


class Allowance:
    """Which senders may be heard; empty means all. Remembers its answers, for a bounded number of senders."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self.networks: list[Network] = [ipaddress.ip_network(network, strict=False) for network in networks]
        self.known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self.networks)

    def allows(self, sender: str) -> bool:
        """Tell whether ``sender`` (``address:port``) lies in one of the networks."""
        answer = self.known.get(sender)
        if answer is None:
            address = ipaddress.ip_address(sender.rpartition(":")[0].partition("%")[0])
            answer = any(address in network for network in self.networks)
            if len(self.known) >= 4096:
                self.known.clear()
            self.known[sender] = answer
        return answer


@dataclass(slots=True)
class Accounting:
    """What happened to everything that was sent to one court; ``kernel_dropped`` is None where nobody counts."""

    received: int = 0
    received_bytes: int = 0
    empty: int = 0
    oversized: int = 0
    rejected: int = 0
    kernel_dropped: int | None = None
    last_arrival_ns: int | None = None
    rejected_senders: dict[str, int] = field(default_factory=dict)

    def reject(self, sender: str, count: int) -> None:
        """Count datagrams of a sender that is not allowed; beyond 256 senders they count as ``others``."""
        self.rejected += count
        name = sender.rpartition(":")[0]
        if name not in self.rejected_senders and len(self.rejected_senders) >= REJECTED_SENDERS:
            name = OTHERS
        self.rejected_senders[name] = self.rejected_senders.get(name, 0) + count

    def receive(self, batch: Batch) -> None:
        """Count the datagrams of a batch that goes on to the pipeline."""
        self.received += len(batch.payloads)
        self.received_bytes += sum(map(len, batch.payloads))
        self.oversized += len(batch.cuts)
        self.empty += batch.payloads.count(b"")
        self.last_arrival_ns = batch.wall_ns[-1]


@dataclass(slots=True)
class CourtSocket:
    """One court's socket with its books; ``index`` stands for the court in batches."""

    index: int
    name: str
    socket: socket.socket
    accounting: Accounting = field(default_factory=Accounting)
    empty_at: int = 0
    port: int = 0
    buffer_bytes: int = 0

    def __post_init__(self) -> None:
        """Read back what the system granted; it stays known when the socket is closed."""
        self.port = self.socket.getsockname()[1]
        self.buffer_bytes = receive_buffer(self.socket)
        self.count_drops()

    @property
    def room(self) -> int:
        """How many messages of usual size the kernel's buffer holds: each takes 832 bytes of twice the size asked."""
        return self.buffer_bytes * 2 // 832

    def count_drops(self) -> int | None:
        """Read the kernel's drop counter and return it; a closed socket keeps its last value."""
        try:
            self.accounting.kernel_dropped = kernel_drops(self.socket)
        except OSError:
            return self.accounting.kernel_dropped
        return self.accounting.kernel_dropped

    def turn_away(self) -> None:
        """Let the kernel accept no more datagrams, so that a last drain can be complete.

        A UDP socket that is connected hears its peer alone; nobody sends from the discard port of this machine.
        """
        address = "::1" if self.socket.family == socket.AF_INET6 else "127.0.0.1"
        try:
            self.socket.connect((address, 9))
        except OSError:
            return


class Receiver:
    """Listen to the sockets of all courts and put what arrives into the spool.

    ``on_failure(court, error)`` is told once when a socket stops working; the thread goes on with the others.
    ``complete_until`` is a time (ns, monotonic clock): whatever arrived before it has been put into the spool.
    """

    def __init__(
        self,
        courts: Sequence[CourtSocket],
        spool: Spool,
        drain: Drain,
        allowance: Allowance | None = None,
        on_failure: Callable[[str, OSError], None] = lambda _court, _error: None,
    ) -> None:
        self.courts = list(courts)
        self.spool = spool
        self.drain = drain
        self.allowance = allowance or Allowance()
        self.on_failure = on_failure
        self.stopping = False
        self.complete_until = 0
        self.selector = selectors.DefaultSelector()
        self.waker, self.woken = socket.socketpair()
        self.thread = threading.Thread(target=self.run, name="restrike-receive", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self.waker.setblocking(False)
        self.selector.register(self.woken, selectors.EVENT_READ, None)
        now = time.monotonic_ns()
        for court in self.courts:
            court.empty_at = now
            self.selector.register(court.socket, selectors.EVENT_READ, court)
        self.thread.start()

    def stop(self) -> None:
        """Turn further datagrams away, take all that the kernel accepted, close the sockets; idempotent."""
        if self.thread.is_alive():
            self.stopping = True
            self.wake()
            self.thread.join()
        for court in self.courts:
            court.socket.close()
        self.selector.close()
        self.waker.close()
        self.woken.close()

    def heard_until(self, wanted_ns: int) -> int:
        """Return ``complete_until``; when it stays before a time that has passed, have the thread look again.

        At rest the thread sleeps, and silence proves nothing: a datagram may have come and its thread not have run
        yet. Once it has looked, the spool's consumer is woken.
        """
        if self.complete_until < wanted_ns <= time.monotonic_ns() - LOOK_AFTER_NS:
            self.wake()
        return self.complete_until

    def wake(self) -> None:
        """Wake the thread; it may be awake, or gone."""
        with contextlib.suppress(OSError):
            self.waker.send(b"\0")

    def accounting(self) -> Mapping[str, Accounting]:
        """Return a copy of the books by court, with the kernel's drop counters read now."""
        for court in self.courts:
            court.count_drops()
        return {
            court.name: replace(court.accounting, rejected_senders=dict(court.accounting.rejected_senders))
            for court in self.courts
        }

    def received(self) -> dict[str, int]:
        """Return how many datagrams each court has received, without asking the kernel for its drops."""
        return {court.name: court.accounting.received for court in self.courts}

    def run(self) -> None:
        """Wait for datagrams and take them, until told to stop (the thread's body)."""
        room = min((court.room for court in self.courts), default=0) // 4
        pace = Pace(room, time.monotonic())
        woken = False
        while not self.stopping:
            taken = 0
            before = time.monotonic_ns()
            ready = [key.data for key, _events in self.selector.select(0 if woken else None)]
            for court in ready:
                if court is not None:
                    taken += self.serve(court)
            if all(court is None or court.empty_at >= before for court in ready):  # the others were empty then
                self.complete_until = before - CLOCKS_APART_NS
            if woken:
                self.spool.notify()
            if woken := None in ready:
                self.woken.recv(64)
            if pause := pace.pause(taken, time.monotonic()):
                time.sleep(pause)
        for court in self.courts:
            court.turn_away()
        for _ in range(2):  # a datagram may have been on its way into the socket when it was turned away
            for court in self.courts:
                if court.socket.fileno() >= 0:
                    self.serve(court, last=True)
            time.sleep(LEAVING_SECONDS)
        for court in self.courts:
            court.count_drops()
        self.spool.notify()

    def serve(self, court: CourtSocket, last: bool = False) -> int:
        """Take what waits at one court and return how many it was; ``last``: leave nothing, full spool or not."""
        taken = 0
        more = True
        while more:
            if self.spool.full and not last:
                time.sleep(FULL_SECONDS)
                break
            before = time.monotonic_ns()
            try:
                batch, more = self.drain.drain(court.socket, court.index, court.empty_at)
            except OSError as problem:
                self.give_up(court, problem)
                break
            if batch is not None:
                taken += len(batch.payloads)
                court.empty_at = batch.mono_ns[-1]
                self.hand_on(court, batch)
            if not more:
                court.empty_at = max(court.empty_at, before)
        return taken

    def hand_on(self, court: CourtSocket, batch: Batch) -> None:
        """Count a batch and put the allowed part of it into the spool."""
        allowed = self.filtered(court, batch) if self.allowance else batch
        if allowed is not None:
            court.accounting.receive(allowed)
            self.spool.put(allowed)

    def filtered(self, court: CourtSocket, batch: Batch) -> Batch | None:
        """Return the batch without datagrams of senders that are not allowed; they are counted, never stored."""
        allows = self.allowance.allows
        if isinstance(batch.sender, str):
            if allows(batch.sender):
                return batch
            court.accounting.reject(batch.sender, len(batch))
            return None
        senders = batch.sender
        keep = [i for i, sender in enumerate(senders) if allows(sender)]
        for sender in senders:
            if not allows(sender):
                court.accounting.reject(sender, 1)
        if len(keep) == len(senders):
            return batch
        if not keep:
            return None
        return Batch(
            batch.court,
            [batch.payloads[i] for i in keep],
            [batch.wall_ns[i] for i in keep],
            [batch.mono_ns[i] for i in keep],
            [senders[i] for i in keep],
            {new: batch.cuts[old] for new, old in enumerate(keep) if old in batch.cuts} or NO_CUTS,
        )

    def give_up(self, court: CourtSocket, problem: OSError) -> None:
        """Stop listening to a socket that fails for good, and say so."""
        self.selector.unregister(court.socket)
        court.count_drops()
        court.socket.close()
        self.on_failure(court.name, problem)
