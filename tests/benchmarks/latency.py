"""From the datagram's arrival in the kernel to a WebSocket client, at 200 messages a second.

``python -m tests.benchmarks.latency [RUNS]``. Targets: p50 at most 2 ms, p99 at most 10 ms. Also with 20 clients. The
measure is the client's wall clock against the kernel's stamp in ``arrival_ns``, on one machine; the client that
measures decodes each message, the others only read.
"""

from __future__ import annotations

import sys
import threading
import time

import msgspec
from websockets.exceptions import ConnectionClosed

from tests.benchmarks import bench

RATE, COUNT = 200, 2_000


def once(clients: int) -> dict[str, float]:
    delays: list[float] = []
    with bench.hub() as hub, bench.sender(hub.ports()[0], COUNT, RATE, "bouts") as fire:
        others = [hub.connect() for _ in range(clients - 1)]
        for other in others:
            threading.Thread(target=read, args=(other,), daemon=True).start()
        with hub.connect() as connection:
            connection.recv(timeout=5)
            decoder = msgspec.json.Decoder()
            sender = threading.Thread(target=fire)
            sender.start()
            while len(delays) < COUNT:
                message = connection.recv(timeout=10)
                now = time.time_ns()
                if message[9:18] == "pss_event":
                    delays.append((now - decoder.decode(message)["data"]["arrival_ns"]) / 1e6)
            sender.join()
        for other in others:
            other.close()
    delays.sort()
    return {"p50": delays[len(delays) // 2], "p99": delays[len(delays) * 99 // 100], "max": delays[-1]}


def read(connection: object) -> None:
    try:
        for _ in connection:  # type: ignore[attr-defined]
            pass
    except ConnectionClosed:
        return


def main() -> None:
    number = bench.runs(sys.argv)
    bench.headline(f"kernel arrival to WebSocket client at {RATE} messages/s, {COUNT} messages a run")
    for clients in (1, 20):
        results = [once(clients) for _ in range(number)]
        bench.say(f" {clients} client(s):")
        for name, target in (("p50", "(target 2)"), ("p99", "(target 10)"), ("max", "")):
            bench.say(f"   {name}  {bench.spread([r[name] for r in results], 'ms ' + target)}")


if __name__ == "__main__":
    main()
