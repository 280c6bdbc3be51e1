"""Fake OBS servers beside a hub, and commands to the hub as a client sends them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection

from restrike_lab.hub.hub import Hub
from restrike_lab.obs.fake import FakeObs, FakeThread, FakeV5, Pace, Studio
from tests.hub.helpers import client, receive_until, wait_until

PASSWORD = "kyorugi-85"

_ids = itertools.count(1)


def fake_obs(kind: type[FakeObs] = FakeV5, **studio: Any) -> FakeObs:
    return kind(Studio(pace=Pace.quick(), **studio), password=PASSWORD)


@contextmanager
def fakes(*servers: FakeObs) -> Iterator[FakeThread]:
    thread = FakeThread(servers)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def command(connection: ClientConnection, name: str, /, **args: Any) -> dict[str, Any]:
    number = str(next(_ids))
    connection.send(json.dumps({"id": number, "command": name, "args": args}))
    return receive_until(connection, lambda message: message.get("id") == number)[-1]


def done(connection: ClientConnection, name: str, /, **args: Any) -> Any:
    reply = command(connection, name, **args)
    assert reply["ok"], reply["error"]
    return reply["result"]


def until_shown(connection: ClientConnection, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Wait until something is true of the picture of OBS."""
    wait_until(lambda: bool(holds(done(connection, "obs"))))
    shown: dict[str, Any] = done(connection, "obs")
    return shown


@contextmanager
def connected(hub: Hub, *servers: FakeObs) -> Iterator[ClientConnection]:
    """A client of a hub that works these servers as ring1, ring2, .."""
    with client(hub.address) as connection:
        for number, server in enumerate(servers, 1):
            done(connection, "obs.add", name=f"ring{number}", port=server.port, password=PASSWORD)
        until_shown(connection, lambda shown: sum(each["connected"] for each in shown["instances"]) == len(servers))
        yield connection
