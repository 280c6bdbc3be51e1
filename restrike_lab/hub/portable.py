"""The way to empty a UDP socket on every platform: one ``recvmsg`` or ``recvfrom`` call per datagram.

Same interface as ``recvmmsg.FastDrain``. The landing place holds the largest datagram there is (65,535 bytes), so the
true size is known without asking the kernel, and Windows, which raises for a datagram longer than the buffer, has
no reason to.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import time
from typing import Any

from restrike_lab.hub.datagrams import LARGEST, NO_CUTS, Batch, arrival_columns

__all__ = ["PortableDrain"]

LINUX = sys.platform.startswith("linux")
SO_TIMESTAMPNS = 35  # Linux: struct timespec
SO_TIMESTAMP = {"darwin": 0x0400}.get(sys.platform)  # macOS: struct timeval


class PortableDrain:
    """Empty sockets of any family, datagram by datagram."""

    name = "recvmsg" if hasattr(socket.socket, "recvmsg_into") else "recvfrom"

    def __init__(self, capacity: int = 1024) -> None:
        self.capacity = capacity
        self.landing = bytearray(65_536)
        self.view = memoryview(self.landing)
        self.stamped = False

    @property
    def stamps(self) -> str:
        """Where arrival times come from: ``kernel``, or ``read`` when the kernel gives none."""
        return "kernel" if self.stamped else "read"

    def prepare(self, sock: socket.socket) -> None:
        """Make ``sock`` non-blocking and ask the kernel for arrival stamps where it has them."""
        sock.setblocking(False)
        option = SO_TIMESTAMPNS if LINUX else SO_TIMESTAMP
        if option is None or self.name != "recvmsg":
            return
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        except OSError:
            return
        self.stamped = True

    def drain(self, sock: socket.socket, court: int, empty_at: int) -> tuple[Batch | None, bool]:
        """Take what waits in ``sock``; return it (or None) and whether more may be waiting.

        Raises OSError for anything but an empty socket.
        """
        payloads: list[bytes] = []
        stamps: list[int] = []
        senders: list[str] = []
        cuts: dict[int, int] = {}
        more = True
        while len(payloads) < self.capacity:
            try:
                size, stamp, address = self.receive(sock)
            except (BlockingIOError, InterruptedError):
                more = False
                break
            except OSError as problem:
                # Windows reports an answer to something we never sent (port unreachable) as a reset of the socket.
                if problem.errno in (errno.ECONNRESET, errno.ECONNREFUSED):
                    continue
                raise
            if size > LARGEST:
                cuts[len(payloads)] = size
            payloads.append(bytes(self.view[: min(size, LARGEST)]))
            stamps.append(stamp)
            senders.append(f"{address[0]}:{address[1]}")
        if not payloads:
            return None, more
        wall, mono = arrival_columns(stamps, time.time_ns(), time.monotonic_ns(), empty_at)
        sender = senders[0] if len(set(senders)) == 1 else senders
        return Batch(court, payloads, wall, mono, sender, cuts or NO_CUTS), more

    def receive(self, sock: socket.socket) -> tuple[int, int, Any]:
        """Receive one datagram into the landing place; return its size, its stamp (0: none) and its sender."""
        if self.name != "recvmsg":
            size, address = sock.recvfrom_into(self.landing)
            return size, time.time_ns(), address
        size, ancillary, _flags, address = sock.recvmsg_into([self.landing], 128)
        return size, stamp_of(ancillary), address


def stamp_of(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Return the kernel's arrival time in ns since 1970 out of ``recvmsg``'s ancillary data, 0 if there is none."""
    for level, _kind, data in ancillary:
        if level != socket.SOL_SOCKET or len(data) < 12:
            continue
        if LINUX:
            seconds, nanoseconds = struct.unpack_from("@ll", data)
            return int(seconds * 1_000_000_000 + nanoseconds)
        seconds, microseconds = struct.unpack_from("@li", data)
        return int(seconds * 1_000_000_000 + microseconds * 1000)
    return 0
