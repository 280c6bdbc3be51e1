"""What holds when the machine fails the hub, and what was counted: ``python -m tests.benchmarks.troubles [NAME ...]``.

``disk``      the data directory is a 2 MB tmpfs (root only); it fills up, later it gets room
``overflow``  the same with little memory to wait in, so that something must be lost: how much was counted
``locked``    another program holds the database's write lock for 30 s
``slow``      a statement that takes its time: is it kept, with its plan and a way out
``memory``    the hub may have no more than 120 MB more address space, while the database takes nothing
``damage``    pages of the database are overwritten while it is in use
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from restrike_lab.hub.process import SETTINGS_VARIABLE
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader
from tests.benchmarks import bench

PATIENCE_S = 90.0


class Console:
    """Send a clock's messages, each another, at a steady rate from a thread; counts what was sent."""

    def __init__(self, port: int, rate: float, size: int = 60) -> None:
        self.sent = 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.work, args=(port, rate, size), daemon=True)
        self.thread.start()

    def work(self, port: int, rate: float, size: int) -> None:
        begun = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port))
            while not self.ending.is_set():
                while self.sent < (time.monotonic() - begun) * rate:
                    with contextlib.suppress(ConnectionRefusedError):  # the hub is gone
                        sender.send(b"trouble;%d;%s" % (self.sent, b"x" * size))
                    self.sent += 1
                time.sleep(0.005)

    def stop(self) -> int:
        self.ending.set()
        self.thread.join()
        return self.sent


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="restrike-full-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def wait(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> float:
    """Wait for a condition and return how many seconds it took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise SystemExit(f"   NOT WITHIN {seconds:g} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - begun


def books(hub: bench.HubUnderTest, sent: int) -> None:
    status = hub.status()
    court = status["courts"]["1"]
    stored = status["seq"]
    well = court["received"] + court["kernel_dropped"] == sent and stored == court["received"]
    bench.say(f"   sent {sent:,} = received {court['received']:,} + dropped by the kernel {court['kernel_dropped']:,}")
    bench.say(f"   stored {stored:,}; waited at most {status['queue']['highest']:,}; {hub.rss():.0f} MB")
    bench.say(f"   the books {'hold' if well else 'DO NOT HOLD'}")
    for gap in status["gaps"]:
        bench.say(f"   gap kept: {gap['reason']}")
    with closing(Reader.open(hub.data_dir)) as reader:
        rows = reader.query("SELECT count(*), count(DISTINCT seq), count(DISTINCT raw) FROM pss_events").rows
    bench.say(f"   in the database: {rows[0][0]:,} events, {rows[0][1]:,} numbers, {rows[0][2]:,} different messages")


def notices(hub: bench.HubUnderTest) -> None:
    for each in hub.command("alerts")["list"]:
        over = f" | over: {each['over_message']}" if each["over_ns"] else ""
        bench.say(f"   notice: {each['level']} x{each['count']}: {each['message'][:150]}{over}")


def disk(rate: float = 2_000, seconds: float = 8.0) -> None:
    with small_disk(2) as place, bench.hub(directory=place) as hub:
        console = Console(hub.ports()[0], rate)
        full = wait(lambda: not hub.status()["store"]["ok"], "the disk is full")
        bench.say(f"   the disk was full after {full:.1f} s: {hub.status()['store']['problem'][:100]}")
        time.sleep(seconds)
        status = hub.status()
        bench.say(
            f"   {seconds:g} s later: waiting {status['queue']['waiting']:,}, {hub.rss():.0f} MB, clients are answered"
        )
        subprocess.run(["mount", "-o", "remount,size=256m", str(place)], check=True)
        sent = console.stop()
        again = wait(lambda: hub.status()["store"]["ok"], "it stores again")
        caught = wait(lambda: not hub.status()["queue"]["waiting"], "it has caught up")
        bench.say(f"   room was made: it stored again after {again:.1f} s and had caught up after {caught:.1f} s more")
        time.sleep(2.5)
        books(hub, sent)
        notices(hub)


def overflow() -> None:
    os.environ[SETTINGS_VARIABLE] = json.dumps({"queue_datagrams": 3000, "receive_buffer": 262144, "given": {}})
    try:
        disk(rate=3_000, seconds=6.0)
    finally:
        del os.environ[SETTINGS_VARIABLE]


def locked(seconds: float = 30.0) -> None:
    with tempfile.TemporaryDirectory(prefix="restrike-locked-") as name, bench.hub(directory=Path(name)) as hub:
        console = Console(hub.ports()[0], 1_000)
        time.sleep(1)
        with closing(apsw.Connection(str(database_path(hub.data_dir)))) as other:
            other.set_busy_timeout(20_000)
            other.execute("BEGIN IMMEDIATE")
            told = wait(lambda: not hub.status()["store"]["ok"], "the lock is told")
            time.sleep(max(0.0, seconds - told))
            bench.say(f"   told after {told:.1f} s; after {seconds:g} s waiting {hub.status()['queue']['waiting']:,}")
            other.execute("ROLLBACK")
        again = wait(lambda: hub.status()["store"]["ok"], "it stores again")
        sent = console.stop()
        caught = wait(lambda: not hub.status()["queue"]["waiting"], "it has caught up")
        bench.say(f"   let go: it stored again after {again:.1f} s and had caught up after {caught:.1f} s more")
        time.sleep(2.5)
        books(hub, sent)
        notices(hub)


def slow() -> None:
    with tempfile.TemporaryDirectory(prefix="restrike-slow-") as name, bench.hub(directory=Path(name)) as hub:
        console = Console(hub.ports()[0], 20_000)
        wait(lambda: hub.status()["seq"] > 100_000, "100,000 events")
        sent = console.stop()
        wait(lambda: hub.status()["seq"] == sent, "all of them")
        hub.command("settings.set", values={"watch.slow_statement_ms": 10.0}, why="to see some")
        for _ in range(3):
            hub.command("events", since=0, limit=10_000)
        told = hub.command("statements")
        bench.say(f"   {told['count']} statements timed, {told['slow_count']} took {told['slow_ms']:g} ms or more")
        for each in told["slow"][:3]:
            bench.say(f"   {each['ms']:.1f} ms ({each['source']}): {' '.join(each['sql'].split())[:90]}")
            bench.say(f"      plan: {'; '.join(each['plan'])} | {each['suggestion']}")


def memory(room_mb: int = 120) -> None:
    with tempfile.TemporaryDirectory(prefix="restrike-memory-") as name, bench.hub(directory=Path(name)) as hub:
        console = Console(hub.ports()[0], 1_000)
        time.sleep(3)
        limit = hub.ps.memory_info().vms + room_mb * 1_000_000
        resource.prlimit(hub.process.pid, resource.RLIMIT_AS, (limit, limit))
        before = hub.rss()
        with closing(apsw.Connection(str(database_path(hub.data_dir)))) as other:
            other.set_busy_timeout(20_000)
            other.execute("BEGIN IMMEDIATE")
            flood = Console(hub.ports()[0], 60_000, 300)
            highest, alive, begun = before, True, time.monotonic()
            while time.monotonic() - begun < 15 and (alive := hub.process.poll() is None):
                highest = max(highest, hub.rss())
                time.sleep(0.2)
            flooded, sent = flood.stop(), console.stop()
            bench.say(
                f"   {before:.0f} MB before, {highest:.0f} MB at the highest; process {'alive' if alive else 'ended'}"
            )
            other.execute("ROLLBACK")
        if not alive:
            bench.say(f"   it ended with status {hub.process.poll()}: a supervisor starts it again, the gap is kept")
            return
        wait(lambda: hub.status()["store"]["ok"], "it stores again")
        wait(lambda: not hub.status()["queue"]["waiting"], "it has caught up")
        time.sleep(2.5)
        books(hub, sent + flooded)
        notices(hub)


def damage() -> None:
    with tempfile.TemporaryDirectory(prefix="restrike-damage-") as name, bench.hub(directory=Path(name)) as hub:
        console = Console(hub.ports()[0], 5_000)
        wait(lambda: hub.status()["seq"] > 30_000, "30,000 events")
        wait(lambda: database_path(hub.data_dir).stat().st_size > 2_000_000, "a checkpoint")
        with database_path(hub.data_dir).open("r+b") as file:
            file.seek(8_192)
            file.write(b"\xff" * 400_000)
        with contextlib.suppress(KeyError):  # whoever reads an old event finds the damage
            hub.command("events", since=0)
        seconds = wait(lambda: hub.command("alerts")["open"], "somebody is told", 30)
        bench.say(f"   told after {seconds:.1f} s")
        sent = console.stop()
        time.sleep(2)
        found = sorted(path.name for path in hub.data_dir.iterdir() if "damaged" in path.name)
        bench.say(f"   sent {sent:,}; last event {hub.status()['seq']:,}; set aside: {found or 'nothing'}")
        bench.say(f"   check: {hub.command('database.check')['findings'][:1] or 'sound'}")
        notices(hub)


TROUBLES = {each.__name__: each for each in (disk, overflow, locked, slow, memory, damage)}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or TROUBLES:
        bench.headline(wanted)
        TROUBLES[wanted]()
