"""What tests connect to besides the fakes: raw TCP peers that say what a test wants, byte by byte."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from restrike_lab.obs import Client, Instance
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Pace, Studio, Troubles
from restrike_lab.obs.link import Backoff
from restrike_lab.obs.transport import Waits

__all__ = [
    "BOTH", "FAST", "PASSWORD", "SHORT", "abort", "accept_key", "client_of", "fake", "frame", "free_port", "hurried",
    "pair", "read_request", "tcp_server", "upgrade",
]  # fmt: skip

BOTH = pytest.mark.parametrize("kind", [FakeV4, FakeV5])
PASSWORD = "p\u00e4ss:w\u00f6rd \U0001f94b"
FAST = Waits(opening=10.0, hello=0.05, request=10.0, ping=10.0, closing=0.2)
"""For tests in which every answer comes: a busy machine may take its time."""

SHORT = Waits(opening=0.5, hello=0.05, request=0.5, ping=10.0, closing=0.2)
"""For tests in which no answer comes."""

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def hurried() -> Backoff:
    return Backoff(first=0.01, longest=0.05, shortest=0.005, slow=0.1)


@asynccontextmanager
async def fake(
    kind: type[FakeObs] = FakeV5,
    troubles: Troubles | None = None,
    password: str | None = PASSWORD,
    version: str | None = None,
    **studio: object,
) -> AsyncIterator[FakeObs]:
    """Run a fake server at a quick pace."""
    pretended = Studio(pace=Pace.quick(), troubles=troubles, **studio)  # type: ignore[arg-type]
    server = kind(pretended, password=password, **({"version": version} if version else {}))  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def client_of(server: FakeObs, password: str | None = PASSWORD, waits: Waits = FAST) -> AsyncIterator[Client]:
    """Run a client of a fake server, connected."""
    client = Client(Instance("ring1", port=server.port, password=password), waits=waits, backoff=hurried())
    client.start()
    try:
        await client.until_connected(5)
        yield client
    finally:
        await client.stop()


@asynccontextmanager
async def pair(
    kind: type[FakeObs] = FakeV5, troubles: Troubles | None = None, **more: Any
) -> AsyncIterator[tuple[FakeObs, Client]]:
    async with fake(kind, troubles, **more) as server, client_of(server) as client:
        yield server, client


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp_server(talk: Talk) -> AsyncIterator[int]:
    """Serve each TCP connection with ``talk``, which may fail as it likes."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read the HTTP request of a WebSocket client."""
    return await reader.readuntil(b"\r\n\r\n")


def accept_key(request: bytes) -> bytes:
    found = re.search(rb"(?i)sec-websocket-key: (\S+)", request)
    assert found
    return base64.b64encode(hashlib.sha1(found[1] + MAGIC).digest())


def upgrade(request: bytes, subprotocol: str | None = "obswebsocket.json") -> bytes:
    """Return the HTTP response that accepts a WebSocket."""
    chosen = f"Sec-WebSocket-Protocol: {subprotocol}\r\n".encode() if subprotocol else b""
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept_key(request) + b"\r\n" + chosen + b"\r\n"


def frame(message: object, opcode: int = 1) -> bytes:
    """Return a message as the bytes of an unmasked WebSocket frame."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    size = len(payload)
    if size < 126:
        return bytes([0x80 | opcode, size]) + payload
    if size < 1 << 16:
        return bytes([0x80 | opcode, 126]) + struct.pack("!H", size) + payload
    return bytes([0x80 | opcode, 127]) + struct.pack("!Q", size) + payload


def abort(writer: asyncio.StreamWriter) -> None:
    """Reset a connection instead of ending it."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
