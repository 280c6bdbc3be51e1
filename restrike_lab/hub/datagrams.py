"""Datagrams on their way from a socket to the pipeline, before anyone looks into them.

``Batch`` is what one drain of one socket brought: columns rather than one object per datagram, because at 100,000
datagrams a second every object counts. ``arrival_columns`` turns the kernel's wall-clock stamps into the two times
the lab keeps: wall time for people and monotonic time for windows. ``Spool`` hands batches from the receive thread to
the pipeline and is bounded; when it is full the receive thread leaves the datagrams in the kernel, whose buffer and
exact drop counter then take over, so that nothing is ever lost uncounted.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

__all__ = ["LARGEST", "Batch", "Spool", "arrival_columns"]

LARGEST = 8192
"""Bytes of a datagram that are kept; the largest message seen on a live console has 106 characters."""

OVERHEAD = 104
"""Bytes a waiting datagram takes beside its payload: the object's header, its place in a list and two stamps."""

NO_CUTS: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Batch:
    """Datagrams of one court in order of arrival.

    ``wall_ns`` and ``mono_ns`` are their arrival times (since 1970, and monotonic). ``sender`` is ``address:port`` of
    all of them, or one per datagram. ``cuts`` gives the true size of those longer than ``LARGEST`` by position.
    """

    court: int
    payloads: list[bytes]
    wall_ns: Sequence[int]
    mono_ns: Sequence[int]
    sender: str | list[str]
    cuts: Mapping[int, int] = field(default_factory=lambda: NO_CUTS)

    def __len__(self) -> int:
        return len(self.payloads)


def arrival_columns(
    stamps: Sequence[int], wall_now: int, mono_now: int, empty_at: int
) -> tuple[array[int], array[int]]:
    """Return wall and monotonic arrival times (ns) for kernel stamps read at ``wall_now`` and ``mono_now``.

    A stamp of 0 means that the kernel gave none: the time of reading stands in. The monotonic time is now minus the
    stamp's age. The wall clock may have jumped in between, so it is held between ``empty_at``, the monotonic time
    at which the socket was last seen empty, and now, and never runs backwards within a socket.
    """
    if 0 in stamps:
        stamps = [stamp or wall_now for stamp in stamps]
    offset = mono_now - wall_now
    mono = [stamp + offset for stamp in stamps]
    if len(mono) == 1:
        return array("q", stamps), array("q", (min(max(mono[0], empty_at), mono_now),))
    if max(mono) > mono_now:
        mono = [min(value, mono_now) for value in mono]
    rising = accumulate(mono, max, initial=empty_at)
    next(rising)
    return array("q", stamps), array("q", rising)


class Spool:
    """A bounded queue of batches between one producer and one consumer, without a lock on the way.

    Each side only ever writes its own counters, so their difference is right at any moment; the only lock is the one
    the consumer sleeps on.
    """

    def __init__(self, max_datagrams: int = 2_000_000, max_bytes: int = 512 << 20) -> None:
        self.max_datagrams = max_datagrams
        self.max_bytes = max_bytes
        self.batches: deque[Batch] = deque()
        self.received = self.received_bytes = 0
        self.taken = self.taken_bytes = 0
        self.highest = 0
        self.wake = threading.Lock()
        self.wake.acquire()

    @property
    def waiting(self) -> int:
        """Datagrams that the consumer has not taken yet."""
        return self.received - self.taken

    @property
    def full(self) -> bool:
        """Whether the producer must leave datagrams in the kernel for now."""
        return (
            self.received - self.taken >= self.max_datagrams or self.received_bytes - self.taken_bytes >= self.max_bytes
        )

    @property
    def waiting_bytes(self) -> int:
        """Memory that they take."""
        return self.received_bytes - self.taken_bytes

    @property
    def filled(self) -> float:
        """The part of its room that is taken, 0..1."""
        return max(
            (self.received - self.taken) / self.max_datagrams, (self.received_bytes - self.taken_bytes) / self.max_bytes
        )

    def put(self, batch: Batch) -> None:
        """Hand over a batch (producer only)."""
        count = len(batch.payloads)
        self.received_bytes += sum(map(len, batch.payloads)) + OVERHEAD * count
        self.received += count
        self.highest = max(self.highest, self.received - self.taken)
        self.batches.append(batch)
        self.notify()

    def notify(self) -> None:
        """Wake the consumer, whether or not there is anything to take."""
        if self.wake.locked():
            try:
                self.wake.release()
            except RuntimeError:  # another thread woke it between the two lines
                return

    def wait(self, seconds: float) -> bool:
        """Sleep until a batch is there, ``notify`` was called or ``seconds`` passed; tell whether there is one."""
        if not self.batches:
            self.wake.acquire(timeout=seconds)
        return bool(self.batches)

    def take(self, limit: int) -> list[Batch]:
        """Take waiting batches, whole ones, until ``limit`` datagrams are reached (consumer only)."""
        taken: list[Batch] = []
        count = size = 0
        while self.batches and count < limit:
            batch = self.batches.popleft()
            taken.append(batch)
            count += len(batch.payloads)
            size += sum(map(len, batch.payloads)) + OVERHEAD * len(batch.payloads)
        self.taken_bytes += size
        self.taken += count
        return taken
