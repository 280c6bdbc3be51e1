"""``restrike-lab status``: who owns the data directory, and whether everything that was sent was heard and kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool

from restrike_lab.app.command import Command
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import read_address
from restrike_lab.hub.watch.catalogue import FIGURES, shown

__all__ = ["Status", "status_lines"]

NO_HUB = 3
ANSWER_SECONDS = 5.0
SHOWN_GAPS = 5
TOLD = ("cpu_percent", "memory_percent", "disk_free_mb", "database_mb")

Facts = Mapping[str, Any]


class Status(Command):
    """Ask the running hub; status 3 says that there is none."""

    name = "status"
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    json = Bool(False, help="Print everything as one JSON object.").tag(config=True)

    def run(self) -> int:
        """Print what the hub says of itself."""
        directory = HubConfig(parent=self).directory
        if read_address(directory) is None:
            if self.json:
                print(json.dumps({"running": False, "data_dir": str(directory)}))
            else:
                hint = "start one with `restrike-lab up` or `restrike-lab serve`"
                print(f"No hub runs for {directory}.\nhint: {hint}", file=sys.stderr)
            return NO_HUB
        facts = {"running": True, **ask_hub(directory)}
        print(json.dumps(facts) if self.json else "\n".join(status_lines(facts)))
        return 0


def ask_hub(directory: Path) -> dict[str, Any]:
    """Return the hub's answer to ``status`` with the present rate of each court.

    Raises ``NoHubError`` when it does not answer.
    """
    feed = LiveFeed(Attachment(directory).locate)
    feed.start()
    try:
        if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
            raise feed.problem or NoHubError(f"the hub of {directory} does not answer", hint="try again in a moment")
        facts: dict[str, Any] = feed.command("status", {}, ANSWER_SECONDS)
        rates = feed.metrics.get("courts", {})
    finally:
        feed.close()
    for name, court in facts["courts"].items():
        court["rate"] = rates.get(name, {}).get("rate")
    return facts


def status_lines(facts: Facts) -> Iterator[str]:
    """Yield what a person wants to know, a line each; what the platform does not tell is said to be so."""
    yield f"hub        process {facts['pid']} ({facts['mode']}), {facts['url']}, up {facts['uptime_s']:.0f} s"
    yield f"data       {facts['data_dir']}, last event {facts['seq']}, term {facts['epoch']}"
    for name, court in facts["courts"].items():
        dropped = "not available" if court["kernel_dropped"] is None else court["kernel_dropped"]
        rate, version = court["rate"] or 0, court["protocol_version"]
        yield f"court {name:<4} UDP {court['port']}, {rate:g} messages/s, protocol {version}"
        yield f"           received {court['received']}, dropped by the system {dropped}, refused {court['rejected']}"
    latency, queue = facts["latency_ms"], facts["queue"]
    if latency["p50"] is not None:
        yield f"speed      {latency['p50']:g} ms from arrival to storage (99 %: {latency['p99']:g} ms)"
    yield f"waiting    {queue['waiting']} (highest {queue['highest']}); clients {facts['clients']}"
    yield from system_lines(facts["system"])
    store = facts["store"]
    yield f"store      {'ok' if store['ok'] else store['problem']}; memory {facts['memory_bytes'] / 1e6:.0f} MB"
    yield from cache_lines(facts)
    gaps = facts["gaps"]
    yield f"gaps       {len(gaps) or 'none'}" + (", newest last:" if gaps else "")
    yield from (f"           {gap_line(gap)}" for gap in gaps[-SHOWN_GAPS:])


def system_lines(system: Facts) -> Iterator[str]:
    """Yield what this machine has left, what passed its limits, and what nobody has acknowledged."""
    figures = {name: value for name, value in system["figures"].items() if value is not None}
    told = [f"{FIGURES[name].label.lower()} {shown(name, figures[name])}" for name in TOLD if name in figures]
    yield f"machine    {', '.join(told)}"
    beyond = [(name, level) for name, level in system["levels"].items() if level != "fine" and name in figures]
    yield from (f"           {level}: {FIGURES[name].label} {shown(name, figures[name])}" for name, level in beyond)
    yield f"notices    {system['notices_open'] or 'none'} to acknowledge"


def cache_lines(facts: Facts) -> Iterator[str]:
    """Yield how often what was asked for was remembered, for each cache that was asked."""
    caches = facts.get("system", {}).get("caches", {})
    asked = [f"{name} {each['rate']:.1%}" for name, each in caches.items() if each["rate"] is not None]
    if asked:
        yield f"remembered {', '.join(asked)}"


def gap_line(gap: Facts) -> str:
    """Return one gap in words."""
    seconds = (gap["to_ns"] - gap["from_ns"]) / 1e9
    court = f"court {gap['court']}, " if gap.get("court") else ""
    return f"{gap.get('from') or gap['from_ns']}: {court}{seconds:.1f} s, {gap['reason']}"
