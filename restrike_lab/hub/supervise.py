"""Keep a hub process alive: start it, tell when it is ready, start it again when it dies.

The first restart follows at once, since a bout does not wait; one that keeps dying is started ever later, up to 5 s.
A hub that ends by itself with status 0 was told to stop by a client and stays down.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TextIO

from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import HubError, OwnedElsewhere
from restrike_lab.hub.ownership import Address, read_address
from restrike_lab.hub.process import EXIT_OWNED, READY, SETTINGS_VARIABLE

__all__ = ["Supervisor"]

log = logging.getLogger(__name__)

DELAYS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 10.0
STOP_SECONDS = 15.0


class Supervisor:
    """Run a hub with the settings of ``config`` in a process of its own.

    ``on_restart(count, exit_status)`` is called from the supervisor's thread when the hub died and is started again.
    """

    def __init__(
        self,
        config: HubConfig,
        on_restart: Callable[[int, int], None] = lambda _count, _status: None,
        options: Sequence[str] = (),
    ) -> None:
        self.config = config
        self.on_restart = on_restart
        self.options = list(options)
        self.process: subprocess.Popen[str] | None = None
        self.restarts = 0
        self.said: deque[str] = deque(maxlen=20)
        self.guard = threading.Lock()
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.watch, name="restrike-supervise", daemon=True)

    def start(self, timeout: float = 20.0) -> Address:
        """Start the hub and return its address once it listens.

        Raises ``OwnedElsewhere`` when another hub owns the data directory, ``HubError`` with the hub's own words when
        it cannot start.
        """
        self.launch()
        limit = time.monotonic() + timeout
        while not self.ready.wait(0.01):
            status = self.running.poll()
            if status is not None or time.monotonic() > limit:
                self.stop()
                raise self.failure(status)
        address = self.address
        if address is None:
            self.stop()
            raise self.failure(None)
        self.thread.start()
        return address

    @property
    def address(self) -> Address | None:
        """Where the hub answers now; None while there is none."""
        return read_address(self.config.directory)

    @property
    def running(self) -> subprocess.Popen[str]:
        """The present process; raises ``HubError`` before the first start."""
        if self.process is None:
            raise HubError("the hub process was not started", hint="Call start() first.")
        return self.process

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the hub has ended for good; tell whether it has."""
        return self.ended.wait(timeout)

    def stop(self) -> int | None:
        """End the hub cleanly, by force only when it does not within 15 s; return its exit status. Idempotent."""
        with self.guard:
            self.stopping.set()
            process = self.process
        if process is None:
            return None
        self.let_go(process)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.error("the hub process %d did not end when asked to and is killed", process.pid)
            process.kill()
            status = process.wait()
        if self.thread.is_alive() and self.thread is not threading.current_thread():
            self.thread.join()
        self.ended.set()
        return status

    # -- the process -----------------------------------------------------------------------------------------------

    def launch(self) -> None:
        """Start a process and follow what it says."""
        settings: dict[str, object] = {**self.config.as_given(), "given": self.config.given}
        settings["data_dir"] = str(self.config.directory)
        command = [sys.executable, "-m", "restrike_lab.hub", "--stop-with-stdin", *self.options]
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we end the hub in order.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            env={**os.environ, SETTINGS_VARIABLE: json.dumps(settings)},
            start_new_session=True,
            creationflags=flags,
        )
        for name in ("stdout", "stderr"):
            stream = getattr(self.process, name)
            threading.Thread(target=self.listen, args=(stream,), name=f"restrike-{name}", daemon=True).start()

    def listen(self, stream: TextIO) -> None:
        """Follow an output of the process: its ready line, and what it has to complain about."""
        with stream:
            for line in stream:
                if line.startswith(f"{READY} "):
                    self.ready.set()
                    continue
                self.said.append(line.rstrip())
                log.warning("hub: %s", line.rstrip())

    def let_go(self, process: subprocess.Popen[str]) -> None:
        """Ask the process to end, through the end of its standard input."""
        if process.stdin is not None and not process.stdin.closed:
            try:
                process.stdin.close()
            except OSError:
                return

    def watch(self) -> None:
        """Start the hub again whenever it dies (the supervisor's thread)."""
        attempt = -1
        while True:
            begun = time.monotonic()
            status = self.running.wait()
            if self.stopping.is_set() or status == 0:
                break
            attempt = 0 if time.monotonic() - begun > STEADY_SECONDS else attempt + 1
            log.error("the hub process ended with status %s and is started again", status)
            self.stopping.wait(DELAYS[min(attempt, len(DELAYS) - 1)])
            with self.guard:
                if self.stopping.is_set():
                    break
                self.let_go(self.running)
                self.ready.clear()
                self.restarts += 1
                self.launch()
            self.on_restart(self.restarts, status)
        self.ended.set()

    def failure(self, status: int | None) -> HubError:
        """Build the error for a hub that did not start, in its own words."""
        said = dict(line.split(": ", 1) for line in self.said if line.startswith(("error: ", "hint: ")))
        kind = OwnedElsewhere if status == EXIT_OWNED else HubError
        return kind(
            said.get("error") or "the hub process did not start" + (f" (status {status})" if status else " in time"),
            hint=said.get("hint") or "Run `python -m restrike_lab.hub` by hand to see what it says.",
            status=status,
        )
