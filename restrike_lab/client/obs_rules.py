"""``lab.obs.rules``: what works OBS by itself, what it did, and what it would have done in a stored bout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.errors import CommandError

if TYPE_CHECKING:
    import pandas as pd

    from restrike_lab.client.obs import ObsFleet

__all__ = ["FIRING_COLUMNS", "PLAN_COLUMNS", "ObsRules", "firing_line", "rehearsal_line"]

FIRING_COLUMNS = (
    *("firing_id", "fired_ns", "seq", "match_id", "court", "rule", "instance", "request", "args"),
    *("outcome", "result", "took_ms"),
)
"""Columns of what rules did, there are rows or not; as in the table ``obs_firings``."""

PLAN_COLUMNS = ("at_ms", "seq", "round", "event", "rule", "instance", "request", "args")


class ObsRules:
    """The rules. Each raises :class:`CommandError` with the way out for what cannot be."""

    def __init__(self, fleet: ObsFleet) -> None:
        self._fleet = fleet

    def __call__(self) -> list[dict[str, Any]]:
        """Return every rule, those that came with the lab first."""
        found: list[dict[str, Any]] = self._fleet.command("obs.rules")
        return found

    def __repr__(self) -> str:
        return "\n".join(f"{'on ' if each['enabled'] else 'off'} {each['name']}: {each['help']}" for each in self())

    def rule(self, name: str) -> dict[str, Any]:
        """Return one rule as ``put`` takes it; raises :class:`CommandError` for one that is not there."""
        found = next((each for each in self() if each["name"] == name), None)
        if found is None:
            raise CommandError(f"there is no rule {name!r}", hint="`lab.obs.rules` lists them.")
        return {key: value for key, value in found.items() if key not in ("enabled", "shipped") and value != ""}

    def switch(self, *names: str, on: bool = True) -> None:
        """Switch rules on or off."""
        self._fleet.command("obs.rule.switch", names=list(names), enabled=on)

    def put(self, rule: Mapping[str, Any], on: bool = False) -> None:
        """Add a rule or change one.

        ``{"name": "slow", "when": {"stream": "pt", "fields": {"points": 5}}, "do": [{"request": "replay.save"}],
        "delay_ms": 2000}``; further: ``instance``, ``debounce_ms``, ``cooldown_ms``, ``once`` (``round``, ``match``),
        ``priority``, ``cancelled_by`` (streams), and in ``when``: ``action``, ``athlete``, ``round``, ``court``.
        """
        self._fleet.command("obs.rule.put", rule=dict(rule), enabled=on)

    def drop(self, name: str) -> None:
        """Forget a rule; one that came with the lab is again as it came, and off."""
        self._fleet.command("obs.rule.drop", name=name)

    def pause(self, paused: bool = True) -> None:
        """Pause all rules, or let them go on."""
        self._fleet.command("obs.pause", paused=paused)

    def firings(self, match_id: int | None = None, limit: int = 100) -> pd.DataFrame:
        """Return what rules did, newest first, of all matches or of one."""
        import pandas as pd

        found = self._fleet.command("obs.firings", match_id=match_id, limit=limit)
        return pd.DataFrame(found, columns=pd.Index(FIRING_COLUMNS))

    def rehearse(self, match_id: int | None = None, names: Sequence[str] = ()) -> pd.DataFrame:
        """Return what rules would have done in a stored match: those that are on, or those that are named.

        Without a number it is the newest match.
        """
        import pandas as pd

        found = self._fleet.command("obs.rehearse", match_id=match_id, names=list(names))
        return pd.DataFrame(found, columns=pd.Index(PLAN_COLUMNS))


def firing_line(each: Mapping[str, Any]) -> str:
    """Return a firing in one line."""
    return f"{each['rule']}: {each['instance']} {each['request']} {each['outcome']} {each['result']}".rstrip()


def rehearsal_line(each: Mapping[str, Any]) -> str:
    """Return in one line what would have been done."""
    return f"{each['at_ms'] / 1000:8.1f} s  {each['rule']}: {each['request']}  ({each['event']})"
