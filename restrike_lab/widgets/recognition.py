"""How messages are judged, as a panel: the rules, the protocol version of each court, and the past recognized anew.

Rules can be added and switched, and streams of one's own be shared and dropped, each with a reason that is kept; what
a rule refused is a click away. What recognizing everything stored anew would change is shown first, and every run can
be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from restrike_lab.client.deciding import signed_by
from restrike_lab.pss import VERSIONS
from restrike_lab.pss.user_rules import USER_KINDS
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import ActingPanel, Action

__all__ = ["Recognition"]

EVERY_S = 3.0
TURNS_AFTER = 2
"""How often it is looked again after the last event that broke a rule: the hub counts a moment later."""

SHOWN_RUNS = 20


class Rules(Protocol):
    """What the panel needs of ``lab.rules``."""

    def rows(self) -> list[dict[str, Any]]: ...
    def courts(self) -> list[dict[str, str]]: ...
    def fields(self) -> dict[str, list[str]]: ...
    def failed_events(self, rule_id: str, limit: int = ...) -> list[dict[str, Any]]: ...
    def revisions(self, rule_id: str) -> list[dict[str, Any]]: ...
    def add(self, rule_id: str, **rule: Any) -> int: ...
    def switch(self, rule_id: str, active: bool, why: str) -> None: ...


class Definitions(Protocol):
    """What the panel needs of ``lab.definitions``."""

    def rows(self) -> list[dict[str, Any]]: ...
    def check(self, toml: str, source: str = ...) -> Sequence[Any]: ...
    def put(self, toml: str, why: str) -> list[str]: ...
    def drop(self, name: str, why: str) -> None: ...


class RulesLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def rules(self) -> Rules: ...
    @property
    def definitions(self) -> Definitions: ...
    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def recognize(self, dry_run: bool = ..., *, why: str = ...) -> Any: ...
    def undo(self, run_id: int, why: str = "") -> int: ...


class Recognition(ActingPanel):
    """Show how messages are judged, and change it. ``folded`` shows one line that the reader may open."""

    script = "recognition.js"
    style = ("recognition.css",)
    changing = ("switch", "add", "court", "put", "drop", "apply", "undo")

    def __init__(self, lab: RulesLab, **traits: Any) -> None:
        self._rules_lab = lab
        self._caches: dict[str, Any] | None = None
        super().__init__(lab, EVERY_S, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the rules and everything beside them."""
        self._caches = None
        super().welcome(page, seq)

    def follow(self, batch: Batch) -> None:
        """Look again when a message broke a rule."""
        if batch.snapshot or batch.anew or any(each.get("status") == "partial" for each in batch.events):
            self.look_again(TURNS_AFTER)
        caches = (batch.metrics or {}).get("caches")
        if caches and caches != self._caches:
            self._caches = caches
            self._tell({"type": "caches", "caches": caches})

    def actions(self) -> Mapping[str, Action]:
        """Return what pages may ask for."""
        return {
            "rule": self._rule,
            "switch": self._switch,
            "add": self._add,
            "court": self._court,
            "check": self._check,
            "put": self._put,
            "drop": self._drop,
            "try": lambda _each: {"difference": _plain(self._rules_lab.recognize(dry_run=True))},
            "apply": lambda each: {
                "difference": _plain(self._rules_lab.recognize(dry_run=False, why=str(each.get("why") or "")))
            },
            "undo": self._undo,
        }

    def picture(self) -> dict[str, Any]:
        """Return the rules and everything beside them."""
        lab = self._rules_lab
        return {
            "type": "rules",
            "rules": lab.rules.rows(),
            "courts": lab.rules.courts(),
            "fields": lab.rules.fields(),
            "definitions": lab.definitions.rows(),
            "runs": lab.command("recognition.runs")[:SHOWN_RUNS],
            "versions": list(VERSIONS),
            "kinds": list(USER_KINDS),
        }

    def _rule(self, content: Mapping[str, Any]) -> dict[str, Any]:
        rule_id = str(content.get("rule_id"))
        rules = self._rules_lab.rules
        return {"events": rules.failed_events(rule_id), "revisions": rules.revisions(rule_id)}

    def _switch(self, content: Mapping[str, Any]) -> dict[str, Any]:
        self._rules_lab.rules.switch(
            str(content.get("rule_id")), bool(content.get("active")), str(content.get("why") or "")
        )
        return {}

    def _add(self, content: Mapping[str, Any]) -> dict[str, Any]:
        rule = content.get("rule")
        given = dict(rule) if isinstance(rule, Mapping) else {}
        names = ("stream", "field", "kind", "message", "versions", "parameters", "why")
        kept = {name: given[name] for name in names if name in given}
        return {"revision": self._rules_lab.rules.add(str(given.get("rule_id") or ""), **kept)}

    def _court(self, content: Mapping[str, Any]) -> dict[str, Any]:
        court, version, why = (content.get(name) for name in ("court", "version", "why"))
        self._rules_lab.command("protocol.set", court=court, version=version, why=why, who=signed_by())
        return {}

    def _check(self, content: Mapping[str, Any]) -> dict[str, Any]:
        found = self._rules_lab.definitions.check(str(content.get("toml")), str(content.get("source") or "file"))
        return {"names": [each.name for each in found]}

    def _put(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {"names": self._rules_lab.definitions.put(str(content.get("toml")), str(content.get("why") or ""))}

    def _drop(self, content: Mapping[str, Any]) -> dict[str, Any]:
        name = str(content.get("name"))
        self._rules_lab.definitions.drop(name, str(content.get("why") or ""))
        return {"names": [name]}

    def _undo(self, content: Mapping[str, Any]) -> dict[str, Any]:
        run_id = content.get("run_id")
        return {"run": self._rules_lab.undo(run_id if isinstance(run_id, int) else 0, str(content.get("why") or ""))}


def _plain(difference: Any) -> dict[str, Any]:
    """Return what a page shows of a difference."""
    return {
        "changed": difference.changed,
        "differs": not difference.is_empty,
        "events": difference.events,
        "run": difference.run_id,
        "text": difference.text(2),
    }
