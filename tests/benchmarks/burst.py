"""A burst of 100,000 datagrams as fast as they can be sent, into a 64 MiB receive buffer: 0 lost.

``python -m tests.benchmarks.burst [RUNS]``
"""

from __future__ import annotations

import sys
import time

from tests.benchmarks import bench

COUNT = 100_000


def once(kind: str) -> dict[str, float]:
    with bench.hub("--receive-buffer", str(64 << 20)) as hub, bench.sender(hub.ports()[0], COUNT, 0, kind) as fire:
        granted = hub.status()["courts"]["1"]["receive_buffer"]
        begun = time.perf_counter()
        sent = fire()
        status = hub.wait_stored(COUNT)
        books = status["courts"]["1"]
        return {
            "granted": granted / (1 << 20),
            "rate": COUNT / sent["seconds"],
            "lost": COUNT - books["received"],
            "unaccounted": COUNT - books["received"] - books["rejected"] - (books["kernel_dropped"] or 0),
            "stored": status["seq"],
            "stored_after": time.perf_counter() - begun,
        }


def main() -> None:
    bench.headline(f"burst: {COUNT:,} datagrams as fast as they can be sent")
    for kind in ("bouts", "distinct"):
        results = [once(kind) for _ in range(bench.runs(sys.argv))]
        bench.say(f" {kind}: receive buffer granted {min(r['granted'] for r in results):.0f} MiB")
        bench.say(f"   sent at          {bench.spread([r['rate'] for r in results], '/s', 0)}")
        lost, unaccounted = max(r["lost"] for r in results), max(abs(r["unaccounted"]) for r in results)
        least = min(r["stored"] for r in results)
        bench.say(f"   lost             {lost:.0f} at most; unaccounted {unaccounted:.0f}; stored {least:.0f} at least")
        bench.say(f"   all stored after {bench.spread([r['stored_after'] for r in results], 's')}")


if __name__ == "__main__":
    main()
