"""A hub reduced to its WebSocket: it says the real messages, and tests decide what and when."""

from __future__ import annotations

import asyncio
import http
import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Request, Response, ServerConnection, serve


def event(seq: int, **more: Any) -> dict[str, Any]:
    data = {"seq": seq, "court": "1", "event_type": "clock", "stream": "clk", **more}
    return {"type": "pss_event", "seq": seq, "data": data}


class FakeHub:
    """Keep a list of events as the record and serve it to WebSocket clients."""

    def __init__(self, token: str = "secret", epoch: int = 1, port: int = 0) -> None:
        self.token = token
        self.epoch = epoch
        self.events: list[dict[str, Any]] = []
        self.courts: dict[str, Any] = {"1": {"score": [0, 0]}}
        self.requests: list[dict[str, list[str]]] = []
        self.commands: list[dict[str, Any]] = []
        self.silent_commands = False
        self._clients: set[ServerConnection] = set()
        self._ready = threading.Event()
        self._port = port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with serve(self._serve, "127.0.0.1", self._port, process_request=self._admit) as server:
            self._port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        query = parse_qs(urlsplit(request.path).query)
        if query.get("token") != [self.token]:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "token\n")
        self.requests.append(query)
        return None

    def snapshot(self, **more: Any) -> dict[str, Any]:
        seq = self.events[-1]["seq"] if self.events else 0
        return {"type": "snapshot", "epoch": self.epoch, "seq": seq, "courts": self.courts, "gaps": [], **more}

    async def _serve(self, socket: ServerConnection) -> None:
        query = parse_qs(urlsplit(socket.request.path).query)
        await socket.send(json.dumps(self.snapshot()))
        if "since" in query:
            for each in self.events:
                if each["seq"] > int(query["since"][0]):
                    await socket.send(json.dumps(each))
        self._clients.add(socket)
        try:
            async for text in socket:
                await self._answer(socket, json.loads(text))
        finally:
            self._clients.discard(socket)

    async def _answer(self, socket: ServerConnection, command: dict[str, Any]) -> None:
        self.commands.append(command)
        if self.silent_commands:
            return
        reply: dict[str, Any] = {"type": "reply", "id": command["id"], "ok": True, "result": command["args"]}
        if command["command"] == "refuse":
            error = {"message": "not now", "hint": "wait", "category": "hub"}
            reply = {"type": "reply", "id": command["id"], "ok": False, "error": error}
        await socket.send(json.dumps(reply))

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def send(self, *frames: dict[str, Any]) -> None:
        async def put() -> None:
            for frame in frames:
                if frame["type"] == "pss_event":
                    self.events.append(frame)
                for client in list(self._clients):
                    await client.send(json.dumps(frame))

        self._call(put())

    def drop_clients(self) -> None:
        """Cut every connection without a goodbye."""

        async def cut() -> None:
            for client in list(self._clients):
                client.transport.abort()

        self._call(cut())

    @property
    def clients(self) -> int:
        return len(self._clients)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
