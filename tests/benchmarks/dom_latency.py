"""How long from the console's datagram to the row on the operator's screen.

    python -m tests.benchmarks.dom_latency

A hub process, Voila and Chromium as an operator has them; 10,000 rows in the table; 20 events a second over UDP with
uneven spacing (so that no two clocks march in step). A datagram's time is taken just before ``sendto``, a row's in a
``MutationObserver`` of the page: the same wall clock of the same machine. Each figure is the median of the runs.
Also shown: the intervals between flushes into the page while 200 events a second come.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.browser.stage import Console, HubProcess, VoilaProcess, until

ROWS = 10_000
PER_SECOND = 20
SECONDS = 5.0
P50_MS, P95_MS = 30.0, 60.0
FASTEST_FLUSH_MS = 1000 / 30
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]

OBSERVE = """
() => {
  window.rowsSeen = {};
  window.flushes = [];
  const note = element => {
    const seq = element.dataset?.seq;
    if (seq && !(seq in window.rowsSeen)) window.rowsSeen[seq] = performance.timeOrigin + performance.now();
  };
  new MutationObserver(changes => {
    window.flushes.push(performance.now());
    for (const change of changes) {
      if (change.type === "attributes") note(change.target);
      for (const node of change.addedNodes) note(node);
    }
  }).observe(document.querySelector(".rl-body"), {childList: true, subtree: true, attributeFilter: ["data-seq"]});
}
"""


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` (0..1) of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def send(console: Console, rate: float, seconds: float, chance: random.Random) -> list[float]:
    """Send hits at an uneven pace around ``rate`` per second; return the wall time of each in ms."""
    times = []
    for number in range(int(rate * seconds)):
        time.sleep(chance.uniform(0.5, 1.5) / rate)
        times.append(time.time_ns() / 1e6)
        console.send(f"hl{number % 2 + 1};{number % 100 + 1}")
    return times


def one_run(page: Page, hub: HubProcess, console: Console, chance: random.Random) -> list[float]:
    """Return the latencies in ms of one run."""
    first = hub.stored() + 1
    times = send(console, PER_SECOND, SECONDS, chance)
    last = first + len(times) - 1
    page.wait_for_function("seq => seq in window.rowsSeen", arg=str(last), timeout=10_000)
    seen: dict[str, float] = page.evaluate("window.rowsSeen")
    return [seen[str(first + index)] - sent for index, sent in enumerate(times)]


def flush_intervals(page: Page, console: Console, chance: random.Random) -> list[float]:
    """Return the ms between changes of the page while 200 events a second come."""
    page.evaluate("window.flushes.length = 0")
    send(console, 200, 3.0, chance)
    times: list[float] = page.evaluate("window.flushes")
    return [after - before for before, after in itertools.pairwise(times)]


def measure(runs: int, directory: Path) -> dict[str, Any]:
    """Return the figures of ``runs`` runs."""
    chance = random.Random(7)
    path = os.environ.get("RESTRIKE_CHROMIUM") or shutil.which("chromium") or "chromium"
    (directory / "data").mkdir()
    hub = HubProcess(directory / "data")
    hub.start()
    console = Console(hub)
    for start in range(0, ROWS, 500):
        console.send(*(f"hl{number % 2 + 1};{number % 100 + 1}" for number in range(500)))
        until(lambda wanted=start + 500: hub.stored() >= wanted, "the table's rows are stored")  # type: ignore[misc]
    voila = VoilaProcess(directory / "data", directory / "voila.log")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(voila.url, wait_until="commit")
            page.wait_for_function(f"document.querySelector('.rl-counted')?.textContent === '{ROWS:,} events'")
            page.evaluate(OBSERVE)
            one_run(page, hub, console, chance)  # warms up what is compiled on first use
            psutil.cpu_percent()
            runs_ms = [one_run(page, hub, console, chance) for _ in range(runs)]
            busy = psutil.cpu_percent()
            intervals = flush_intervals(page, console, chance)
            browser.close()
    finally:
        console.close()
        voila.stop()
        hub.stop()
    return {
        "p50": [percentile(run, 0.5) for run in runs_ms],
        "p95": [percentile(run, 0.95) for run in runs_ms],
        "most": [max(run) for run in runs_ms],
        "events": len(runs_ms[0]),
        "cpu": busy,
        "intervals": intervals,
    }


def main(argv: list[str] | None = None) -> int:
    """Print the figures; return 0 where they hold."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args(argv).runs
    with tempfile.TemporaryDirectory() as directory:
        found = measure(runs, Path(directory))
    p50, p95, most = (statistics.median(found[name]) for name in ("p50", "p95", "most"))
    each = ", ".join(f"{a:.1f}/{b:.1f}" for a, b in zip(found["p50"], found["p95"], strict=True))
    steady = statistics.median(found["intervals"])
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"datagram to DOM row, {PER_SECOND} events/s, {ROWS:,} rows, {runs} runs of {found['events']} events")
    print(f"  p50 {p50:6.1f} ms   (at most {P50_MS:.0f}; {p50 / P50_MS:.2f} of it)")
    print(f"  p95 {p95:6.1f} ms   (at most {P95_MS:.0f}; {p95 / P95_MS:.2f} of it)")
    print(f"  max {most:6.1f} ms   p50/p95 of each run: {each}")
    print(f"  flush interval at 200 events/s: median {steady:.1f} ms (30 a second: {FASTEST_FLUSH_MS:.1f})")
    print(f"  machine: {os.cpu_count()} cores, load {load}, {found['cpu']:.0f} % busy during the runs")
    held = p50 <= P50_MS and p95 <= P95_MS
    print("  held" if held else "  NOT held")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
