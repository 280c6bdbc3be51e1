"""The hub's figures in the text form that Prometheus and its kin read (exposition format 0.0.4)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from restrike_lab.hub.watch.catalogue import FIGURES
from restrike_lab.hub.watch.levels import LEVELS

__all__ = ["exposition"]

QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
COURT_COUNTERS = {
    "received": "Datagrams received from a court's consoles.",
    "kernel_dropped": "Datagrams that the system dropped because the receive buffer was full.",
    "rejected": "Datagrams of senders that are not allowed.",
    "oversized": "Datagrams longer than is kept.",
}

Labels = Mapping[str, object]


def exposition(status: Mapping[str, Any]) -> str:
    """Return the text for what the hub's ``status`` says; what is not known is left out."""
    lines: list[str] = []
    system = status["system"]

    def put(name: str, kind: str, help: str, samples: Iterable[tuple[Labels, object]]) -> None:
        told = [
            f"restrike_{name}{written(labels)} {number(value)}"
            for labels, value in samples
            if isinstance(value, (int, float))
        ]
        if told:
            lines.extend([f"# HELP restrike_{name} {help}", f"# TYPE restrike_{name} {kind}", *told])

    put("info", "gauge", "Version and term of the hub.", [({"version": status["version"], "mode": status["mode"]}, 1)])
    put("term", "gauge", "Number of the hub's term over its data directory.", [({}, status["epoch"])])
    put("uptime_seconds", "gauge", "Seconds since the hub began.", [({}, status["uptime_s"])])
    put("last_event", "counter", "Number of the last event that was stored.", [({}, status["seq"])])
    for name, help in COURT_COUNTERS.items():
        courts = status["courts"].items()
        put(f"{name}_total", "counter", help, [({"court": court}, books.get(name)) for court, books in courts])
    queue = status["queue"]
    put("queue_limit", "gauge", "Datagrams that may wait to be stored.", [({}, queue["limit"])])
    put("queue_highest", "gauge", "Most datagrams that have waited.", [({}, queue["highest"])])
    for name, figure in FIGURES.items():
        put(name, "gauge", f"{figure.help}{unit_note(figure.unit)}", [({}, system["figures"].get(name))])
    lines.extend(summary(system["stages"]))
    levels = [({"figure": name}, LEVELS.index(level)) for name, level in system["levels"].items()]
    put("level", "gauge", "Where a figure stands by its limits: 0 fine, 1 warning, 2 critical.", levels)
    put("store_ok", "gauge", "Whether the database takes events.", [({}, int(status["store"]["ok"]))])
    put("notices_open", "gauge", "Notices that nobody has acknowledged.", [({}, system["notices_open"])])
    put("log_lines_lost_total", "counter", "Log lines that could not be written.", [({}, system["log_lines_lost"])])
    caches = system["caches"].items()
    put(
        "cache_hit_ratio",
        "gauge",
        "Part of look-ups that a cache answered.",
        [({"cache": n}, c["rate"]) for n, c in caches],
    )
    return "\n".join(lines) + "\n"


def summary(stages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the durations of the stages as one summary in seconds."""
    name = "restrike_stage_seconds"
    lines = [f"# HELP {name} How long a group of events takes for a stage.", f"# TYPE {name} summary"]
    for stage, told in stages.items():
        for key, quantile in QUANTILES.items():
            if told[key] is not None:
                labels = written({"stage": stage, "quantile": quantile})
                lines.append(f"{name}{labels} {number(told[key] / 1000)}")
        lines.append(f"{name}_sum{written({'stage': stage})} {number(told['sum_ms'] / 1000)}")
        lines.append(f"{name}_count{written({'stage': stage})} {told['count']}")
    return lines


def written(labels: Labels) -> str:
    """Return labels as they stand behind a name."""
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{escaped(str(value))}"' for name, value in labels.items()) + "}"


def escaped(text: str) -> str:
    """Return a label's value as the format wants it."""
    return re.sub(r"[\\\"\n]", lambda found: {"\\": "\\\\", '"': '\\"', "\n": "\\n"}[found[0]], text)


def number(value: object) -> str:
    """Return a number as the format wants it."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(round(value, 6))
    return str(int(value))  # type: ignore[call-overload]


def unit_note(unit: str) -> str:
    """Return the unit in brackets."""
    return f" ({(unit.lstrip('/') and unit) or 'per second'})" if unit else ""
