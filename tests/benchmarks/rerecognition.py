"""A million stored events recognized anew: dry run, applied, taken back; and again while a hub receives.

``python -m tests.benchmarks.rerecognition [EVENTS]``. A tenth of the events are of a stream that a definition makes
known, so a tenth of the rows change. Times are those of the whole command, from its start to its end. The work is done
by two processes at once; on a machine that is busy with other things it takes as much longer as they leave it less.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from restrike_lab.simulate.timed import Timed
from tests.benchmarks import bench
from tests.hub.helpers import send
from tests.hub.recorded import SPEED, bouts, decide, record, run, with_speeds

EVENTS = 1_000_000
LIVE_RATE = 1_000
ENDLESS = 50_000_000


def messages(count: int) -> Iterator[Timed]:
    """Yield so many messages of tournaments that follow each other."""

    def tournaments() -> Iterator[Timed]:
        begun = 0
        for seed in itertools.count(1):
            last = 0
            for at_ms, payload, court in with_speeds(bouts(200, seed=seed)):
                last = at_ms
                yield Timed(begun + at_ms, payload, court)
            begun += last + 60_000

    return itertools.islice(tournaments(), count)


class Used(NamedTuple):
    """What a command took: seconds, CPU seconds of all its processes, and MB that they had together at most."""

    seconds: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s (CPU {self.cpu:.1f} s), {self.memory:.0f} MB"


def command(directory: Path, *arguments: str) -> tuple[Used, dict[str, Any]]:
    """Run ``restrike-lab recognize``; return what it took and what it says."""
    before = children_cpu()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "restrike_lab.app", "recognize", "--data-dir", str(directory), "--json", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    peak = [0.0]
    watch = threading.Thread(target=watch_memory, args=(psutil.Process(process.pid), peak), daemon=True)
    watch.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"recognize {' '.join(arguments)} ended with status {process.returncode}")
    answer: dict[str, Any] = json.loads(said)
    return Used(seconds, children_cpu() - before, peak[0]), answer


def children_cpu() -> float:
    """Return the CPU seconds of all processes that were started from here and have ended."""
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


def watch_memory(process: psutil.Process, peak: list[float]) -> None:
    """Note the most memory that a process and its children together had, looking ten times a second."""
    while True:
        try:
            family = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(each.memory_info().rss for each in family) / 1e6)
        except psutil.Error:
            return
        time.sleep(0.1)


@contextmanager
def traffic(port: int) -> Iterator[list[int]]:
    """Send bouts until the block ends, ``LIVE_RATE`` messages a second; what is yielded counts them."""
    stop = threading.Event()
    sent = [0]

    def work() -> None:
        stream = (message.payload for message in messages(ENDLESS))
        begun = time.perf_counter()
        while not stop.is_set():
            due = int((time.perf_counter() - begun) * LIVE_RATE) - sent[0]
            sent[0] += send(port, itertools.islice(stream, max(due, 0)))
            time.sleep(0.002)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


def alone(directory: Path) -> None:
    used, shown = command(directory, "--dry-run")
    bench.say(f" no hub: {shown['changed']:,} of {shown['events']:,} events change")
    bench.say(f"   dry run          {used}")
    used, done = command(directory, "--yes")
    bench.say(f"   applied          {used}")
    used, _ = command(directory, "--undo", str(done["run_id"]))
    bench.say(f"   taken back       {used}")


def beside_traffic(directory: Path) -> None:
    with bench.hub(directory=directory) as hub:
        stored = hub.status()["seq"]
        with traffic(hub.ports()[0]) as sent:
            time.sleep(1.0)
            before = hub.rss()
            used, done = command(directory, "--yes")
            waiting = hub.status()["queue"]["highest"]
            time.sleep(0.5)
        status = hub.wait_stored(stored + sent[0])
        received = status["courts"]["1"]["received"]
        bench.say(f" while {LIVE_RATE:,} messages/s come in: {done['changed']:,} events change")
        bench.say(f"   applied          {used}")
        bench.say(f"   hub              {before:.0f} MB before, {hub.rss():.0f} MB after; waiting at most {waiting}")
        bench.say(f"   sent {sent[0]:,}, lost {sent[0] - received}, stored {status['seq'] - stored:,}")
        begun = time.perf_counter()
        hub.command("recognition.undo", run_id=done["run_id"], why="benchmark")
        bench.say(f"   taken back       {time.perf_counter() - begun:.1f} s")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    bench.headline(f"re-recognition of {count:,} stored events")
    with tempfile.TemporaryDirectory(prefix="restrike-bench-") as name:
        directory = Path(name)
        record(directory, messages(count), group=5_000)
        command(directory, "--yes")  # counts what was recorded
        decide(directory, lambda judge: judge.put_definitions(SPEED, "benchmark", "to change a tenth"))
        size = run(directory, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]
        bench.say(f"   database         {size / 1e6:.0f} MB")
        alone(directory)
        beside_traffic(directory)


if __name__ == "__main__":
    main()
