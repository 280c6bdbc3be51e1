"""A ``restrike-lab`` command that keeps running, for tests: its words, its children and a sure end by process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil

__all__ = ["Running", "clean_environment", "free_udp_port", "wait_until"]


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def free_udp_port() -> int:
    """Return a UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without settings of the person who runs the tests."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("RESTRIKE_LAB_", "JUPYTER"))}
    own = {"XDG_CONFIG_HOME": "config", "JUPYTER_CONFIG_DIR": "jupyter", "JUPYTER_RUNTIME_DIR": "runtime"}
    return {**mine, **{name: str(home / folder) for name, folder in own.items()}, "IPYTHONDIR": str(home / "ipython")}


class Running:
    """Run the command until the block ends; lines of both outputs are kept as they come."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "restrike_lab.app", *arguments],
            cwd=cwd,
            env=clean_environment(cwd),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        for stream, kept in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self.listen, args=(stream, kept), daemon=True).start()

    def listen(self, stream: IO[str], kept: list[str]) -> None:
        """Keep every line of an output."""
        for line in stream:
            kept.append(line.rstrip("\n"))  # noqa: PERF401 - others read the list meanwhile

    def line(self, beginning: str, seconds: float = 60.0) -> str:
        """Return the first line with this beginning, waiting for it."""
        deadline = time.monotonic() + seconds
        while True:
            for line in (*self.out, *self.err):
                if line.startswith(beginning):
                    return line
            assert time.monotonic() < deadline, f"no line {beginning!r}; it said {self.out + self.err}"
            time.sleep(0.02)

    def family(self) -> list[psutil.Process]:
        """Return the process and all its descendants."""
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def child(self, module: str) -> psutil.Process:
        """Return the descendant that runs a module."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [child for child in self.family()[1:] if module in command_line(child)]
            return bool(found)

        wait_until(look)
        return found[0]

    def interrupt(self) -> int:
        """End the command as Ctrl-C does and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            family = self.family()
            self.process.terminate()
            try:
                self.process.wait(30)
            finally:
                for process in family:
                    if alive(process):
                        process.kill()
                self.process.wait(10)


def command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def alive(process: psutil.Process) -> bool:
    """Tell whether a process runs; a zombie that waits for its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
