"""A lab with its own hub that hears what a test says, for tests of what it makes of it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.reader import Reader

from .test_feed import until

__all__ = ["counted", "hosted", "say"]


def hosted(data_dir: Path) -> Lab:
    """Return a lab that hosts a hub on ports chosen by the system."""
    return Lab(config=HubConfig(data_dir=str(data_dir), port=0, bind="127.0.0.1", ws_port=0))


def say(lab: Lab, messages: Iterable[str | bytes]) -> int:
    """Send messages to the lab's hub and wait until they are stored and counted; return the number of the last."""
    port = int(lab.command("status")["courts"]["1"]["port"])
    before, sent = lab.command("ping")["seq"], 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        for each in messages:
            console.sendto(each.encode() if isinstance(each, str) else each, ("127.0.0.1", port))
            sent += 1
    until(lambda: counted(lab.data_dir) >= before + sent)
    return int(before + sent)


def counted(data_dir: Path) -> int:
    """Return the number of the last event that the hub has counted."""
    with contextlib.closing(Reader.open(data_dir)) as reader:
        return int(reader.query("SELECT seq FROM accounting").rows[0][0])
