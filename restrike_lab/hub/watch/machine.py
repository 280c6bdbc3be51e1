"""What psutil tells of this machine, of the hub's process and of OBS beside it.

A reading that the platform does not give is None: "not available", never zero.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

__all__ = ["Machine"]

OBS_NAMES = frozenset({"obs", "obs64", "obs64.exe", "obs32.exe", "obs.exe", "OBS"})
OBS_SECONDS = 30.0
"""How often processes are searched for OBS: walking over all of them costs about 10 ms."""

MB, KB = 1e6, 1e3

Figures = dict[str, float | None]


class Machine:
    """Read the figures of this machine; one instance is read by one thread, once a second."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.data_dir = data_dir
        self.clock = clock
        self.process = psutil.Process()
        self.obs: list[psutil.Process] = []
        self.obs_due = 0.0
        self.file_limit = file_limit()
        self.counters: dict[str, tuple[float, float]] = {}
        psutil.cpu_percent()  # the first answer is of no time at all
        self.process.cpu_percent()

    def read(self) -> Figures:
        """Return the figures of the time since the last call."""
        now = self.clock()
        if now >= self.obs_due:
            self.obs_due = now + OBS_SECONDS
            self.obs = find_obs(self.obs)
        return {**self.read_machine(now), **self.read_hub(), **self.read_obs()}

    def read_machine(self, now: float) -> Figures:
        """Return processors, memory, disks and network."""
        memory = psutil.virtual_memory()
        disks: Any = attempt(psutil.disk_io_counters)
        network: Any = attempt(psutil.net_io_counters)
        free: Any = attempt(lambda: psutil.disk_usage(str(self.data_dir)).free)
        return {
            "cpu_percent": psutil.cpu_percent(),
            "memory_percent": memory.percent,
            "disk_free_mb": None if free is None else free / MB,
            "disk_write_mb_s": self.rate("write", disks and disks.write_bytes, now, MB),
            "disk_read_mb_s": self.rate("read", disks and disks.read_bytes, now, MB),
            "net_in_kb_s": self.rate("in", network and network.bytes_recv, now, KB),
            "net_out_kb_s": self.rate("out", network and network.bytes_sent, now, KB),
        }

    def read_hub(self) -> Figures:
        """Return what the hub's own process uses."""
        with self.process.oneshot():
            count: Any = getattr(self.process, "num_fds", None) or getattr(self.process, "num_handles", None)
            files: Any = attempt(count) if count is not None else None
            return {
                "hub_cpu_percent": self.process.cpu_percent(),
                "hub_memory_mb": self.process.memory_info().rss / MB,
                "hub_threads": self.process.num_threads(),
                "hub_files": files,
                "files_percent": files / self.file_limit * 100 if files is not None and self.file_limit else None,
            }

    def read_obs(self) -> Figures:
        """Return what OBS on this machine uses; None where it does not run."""
        cpu: float | None = None
        memory: float | None = None
        for process in self.obs:
            with contextlib.suppress(psutil.Error):
                cpu = (cpu or 0.0) + process.cpu_percent()
                memory = (memory or 0.0) + process.memory_info().rss / MB
        return {"obs_cpu_percent": cpu, "obs_memory_mb": memory}

    def processes(self) -> list[dict[str, Any]]:
        """Return the hub's and OBS's processes for people."""
        found = []
        for role, process in [("hub", self.process), *(("obs", each) for each in self.obs)]:
            with contextlib.suppress(psutil.Error):
                found.append(
                    {
                        "role": role,
                        "name": process.name(),
                        "pid": process.pid,
                        "memory_mb": round(process.memory_info().rss / MB, 1),
                        "threads": process.num_threads(),
                        "started_ns": int(process.create_time() * 1e9),
                    }
                )
        return found

    def rate(self, name: str, total: float | None, now: float, unit: float) -> float | None:
        """Return the growth of a counter per second since the last call, None where there is none."""
        if total is None:
            return None
        before = self.counters.get(name)
        self.counters[name] = (now, total)
        if before is None or now <= before[0]:
            return None
        return max(total - before[1], 0) / (now - before[0]) / unit


def find_obs(known: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes of OBS; one that was known stays the same object, which remembers its last reading."""
    before = {process.pid: process for process in known}
    every = psutil.process_iter(["name"])
    return [before.get(process.pid, process) for process in every if process.info["name"] in OBS_NAMES]


def attempt(read: Callable[[], Any]) -> Any:
    """Return a reading, or None where the platform has none to give."""
    try:
        return read()
    except (psutil.Error, OSError, RuntimeError, NotImplementedError):
        return None


def file_limit() -> int | None:
    """Return how many files this process may have open, None where the platform does not say."""
    if os.name != "posix":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit
