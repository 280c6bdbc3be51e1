"""The WebSocket under a session: opened with the settings OBS needs, its bytes stamped as they arrive.

OBS never switches Nagle's algorithm off, so a reply that coincides with an event waits for an acknowledgement that
Linux delays by 40 ms; asking for quick acknowledgement after every receive brings 12 to 64 % of late replies down to
1.5 % at most [measured on three versions]. Proxies of the environment are not used: OBS stands in the local network.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from asyncio import BaseTransport
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import Event as WebSocketEvent
from websockets.typing import Subprotocol

from restrike_lab.obs.errors import ConnectionLost, NotObs, ObsError, Unreachable, close_error
from restrike_lab.obs.events import Clock, Stamp, now
from restrike_lab.obs.v5 import SUBPROTOCOL

__all__ = ["DEFAULT_WAITS", "LARGEST_FRAME", "Transport", "Waits", "open_transport", "web_address"]

LARGEST_FRAME = 16 << 20
"""Bytes of a frame that are taken at most; a screenshot of a large canvas needs some."""

MOST_WAITING = 10_000

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

_quiet = logging.getLogger("restrike_lab.obs.websockets")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False  # it would log frames, and what goes wrong reaches the caller as an error


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a session waits for what, in seconds."""

    opening: float = 5.0
    """For the connection, and for each step of the greeting."""
    hello: float = 0.25
    """For a v5 server to speak, where the subprotocol did not show one; v5 does so within 2 ms [measured]."""
    request: float = 4.0
    """For an answer: the real check of health, since OBS answers pings while its user interface hangs [source]."""
    ping: float = 5.0
    """Between pings, and for each of them."""
    closing: float = 1.0
    """For the farewell."""


DEFAULT_WAITS = Waits()


class StampedConnection(ClientConnection):
    """A WebSocket that hands its messages over as they come in, each with its moment.

    Messages wait in ``waiting`` until there is an ``on_message``; from then on they go there from within the receive
    call, so that an answer costs no detour through another task. ``ended`` is the error that ended it. ``news`` is set
    by both. Bytes are acknowledged at once where the system can.
    """

    def __init__(self, *args: Any, clock: Clock, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock
        self._socket: socket.socket | None = None
        self._parts: list[bytes] = []
        self._arrived = clock()
        self.waiting: deque[tuple[bytes, Stamp]] = deque()
        self.ended: ObsError | None = None
        self.news = asyncio.Event()
        self.on_message: Callable[[bytes, Stamp], None] = self._keep
        self.on_end: Callable[[ObsError], None] = lambda _problem: None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin (called by asyncio)."""
        self._socket = transport.get_extra_info("socket")
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes in (called by asyncio)."""
        self._arrived = self._clock()
        super().data_received(data)
        if self.protocol.parser_exc is not None:
            self.transport.abort()  # its farewell is said; a peer that never stops would otherwise never be left
        if _QUICK_ACK is not None and self._socket is not None:
            with contextlib.suppress(OSError):  # the kernel forgets the wish at its own will: it is told every time
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)

    def process_event(self, event: WebSocketEvent) -> None:
        """Take one frame (called by websockets, which has bounded the size of the message)."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        self._parts.append(bytes(event.data))
        if event.fin:
            message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts.clear()
            self.on_message(message, self._arrived)

    def connection_lost(self, exc: Exception | None) -> None:
        """End (called by asyncio)."""
        super().connection_lost(exc)
        self.ended = _ending(self.protocol.close_exc)
        self.news.set()
        self.on_end(self.ended)

    def _keep(self, message: bytes, at: Stamp) -> None:
        self.waiting.append((message, at))
        self.news.set()
        if len(self.waiting) > MOST_WAITING:
            self.transport.abort()  # no OBS says so much before it has been greeted


class Transport:
    """Messages out, messages with their moments in. Made by ``open_transport``.

    ``receive`` gives one message after the other, until ``hand_over`` names who gets all further ones at once.
    """

    def __init__(self, connection: StampedConnection) -> None:
        self._connection = connection

    @property
    def offered_v5(self) -> bool:
        """Whether the server selected v5's subprotocol."""
        return self._connection.subprotocol == SUBPROTOCOL

    async def send(self, message: bytes) -> None:
        """Send a message; raises the error of the ended connection."""
        try:
            await self._connection.send(message, text=True)
        except ConnectionClosed as closed:
            raise _ending(closed) from None

    async def receive(self) -> tuple[bytes, Stamp]:
        """Return the next message and when its bytes came in; raises the error of the ended connection."""
        connection = self._connection
        while not connection.waiting:
            if connection.ended is not None:
                raise connection.ended
            connection.news.clear()
            await connection.news.wait()
        return connection.waiting.popleft()

    def hand_over(self, on_message: Callable[[bytes, Stamp], None], on_end: Callable[[ObsError], None]) -> None:
        """Give every message to ``on_message`` as it comes in, those that wait first, and the end to ``on_end``."""
        connection = self._connection
        for message, at in connection.waiting:
            on_message(message, at)
        connection.waiting.clear()
        connection.on_message = on_message
        connection.on_end = on_end
        if connection.ended is not None:
            on_end(connection.ended)

    async def close(self) -> None:
        """Say goodbye and close; never raises, and takes no longer than ``Waits.closing``."""
        with contextlib.suppress(OSError, WebSocketException):
            await self._connection.close()

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._connection.transport.abort()


def web_address(host: str, port: int) -> str:
    """Return the address of a WebSocket server."""
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"


async def open_transport(host: str, port: int, waits: Waits, clock: Clock = now) -> Transport:
    """Open a WebSocket to a host, offering v5's subprotocol.

    Raises ``Unreachable`` where nothing answers in time, ``NotObs`` where something answers that is no WebSocket.
    """
    address = web_address(host, port)
    try:
        connection = await connect(
            address,
            host=host,  # named, so that no redirection can lead to another place
            port=port,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,
            max_size=LARGEST_FRAME,
            open_timeout=waits.opening,
            ping_interval=waits.ping,
            ping_timeout=waits.ping,
            close_timeout=waits.closing,
            user_agent_header=None,
            logger=_quiet,
            create_connection=cast("type[ClientConnection]", partial(StampedConnection, clock=clock)),
        )
    except TimeoutError:
        reason = f"no answer within {waits.opening:g} s"
        raise Unreachable(f"OBS cannot be reached at {address}: {reason}", hint=_FROZEN, address=address) from None
    except (OSError, UnicodeError) as problem:
        number = getattr(problem, "errno", None) or 0
        reason = os.strerror(number).lower() if number > 0 else getattr(problem, "strerror", None) or str(problem)
        raise Unreachable(f"OBS cannot be reached at {address}: {reason}", hint=_NOT_THERE, address=address) from None
    except InvalidMessage as problem:
        raise _no_http(address, problem) from None
    except InvalidStatus as problem:
        status = problem.response.status_code
        raise NotObs(
            f"{address} is a web server (HTTP {status}) and no OBS", hint=_WRONG_PORT, address=address
        ) from None
    except (WebSocketException, ValueError) as problem:
        raise NotObs(f"{address} does not answer as OBS does: {problem}", hint=_WRONG_PORT, address=address) from None
    assert isinstance(connection, StampedConnection)
    return Transport(connection)


_FROZEN = "If OBS runs there, it may be frozen; else check address and port."
_NOT_THERE = "Start OBS, switch its WebSocket server on (Tools > WebSocket Server Settings), check address and port."
_WRONG_PORT = "Check the port: OBS listens on 4455 by default, versions up to 27 with the plugin on 4444."


def _no_http(address: str, problem: InvalidMessage) -> ObsError:
    """Tell a server that went away in the middle of its greeting from one that speaks something else."""
    if isinstance(problem.__cause__, EOFError | OSError):
        return Unreachable(f"{address} hung up during the greeting", hint=_NOT_THERE, address=address)
    return NotObs(f"{address} does not speak HTTP", hint=_WRONG_PORT, address=address)


def _ending(closed: ConnectionClosed) -> ObsError:
    """Return the error for the end of a connection: by the peer's close code, or by what this side found."""
    if closed.rcvd is not None:
        return close_error(closed.rcvd.code, closed.rcvd.reason)
    if closed.sent is not None and closed.sent.code not in (1000, 1001):
        if closed.sent.code == 1011:
            return ConnectionLost("OBS stopped answering", hint="It may be frozen, or the network is down.")
        return ConnectionLost(f"OBS sent what cannot be taken: {closed.sent.reason or closed.sent.code}")
    return close_error(1006)
