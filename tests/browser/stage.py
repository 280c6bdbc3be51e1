"""The real thing, for tests in a browser: a hub process, Voila with the operator's notebook, and a console to send.

Every process listens on the loopback interface only, on ports that were free a moment ago, and is ended by its handle.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil
from playwright.sync_api import Page

from restrike_lab.hub.process import SETTINGS_VARIABLE
from restrike_lab.widgets import voila

__all__ = ["LIMIT_S", "Console", "HubProcess", "Kernel", "VoilaProcess", "free_port", "until"]

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOK = REPOSITORY / "notebooks" / "operator.ipynb"
LIMIT_S = 45.0
T = TypeVar("T")


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], T], what: str, limit: float = LIMIT_S) -> T:
    """Wait until ``condition()`` is true and return it."""
    end = time.monotonic() + limit
    while not (answer := condition()):
        assert time.monotonic() < end, f"not within {limit:g} s: {what}"
        time.sleep(0.02)
    return answer


class HubProcess:
    """A hub in a process of its own that can be killed and started again at the same addresses."""

    def __init__(self, data_dir: Path, courts: tuple[str, ...] = ("1",), **settings: object) -> None:
        self.data_dir = data_dir
        self.settings = {"screen_role": "admin", **settings}  # a panel is tried with all rights, where not said else
        self.ports = {court: free_port(socket.SOCK_DGRAM) for court in courts}
        self.ws_port = free_port()
        self.log = data_dir / "hub.log"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        courts = [part for court, port in self.ports.items() for part in ("--court", f"{court}={port}")]
        addresses = ["--bind", "127.0.0.1", "--ws-port", str(self.ws_port)]
        command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(self.data_dir), *courts, *addresses]
        environment = {**os.environ, SETTINGS_VARIABLE: json.dumps({**self.settings, "given": {}})}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self.process.stdout is not None
        words: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda out: words.put(out.readline()), args=(self.process.stdout,), daemon=True).start()
        line = words.get(timeout=LIMIT_S)
        assert line.startswith("ready"), self.log.read_text()

    def kill(self) -> None:
        """End the hub the way a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(LIMIT_S)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(LIMIT_S)

    def stored(self) -> int:
        """Return the number of the last event in the database."""
        with sqlite3.connect(f"file:{self.data_dir / 'restrike.sqlite'}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT coalesce(max(seq), 0) FROM pss_events").fetchone()[0])


class Console:
    """Send datagrams to a hub's court."""

    def __init__(self, hub: HubProcess, court: str = "1") -> None:
        self.hub = hub
        self.address = ("127.0.0.1", hub.ports[court])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, *messages: str | bytes) -> None:
        for message in messages:
            self.socket.sendto(message.encode() if isinstance(message, str) else message, self.address)

    def send_stored(self, *messages: str | bytes) -> int:
        """Send and wait until as many events more are in the database; return the number of the last."""
        wanted = self.hub.stored() + len(messages)
        self.send(*messages)
        return until(lambda: last if (last := self.hub.stored()) >= wanted else 0, "the messages are stored")

    def close(self) -> None:
        self.socket.close()


class Kernel:
    """One page's kernel: the process, and what the server thinks of it."""

    def __init__(self, url: str, name: str, server: int) -> None:
        self.url = f"{url}api/kernels/{name}"
        children = psutil.Process(server).children(recursive=True)
        self.process = next(child for child in children if any(name in part for part in child.cmdline()))

    def alive(self) -> bool:
        return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE

    def known(self) -> bool:
        """Tell whether the server has this kernel; one that it has is started again when it dies."""
        try:
            with urllib.request.urlopen(self.url, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code != 404


class VoilaProcess:
    """Voila with one notebook and this project's template."""

    def __init__(self, data_dir: Path, log: Path, notebook: Path = NOTEBOOK) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = log
        # Nothing of the machine's own Jupyter settings may decide a test.
        places = {name: str(log.parent / name.lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
        environment = voila.environment({**os.environ, **places, "RESTRIKE_LAB_DATA_DIR": str(data_dir)})
        options = ["--no-browser", f"--port={self.port}", "--Voila.ip=127.0.0.1", "--Voila.port_retries=0"]
        command = [sys.executable, "-m", "voila", str(notebook), *options, *voila.arguments()]
        with log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=log.parent)
        until(self.answers, "Voila answers")

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}voila/static/voila.js", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kernel(self, page: Page) -> Kernel:
        """Return the kernel of a page."""
        config = json.loads(page.locator("#jupyter-config-data").text_content() or "")
        return Kernel(self.url, str(config["kernelId"]), self.process.pid)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(LIMIT_S)
