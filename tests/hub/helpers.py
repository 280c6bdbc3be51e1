"""A hub on ports that the system chose, with real senders and real WebSocket clients."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import Address, read_address
from restrike_lab.store.reader import Reader

LOAD = (
    b"pre;FightLoaded",
    b"at1;BLUE A;Blue Athlete;CRO;at2;RED B;Red Athlete;ESP",
    b"mch;101;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5",
    b"wg1;0;wg2;0",
    b"wrd;rd1;0;rd2;0;rd3;0",
    b"s11;0;s21;0;s12;0;s22;0;s13;0;s23;0",
    b"sc1;0;sc2;0",
    b"clk;02:00",
    b"rnd;1",
    b"sup;0",
    b"rdy;FightReady",
)


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "the condition did not come true in time"
        time.sleep(0.002)


def hub_config(data_dir: Path, **settings: Any) -> HubConfig:
    return HubConfig(**{"data_dir": str(data_dir), "port": 0, "ws_port": 0, "bind": "127.0.0.1", **settings})


@contextmanager
def running_hub(data_dir: Path, **settings: Any) -> Iterator[Hub]:
    hub = Hub(hub_config(data_dir, **settings))
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def port_of(hub: Hub, court: str = "1") -> int:
    return int(hub.status()["courts"][court]["port"])


def send(port: int, payloads: Iterable[bytes]) -> int:
    count = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        for payload in payloads:
            sender.send(payload)
            count += 1
    return count


def settled(hub: Hub, events: int) -> None:
    """Wait until the hub has stored this many events in all, and everything in it has heard of what it took."""
    wait_until(lambda: hub.status()["seq"] >= events and hub.status()["queue"]["waiting"] == 0)
    hub.running.pipeline.call(lambda: None)  # comes behind the group that may be half told


def fill(hub: Hub) -> int:
    """Let the database have no further page; return how many it might have had."""
    database = hub.running.writer._db

    def work() -> int:
        limit = database.pragma("max_page_count")
        database.pragma("max_page_count", database.pragma("page_count"))
        return int(limit)

    return hub.running.pipeline.call(work)


def make_room(hub: Hub, limit: int) -> None:
    """Let the database grow again, at the next try of the thread that alone may use it."""
    writer = hub.running.writer
    append = writer.append

    def with_room(*group: Any) -> None:
        writer._db.pragma("max_page_count", limit)
        append(*group)

    writer.append = with_room  # type: ignore[method-assign]


@contextmanager
def client(address: Address | None, since: int | None = None, **options: Any) -> Iterator[ClientConnection]:
    assert address is not None
    query = f"/?token={address.token}" + ("" if since is None else f"&since={since}")
    with connect(
        address.url + query, compression=None, proxy=None, max_size=None, max_queue=None, **options
    ) as connection:
        yield connection


def receive(connection: ClientConnection, seconds: float = 30.0) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(connection.recv(timeout=seconds))
    return message


def receive_until(
    connection: ClientConnection, done: Callable[[dict[str, Any]], bool], seconds: float = 30.0
) -> list[dict[str, Any]]:
    """Receive messages up to and including the first that ``done`` is true of."""
    limit = time.monotonic() + seconds
    messages: list[dict[str, Any]] = []
    while not (messages and done(messages[-1])):
        messages.append(receive(connection, max(limit - time.monotonic(), 0.001)))
    return messages


def event_seqs(messages: Iterable[dict[str, Any]]) -> list[int]:
    return [message["seq"] for message in messages if message["type"] == "pss_event"]


def stored(data_dir: Path) -> list[tuple[Any, ...]]:
    reader = Reader.open(data_dir)
    try:
        return reader.events(0, 1_000_000)
    finally:
        reader.close()


@contextmanager
def hub_process(data_dir: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A hub as a process of its own, ready; killed at the end if it still lives."""
    command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(data_dir), "--bind", "127.0.0.1", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ready(process: subprocess.Popen[str]) -> str:
    """Wait for the ready line of a hub process and return it."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    return line


def owner(data_dir: Path) -> Address:
    address = read_address(data_dir)
    assert address is not None
    return address


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
