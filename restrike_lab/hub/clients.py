"""One WebSocket client of the hub, seen from the fan-out's loop.

A client is *catching up* while it is fed stored events in pages, at its own pace; then it is *live* and gets every
frame the moment it is published. A live client whose backlog passes the bound is *behind*: it gets nothing until its
backlog has drained, and then a fresh snapshot instead of what it missed.
"""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from restrike_lab.hub.callers import Caller, Seat

__all__ = ["BACKLOG_BYTES", "Client"]

BACKLOG_BYTES = 4 << 20
DRAINED_BYTES = 64 << 10


class Client:
    """A connection, who it is, and how far it has been told."""

    def __init__(self, connection: ServerConnection, caller: Caller, backlog_bytes: int = BACKLOG_BYTES) -> None:
        self.connection = connection
        self.seat = Seat(caller)
        self.backlog_bytes = backlog_bytes
        self.position = 0
        self.behind = False
        self.quiet_until = 0.0

    @property
    def caller(self) -> Caller:
        """Who a command that comes now is from."""
        return self.seat.caller

    @property
    def backlog(self) -> int:
        """Bytes written to the client that its connection has not taken yet."""
        return self.connection.transport.get_write_buffer_size()

    @property
    def drained(self) -> bool:
        """Whether a client that was behind may be spoken to again."""
        return self.backlog <= DRAINED_BYTES

    def write(self, frames: bytes) -> None:
        """Send complete frames at once, without waiting; they go out behind what was written before.

        Writing to the transport instead of through the connection lets all clients share the same bytes. It is sound
        because the hub never sends a message in fragments, which another frame could fall into.
        """
        if frames and self.connection.protocol.state is State.OPEN and not self.connection.transport.is_closing():
            self.connection.transport.write(frames)

    def follow(self, frames: bytes) -> None:
        """Send live frames, unless the client is behind or falls behind by now."""
        if self.behind:
            return
        if self.backlog > self.backlog_bytes:
            self.behind = True
            return
        self.write(frames)
