"""100,000 datagrams a second for 5 s into a hub: 0 lost, typed, three indices, ``synchronous=FULL``.

``python -m tests.benchmarks.ingest [RUNS]``. Once with the messages of bouts, as consoles repeat them, and once with no
two datagrams alike, where nothing can be remembered.
"""

from __future__ import annotations

import sys
import time

from tests.benchmarks import bench

RATE, SECONDS = 100_000, 5


def once(kind: str, rate: int = RATE, seconds: float = SECONDS) -> dict[str, float]:
    count = int(rate * seconds)
    with bench.hub() as hub, bench.sender(hub.ports()[0], count, rate, kind) as fire:
        cpu = hub.cpu()
        begun = time.perf_counter()
        sent = fire()
        status = hub.wait_stored(count)
        stored_after = time.perf_counter() - begun
        cpu = hub.cpu() - cpu
        books = status["courts"]["1"]
        accounted = books["received"] + books["rejected"] + (books["kernel_dropped"] or 0)
        return {
            "sent_rate": count / sent["seconds"],
            "lost": count - books["received"],
            "unaccounted": count - accounted,
            "stored": status["seq"],
            "stored_after": stored_after,
            "cpu_us": cpu / count * 1e6,
            "waiting": status["queue"]["highest"],
            "rss": hub.rss(),
        }


def report(kind: str, number: int) -> None:
    results = [once(kind) for _ in range(number)]
    say, spread = bench.say, bench.spread
    say(f" {kind}:")
    say(f"   sent at          {spread([r['sent_rate'] for r in results], '/s', 0)}")
    say(
        f"   lost             {max(r['lost'] for r in results):.0f} at most; unaccounted "
        f"{max(abs(r['unaccounted']) for r in results):.0f}; stored {min(r['stored'] for r in results):.0f} at least"
    )
    say(f"   all stored after {spread([r['stored_after'] for r in results], 's')} from the first datagram")
    say(f"   stored per s     {spread([RATE * SECONDS / r['stored_after'] for r in results], '/s', 0)}")
    say(f"   CPU              {spread([r['cpu_us'] for r in results], 'us per datagram')}")
    say(f"   waiting at most  {spread([r['waiting'] for r in results], 'datagrams', 0)}")
    say(f"   memory           {spread([r['rss'] for r in results], 'MB', 0)}")


def main() -> None:
    bench.headline(f"ingest: {RATE:,} datagrams/s for {SECONDS} s")
    for kind in ("bouts", "distinct"):
        report(kind, bench.runs(sys.argv))


if __name__ == "__main__":
    main()
