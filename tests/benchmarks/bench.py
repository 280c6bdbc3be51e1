"""What the benchmarks share: hubs and senders as processes, medians, and how busy the machine was."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

from restrike_lab.hub.ownership import Address, read_address

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def machine() -> str:
    """Return one line on the machine and how busy it is with other things."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    busy = psutil.cpu_percent(interval=0.5)
    return f"{os.cpu_count()} cores, load {load:.2f}, {busy:.0f} % busy before the run, Python {sys.version.split()[0]}"


def headline(title: str) -> None:
    say(f"== {title}")
    say(f"   machine: {machine()}")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float], unit: str, digits: int = 2) -> str:
    """Return median and range of several runs."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} {unit} (median of {len(values)}; {low:.{digits}f} to {high:.{digits}f})"


def runs(argv: Sequence[str]) -> int:
    """Return how many runs the command line asks for (default 5)."""
    return int(argv[1]) if len(argv) > 1 else RUNS


class HubUnderTest:
    """A hub process with its books."""

    def __init__(self, process: subprocess.Popen[str], address: Address, data_dir: Path) -> None:
        self.process = process
        self.address = address
        self.data_dir = data_dir
        self.ps = psutil.Process(process.pid)

    def connect(self, since: int | None = None) -> ClientConnection:
        query = f"/?token={self.address.token}" + ("" if since is None else f"&since={since}")
        return connect(self.address.url + query, compression=None, proxy=None, max_size=None)

    def command(self, name: str, /, **args: Any) -> Any:
        with self.connect() as connection:
            connection.send(json.dumps({"id": "1", "command": name, "args": args}))
            while True:
                message = json.loads(connection.recv(timeout=20))
                if message["type"] == "reply":
                    return message["result"]

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.command("status")
        return status

    def ports(self) -> list[int]:
        return [court["port"] for court in self.status()["courts"].values()]

    def cpu(self) -> float:
        """CPU seconds, user and system, that the hub has used."""
        times = self.ps.cpu_times()
        return times.user + times.system

    def rss(self) -> float:
        """Resident memory in MB (10^6)."""
        return self.ps.memory_info().rss / 1e6

    def wait_stored(self, seq: int, seconds: float = 60.0) -> dict[str, Any]:
        """Wait, without loading the hub, until it has stored up to ``seq``; return its status."""
        limit = time.monotonic() + seconds
        while True:
            status = self.status()
            if status["seq"] >= seq or time.monotonic() > limit:
                return status
            time.sleep(0.05)


@contextmanager
def hub(*options: str, courts: int = 1, directory: Path | None = None) -> Iterator[HubUnderTest]:
    """Run a hub process on ports the system chose, in ``directory`` or in one that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="restrike-bench-") as name:
        data_dir = directory or Path(name)
        court_options = [f"--court={number}=0" for number in range(1, courts + 1)]
        command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(data_dir), "--bind", "127.0.0.1"]
        command += ["--ws-port", "0", *court_options, *options]
        said = data_dir / "hub.stderr"  # its alerts would stand between the figures
        with said.open("w") as stderr:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith("ready"):
                raise SystemExit(f"the hub did not start: {line}{said.read_text()}")
            address = read_address(data_dir)
            assert address is not None
            yield HubUnderTest(process, address, data_dir)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def sender(port: int, count: int, rate: float, kind: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """Arm a sender process; calling what this gives lets it send and returns what it says."""
    command = [sys.executable, "-m", "tests.benchmarks.sender", str(port), str(count), str(rate), kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "armed\n"

    def fire() -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        result: dict[str, Any] = json.loads(process.stdout.readline())
        return result

    try:
        yield fire
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
