"""Play a sequence of datagrams over UDP, with its own spacing at any speed, or as fast as the receiver may take it.

Each datagram has its moment on one schedule that is fixed at the start, so a late one never makes the next ones late.
This is a plain loop in the caller's thread; clock and sleep are passed in.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.timed import Timed

__all__ = ["Address", "Played", "SendError", "parse_address", "play", "send_udp"]

Address = tuple[str, int]

_NAP_S = 0.2
"""Longest sleep at a time, so that a caller's ``stop`` is heard."""


class SendError(RestrikeError):
    """Report an address that cannot be understood or reached."""

    category = "send"


@dataclass(frozen=True)
class Played:
    """Report what was sent: datagrams, their bytes, the seconds it took, and how late the latest one left (s)."""

    sent: int
    size: int
    seconds: float
    latest: float


def play(
    messages: Iterable[Timed],
    send: Callable[[Timed], None],
    *,
    speed: float | None = 1.0,
    limit: float | None = None,
    longest_pause: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> Played:
    """Hand each message to ``send`` when it is due.

    ``speed`` 50 plays fifty times as fast, ``None`` without any waiting; ``limit`` is the most messages per second in
    either case, as an even pace; ``longest_pause`` cuts longer pauses of the capture to so many of its seconds, since
    a console may rest for days. ``stop`` is asked while waiting and between messages. Raises ``ValueError`` for a
    speed or a limit that is not above nought.
    """
    if (speed is not None and speed <= 0) or (limit is not None and limit <= 0):
        raise ValueError("speed and limit must be above 0; leave them out for no waiting")
    begun = clock()
    sent = size = 0
    latest = 0.0
    before_ms: int | None = None
    played_ms = least = 0.0
    for message in messages:
        pause_ms = 0 if before_ms is None else message.at_ms - before_ms
        played_ms += pause_ms if longest_pause is None else min(pause_ms, longest_pause * 1000)
        before_ms = message.at_ms
        due = 0.0 if speed is None else played_ms / 1000 / speed
        if limit is not None:
            due = max(due, least)
            least = due + 1 / limit
        if speed is not None or limit is not None:
            while (left := begun + due - clock()) > 0 and not stop():
                sleep(min(left, _NAP_S))
            latest = max(latest, -left)
        if stop():
            break
        send(message)
        sent += 1
        size += len(message.payload)
    return Played(sent, size, clock() - begun, latest)


def send_udp(
    messages: Iterable[Timed],
    to: Address | Mapping[str, Address],
    *,
    speed: float | None = 1.0,
    limit: float | None = None,
    longest_pause: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Played:
    """Play a sequence to one address, or each court to its own.

    Raises ``SendError`` if an address cannot be resolved, a court has none, or the network refuses a datagram.
    """
    routes = {} if isinstance(to, tuple) else {court: _resolve(address) for court, address in to.items()}
    default = _resolve(to) if isinstance(to, tuple) else None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

        def send(message: Timed) -> None:
            address = routes.get(message.court, default)
            if address is None:
                raise SendError(
                    f"court {message.court!r} has no address to send to",
                    hint="name an address for each court, or one for all",
                )
            try:
                udp.sendto(message.payload, address)
            except OSError as reason:
                raise SendError(
                    f"cannot send a datagram of {len(message.payload)} bytes to {address[0]}:{address[1]}: {reason}",
                    hint="check that the network is up and the address is right; UDP holds 65507 bytes at most",
                ) from reason

        return play(messages, send, speed=speed, limit=limit, longest_pause=longest_pause, stop=stop)


def parse_address(text: str) -> Address:
    """Return host and port of ``HOST:PORT`` or of a bare port, which means this machine.

    Raises ``SendError`` if it is neither.
    """
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise SendError(f"not an address: {text!r}", hint="write HOST:PORT, for instance 127.0.0.1:6000")
    return host.strip("[]") or "127.0.0.1", int(port)


def _resolve(address: Address) -> Address:
    """Resolve a name once, so that no datagram waits for it."""
    try:
        found = socket.getaddrinfo(*address, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as reason:
        raise SendError(
            f"cannot resolve {address[0]!r}: {reason}", hint="check the host name, or give an IPv4 address"
        ) from reason
    host, port = found[0][4][:2]
    return str(host), int(port)
