"""How long from the console's datagram to the row on the operator's screen.

    python -m tests.benchmarks.dom_latency [RUNS]

A hub process, Voila and Chromium as an operator has them; 10,000 rows in the table; 20 events a second over UDP with
uneven spacing (so that no two clocks march in step). A datagram's time is taken just before ``sendto``, a row's in a
``MutationObserver`` of the page: the same wall clock of the same machine. Each figure is the median of the runs.
Also shown: the intervals between flushes into the page while 200 events a second come.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.bench import headline, median, runs, say, spread
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


def measure(count: int, directory: Path) -> dict[str, Any]:
    """Return the figures of ``count`` runs."""
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
            runs_ms = [one_run(page, hub, console, chance) for _ in range(count)]
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


def main(argv: list[str]) -> int:
    """Print the figures; return 0 where they hold."""
    headline(f"datagram to DOM row: {PER_SECOND} events/s, {ROWS:,} rows in the table")
    with tempfile.TemporaryDirectory() as directory:
        found = measure(runs(argv), Path(directory))
    p50, p95 = median(found["p50"]), median(found["p95"])
    say(f"   p50 {spread(found['p50'], 'ms', 1)}; at most {P50_MS:.0f} ms, {p50 / P50_MS:.2f} of it")
    say(f"   p95 {spread(found['p95'], 'ms', 1)}; at most {P95_MS:.0f} ms, {p95 / P95_MS:.2f} of it")
    say(f"   max {spread(found['most'], 'ms', 1)}; {found['events']} events a run")
    steady = median(found["intervals"])
    say(f"   flushes at 200 events/s: one in {steady:.1f} ms (median; 30 a second are {FASTEST_FLUSH_MS:.1f} ms)")
    say(f"   {found['cpu']:.0f} % of the machine busy during the runs")
    held = p50 <= P50_MS and p95 <= P95_MS
    say("   held" if held else "   NOT held")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
