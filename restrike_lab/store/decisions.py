"""What people decided about recognition: rules, definitions of streams, statuses set by hand, notes on patterns.

Nothing in here is ever overwritten: a rule or a definition that changes gets a further revision, a status a row of
history, each with who and why. All functions work inside the caller's transaction (``Writer.change``), or on a
reader's connection where they only read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.rules import CONFIDENCE, Rule, Status, rules_of
from restrike_lab.pss.streams import STREAMS, VERSIONS
from restrike_lab.pss.user_rules import UserRule

__all__ = [
    "DecisionError",
    "Signature",
    "StoredRule",
    "active_definitions",
    "active_user_rules",
    "drop_definition",
    "note_pattern",
    "note_predefined_rules",
    "put_definition",
    "put_rule",
    "rules",
    "set_status",
    "switch_rule",
    "switched_off",
]

ANY_VERSION = "*"

_INSERT_RULE = f"INSERT INTO pss_event_validation_rules VALUES ({', '.join('?' * 13)})"
_RULES = """
SELECT rule_id, protocol_version, revision, origin, stream, field, kind, parameters, message, active, changed_ns, who,
    why
FROM pss_event_validation_rules r
WHERE revision = (SELECT max(revision) FROM pss_event_validation_rules s
                  WHERE s.rule_id = r.rule_id AND s.protocol_version = r.protocol_version)
ORDER BY origin DESC, stream, rule_id, protocol_version
"""
_DEFINITIONS = """
SELECT name, revision, toml, active FROM pss_stream_definitions d
WHERE revision = (SELECT max(revision) FROM pss_stream_definitions e WHERE e.name = d.name) ORDER BY name
"""
_HISTORY = """
INSERT INTO pss_event_recognition_history (run_id, seq, changed_ns, who, why, before, after)
VALUES (NULL, ?, ?, ?, ?, ?, ?)
"""


class DecisionError(RestrikeError):
    """Refuse a decision that does not fit what is stored."""

    category = "recognition"


class Signature(NamedTuple):
    """Say who decided, why, and when (ns since 1970)."""

    who: str
    why: str
    at_ns: int


class StoredRule(NamedTuple):
    """A rule as the table holds it; ``parameters`` is a JSON object."""

    rule_id: str
    protocol_version: str
    revision: int
    origin: str
    stream: str
    field: str
    kind: str
    parameters: str
    message: str
    active: int
    changed_ns: int
    who: str
    why: str


def rules(db: apsw.Connection) -> list[StoredRule]:
    """Return every rule in its newest revision, the user's own first."""
    held: list[Any] = db.execute(_RULES).fetchall()
    return [StoredRule(*row) for row in held]


def note_predefined_rules(db: apsw.Connection, at_ns: int) -> None:
    """Write the predefined rules of every version down, a further revision where this lab's differ from those kept."""
    held = {(each.rule_id, each.protocol_version): each for each in rules(db) if each.origin == "predefined"}
    for version in VERSIONS:
        for stream in STREAMS:
            for rule in rules_of(stream, version):
                before = held.get((rule.rule_id, version))
                row = _predefined_row(rule)
                if before is None or before[4:9] != row:
                    revision = 1 if before is None else before.revision + 1
                    active = 1 if before is None else before.active
                    signed = (at_ns, "restrike_lab", "predefined by the protocol table")
                    db.execute(_INSERT_RULE, (rule.rule_id, version, revision, "predefined", *row, active, *signed))


def active_user_rules(db: apsw.Connection) -> list[UserRule]:
    """Return the user's own rules that are switched on."""
    return [_user_rule(each) for each in rules(db) if each.origin == "user" and each.active]


def switched_off(db: apsw.Connection) -> frozenset[str]:
    """Return the ids of the predefined rules that are switched off."""
    return frozenset(each.rule_id for each in rules(db) if each.origin == "predefined" and not each.active)


def put_rule(db: apsw.Connection, rule: UserRule, signature: Signature) -> UserRule:
    """Keep a user's rule, as the next revision where there is one of this id, and return it so."""
    held = [each for each in rules(db) if each.rule_id == rule.rule_id]
    if held and held[0].origin == "predefined":
        hint = "choose another id; a predefined rule can be switched off"
        raise DecisionError(f"{rule.rule_id!r} is the id of a predefined rule", hint=hint)
    revision = max((each.revision for each in held), default=0) + 1
    kept = dataclasses.replace(rule, revision=revision)
    for each in held:
        if each.protocol_version != _versions(kept) and each.active:
            db.execute(_INSERT_RULE, each._replace(revision=revision, active=0, **_signed(signature)))
    row = (kept.stream, kept.field, kept.kind, _json(dict(kept.parameters)), kept.message)
    signed = (signature.at_ns, signature.who, signature.why)
    db.execute(_INSERT_RULE, (kept.rule_id, _versions(kept), revision, "user", *row, int(kept.active), *signed))
    return kept


def switch_rule(db: apsw.Connection, rule_id: str, active: bool, signature: Signature) -> None:
    """Switch a rule on or off, predefined or the user's, as a further revision."""
    held = [each for each in rules(db) if each.rule_id == rule_id]
    if not held:
        raise DecisionError(f"there is no rule {rule_id!r}", hint="the rules are listed in pss_event_validation_rules")
    for each in held:
        if bool(each.active) != active:
            changed = each._replace(revision=each.revision + 1, active=int(active), **_signed(signature))
            db.execute(_INSERT_RULE, changed)


def active_definitions(db: apsw.Connection) -> dict[str, str]:
    """Return the TOML text of every definition that counts, by the name of its stream."""
    held: list[Any] = db.execute(_DEFINITIONS).fetchall()
    return {name: toml for name, _revision, toml, active in held if active}


def put_definition(db: apsw.Connection, name: str, toml: str, signature: Signature) -> int:
    """Keep a definition as the next revision of its stream and return the revision."""
    return _definition(db, name, toml, True, signature)


def drop_definition(db: apsw.Connection, name: str, signature: Signature) -> int:
    """Let a definition count no more; its revisions stay."""
    held = active_definitions(db)
    if name not in held:
        raise DecisionError(f"there is no definition {name!r}", hint=f"definitions: {', '.join(held) or 'none'}")
    return _definition(db, name, held[name], False, signature)


def set_status(db: apsw.Connection, seq: int, status: str, signature: Signature) -> dict[str, Any]:
    """Set the status of an event by hand, keep what it was in the history, and return both as they differ."""
    if status not in set(Status):
        raise DecisionError(f"there is no status {status!r}", hint=f"statuses: {', '.join(Status)}")
    held = db.execute("SELECT recognition_status, parser_confidence FROM pss_events WHERE seq = ?", (seq,)).fetchone()
    if held is None:
        raise DecisionError(f"there is no event {seq}", hint="give the seq of a stored event")
    before = {"recognition_status": held[0], "parser_confidence": held[1]}
    after = {"recognition_status": status, "parser_confidence": CONFIDENCE[Status(status)]}
    if before != after:
        changed = (after["recognition_status"], after["parser_confidence"], seq)
        db.execute("UPDATE pss_events SET recognition_status = ?, parser_confidence = ? WHERE seq = ?", changed)
        signed = (signature.at_ns, signature.who, signature.why)
        db.execute(_HISTORY, (seq, *signed, _json(before), _json(after)))
    return {"seq": seq, "before": before, "after": after}


def note_pattern(db: apsw.Connection, pattern_hash: str, changes: Mapping[str, Any]) -> None:
    """Write a note, or a suggested type with its score, to an unknown pattern."""
    allowed = ("notes", "suggested_event_type", "suggestion_score")
    for name, value in changes.items():
        if name not in allowed:
            raise DecisionError(f"a pattern has no {name!r} to write to", hint=f"it has {', '.join(allowed)}")
        db.execute(f"UPDATE pss_unknown_events SET {name} = ? WHERE pattern_hash = ?", (value, pattern_hash))
    if not db.execute("SELECT count(*) FROM pss_unknown_events WHERE pattern_hash = ?", (pattern_hash,)).get:
        raise DecisionError(f"there is no unknown pattern {pattern_hash!r}", hint="patterns: table pss_unknown_events")


def _definition(db: apsw.Connection, name: str, toml: str, active: bool, signature: Signature) -> int:
    newest = db.execute("SELECT max(revision) FROM pss_stream_definitions WHERE name = ?", (name,)).get
    revision = int(newest or 0) + 1
    row = (name, revision, toml, int(active), signature.at_ns, signature.who, signature.why)
    db.execute("INSERT INTO pss_stream_definitions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return revision


def _predefined_row(rule: Rule) -> tuple[str, str, str, str, str]:
    return rule.stream, rule.field, str(rule.kind), _json(dict(rule.parameters)), rule.text


def _user_rule(row: StoredRule) -> UserRule:
    versions = () if row.protocol_version == ANY_VERSION else tuple(row.protocol_version.split(","))
    parameters = msgspec.json.decode(row.parameters)
    return UserRule(
        row.rule_id, row.stream, row.field, row.kind, parameters, row.message, versions, bool(row.active), row.revision
    )


def _versions(rule: UserRule) -> str:
    return ",".join(rule.versions) or ANY_VERSION


def _signed(signature: Signature) -> dict[str, Any]:
    return {"changed_ns": signature.at_ns, "who": signature.who, "why": signature.why}


def _json(value: Mapping[str, Any] | Sequence[Any] | Iterable[Any]) -> str:
    return msgspec.json.encode(value).decode()
