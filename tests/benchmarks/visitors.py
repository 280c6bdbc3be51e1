"""What ten visitors cost the hub: CPU of its process at a bout's pace without clients, and with ten that follow.

    python -m tests.benchmarks.visitors [--seconds 15] [--pages N]

A bout sends some seven messages a second, in bursts around a point. With ``--pages`` that many real operator pages
are opened in Chromium as well, each with its own kernel, and a reload of one of them is timed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
from websockets.sync.client import ClientConnection, connect

from restrike_lab.hub.ownership import read_address
from tests.browser.bout import load
from tests.browser.stage import Console, HubProcess, VoilaProcess

CLIENTS = 10
PACE = 7.0  # messages a second of a bout that is fought
POINT = ("hl1;57", "sup;1", "sc1;2;sc2;0", "s11;2;s21;0;s12;0;s22;0;s13;0;s23;0", "pt1;2")
ROW = ".rl-table .rl-body .rl-row:not([hidden])"


def fight(console: Console, seconds: float) -> int:
    """Send ticks and points at the pace of a bout for so long; return how many messages."""
    console.send(*load())
    began, sent, second = time.monotonic(), 0, 0
    while (elapsed := time.monotonic() - began) < seconds:
        if elapsed >= second:
            console.send(f"clk;01:{59 - second % 59:02d}")
            sent, second = sent + 1, second + 1
        if sent < elapsed * PACE:
            console.send(*POINT)
            sent += len(POINT)
        time.sleep(0.02)
    return sent


class Visitor:
    """A client that reads everything and counts it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events = 0
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self) -> None:
        try:
            for frame in self.connection:
                self.events += json.loads(frame)["type"] == "pss_event"
        except Exception:  # the connection was closed: the end of the measurement
            return


def measured(hub: HubProcess, console: Console, seconds: float) -> tuple[float, float, int]:
    """Fight for so long; return the hub's CPU in per cent of a core, its memory in MB, and the messages sent."""
    assert hub.process is not None
    process = psutil.Process(hub.process.pid)
    before, began = process.cpu_times(), time.monotonic()
    sent = fight(console, seconds)
    after, took = process.cpu_times(), time.monotonic() - began
    used = after.user + after.system - before.user - before.system
    return 100 * used / took, process.memory_info().rss / 1e6, sent


def follow(hub: HubProcess, count: int, stack: ExitStack) -> list[Visitor]:
    """Connect so many clients."""
    address = read_address(hub.data_dir)
    assert address is not None
    uri = f"{address.url}/?token={address.token}"
    return [Visitor(stack.enter_context(connect(uri, max_size=None, proxy=None))) for _ in range(count)]


def open_pages(hub: HubProcess, console: Console, count: int, seconds: float, folder: Path) -> None:
    """Open real pages, tell what they cost the hub, and how long a reload takes."""
    import shutil

    from playwright.sync_api import sync_playwright

    voila = VoilaProcess(hub.data_dir, folder / "voila.log")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            pages = [browser.new_page() for _ in range(count)]
            for page in pages:
                page.goto(voila.url, wait_until="commit")
                page.wait_for_selector(ROW, timeout=120_000)
            cpu, memory, _ = measured(hub, console, seconds)
            print(f"{count} pages: {cpu:.1f} % of a core, {memory:.0f} MB")
            times = []
            for _ in range(3):
                began = time.monotonic()
                pages[0].reload(wait_until="commit")
                pages[0].wait_for_selector(ROW, timeout=120_000)
                times.append(time.monotonic() - began)
            print(f"a reload beside them: {', '.join(f'{each:.1f} s' for each in times)}")
            browser.close()
    finally:
        voila.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--pages", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        hub = HubProcess(Path(folder))
        hub.start()
        stack.callback(hub.stop)
        console = Console(hub)
        stack.callback(console.close)
        print(f"load of this machine: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
        alone, memory, sent = measured(hub, console, options.seconds)
        print(f"no clients: {alone:.1f} % of a core, {memory:.0f} MB, {sent} messages in {options.seconds:.0f} s")
        with ExitStack() as line:
            visitors = follow(hub, CLIENTS, line)
            cpu, memory, sent = measured(hub, console, options.seconds)
            time.sleep(1.0)
            heard = [visitor.events for visitor in visitors]
            print(f"{CLIENTS} clients: {cpu:.1f} % of a core, {memory:.0f} MB; heard {min(heard)} to {max(heard)}")
            print(f"the visitors cost {max(0.0, cpu - alone):.1f} % of a core (wanted: under 10 %)")
        if options.pages:
            open_pages(hub, console, options.pages, options.seconds, Path(folder))


if __name__ == "__main__":
    main()
