"""``lab.rules``: the validation rules, seen and changed; each change with a reason that is kept.

``pss`` refuses wrong rules; a change counts from the next event on, without a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.deciding import Collection
from restrike_lab.client.definitions import Definitions
from restrike_lab.pss import Table
from restrike_lab.pss.user_rules import field_types

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rules"]

_RULE_COUNTS = "SELECT rule_id, sum(passed), sum(failed) FROM pss_event_rule_counts GROUP BY rule_id"
_COURTS = """
SELECT court, protocol_version FROM pss_sessions WHERE session_id IN (
    SELECT max(session_id) FROM pss_sessions WHERE epoch = (SELECT max(epoch) FROM pss_sessions) GROUP BY court
) ORDER BY court
"""
_REVISIONS = """
SELECT revision, active, protocol_version, kind, parameters, message, changed_ns, who, why
FROM pss_event_validation_rules WHERE rule_id = ? ORDER BY revision DESC, active DESC, protocol_version
"""
_FAILURES = """
SELECT r.seq, r.rule_id, r.revision, r.message, e.court, e.stream, e.arrival_ns, e.raw
FROM pss_event_validation_results r JOIN pss_events e ON e.seq = r.seq
WHERE ? IS NULL OR r.rule_id = ? ORDER BY r.seq DESC LIMIT ?
"""


class Rules(Collection):
    """``lab.rules``: the validation rules, predefined ones and the user's own, each in its newest revision."""

    def __call__(self) -> pd.DataFrame:
        """Return one row per rule and protocol version, with how often it ``passed`` and ``failed`` in all sessions."""
        import pandas as pd

        frame = pd.DataFrame(self._lab.command("rules"))
        counts = {rule_id: (passed, failed) for rule_id, passed, failed in self._read(_RULE_COUNTS)}
        for place, name in enumerate(("passed", "failed")):
            frame[name] = pd.array([counts.get(each, (0, 0))[place] for each in frame["rule_id"]], dtype="Int64")
        frame["parameters"] = [json.loads(each) for each in frame["parameters"]]
        frame["active"] = frame["active"].astype("boolean")
        frame["changed"] = pd.to_datetime(frame.pop("changed_ns"), unit="ns", utc=True)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """Return the rules as plain values, one per id: with the ``versions`` it counts for and how often it held.

        ``asks`` tells what it asks in which versions: a predefined rule may have wider limits in one than in another.
        """
        counts = {rule_id: (passed, failed) for rule_id, passed, failed in self._read(_RULE_COUNTS)}
        rows: dict[str, dict[str, Any]] = {}
        for each in self._lab.command("rules"):
            version = each.pop("protocol_version")
            passed, failed = counts.get(each["rule_id"], (0, 0))
            asked = {"parameters": json.loads(each["parameters"]), "message": each["message"], "versions": []}
            own = {**asked, "passed": passed, "failed": failed, "active": False, "versions": [], "asks": []}
            row = rows.setdefault(each["rule_id"], {**each, **own})
            row["active"] = row["active"] or bool(each["active"])
            row["versions"].append(version)
            alike = [one for one in row["asks"] if one["parameters"] == asked["parameters"]]
            row["asks"] += [] if alike else [asked]
            (alike or [asked])[0]["versions"].append(version)
        return list(rows.values())

    def courts(self) -> list[dict[str, str]]:
        """Return the protocol version by which each court is judged now."""
        return [{"court": court, "version": version} for court, version in self._read(_COURTS)]

    def failed_events(self, rule_id: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
        """Return the last events that broke a rule, or any, as plain values: ``seq``, ``court``, ``arrival_ns``, .."""
        rows = self._read(_FAILURES, (rule_id, rule_id, limit))
        names = ("seq", "rule_id", "revision", "message", "court", "stream", "arrival_ns")
        return [{**dict(zip(names, row, strict=False)), "raw": row[-1].decode("utf-8", "replace")} for row in rows]

    def revisions(self, rule_id: str) -> list[dict[str, Any]]:
        """Return what a rule was and is, newest first, as plain values: each revision with who changed it and why."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for revision, active, version, kind, parameters, message, at_ns, who, why in self._read(_REVISIONS, (rule_id,)):
            row = {
                "revision": revision,
                "active": bool(active),
                "kind": kind,
                "parameters": json.loads(parameters),
                "message": message,
                "changed_ns": at_ns,
                "who": who,
                "why": why,
            }
            alike = found.setdefault((revision, active, parameters, message), {**row, "versions": []})
            alike["versions"].append(version)
        return list(found.values())

    def fields(self) -> dict[str, list[str]]:
        """Return the fields that rules can ask about, by stream, the user's own streams among them."""
        table = Table.of().with_definitions(Definitions(self._lab).loaded())
        return {stream.stream: list(field_types(stream)) for stream in table.streams}

    def add(
        self,
        rule_id: str,
        *,
        stream: str,
        kind: str,
        why: str,
        field: str = "",
        message: str = "",
        versions: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> int:
        """Add a rule, or change the one of this id, and return its revision; it counts from the next event on.

        The parameters of the kind (``low`` and ``high`` of a ``range``, ``choices``, ``format``, ``expression``) may be
        given by name, or together as ``parameters``; ``message`` says what holds when the rule holds. Raises
        :class:`CommandError` with the reason for a rule that does not fit.
        """
        rule: dict[str, Any] = {"rule_id": rule_id, "stream": stream, "field": field, "kind": kind, "message": message}
        rule |= {"parameters": {**(parameters or {}), **more}, "versions": list(versions)}
        return int(self._decide("rule.put", why, rule=rule)["revision"])

    def switch(self, rule_id: str, active: bool, why: str) -> None:
        """Switch a rule on or off, from the next event on. Raises :class:`CommandError`."""
        self._decide("rule.switch", why, rule_id=rule_id, active=active)

    def failures(self, rule_id: str | None = None, limit: int = 1000) -> pd.DataFrame:
        """Return the last evaluations that failed, of one rule or of all, with the event each was about."""
        import pandas as pd

        names = ["seq", "rule_id", "revision", "message", "court", "stream", "timestamp", "raw"]
        frame = pd.DataFrame(self._read(_FAILURES, (rule_id, rule_id, limit)), columns=names)
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="ns", utc=True)
        return frame.astype({"seq": "Int64", "revision": "Int64"})
