"""40 courts at their real pace: at most 5 % of a core.

``python -m tests.benchmarks.courts [RUNS]``. Every court sends a clock message a second and, every ten seconds on
average, a scoring burst of five messages within 60 ms, as live consoles do; one client watches.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Iterator

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.benchmarks import bench

COURTS, SECONDS = 40, 15


def script(court: int, chance: random.Random) -> Iterator[tuple[float, bytes]]:
    """Yield what one court sends: seconds from the start, and the message."""
    phase = chance.random()
    blue = 0
    for second in range(SECONDS):
        yield second + phase, b"clk;%02d:%02d" % divmod(119 - second, 60)
        if chance.random() < 0.1:
            blue += 2
            at = second + phase + chance.uniform(0.1, 0.8)
            yield at, b"hl1;%d" % chance.randint(20, 99)
            yield at + 0.02, b"sup;1"
            yield at + 0.03, b"sc1;%d;sc2;%d" % (blue, court % 5)
            yield at + 0.04, b"s11;%d;s21;%d;s12;0;s22;0;s13;0;s23;0" % (blue, court % 5)
            yield at + 0.06, b"pt1;2"


def once(seed: int, watched: bool) -> tuple[float, float]:
    """Return the hub's share of a core in percent, and the messages a second."""
    chance = random.Random(seed)
    with bench.hub(courts=COURTS) as hub:
        ports = hub.ports()
        plan = sorted((at, port, message) for court, port in enumerate(ports) for at, message in script(court, chance))
        watcher = hub.connect() if watched else None
        if watcher is not None:
            threading.Thread(target=read, args=(watcher,), daemon=True).start()
        cpu, begun = hub.cpu(), time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for at, port, message in plan:
                time.sleep(max(0.0, begun + at - time.monotonic()))
                sock.sendto(message, ("127.0.0.1", port))
        elapsed = time.monotonic() - begun
        share = (hub.cpu() - cpu) / elapsed * 100
        if watcher is not None:
            watcher.close()
        assert hub.wait_stored(len(plan))["seq"] == len(plan)
    return share, len(plan) / elapsed


def read(connection: ClientConnection) -> None:
    try:
        for _ in connection:
            pass
    except ConnectionClosed:
        return


def main() -> None:
    bench.headline(f"{COURTS} courts at their real pace, {SECONDS} s a run")
    for watched in (False, True):
        results = [once(seed, watched) for seed in range(bench.runs(sys.argv))]
        bench.say(f" {'with a client watching' if watched else 'nobody watching'}:")
        bench.say(f"   messages  {bench.spread([rate for _, rate in results], '/s', 0)}")
        bench.say(f"   CPU       {bench.spread([share for share, _ in results], '% of a core (target 5)')}")


if __name__ == "__main__":
    main()
