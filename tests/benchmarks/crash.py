"""Kill the hub at random moments under 2,000 messages/s, again and again, over one data directory.

``python -m tests.benchmarks.crash [KILLS] [RATE] [SEED]`` (default 50, 2,000, 1). After every kill: each event that a
WebSocket client was told is in the database, its numbers have no hole, ``integrity_check`` is ok, and the next hub is
ready in under 2 s. Ends with status 1 at the first failure.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from restrike_lab.hub.ownership import read_address
from restrike_lab.store.files import database_path, integrity
from restrike_lab.store.reader import Reader
from tests.benchmarks import bench


class Told:
    """The last event that a client was told of, and whether it ever came out of order."""

    def __init__(self) -> None:
        self.seq = 0
        self.in_order = True

    def listen(self, data_dir: Path) -> None:
        address = read_address(data_dir)
        if address is None:
            return
        try:
            with connect(
                f"{address.url}/?token={address.token}&since={self.seq}", compression=None, proxy=None
            ) as feed:
                for text in feed:
                    message = json.loads(text)
                    if message["type"] == "pss_event":
                        self.in_order &= message["seq"] == self.seq + 1
                        self.seq = message["seq"]
        except (OSError, WebSocketException):
            return


def traffic(port: int, rate: int, stop: threading.Event) -> None:
    messages = [b"sc1;%d;sc2;%d" % (i % 90, i % 7) for i in range(630)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        count, begun = 0, time.monotonic()
        while not stop.is_set():
            while count < (time.monotonic() - begun) * rate:
                sender.sendto(messages[count % len(messages)], ("127.0.0.1", port))
                count += 1
            time.sleep(0.001)


def check(data_dir: Path, told: Told) -> str | None:
    """Return what is wrong after a kill, None when all is well."""
    if findings := integrity(database_path(data_dir)):
        return f"integrity_check: {findings}"
    reader = Reader.open(data_dir)
    try:
        last = reader.last_seq()
        count = reader.query("SELECT count(*) FROM pss_events").rows[0][0]
    finally:
        reader.close()
    if last != count:
        return f"{count} events are stored, but the last is number {last}"
    if last < told.seq:
        return f"a client was told of event {told.seq}, but the last one stored is {last}"
    return None if told.in_order else "a client was told of an event twice, or not of one"


def main() -> int:
    given = [int(value) for value in sys.argv[1:]]
    kills, rate, seed = [*given, *(50, 2_000, 1)[len(given) :]]
    chance = random.Random(seed)
    bench.headline(f"{kills} kills at random moments under {rate:,} messages/s (seed {seed})")
    told, ready_after, stop = Told(), [], threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sender = threading.Thread(target=traffic, args=(port, rate, stop))
    sender.start()
    try:
        with tempfile.TemporaryDirectory(prefix="restrike-crash-") as name:
            for number in range(kills):
                problem = one_kill(Path(name), port, chance, told, ready_after) or check(Path(name), told)
                if problem:
                    bench.say(f"   kill {number + 1}: {problem}")
                    return 1
    finally:
        stop.set()
        sender.join()
    bench.say(f"   ready again after  {bench.spread(ready_after, 's')} (target 2)")
    bench.say(f"   told and stored    {told.seq} events, no hole, none twice, integrity ok after every kill")
    return 0 if max(ready_after) < 2.0 else 1


def one_kill(data_dir: Path, port: int, chance: random.Random, told: Told, ready_after: list[float]) -> str | None:
    command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(data_dir), "--bind", "127.0.0.1"]
    begun = time.monotonic()
    process = subprocess.Popen(
        [*command, "--port", str(port), "--ws-port", "0"], stdout=subprocess.PIPE, text=True, cwd=bench.ROOT
    )
    assert process.stdout is not None
    try:
        if not process.stdout.readline().startswith("ready"):
            return "the hub did not start"
        ready_after.append(time.monotonic() - begun)
        client = threading.Thread(target=told.listen, args=(data_dir,))
        client.start()
        time.sleep(chance.uniform(0.0, 0.6))
        process.kill()
        client.join()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return None


if __name__ == "__main__":
    sys.exit(main())
