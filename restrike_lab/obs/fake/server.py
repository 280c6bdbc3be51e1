"""A WebSocket for a pretended OBS: connections, answers in time or not, and the events in between."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from restrike_lab.obs.fake.parts import Happening
from restrike_lab.obs.fake.studio import Studio
from restrike_lab.obs.fake.troubles import Troubles

__all__ = ["FakeObs", "Guest", "Message"]

Message = Mapping[str, Any]


class Guest:
    """One client of a fake server; ``admitted`` once it has proved the password."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.admitted = False
        self.subscriptions = 0
        self.held: list[str] | None = None
        self.out: asyncio.Queue[str | None] = asyncio.Queue()
        self.frames_in = self.frames_out = 0

    def say(self, message: Message) -> None:
        """Send a message, in order and without waiting."""
        self.say_text(json.dumps(message))

    def say_text(self, text: str) -> None:
        """Send a frame as it stands."""
        if self.held is not None:
            self.held.append(text)
        else:
            self.frames_out += 1
            self.out.put_nowait(text)

    def hold(self) -> None:
        """Keep what is said from now on."""
        self.held = []

    def release(self) -> None:
        """Say what was kept."""
        held, self.held = self.held or [], None
        for text in held:
            self.say_text(text)

    async def pump(self) -> None:
        """Send what is said (a task of its own)."""
        try:
            while (text := await self.out.get()) is not None:
                await self.connection.send(text)
        except ConnectionClosed:
            return


class FakeObs(ABC):
    """A fake server over a studio. ``start`` returns its port; ``requests`` keeps what it was asked, oldest first."""

    subprotocols: ClassVar[tuple[str, ...]] = ()

    def __init__(self, studio: Studio | None = None, *, password: str | None = None, version: str = "") -> None:
        self.studio = studio or Studio()
        self.password = password
        self.version = version
        self.guests: set[Guest] = set()
        self.requests: list[Message] = []
        self.connections = 0
        self.port = 0
        self._server: Server | None = None
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._chance = random.Random(7)

    @property
    def troubles(self) -> Troubles:
        """The troubles of this server."""
        return self.studio.troubles

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen; return the port."""
        offered = [] if self.troubles.drop_subprotocol else [Subprotocol(name) for name in self.subprotocols]
        self._server = await serve(
            self._handle,
            host,
            port,
            subprotocols=offered or None,
            select_subprotocol=_first_known if offered else None,
            process_request=self._admit,
            open_timeout=None,
            compression=None,
            ping_interval=None,
            close_timeout=0.2,
            server_header=None,
        )
        self.studio.listeners.append(self._happened)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self.port

    async def stop(self, code: int = 1001) -> None:
        """End as OBS does: tell it, close every session with ``code``, listen no more; idempotent."""
        if self._server is None:
            return
        server, self._server = self._server, None
        self._thawed.set()
        self.studio.flood()
        self.studio.tell("exiting")
        await asyncio.sleep(0)
        for guest in tuple(self.guests):
            guest.out.put_nowait(None)
            await guest.connection.close(code, "Server stopping.")
        server.close()
        await server.wait_closed()
        self.studio.listeners.remove(self._happened)
        self.studio.close()

    async def close_guests(self, code: int, reason: str = "") -> None:
        """End every session with a close code; go on listening."""
        await asyncio.gather(*(guest.connection.close(code, reason) for guest in tuple(self.guests)))

    def drop(self) -> None:
        """Break every connection without a word, as a crash or a pulled cable does."""
        for guest in tuple(self.guests):
            transport = guest.connection.transport
            sock = transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            transport.abort()

    def freeze(self) -> None:
        """Answer nothing more, not even pings, until thawed."""
        self._thawed.clear()
        for guest in self.guests:
            guest.connection.transport.pause_reading()

    def thaw(self) -> None:
        """Go on after a freeze."""
        self._thawed.set()
        for guest in self.guests:
            guest.connection.transport.resume_reading()

    def say(self, text: str) -> None:
        """Send a frame as it stands to every client that is admitted."""
        for guest in self.guests:
            if guest.admitted:
                guest.say_text(text)

    # -- one client --------------------------------------------------------------------------------------------------

    async def _admit(self, _connection: ServerConnection, _request: object) -> None:
        await self._thawed.wait()

    async def _handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        guest = Guest(connection)
        self.guests.add(guest)
        pump = asyncio.create_task(guest.pump())
        try:
            if self.troubles.close_on_connect is not None:
                await connection.close(self.troubles.close_on_connect)
            await self._thawed.wait()
            await self.greet(guest)
            async for frame in connection:
                await self._thawed.wait()
                guest.frames_in += 1
                if not self.troubles.silent:
                    await self._take(guest, frame)
        except ConnectionClosed:
            pass
        finally:
            self.guests.discard(guest)
            pump.cancel()
            await asyncio.wait([pump])

    async def _take(self, guest: Guest, frame: str | bytes) -> None:
        try:
            message = json.loads(frame)
        except ValueError:
            message = None
        await self.take(guest, message)

    async def answer(self, guest: Guest, name: str, reply: Message) -> None:
        """Send the reply to a request before or after the events that it caused, which ``guest`` holds."""
        if name in self.troubles.unanswered or "*" in self.troubles.unanswered:
            guest.release()
            return
        if self.troubles.late_seconds:
            await asyncio.sleep(self.troubles.late_seconds)
        order = self.troubles.order
        if order == "mixed":
            order = self._chance.choice(("reply first", "events first"))
        if order == "events first":
            guest.release()
            await asyncio.sleep(self.studio.pace.transition * 1.5)
            guest.say(reply)
        else:
            held, guest.held = guest.held or [], None
            guest.say(reply)
            for text in held:
                guest.say_text(text)

    # -- what a protocol adds ------------------------------------------------------------------------------------------

    @abstractmethod
    async def greet(self, guest: Guest) -> None:
        """Say the first word, if there is one."""

    @abstractmethod
    async def take(self, guest: Guest, message: Any) -> None:
        """Take one message of a client; ``None`` where the frame was no JSON."""

    @abstractmethod
    def words(self, happening: Happening) -> list[tuple[int, Message]]:
        """Return the events that tell of a happening, each with its intent (v5)."""

    def _happened(self, happening: Happening) -> None:
        for intent, message in self.words(happening):
            text = json.dumps(message)
            for guest in self.guests:
                if guest.admitted and self.wants(guest, intent):
                    guest.say_text(text)

    def wants(self, guest: Guest, intent: int) -> bool:
        """Tell whether a client asked for a kind of event."""
        return True


def _first_known(connection: ServerConnection, offered: Any) -> Subprotocol | None:
    """Select what the client offers first among those that are known, or nothing at all."""
    known = connection.protocol.available_subprotocols or ()
    return next((name for name in offered if name in known), None)
