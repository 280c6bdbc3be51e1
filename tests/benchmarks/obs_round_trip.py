"""How long a request to OBS takes, against a bare WebSocket that carries the same frames; and what a fleet costs.

Run with ``python -m tests.benchmarks.obs_round_trip [RUNS]``. The server is a process of its own and answers the same
to both: a reply of v5 with the number of the request. Measured in turns, so that both see the same machine.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import multiprocessing.connection
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import psutil
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from restrike_lab.obs import Client, Fleet, Instance, Memory
from restrike_lab.obs import requests as rq
from restrike_lab.obs.fake import FakeV5, Studio
from restrike_lab.obs.session import Session, open_session
from tests.benchmarks.bench import headline, runs, say, spread

TARGET_RATIO = 1.3
TARGET_CORE = 0.05
REQUESTS = 2000
INSTANCES = 20
REST_SECONDS = 8.0

HELLO = '{"d":{"obsWebSocketVersion":"5.1.0","rpcVersion":1},"op":0}'
IDENTIFIED = '{"d":{"negotiatedRpcVersion":1},"op":2}'
DATA = {
    "GetVersion": {"obsVersion": "29.0.2", "obsWebSocketVersion": "5.1.0", "availableRequests": []},
    "GetCurrentProgramScene": {"currentProgramSceneName": "Ring1"},
}


async def answer(connection: ServerConnection) -> None:
    """Serve a session whose only answers are the two that are asked for."""
    await connection.send(HELLO)
    await connection.recv()
    await connection.send(IDENTIFIED)
    async for frame in connection:
        asked = json.loads(frame)["d"]
        name, number = asked["requestType"], asked["requestId"]
        status = {"code": 100, "result": True}
        body = {"requestId": number, "requestStatus": status, "requestType": name, "responseData": DATA[name]}
        await connection.send(json.dumps({"d": body, "op": 7}))


def serve_answers(port: multiprocessing.connection.Connection) -> None:
    """Serve until the process is ended."""

    async def main() -> None:
        chosen = [Subprotocol("obswebsocket.json")]
        async with serve(answer, "127.0.0.1", 0, subprotocols=chosen, compression=None, ping_interval=None) as server:
            port.send(next(iter(server.sockets)).getsockname()[1])
            await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def serve_fakes(ports: multiprocessing.connection.Connection) -> None:
    """Serve fake OBS until the process is ended."""

    async def main() -> None:
        servers = [FakeV5(Studio()) for _ in range(INSTANCES)]
        ports.send([await server.start() for server in servers])
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def spawned(target: Callable[[multiprocessing.connection.Connection], None]) -> tuple[multiprocessing.Process, object]:
    """Start a server process; return it with what it announces."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(there,), daemon=True)
    process.start()
    return process, here.recv()


async def timed(once: Callable[[], Awaitable[object]]) -> float:
    """Return the microseconds of one round trip."""
    begun = time.perf_counter_ns()
    await once()
    return (time.perf_counter_ns() - begun) / 1e3


async def round_trips(port: int, count: int) -> tuple[list[float], list[float], list[float]]:
    """Return the median of each turn for bare socket, session and client, which take one request each in turns."""
    medians: tuple[list[float], list[float], list[float]] = ([], [], [])
    async with connect(
        f"ws://127.0.0.1:{port}", subprotocols=[Subprotocol("obswebsocket.json")], compression=None, proxy=None
    ) as socket:
        await socket.recv()
        await socket.send('{"op":1,"d":{"rpcVersion":1,"eventSubscriptions":1223}}')
        await socket.recv()
        frame = b'{"op":6,"d":{"requestType":"GetCurrentProgramScene","requestId":"1000"}}'

        async def echo() -> None:
            await socket.send(frame, text=True)
            await socket.recv(decode=False)

        session = await open_session("127.0.0.1", port, None, lambda _event: None)
        client = client_over(session)
        request = rq.GetScene()
        ways = (echo, lambda: session.request(request), lambda: client.request(request))
        for turn in range(count + 1):
            times: tuple[list[float], list[float], list[float]] = ([], [], [])
            for _ in range(REQUESTS):
                for taken, once in zip(times, ways, strict=True):
                    taken.append(await timed(once))
            if turn:  # the first warms up
                for kept, taken in zip(medians, times, strict=True):
                    kept.append(statistics.median(taken))
        await session.close()
    return medians


def client_over(session: Session) -> Client:
    """Return a client that uses a session, without its reading of everything."""
    client = Client(Instance("bench"))
    client._link.session = session
    return client


async def at_rest(ports: list[int], count: int) -> list[float]:
    """Return the part of a core that a fleet at rest takes, sampled over whole cycles of its statistics."""
    fleet = Fleet(Memory([Instance(f"obs{n}", port=port) for n, port in enumerate(ports)]))
    await fleet.start()
    for client in fleet:
        await client.until_connected(20)
    await asyncio.sleep(1)
    process = psutil.Process()
    used: list[float] = []
    for _ in range(count):
        before, begun = process.cpu_times(), time.perf_counter()
        await asyncio.sleep(REST_SECONDS)
        after = process.cpu_times()
        used.append((after.user + after.system - before.user - before.system) / (time.perf_counter() - begun))
    await fleet.stop()
    return used


def main() -> int:
    """Measure, say it and return 1 where a target was missed."""
    count = runs(sys.argv)
    headline("OBS: round trip of a request, and a fleet at rest")
    process, port = spawned(serve_answers)
    assert isinstance(port, int)
    bare, session, client = asyncio.run(round_trips(port, count))
    process.terminate()
    process.join()
    ratio = statistics.median(mine / its for mine, its in zip(session, bare, strict=True))
    whole = statistics.median(mine / its for mine, its in zip(client, bare, strict=True))
    say(f"   bare websockets      {spread(bare, 'us', 0)}")
    say(f"   session              {spread(session, 'us', 0)}: {ratio:.2f} times")
    say(f"   client               {spread(client, 'us', 0)}: {whole:.2f} times (target {TARGET_RATIO})")
    process, ports = spawned(serve_fakes)
    assert isinstance(ports, list)
    rest = asyncio.run(at_rest(ports, 2))
    process.terminate()
    process.join()
    say(f"   {INSTANCES} instances at rest {spread([part * 100 for part in rest], '% of a core')} (target 5)")
    return 0 if whole <= TARGET_RATIO and statistics.median(rest) < TARGET_CORE else 1


if __name__ == "__main__":
    raise SystemExit(main())
