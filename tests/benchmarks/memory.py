"""Memory of the hub after 1,000,000 events: under 150 MB.

``python -m tests.benchmarks.memory [RUNS] [RATE]``. Resident memory (10^6 bytes) of the hub process before, at its
highest and after, for the messages of bouts and for messages of which no two are alike.
"""

from __future__ import annotations

import sys
import threading
import time

from tests.benchmarks import bench

COUNT, RATE = 1_000_000, 60_000


def once(kind: str, rate: int) -> tuple[float, float, float]:
    with bench.hub() as hub, bench.sender(hub.ports()[0], COUNT, rate, kind) as fire:
        before = highest = hub.rss()
        sender = threading.Thread(target=fire)
        sender.start()
        while sender.is_alive():
            highest = max(highest, hub.rss())
            time.sleep(0.05)
        while (status := hub.status())["queue"]["waiting"]:
            highest = max(highest, hub.rss())
            time.sleep(0.2)
        status = hub.wait_stored(COUNT)
        highest = max(highest, hub.rss())
        assert status["seq"] == COUNT, status
        return before, highest, hub.rss()


def main() -> None:
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else RATE
    bench.headline(f"memory after {COUNT:,} events at {rate:,}/s")
    for kind in ("bouts", "distinct"):
        results = [once(kind, rate) for _ in range(bench.runs(sys.argv))]
        bench.say(f" {kind}:")
        for name, column in (("before", 0), ("highest", 1), ("after", 2)):
            bench.say(f"   {name:8} {bench.spread([r[column] for r in results], 'MB', 0)}")


if __name__ == "__main__":
    main()
