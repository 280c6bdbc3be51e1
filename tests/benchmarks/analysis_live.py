"""How soon a lab on ten million events answers, and how soon a question sees what has just been said.

    python -m tests.benchmarks.analysis_live [RUNS] [EVENTS] [RECORD]     (default 5 runs over 10,000,000 events)

A hub runs on the record as a process of its own. *Open* is a whole new Python process: from its start, over all
imports, to the first answer about hits. *Tail* is from sending a datagram to the answer that has it, which is more than
from its commit: the way through the hub is in it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import restrike_lab as rl
from tests.benchmarks.analysis_archive import record
from tests.benchmarks.bench import ROOT, HubUnderTest, headline, hub, say, spread

OPEN = """
import sys
import restrike_lab as rl
lab = rl.Lab(sys.argv[1], start="never")
print(int(lab.sql("SELECT count(*) AS hits FROM hits").hits[0]))
lab.close()
"""
TAILS = 20
SETTLED_CPU, SETTLED_S = 0.05, 1.0


def settle(running: HubUnderTest) -> None:
    """Wait until the hub has counted what it found in the database."""
    before = running.cpu()
    while True:
        time.sleep(SETTLED_S)
        now = running.cpu()
        if now - before < SETTLED_CPU:
            return
        before = now


def opened(folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", OPEN, str(folder)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def tail(folder: Path, port: int) -> list[float]:
    """Return the ms from sending to the answer that has it."""
    found = []
    ask = "SELECT coalesce(max(seq), 0) AS seq FROM events WHERE seq > $after"
    with rl.Lab(folder, start="never") as lab, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        last = int(lab.sql("SELECT max(seq) AS seq FROM events").seq[0])
        for second in range(TAILS):
            begun = time.perf_counter()
            out.sendto(f"clk;01:{second:02}".encode(), ("127.0.0.1", port))
            while (seen := int(lab.sql(ask, {"after": last}).seq[0])) <= last:
                pass
            found.append((time.perf_counter() - begun) * 1000)
            last = seen
    return found


def main(argv: list[str]) -> None:
    runs = int(argv[1]) if len(argv) > 1 else 5
    events = int(argv[2]) if len(argv) > 2 else 10_000_000
    with record(events, argv[3] if len(argv) > 3 else "") as folder, hub(directory=folder) as running:
        settle(running)
        headline(f"a lab on {events:,} events")
        say(f"   open, to the first answer  {spread([opened(folder) for _ in range(runs)], 's')} (at most 2)")
        say(f"   tail, sent to answered     {spread(tail(folder, running.ports()[0]), 'ms', 0)} (at most 200)")


if __name__ == "__main__":
    main(sys.argv)
