"""A conversation with peers that cut it anywhere, send too much, or come a thousand times: bounded, typed, no leak."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest

from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    ConnectionLost,
    Unreachable,
)
from restrike_lab.obs.fake import FakeV5, Troubles
from restrike_lab.obs.session import open_session
from restrike_lab.obs.transport import LARGEST_FRAME
from tests.obs.coroutines import until
from tests.obs.peers import FAST, abort, fake, frame, read_request, tcp_server, upgrade
from tests.obs.raw_v5 import HELLO, VERSION, greet_v5, read_frame, reply_v5
from tests.obs.test_session import session_of

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Cut:
    """A server that ends a session after so many bytes, by a farewell of TCP or by a reset."""

    def __init__(self, protocol: str, reset: bool) -> None:
        self.protocol = protocol
        self.reset = reset
        self.left = 0
        self.sent = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.left, self.sent = self.limit, 0
        try:
            await (self.five if self.protocol == "v5" else self.four)(reader, writer)
        finally:
            if self.reset:
                abort(writer)
            else:
                writer.close()

    async def say(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        self.sent += len(data)
        writer.write(data[: self.left])
        await writer.drain()
        self.left -= len(data)
        if self.left <= 0:
            raise ConnectionResetError

    limit = 1 << 30

    async def five(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.say(writer, upgrade(await read_request(reader)))
        await self.say(writer, frame(HELLO))
        await read_frame(reader)
        await self.say(writer, frame({"op": 2, "d": {"negotiatedRpcVersion": 1}}))
        await self.say(writer, reply_v5(await read_frame(reader), VERSION))
        message = await read_frame(reader)
        event = {"eventType": "StudioModeStateChanged", "eventIntent": 1024, "eventData": {"studioModeEnabled": True}}
        await self.say(writer, frame({"op": 5, "d": event}))
        await self.say(writer, reply_v5(message, {"studioModeEnabled": True}))

    async def four(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.say(writer, upgrade(await read_request(reader), None))
        answers: list[dict[str, Any]] = [
            {"obs-websocket-version": "4.9.1", "obs-studio-version": "27.0", "available-requests": ""},
            {"authRequired": False},
            {"studio-mode": True},
        ]
        for answer in answers:
            message = await read_frame(reader)
            await self.say(writer, frame({"update-type": "StudioModeSwitched", "new-state": True}))
            await self.say(writer, frame({**answer, "message-id": message["message-id"], "status": "ok"}))


@pytest.mark.parametrize("reset", [False, True], ids=["farewell", "reset"])
@pytest.mark.parametrize("protocol", ["v4", "v5"])
async def test_a_server_that_cuts_at_any_byte_of_a_session_has_a_typed_outcome(protocol: Any, reset: bool) -> None:
    cut = Cut(protocol, reset)
    outcomes: list[str] = []
    async with tcp_server(cut.talk) as port:
        assert await one_session(port, protocol) == "answered"
        for limit in range(1, cut.sent + 1):
            cut.limit = limit
            outcomes.append(await one_session(port, protocol))
    assert outcomes[-1] in ("answered", "ConnectionLost")
    assert set(outcomes) <= {"Unreachable", "ConnectionLost", "answered"}
    assert outcomes[0] == "Unreachable"
    assert outcomes.count("answered") <= 1


async def one_session(port: int, known: Any) -> str:
    """Hold a session with one request; return its outcome."""
    session = None
    try:
        session = await open_session("127.0.0.1", port, None, lambda _event: None, waits=FAST, known=known)
        await session.request(rq.GetStudioMode())
    except (ConnectionLost, Unreachable) as problem:
        return type(problem).__name__
    finally:
        if session is not None:
            await session.close()
    return "answered"


async def test_a_frame_of_100_mb_is_refused_without_being_kept() -> None:
    size = 100 << 20

    async def huge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet_v5(reader, writer)
        await read_frame(reader)
        writer.write(bytes([0x81, 127]) + size.to_bytes(8))
        piece = b" " * (1 << 16)
        for _ in range(0, size, len(piece)):
            writer.write(piece)
            await writer.drain()

    async with tcp_server(huge) as port:
        session = await open_session("127.0.0.1", port, None, lambda _event: None, waits=FAST)
        tracemalloc.start()
        try:
            with pytest.raises(ConnectionLost, match="cannot be taken"):
                await session.request(rq.GetStudioMode())
            await session.close()
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < LARGEST_FRAME


async def test_an_endless_message_in_small_frames_is_refused_at_the_same_size() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await greet_v5(reader, writer)
        await read_frame(reader)
        piece = b" " * (1 << 16)
        opcode = 1
        while True:
            writer.write(bytes([opcode, 127]) + len(piece).to_bytes(8) + piece)
            opcode = 0
            sent += len(piece)
            await writer.drain()

    async with tcp_server(endless) as port:
        session = await open_session("127.0.0.1", port, None, lambda _event: None, waits=FAST)
        with pytest.raises(ConnectionLost, match="cannot be taken"):
            await session.request(rq.GetStudioMode())
        await session.close()
    assert LARGEST_FRAME - (1 << 16) <= sent < 4 * LARGEST_FRAME


async def test_a_large_answer_within_the_limit_comes_through() -> None:
    async with fake(FakeV5, Troubles(answers={"GetSceneList": {"noise": "x" * (8 << 20)}})) as server:
        session = await session_of(server)
        assert (await session.request(rq.GetScenes())).program == "Ring1"
        await session.close()


async def test_a_thousand_sessions_leave_nothing_behind() -> None:
    async with fake(FakeV5, password=None) as server:

        async def sessions(count: int) -> None:
            for number in range(count):
                session = await open_session("127.0.0.1", server.port, None, lambda _event: None, waits=FAST)
                if number % 2:
                    server.drop()
                await session.close()
            server.requests.clear()
            gc.collect()

        process = psutil.Process()
        await sessions(50)
        await until(lambda: not server.guests)
        files, tasks, objects = process.num_fds(), len(asyncio.all_tasks()), len(gc.get_objects())
        await sessions(1000)
        await until(lambda: not server.guests)
        gc.collect()
        assert process.num_fds() <= files
        assert len(asyncio.all_tasks()) <= tasks
        assert len(gc.get_objects()) < objects + 1000
