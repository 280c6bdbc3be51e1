"""A long day in short: a simulated tournament at 50 times its speed, with clients and pages that come and go.

``python -m tests.benchmarks.soak [MINUTES] [SPEED] [PAGES]``. 28.8 minutes at speed 50 are 24 hours of two courts. A
hub process hears everything; one client follows from beginning to end, others come and go; every third minute a visitor
opens the operator's page in Chromium and leaves again (PAGES 0: none). What must stay flat is sampled all the while:
resident memory, threads, open files and processes of the hub and of the page server. In the end the books are closed:
what was sent must have been received and stored, kernels of closed pages must be gone, nothing may be left lying about.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from restrike_lab.client.lab import Lab
from restrike_lab.simulate.send import Played, send_udp
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from tests.benchmarks import bench
from tests.browser.conftest import FLAGS, ROW
from tests.browser.stage import VoilaProcess

MINUTES, SPEED = 28.8, 50.0
SAMPLE_S, CLIENT_S, PAGE_S = 5.0, 20.0, 180.0
KERNEL_GONE_S = 60.0
WARM_PART = 0.25
ENDLESS = 100_000


@dataclass(frozen=True)
class Sample:
    at: float
    memory_mb: float
    threads: int
    files: int
    children: int


@dataclass
class Watched:
    """One process and its samples."""

    name: str
    process: psutil.Process
    samples: list[Sample] = field(default_factory=list)

    def take(self, at: float) -> None:
        with contextlib.suppress(psutil.Error), self.process.oneshot():
            self.samples.append(
                Sample(
                    at,
                    self.process.memory_info().rss / 1e6,
                    self.process.num_threads(),
                    self.process.num_fds(),
                    len(self.process.children(recursive=True)),
                )
            )

    def report(self) -> None:
        warm = [each for each in self.samples if each.at >= self.samples[-1].at * WARM_PART]
        half = len(warm) // 2
        bench.say(f" {self.name} ({len(self.samples)} samples, the first quarter left out):")
        for name, unit in (("memory_mb", "MB"), ("threads", ""), ("files", ""), ("children", "")):
            values = [float(getattr(each, name)) for each in warm]
            first, last = statistics.median(values[:half]), statistics.median(values[half:])
            hours = (warm[-1].at - warm[0].at) / 3600
            text = f"   {name:10} median {first:8.1f} -> {last:8.1f} {unit:2}"
            text += f" lowest {min(values):.0f} highest {max(values):.0f}"
            bench.say(text + (f"  ({(last - first) / (hours / 2):+.1f} an hour)" if name == "memory_mb" else ""))


class Sender:
    """The consoles of two courts, in a thread."""

    def __init__(self, ports: list[int], speed: float) -> None:
        self.ending = threading.Event()
        self.played: Played | None = None
        courts = tuple(str(number) for number in range(1, len(ports) + 1))
        stream = Tournament(TournamentOptions(bouts=ENDLESS, courts=courts, athletes_per_class=40)).stream()
        routes = {court: ("127.0.0.1", port) for court, port in zip(courts, ports, strict=True)}

        def work() -> None:
            self.played = send_udp(stream, routes, speed=speed, stop=self.ending.is_set)

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def end(self) -> Played:
        self.ending.set()
        self.thread.join()
        assert self.played is not None
        return self.played


class Visitor:
    """Somebody who opens the operator's page, looks at it and leaves; counts kernels that stayed."""

    def __init__(self, browser: Browser, voila: VoilaProcess) -> None:
        self.browser, self.voila = browser, voila
        self.visits = self.failed = 0
        self.seconds: list[float] = []

    def visit(self) -> None:
        self.visits += 1
        context = self.browser.new_context(viewport={"width": 1280, "height": 720})
        try:
            begun = time.monotonic()
            page = context.new_page()
            page.goto(self.voila.url, wait_until="commit")
            page.wait_for_selector(ROW, timeout=60_000)
            self.seconds.append(time.monotonic() - begun)
            page.wait_for_timeout(3_000)
        except Exception as problem:
            self.failed += 1
            bench.say(f"   a visit failed: {str(problem).splitlines()[0]}")
        finally:
            context.close()

    def kernels(self) -> int:
        found = 0
        for child in psutil.Process(self.voila.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it is ending
                found += "ipykernel" in " ".join(child.cmdline())
        return found


def every(seconds: float, work: Callable[[], None]) -> Callable[[float], None]:
    """Return a function that does some work when its time has come again."""
    due = 0.0

    def look(now: float) -> None:
        nonlocal due
        if now >= due:
            due = now + seconds
            work()

    return look


def passing_client(data_dir: Path) -> None:
    """Attach, ask a few things, leave."""
    with Lab(data_dir, start="never") as lab:
        lab.status()
        lab.recent(200)
        lab.trace(max(1, lab.live.last_seq))


@contextlib.contextmanager
def visitors(data_dir: Path, wanted: bool) -> Iterator[Visitor | None]:
    if not wanted:
        yield None
        return
    import shutil

    with tempfile.TemporaryDirectory(prefix="restrike-soak-") as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        voila = VoilaProcess(data_dir, Path(place) / "voila.log")
        try:
            yield Visitor(browser, voila)
        finally:
            voila.stop()
            browser.close()


def run(minutes: float, speed: float, pages: bool) -> bool:
    bench.headline(f"{minutes:g} min at speed {speed:g}: {minutes * speed / 60:.1f} hours of a tournament on 2 courts")
    with (
        tempfile.TemporaryDirectory(prefix="restrike-soak-") as name,
        bench.hub(courts=2, directory=Path(name)) as hub,
        visitors(hub.data_dir, pages) as visitor,
    ):
        watched = [Watched("hub", hub.ps)]
        if visitor is not None:
            watched.append(Watched("page server", psutil.Process(visitor.voila.process.pid)))
        follower = Lab(hub.data_dir, start="never")
        heard = [0]
        follower.live.subscribe(lambda batch: heard.__setitem__(0, heard[0] + len(batch.events)))
        sender = Sender(hub.ports(), speed)
        begun = time.monotonic()
        tasks = [
            every(SAMPLE_S, lambda: [each.take(time.monotonic() - begun) for each in watched] and None),
            every(CLIENT_S, lambda: passing_client(hub.data_dir)),
            every(60.0, lambda: progress(hub, watched[0], begun)),
        ]
        if visitor is not None:
            tasks.append(every(PAGE_S, visitor.visit))
        while time.monotonic() - begun < minutes * 60:
            for task in tasks:
                task(time.monotonic())
            time.sleep(0.2)
        played = sender.end()
        status = settle(hub)
        left = leftovers(visitor)
        for _ in range(5):
            for each in watched:
                each.take(time.monotonic() - begun)
            time.sleep(0.2)
        follower.live.wait(lambda feed: feed.last_seq >= status["seq"], 30.0)
        follower.close()
        for each in watched:
            each.report()
        return account(played, status, heard[0], visitor, left, hub.data_dir)


def progress(hub: bench.HubUnderTest, watched: Watched, begun: float) -> None:
    status, last = hub.status(), watched.samples[-1]
    bench.say(
        f"   {(time.monotonic() - begun) / 60:5.1f} min: {status['seq']:,} events, {last.memory_mb:.1f} MB,"
        f" {last.threads} threads, {last.files} files, {status['clients']} clients"
    )


def settle(hub: bench.HubUnderTest) -> dict[str, object]:
    """Wait until nothing is waiting any more."""
    for _ in range(100):
        status = hub.status()
        if not status["queue"]["waiting"]:
            break
        time.sleep(0.1)
    return status


def leftovers(visitor: Visitor | None) -> int:
    """Return how many kernels of closed pages are still there when they should be gone."""
    if visitor is None:
        return 0
    limit = time.monotonic() + KERNEL_GONE_S
    while visitor.kernels() and time.monotonic() < limit:
        time.sleep(1.0)
    return visitor.kernels()


def account(
    played: Played, status: dict[str, object], heard: int, visitor: Visitor | None, kernels: int, data_dir: Path
) -> bool:
    courts = status["courts"]
    assert isinstance(courts, dict)
    received = sum(court["received"] for court in courts.values())
    dropped = sum(court["kernel_dropped"] or 0 for court in courts.values())
    bench.say(
        f" sent {played.sent:,}, received {received:,}, dropped by the kernel {dropped:,}, stored {status['seq']:,}"
    )
    bench.say(f" the client that stayed heard {heard:,} events")
    bench.say(f" latency until stored: {status['latency_ms']}; notices open: {status['system']['notices_open']}")  # type: ignore[index]
    files = sorted(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in data_dir.iterdir() if path.is_file())
    bench.say(f" files in the data directory: {', '.join(files)}")
    if visitor is not None:
        slowest = max(visitor.seconds, default=float("nan"))
        bench.say(
            f" {visitor.visits} visits, {visitor.failed} failed, slowest page {slowest:.1f} s; kernels left {kernels}"
        )
    well = played.sent == received + dropped and kernels == 0
    bench.say(f" books {'close' if well else 'DO NOT CLOSE'}")
    return well


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    minutes, speed, pages = [*given, *(MINUTES, SPEED, 1.0)[len(given) :]]
    sys.exit(0 if run(minutes, speed, bool(pages)) else 1)
