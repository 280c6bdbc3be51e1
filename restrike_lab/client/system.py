"""How machine, hub and database are, and what needs a person: ``lab.system``.

The figures come every second by themselves (``lab.system.figures``); everything else is asked of the hub.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from restrike_lab.client.deciding import signed_by
from restrike_lab.hub.watch.catalogue import FIGURES, shown

if TYPE_CHECKING:
    import pandas as pd

    from restrike_lab.client.feed import LiveFeed

__all__ = ["System", "Trace", "trace_lines"]

LONG_S = 900.0
STEPS = {
    "arrived": "the datagram arrived",
    "taken": "the pipeline took it",
    "recognized": "it was recognized",
    "stored": "it was stored",
    "told": "it was handed to the clients' connections",
}


class System:
    """Ask the hub of ``live`` how it is; calling it returns everything."""

    def __init__(self, live: LiveFeed) -> None:
        self._live = live

    def __call__(self) -> dict[str, Any]:
        """Return figures, levels, trends, limits, stages, processes, database, caches."""
        return dict(self._live.command("system"))

    @property
    def figures(self) -> dict[str, float | None]:
        """The figures of the last second; None is not available on this machine."""
        return dict(self._live.metrics.get("system", {}).get("figures", {}))

    @property
    def levels(self) -> dict[str, str]:
        """Where each watched figure stands: fine, warning or critical."""
        return dict(self._live.metrics.get("system", {}).get("levels", {}))

    def history(self, *names: str) -> pd.DataFrame:
        """Return the last five minutes of figures by the second, one column each, the newest last."""
        import pandas as pd

        past = self._live.command("system.history", {"names": list(names)} if names else {})
        return pd.DataFrame({name: pd.Series(each["seconds"], dtype="Float64") for name, each in past.items()})

    def alerts(self, *, kept: bool = False, limit: int = 100) -> pd.DataFrame:
        """Return what needs a person, the gravest first; ``kept``: everything in the database, newest first."""
        import pandas as pd

        found = self._live.command("alerts", {"kept": kept, "limit": limit})["list"]
        frame = pd.DataFrame(found, columns=None if found else ["notice_id", "level", "message", "hint", "count"])
        for name in [name for name in frame.columns if name.endswith("_ns")]:
            frame[name.removesuffix("_ns")] = pd.to_datetime(frame.pop(name), unit="ns", utc=True)
        return frame

    def acknowledge(self, *numbers: int) -> int:
        """Note that notices have been seen, all where none is named; return how many that changed."""
        args: dict[str, Any] = {"ids": list(numbers)} if numbers else {"all": True}
        return len(self._live.command("alert.acknowledge", {**args, "who": signed_by()})["acknowledged"])

    def statements(self) -> dict[str, Any]:
        """Return the busiest statements, and the slow ones with plan and suggestion."""
        return dict(self._live.command("statements"))

    def logs(self, level: str = "DEBUG", limit: int = 100, subsystem: str = "") -> list[dict[str, Any]]:
        """Return the last lines of the hub's log, oldest first."""
        args = {"level": level, "limit": limit, "subsystem": subsystem}
        return list(self._live.command("logs", args)["lines"])

    def log_level(self, subsystem: str, level: str) -> None:
        """Log a subsystem, such as ``hub.receive``, from ``level`` on until the hub ends; empty: as all others."""
        self._live.command("log.level", {"subsystem": subsystem, "level": level})

    def check(self, full: bool = False) -> dict[str, Any]:
        """Have the hub read its database through; return what it found."""
        return dict(self._live.command("database.check", {"full": full}, LONG_S))

    def trace(self, seq: int | None = None, seconds: int = 30) -> Trace:
        """Follow an event; without ``seq`` the next one."""
        args: dict[str, Any] = {"next": True} if seq is None else {"seq": seq}
        return Trace(self._live.command("trace", {**args, "seconds": seconds}, seconds + 10.0))

    def __repr__(self) -> str:
        figures, levels = self.figures, self.levels
        lines = [
            f"{FIGURES[name].label:<20} {'not available' if value is None else shown(name, value)}"
            + (f"  ({levels[name]})" if levels.get(name, "fine") != "fine" else "")
            for name, value in figures.items()
            if name in FIGURES
        ]
        return "\n".join(lines) or "<System: nothing heard of the hub yet>"


class Trace(Mapping[str, Any]):
    """The way of one event, as a mapping that shows itself line by line."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = dict(facts)

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return "\n".join(trace_lines(self._facts))


def trace_lines(trace: Mapping[str, Any]) -> Iterator[str]:
    """Yield a trace line by line; times count from the arrival of the event's datagram."""
    group = trace["group"]
    of = "" if group is None or group[0] == group[1] else f", in the group of events {group[0]} to {group[1]}"
    yield f"event {trace['seq']} ({trace['stream']}, court {trace['court']}{of})"
    for step in trace["steps"]:
        yield f"{step['ms']:>10.3f} ms  {STEPS[step['step']]}  ({step['at']})"
    for client in trace["clients"]:
        there = client["confirmed"]
        told = "it did not answer in time" if there is None else f"{there['ms']:>10.3f} ms  it had it"
        yield f"{told}: client {client['who']} at {client['remote']} ({client['role']})"
    if not trace["remembered"]:
        yield "the steps in between are remembered for the last 1,024 groups of this term only"
    elif not trace["clients"]:
        yield f"told to {trace['told_to']} clients; trace a coming event (--next) to see when each had it"
