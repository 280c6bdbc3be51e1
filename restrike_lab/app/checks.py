"""What ``doctor`` looks at: each check asks this machine one question and answers with a verdict and the way out."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import webbrowser
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from restrike_lab.hub.errors import HubError
from restrike_lab.hub.ownership import read_address
from restrike_lab.hub.sockets import holder_of, kernel_drops, open_udp, receive_buffer

__all__ = [
    "Check",
    "check_browser",
    "check_clock",
    "check_data_dir",
    "check_disk",
    "check_notebooks",
    "check_obs",
    "check_sqlite",
    "check_tcp_port",
    "check_udp_port",
]

Verdict = Literal["ok", "warn", "fail"]

MIB = 1 << 20
LITTLE_SPACE, NO_SPACE = 1024 * MIB, 100 * MIB  # a long tournament day takes a few hundred MiB
DATAGRAM_COST = 832  # what the kernel charges for a datagram of up to 120 bytes, against twice the buffer it grants
FIRST_SAFE_SQLITE = (3, 51, 3)  # from 3.7.0 on, two checkpointing connections could damage a WAL
EARLIEST_YEAR = 2025
LARGEST_DRIFT_MS = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``way_out`` is empty when nothing needs to be done."""

    name: str
    verdict: Verdict
    text: str
    way_out: str = ""


def check_data_dir(data_dir: Path) -> Check:
    """Tell whether the data directory, or the place where it will be made, can be written to, and who owns it."""
    name = "data directory"
    place = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Check(
            name, "fail", f"{place} cannot be written to", "make it writable or choose another: --data-dir DIR"
        )
    if owner := read_address(data_dir):
        return Check(name, "ok", f"{data_dir} (a hub runs here: process {owner.pid}, {owner.url})")
    return Check(name, "ok", f"{data_dir}" + ("" if data_dir.exists() else " (will be made)"))


def check_disk(data_dir: Path) -> Check:
    """Tell how much space is left where the data goes."""
    place = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / (1024 * MIB):.1f} GiB free"
    if free < NO_SPACE:
        return Check("disk", "fail", text, "free some space, or choose another disk with --data-dir DIR")
    if free < LITTLE_SPACE:
        return Check("disk", "warn", text, "free some space before a long day")
    return Check("disk", "ok", text)


def check_udp_port(court: str, bind: str, port: int, buffer_bytes: int, own_pid: int | None) -> list[Check]:
    """Tell whether a court's port can be opened, how much buffer the system grants and whether losses are counted.

    ``own_pid`` is the process of the hub that owns the data directory: it may hold the port.
    """
    name = f"UDP port {port}"
    try:
        sock = open_udp(bind, port, buffer_bytes)
    except HubError as problem:
        holder = holder_of("udp", port)
        if own_pid is not None and holder is not None and holder[0] == own_pid:
            return [Check(name, "ok", f"court {court}: the running hub listens here")]
        return [Check(name, "fail", str(problem), problem.hint)]
    with sock:
        granted, counted = receive_buffer(sock), kernel_drops(sock) is not None
    checks = [Check(name, "ok", f"court {court}: free on {bind}"), judge_buffer(granted, buffer_bytes)]
    if not counted:
        checks.append(
            Check(
                "loss counter", "warn", "this system does not tell how much it dropped", "Linux does; else none needed"
            )
        )
    return checks


def judge_buffer(granted: int, asked: int) -> Check:
    """Compare the granted receive buffer with what was asked for."""
    name, text = "receive buffer", f"{granted / MIB:.1f} of {asked / MIB:.0f} MiB"
    if granted >= asked:
        return Check(name, "ok", text)
    setting = {"linux": "net.core.rmem_max", "darwin": "kern.ipc.maxsockbuf"}.get(sys.platform)
    way_out = f"sudo sysctl -w {setting}={asked}" if setting else "ask for less with --receive-buffer"
    return Check(name, "warn", f"{text}: enough for {2 * granted // DATAGRAM_COST} messages in a stall", way_out)


def check_tcp_port(name: str, host: str, port: int, own_pid: int | None, option: str) -> Check:
    """Tell whether a TCP port is free; the lab moves on to the next free one where it is not."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            holder = holder_of("tcp", port)
            if own_pid is not None and holder is not None and holder[0] == own_pid:
                return Check(name, "ok", f"the running hub answers on {port}")
            who = f"{holder[1]} (process {holder[0]})" if holder else "another program"
            return Check(
                name, "warn", f"{port} is in use by {who}; the next free one is taken", f"choose one: {option}"
            )
    return Check(name, "ok", f"{port} is free on {host}")


def check_sqlite() -> Check:
    """Tell whether the SQLite in use is free of the WAL fault of 3.7.0 to 3.51.2."""
    import apsw

    text = apsw.sqlite_lib_version()
    safe = tuple(int(part) for part in text.split(".")[:3]) >= FIRST_SAFE_SQLITE
    return Check("SQLite", "ok" if safe else "fail", text, "" if safe else "python -m pip install --upgrade apsw")


def check_clock(seconds: float = 0.2) -> Check:
    """Tell whether the wall clock shows a possible year and runs at the speed of the monotonic one."""
    wall, mono = time.time_ns(), time.monotonic_ns()
    time.sleep(seconds)
    drift_ms = abs((time.time_ns() - wall) - (time.monotonic_ns() - mono)) / 1e6
    now = datetime.now(UTC)
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC, {drift_ms:.2f} ms off the monotonic clock in {seconds:g} s"
    if now.year < EARLIEST_YEAR:
        return Check("clock", "fail", text, "set the date, best by turning the system's time service (NTP) on")
    if drift_ms > LARGEST_DRIFT_MS:
        return Check("clock", "warn", text, "the clock is being set right now: wait until the time service has settled")
    return Check("clock", "ok", text)


def check_notebooks() -> Check:
    """Tell whether what ``up`` needs is installed; nothing is imported for it."""
    try:
        found = ", ".join(f"{name} {version(name)}" for name in ("jupyterlab", "voila", "ipykernel", "anywidget"))
    except PackageNotFoundError as problem:
        return Check("notebooks", "fail", f"{problem.name} is not installed", "python -m pip install restrike-lab")
    return Check("notebooks", "ok", found)


def check_browser() -> Check:
    """Tell whether a browser can be opened from here."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return Check("browser", "warn", "none to be opened from here", "use --no-browser and open the address by hand")
    return Check("browser", "ok", getattr(browser, "name", "") or type(browser).__name__)


def check_obs(port: int, generation: str) -> Check:
    """Tell whether OBS answers on its WebSocket port; ``generation`` is 4 or 5. OBS is optional."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    name = f"OBS v{generation}"
    try:
        connect(f"ws://127.0.0.1:{port}", open_timeout=1, close_timeout=1, max_size=MIB).close()
    except OSError:
        menu = "Tools > WebSocket Server Settings" if generation == "5" else "the obs-websocket 4 plugin"
        return Check(
            name, "warn", f"nothing answers on port {port}", f"only if you use it: start OBS and switch on {menu}"
        )
    except WebSocketException as problem:
        return Check(name, "warn", f"port {port} answers, but not as OBS does: {problem}", "end that program")
    return Check(name, "ok", f"answers on port {port}")
