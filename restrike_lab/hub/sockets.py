"""Sockets of the hub: opened so that nobody else can share them, with an honest buffer size and drop counter."""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from pathlib import Path

import psutil

from restrike_lab.hub.errors import HubError, PortInUse

__all__ = ["holder_of", "kernel_drops", "open_listener", "open_udp", "proc_net_drops", "receive_buffer"]

SO_RCVBUFFORCE = 33
SO_MEMINFO = 55
MEMINFO_WORDS, MEMINFO_DROPS = 9, 8
CLIENT_PORT, NEXT_PORTS = 3001, 50
IN_USE = (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE), errno.EACCES)


def open_udp(bind: str, port: int, buffer_bytes: int) -> socket.socket:
    """Open the UDP socket of a court; port 0 lets the system choose.

    Raises ``PortInUse`` with the holder of the port when it can be found, ``HubError`` for an address that is not
    this machine's.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        # SO_REUSEADDR stays off: with it two hubs could hold one port, and each would hear a part or nothing.
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        ask_for_buffer(sock, buffer_bytes)
        sock.bind((bind, port))
    except OSError as problem:
        sock.close()
        if problem.errno in IN_USE:
            raise port_in_use("udp", port, problem) from problem
        raise HubError(
            f"cannot listen on {bind}:{port}: {problem.strerror or problem}",
            hint="Use an address of this machine for --bind (0.0.0.0 listens on all of them).",
            bind=bind,
            port=port,
        ) from problem
    return sock


def open_listener(host: str, port: int | None, prefer: int | None = None) -> socket.socket:
    """Bind the TCP socket for clients: ``port``; with None ``prefer``, 3001 or the next free one; with 0 any.

    Raises ``PortInUse`` when a given port is taken, ``HubError`` for an address that is not this machine's.
    """
    usual = range(CLIENT_PORT, CLIENT_PORT + NEXT_PORTS) if port is None else ()
    wanted = [port] if port else [*([prefer] if prefer else []), *usual, 0]
    problem: OSError | None = None
    for candidate in wanted:
        try:
            return listening(host, candidate)
        except OSError as refusal:
            problem = refusal
            if refusal.errno not in IN_USE:
                break
    assert problem is not None
    if problem.errno in IN_USE:
        raise port_in_use("tcp", wanted[0], problem) from problem
    raise HubError(
        f"cannot serve on {host}: {problem.strerror or problem}",
        hint="Use an address of this machine; 127.0.0.1 serves this machine alone.",
        host=host,
    ) from problem


def listening(host: str, port: int) -> socket.socket:
    """Return a TCP socket that listens; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio does not know it for one and leaves Nagle's algorithm on: 40 ms for small frames.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows SO_REUSEADDR would let two programs share the port; elsewhere it only forgives a recent close.
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(100)
    except OSError:
        listener.close()
        raise
    return listener


def ask_for_buffer(sock: socket.socket, buffer_bytes: int) -> None:
    """Ask for a receive buffer: beyond the system's limit where the process may, else up to it."""
    if sys.platform.startswith("linux"):
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer_bytes)
        except OSError:  # needs CAP_NET_ADMIN
            pass
        else:
            return
    size = buffer_bytes
    while size >= 4096:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        except OSError:  # macOS refuses more than kern.ipc.maxsockbuf instead of granting that much
            size //= 2
        else:
            return


def receive_buffer(sock: socket.socket) -> int:
    """Return the receive buffer in bytes that was granted for payloads, in the unit it was asked in.

    Linux doubles what is asked to make room for its own bookkeeping and reports the doubled value.
    """
    size = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return size // 2 if sys.platform.startswith("linux") else size


def kernel_drops(sock: socket.socket) -> int | None:
    """Return how many datagrams the kernel dropped at ``sock`` since it was opened; None where no counter exists."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        answer = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO_WORDS * 4)
    except OSError:  # before Linux 4.12
        return proc_net_drops(sock)
    if len(answer) < MEMINFO_WORDS * 4:
        return proc_net_drops(sock)
    return int(struct.unpack_from("=I", answer, MEMINFO_DROPS * 4)[0])


def proc_net_drops(sock: socket.socket) -> int | None:
    """Return the drop counter of ``sock`` from ``/proc/net/udp``; None when it cannot be read there."""
    inode = str(os.fstat(sock.fileno()).st_ino)
    table = Path("/proc/net/udp6" if sock.family == socket.AF_INET6 else "/proc/net/udp")
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return None
    for line in lines:
        columns = line.split()
        if len(columns) > 12 and columns[9] == inode:
            return int(columns[12])
    return None


def holder_of(kind: str, port: int) -> tuple[int, str] | None:
    """Return process id and name of the program that holds a port (``kind`` is ``udp`` or ``tcp``), if visible."""
    try:
        connections = psutil.net_connections(kind=kind)
    except (psutil.Error, OSError):
        return None
    for connection in connections:
        listening = kind == "udp" or connection.status == psutil.CONN_LISTEN
        if connection.laddr and connection.laddr.port == port and listening and connection.pid:
            try:
                return connection.pid, psutil.Process(connection.pid).name()
            except psutil.Error:
                return connection.pid, "unknown program"
    return None


def port_in_use(kind: str, port: int, problem: OSError) -> PortInUse:
    """Build the error for a port that could not be bound, naming who holds it when that can be found."""
    if problem.errno == errno.EACCES and port < 1024 and sys.platform != "win32":
        return PortInUse(
            f"{kind.upper()} port {port} is reserved for the system's administrator",
            hint="Choose a port of 1024 or above.",
            port=port,
        )
    holder = holder_of(kind, port)
    if holder is None:
        return PortInUse(
            f"{kind.upper()} port {port} is already in use",
            hint=f"End the program that uses it, or choose another port than {port}.",
            port=port,
        )
    pid, name = holder
    return PortInUse(
        f"{kind.upper()} port {port} is already in use by {name} (process {pid})",
        hint=f"End process {pid}, or choose another port than {port}.",
        port=port,
        pid=pid,
        program=name,
    )
