"""The fast way to empty a UDP socket: one ``recvmmsg`` call for up to 1,024 datagrams (64-bit Linux).

The standard library has no ``recvmmsg``, so this speaks to libc through ctypes. What makes it cheap is not the call
but how its answer is read: lengths, flags, stamps and senders of the whole batch are columns of preallocated memory,
taken as strided slices, never field by field. Each datagram has two landing places: the first 128 bytes lie densely
beside those of its neighbours, so that one copy and plain slices yield all payloads, and the rare rest of a longer
one falls into its own place, which the system does not even back with memory until it is used.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from restrike_lab.hub.datagrams import LARGEST, NO_CUTS, Batch, arrival_columns

__all__ = ["FastDrain", "fast_drain_available"]

SO_TIMESTAMPNS = 35
MSG_TRUNC, MSG_DONTWAIT = 0x20, 0x40
HEAD = 128
HEADER, NAME, CONTROL, VECTOR = 64, 16, 32, 32  # bytes per datagram: mmsghdr, sockaddr_in, cmsg + timespec, 2 iovecs
KNOWN_SENDERS = 4096


def libc_recvmmsg() -> Callable[..., int] | None:
    """Return libc's ``recvmmsg``, or None where it does not exist or its memory layout is not the known one."""
    if not sys.platform.startswith("linux") or ctypes.sizeof(ctypes.c_void_p) != 8 or sys.byteorder != "little":
        return None
    # PyDLL keeps the interpreter lock: the call never blocks, and giving the lock away would cost up to a whole switch
    # interval (5 ms) per batch while the pipeline computes.
    function: Any = getattr(ctypes.PyDLL(None, use_errno=True), "recvmmsg", None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
    function.restype = ctypes.c_int
    recvmmsg: Callable[..., int] = function
    return recvmmsg


def fast_drain_available() -> bool:
    """Tell whether this platform offers the fast path."""
    return libc_recvmmsg() is not None


class FastDrain:
    """Empty IPv4 sockets through ``recvmmsg``; one instance serves all sockets of one thread."""

    name = "recvmmsg"
    stamps = "kernel"

    def __init__(self, capacity: int = 1024) -> None:
        recvmmsg = libc_recvmmsg()
        if recvmmsg is None:
            raise OSError(errno.ENOSYS, "recvmmsg is not available here")
        self.call = recvmmsg
        self.capacity = capacity
        self.senders: dict[int, str] = {}
        memory = ctypes.create_string_buffer
        self.headers = memory(HEADER * capacity)
        self.names = memory(NAME * capacity)
        self.controls = memory(CONTROL * capacity)
        self.vectors = memory(VECTOR * capacity)
        self.heads = memory(HEAD * capacity)
        self.tails = memory((LARGEST - HEAD) * capacity)
        self.lay_out()
        self.template = self.headers.raw
        self.header_bytes = memoryview(self.headers).cast("B")
        self.header_words = self.header_bytes.cast("I")
        self.head_bytes = memoryview(self.heads).cast("B")
        self.tail_bytes = memoryview(self.tails).cast("B")
        self.times = memoryview(self.controls).cast("B").cast("q")
        self.peers = memoryview(self.names).cast("B").cast("Q")
        self.starts = range(0, HEAD * capacity, HEAD)
        self.at = ctypes.addressof(self.headers)

    def lay_out(self) -> None:
        """Write the addresses of every landing place into the headers, once."""
        at = ctypes.addressof
        tail = LARGEST - HEAD
        for i in range(self.capacity):
            vector = i * VECTOR
            struct.pack_into(
                "QQQQ", self.vectors, vector, at(self.heads) + i * HEAD, HEAD, at(self.tails) + i * tail, tail
            )
            struct.pack_into(
                "QI4xQQQQi4xI4x",
                self.headers,
                i * HEADER,
                at(self.names) + i * NAME,
                NAME,
                at(self.vectors) + vector,
                2,
                at(self.controls) + i * CONTROL,
                CONTROL,
                0,
                0,
            )

    def prepare(self, sock: socket.socket) -> None:
        """Ask the kernel to stamp every datagram of ``sock`` on arrival."""
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def drain(self, sock: socket.socket, court: int, empty_at: int) -> tuple[Batch | None, bool]:
        """Take what waits in ``sock``; return it (or None) and whether more may be waiting.

        Raises OSError for anything but an empty socket.
        """
        count = self.call(sock.fileno(), self.at, self.capacity, MSG_DONTWAIT | MSG_TRUNC, None)
        wall_now, mono_now = time.time_ns(), time.monotonic_ns()
        if count <= 0:
            code = ctypes.get_errno() if count < 0 else errno.EAGAIN
            if code in (errno.EAGAIN, errno.EWOULDBLOCK):
                return None, False
            if code == errno.EINTR:
                return None, True
            raise OSError(code, os.strerror(code))
        words = self.header_words[: count * 16]
        sizes = words[14::16].tolist()
        stamps = self.stamps_of(words[10::16].tolist(), count)
        payloads, cuts = self.payloads_of(sizes)
        sender = self.senders_of(self.peers[: count * 2 : 2].tolist())
        self.header_bytes[: count * HEADER] = self.template[: count * HEADER]  # the kernel wrote lengths into them
        wall, mono = arrival_columns(stamps, wall_now, mono_now, empty_at)
        return Batch(court, payloads, wall, mono, sender, cuts), count == self.capacity

    def stamps_of(self, control_sizes: list[int], count: int) -> list[int]:
        """Return the kernel's arrival times in ns since 1970, 0 where it gave none."""
        times = self.times[: count * 4]
        stamps = [s * 1_000_000_000 + ns for s, ns in zip(times[2::4].tolist(), times[3::4].tolist(), strict=True)]
        if min(control_sizes) < CONTROL:
            return [stamp if size >= CONTROL else 0 for stamp, size in zip(stamps, control_sizes, strict=True)]
        return stamps

    def payloads_of(self, sizes: list[int]) -> tuple[list[bytes], Mapping[int, int]]:
        """Return the payloads, cut at ``LARGEST``, and the true sizes of those that were longer."""
        heads = bytes(self.head_bytes[: len(sizes) * HEAD])
        payloads = [heads[start : start + size] for start, size in zip(self.starts, sizes, strict=False)]
        if max(sizes) <= HEAD:
            return payloads, NO_CUTS
        cuts = {}
        tail = LARGEST - HEAD
        for i, size in enumerate(sizes):
            if size <= HEAD:
                continue
            rest = min(size, LARGEST) - HEAD
            start = i * HEAD
            payloads[i] = heads[start : start + HEAD] + bytes(self.tail_bytes[i * tail : i * tail + rest])
            if size > LARGEST:
                cuts[i] = size
        return payloads, cuts

    def senders_of(self, peers: list[int]) -> str | list[str]:
        """Return ``address:port`` of all datagrams when it is one, else of each."""
        distinct = set(peers)
        if len(self.senders) + len(distinct) > KNOWN_SENDERS:
            self.senders.clear()
        for peer in distinct:
            if peer not in self.senders:
                packed = struct.pack("<Q", peer)
                port = struct.unpack_from("!H", packed, 2)[0]
                self.senders[peer] = f"{socket.inet_ntoa(packed[4:8])}:{port}"
        if len(distinct) == 1:
            return self.senders[peers[0]]
        known = self.senders
        return [known[peer] for peer in peers]
