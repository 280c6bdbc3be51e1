"""The receiver a good programmer writes first: asyncio's DatagramProtocol, ``split``, sqlite3, a commit every 100 ms.

``python -m tests.benchmarks.plain DIRECTORY``: the measure that the hub is held against. It keeps the arrival time,
the sender, the raw bytes, the stream and its fields; nothing is recognized, judged, linked or accounted for.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import sys
import time
from pathlib import Path


class Receiver(asyncio.DatagramProtocol):
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.rows: list[tuple[int, str, bytes, str, str]] = []
        self.received = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        stream, *fields = data.decode("utf-8", "replace").strip().split(";")
        self.rows.append((time.time_ns(), f"{addr[0]}:{addr[1]}", data, stream, ";".join(fields)))
        self.received += 1

    def commit(self) -> None:
        if self.rows:
            self.db.executemany(
                "INSERT INTO events (arrival_ns, sender, raw, stream, fields) VALUES (?, ?, ?, ?, ?)", self.rows
            )
            self.db.commit()
            self.rows.clear()


async def run(directory: Path) -> None:
    db = sqlite3.connect(directory / "plain.sqlite")
    db.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, arrival_ns INTEGER, sender TEXT, raw BLOB, stream TEXT,"
        " fields TEXT);"
        "CREATE INDEX events_stream ON events (stream);"
        "CREATE INDEX events_arrival ON events (arrival_ns);"
        "CREATE INDEX events_sender ON events (sender);"
    )
    loop = asyncio.get_running_loop()
    transport, receiver = await loop.create_datagram_endpoint(lambda: Receiver(db), local_addr=("127.0.0.1", 0))
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(1, 33, 64 << 20)  # SO_RCVBUFFORCE, so that a loss is not what is compared
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1)
        receiver.commit()
    sys.stdout.write(f"{receiver.received}\n")


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
