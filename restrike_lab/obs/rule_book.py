"""Where the rules are kept: the shipped ones, what the user changed of them, and his own (table ``obs_rules``)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.obs.automation import Rule, RuleError, read_rule, rule_view
from restrike_lab.obs.errors import FleetError
from restrike_lab.obs.repository import Run
from restrike_lab.obs.shipped_rules import SHIPPED

__all__ = ["KeptRule", "RuleBook"]

log = logging.getLogger(__name__)

AS_IT_CAME: Mapping[str, Any] = {}
"""In place of a rule that came with the lab and was switched, but not changed."""

_FIRST: Mapping[str, Any] = {rule.name: json.loads(json.dumps(rule_view(rule))) for rule in SHIPPED}
_LOAD = "SELECT name, rule, enabled FROM obs_rules ORDER BY name"
_SAVE = """
INSERT INTO obs_rules (name, rule, enabled, changed_ns) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, enabled = excluded.enabled, changed_ns = excluded.changed_ns
"""
_PAUSED = "SELECT paused FROM obs_pauses ORDER BY rowid DESC LIMIT 1"
_PAUSE = "INSERT INTO obs_pauses (changed_ns, paused, who) VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule, whether it works, and whether it came with the lab and stands as it came."""

    rule: Rule
    enabled: bool = False
    shipped: bool = False


class RuleBook:
    """Keep the rules. ``rules`` is what there is; every change is written before it counts.

    ``shipped()`` gives the rules that come with the lab, as its settings make them.
    """

    def __init__(
        self, run: Run, clock: Callable[[], int], shipped: Callable[[], Iterable[Rule]] = lambda: SHIPPED
    ) -> None:
        self._run = run
        self._shipped = shipped
        self._clock = clock
        self.rules: Mapping[str, KeptRule] = {}
        self.paused = False

    def load(self) -> None:
        """Read the rules; one that this lab no longer understands is left out with a word in the log."""
        found = {rule.name: KeptRule(rule, shipped=True) for rule in self._shipped()}
        for name, text, enabled in self._run(_LOAD, ()):
            given = json.loads(text)
            if name in found and given in (AS_IT_CAME, _FIRST.get(name)):
                found[name] = KeptRule(found[name].rule, bool(enabled), shipped=True)
                continue
            try:
                rule = read_rule(given)
            except FleetError as problem:
                log.warning("the OBS rule %s is left out: %s", name, problem.message)
            else:
                found[name] = KeptRule(rule, bool(enabled), name in found and found[name].rule == rule)
        self.rules = found
        self.paused = any(paused for (paused,) in self._run(_PAUSED, ()))

    def put(self, given: Mapping[str, Any], enabled: bool) -> Rule:
        """Add a rule or change one; raises ``RuleError`` for what is none."""
        rule = read_rule(given)
        self._run(_SAVE, (rule.name, json.dumps(rule_view(rule)), enabled, self._clock()))
        self.load()
        return rule

    def switch(self, name: str, enabled: bool) -> None:
        """Switch a rule on or off; one that stands as it came goes on to follow the lab's settings."""
        kept = self.kept(name)
        text = json.dumps(AS_IT_CAME if kept.shipped else rule_view(kept.rule))
        self._run(_SAVE, (name, text, enabled, self._clock()))
        self.load()

    def drop(self, name: str) -> None:
        """Forget a rule; one that came with the lab is again as it came, and off."""
        self.kept(name)
        self._run("DELETE FROM obs_rules WHERE name = ?", (name,))
        self.load()

    def pause(self, paused: bool, who: str) -> None:
        """Pause all rules, or let them work again; kept over a restart."""
        self._run(_PAUSE, (self._clock(), paused, who))
        self.paused = paused

    def kept(self, name: str) -> KeptRule:
        """Return a rule by name; raises ``RuleError`` for one that is not there."""
        found = self.rules.get(name)
        if found is None:
            raise RuleError(f"there is no rule {name!r}", hint=f"Rules: {', '.join(self.rules)}.")
        return found
