"""Validation rules: what they are, and those derived from what the stream classes say of their fields.

A rule is one yes-or-no question about one message. ``status_of`` turns the answers into the recognition status and
the confidence that are kept with every event.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from restrike_lab.pss import checks
from restrike_lab.pss.checks import Check
from restrike_lab.pss.errors import ProtocolError
from restrike_lab.pss.formats import read_form
from restrike_lab.pss.layout import wire_fields
from restrike_lab.pss.streams import (
    DECISIONS,
    GONE,
    LISTED,
    STREAMS,
    VERSIONS,
    Challenge,
    MatchResult,
    Message,
    Unknown,
)

__all__ = [
    "CONFIDENCE",
    "Rule",
    "RuleKind",
    "Status",
    "all_rules",
    "derive",
    "failures",
    "limits",
    "require_version",
    "rules_of",
    "status_of",
]


class Status(StrEnum):
    """How well a message was understood."""

    RECOGNIZED = "recognized"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    DEPRECATED = "deprecated"


CONFIDENCE: Mapping[Status, float] = {
    Status.RECOGNIZED: 1.0,
    Status.PARTIAL: 0.7,
    Status.UNKNOWN: 0.3,
    Status.DEPRECATED: 1.0,
}
"""Confidence of each status; a message without any structure has 0.0."""


class RuleKind(StrEnum):
    """What a rule asks: of one field, of several (``cross``), or whatever an expression says."""

    REQUIRED = "required"
    TYPE = "type"
    RANGE = "range"
    ENUMERATION = "enumeration"
    FORMAT = "format"
    CROSS = "cross"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Rule:
    """Ask one question about a field of a stream; ``text`` says what holds when the answer is yes.

    ``revision`` is 0 for predefined rules and counts the changes of a user's own. ``holds`` tells whether the rule
    holds for a message; a limit on a field that is absent holds, since ``required`` asks for that.
    """

    rule_id: str
    stream: str
    field: str
    kind: RuleKind
    text: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    revision: int = 0
    holds: Check = dataclasses.field(default=lambda message: True, compare=False, repr=False)


def rules_of(stream: type[Message], version: str) -> tuple[Rule, ...]:
    """Return the predefined rules of a stream under a protocol version.

    Raises ``ProtocolError`` for a version that there is no table of.
    """
    require_version(version)
    known = _STRICT_RULES if version == LISTED else _RULES
    return known[stream] if stream in known else tuple(derive(stream))


def require_version(version: str) -> None:
    """Raise ``ProtocolError`` for a protocol version that there is no table of."""
    if version not in VERSIONS:
        raise ProtocolError(
            f"there is no protocol version {version!r}", hint=f"choose one of {', '.join(VERSIONS)}", version=version
        )


def all_rules(version: str) -> Iterator[Rule]:
    """Yield every predefined rule of a protocol version, stream by stream."""
    for stream in STREAMS:
        yield from rules_of(stream, version)


def failures(message: Message, rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that do not hold for a message."""
    return [rule for rule in rules if not rule.holds(message)]


def status_of(message: Message, version: str, evaluated: int, failed: Sequence[Rule]) -> tuple[Status, float]:
    """Return status and confidence of a message.

    ``unknown``: no such stream in this version, or fewer than half of its rules hold; ``partial``: some rule fails
    or there are fields beyond the stream's own; ``deprecated``: a stream that this version marks as gone.
    """
    if isinstance(message, Unknown):
        return Status.UNKNOWN, CONFIDENCE[Status.UNKNOWN] if ";" in message.text else 0.0
    listed = message.versions.get(version)
    if listed is None or 2 * (evaluated - len(failed)) < evaluated:
        status = Status.UNKNOWN
    elif failed or message.extra:
        status = Status.PARTIAL
    else:
        status = Status.DEPRECATED if listed == GONE else Status.RECOGNIZED
    return status, CONFIDENCE[status]


def derive(stream: type[Message], *, strict: bool = False) -> Iterator[Rule]:
    """Yield the rules that follow from what a stream says of its fields; ``strict`` takes v2.3's narrower limits."""
    code = stream.stream

    def rule(name: str, kind: RuleKind, text: str, holds: Check, **parameters: Any) -> Rule:
        return Rule(f"{code}.{name}.{kind}", code, name, kind, text, parameters, holds=holds)

    for field in wire_fields(stream):
        name, wire = field.name, field.wire
        if not wire.optional:
            yield rule(name, RuleKind.REQUIRED, f"{name} is there", checks.required(name))
        if not wire.kind.empty_is_value:
            yield rule(name, RuleKind.TYPE, f"{name} is of kind {wire.kind.name}", checks.of_kind(name))
        low, high = wire.low, wire.strict if strict and wire.strict is not None else wire.high
        if low is not None or high is not None:
            text = f"{name} is {limits(low, high)}"
            yield rule(name, RuleKind.RANGE, text, checks.in_range(name, low, high), low=low, high=high)
        if wire.choices:
            text = f"{name} is one of {', '.join(wire.choices)}"
            yield rule(name, RuleKind.ENUMERATION, text, checks.one_of(name, wire.choices), choices=wire.choices)
        if wire.format:
            holds = checks.of_form(name, read_form(wire.format).matches)
            text = f"{name} has the form {wire.format}"
            yield Rule(f"{code}.{name}.form", code, name, RuleKind.FORMAT, text, {"format": wire.format}, holds=holds)
    if any(field.wire.kind.empty_is_value for field in wire_fields(stream)):
        yield rule("text", RuleKind.FORMAT, "the text is valid UTF-8", checks.clean_text)
    if stream is Challenge:
        yield rule("result", RuleKind.CROSS, "a result comes only with state 1", _challenge_result_fits)
    if stream is MatchResult:
        yield rule("result", RuleKind.CROSS, f"the decision is one of {', '.join(DECISIONS)}", _decision_is_known)


def limits(low: float | None, high: float | None) -> str:
    """Return the words for a range, such as ``1..5`` or ``0 or more``."""
    if high is None:
        return f"{low} or more"
    return f"{low}..{high}" if low is not None else f"{high} or less"


def _challenge_result_fits(message: Message) -> bool:
    return not isinstance(message, Challenge) or message.result is None or message.state == 1


def _decision_is_known(message: Message) -> bool:
    if not isinstance(message, MatchResult) or message.result is None:
        return True
    return message.decision is None or message.decision in DECISIONS


_RULES = {stream: tuple(derive(stream)) for stream in (*STREAMS, Unknown)}
_STRICT_RULES = {stream: tuple(derive(stream, strict=True)) for stream in (*STREAMS, Unknown)}
