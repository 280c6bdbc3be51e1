"""How a lab is doing, readable by people, programs and notebooks alike."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.pss.errors import RestrikeError

if TYPE_CHECKING:
    from restrike_lab.client.feed import LiveFeed

__all__ = ["LabStatus"]


class LabStatus(Mapping[str, Any]):
    """A mapping that shows itself as a small table; ``["hub"]`` holds what the hub says of itself."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = dict(facts)

    @classmethod
    def of(cls, live: LiveFeed, *, data_dir: Path, hosting: bool, hub: Any, problem: RestrikeError | None) -> LabStatus:
        """Collect the facts from a feed and its hub."""
        address = live.address
        return cls(
            {
                "hub": hub,
                "mode": "hosted by this process" if hosting else "attached",
                "connected": live.connected,
                "url": address.url if address else None,
                "pid": address.pid if address else None,
                "data_dir": str(data_dir),
                "epoch": live.epoch,
                "last_seq": live.last_seq,
                "courts": sorted(live.courts),
                "gaps": len(live.gaps),
                "problem": None if live.connected or problem is None else str(problem),
            }
        )

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def _rows(self) -> Iterator[tuple[str, str]]:
        for name, value in self._facts.items():
            if name == "courts":
                yield from _courts(value, self._facts["hub"] or {})
            elif name != "hub" and value is not None:
                yield name.replace("_", " "), str(value)

    def __repr__(self) -> str:
        rows = list(self._rows())
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in self._rows()
        )
        return f"<table>{cells}</table>"


def _courts(names: list[str], hub: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a line per court: its port and the books of the receiver; a counter the platform lacks is not nought."""
    books = hub.get("courts") or {}
    for name in names:
        facts = books.get(name)
        if facts is None:
            yield f"court {name}", "not listened to now"
            continue
        dropped = facts.get("kernel_dropped")
        yield (
            f"court {name}",
            f"UDP port {facts.get('port')}: {facts.get('received', 0):,} received, "
            f"{'not available' if dropped is None else format(dropped, ',')} dropped by the system, "
            f"{facts.get('rejected', 0):,} rejected",
        )
