"""Predefined validation rules, derived from what the stream classes say of their fields.

A rule is one yes-or-no question about one message. ``status_of`` turns the answers into the recognition status and
the confidence that are kept with every event.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from restrike_lab.pss.errors import ProtocolError
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

__all__ = ["CONFIDENCE", "Rule", "RuleKind", "Status", "all_rules", "failures", "rules_of", "status_of"]


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
    """What a predefined rule asks of a field."""

    REQUIRED = "required"
    TYPE = "type"
    RANGE = "range"
    ENUMERATION = "enumeration"
    FORMAT = "format"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Rule:
    """Ask one question about a field of a stream; ``text`` says what holds when the answer is yes."""

    rule_id: str
    stream: str
    field: str
    kind: RuleKind
    text: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def holds(self, message: Message) -> bool:
        """Tell whether the rule holds; a limit on a field that is absent holds, since ``required`` asks for that."""
        value = getattr(message, self.field, None)
        match self.kind:
            case RuleKind.REQUIRED:
                return value is not None or any(name == self.field for name, _ in message.unread)
            case RuleKind.TYPE:
                return all(name != self.field for name, _ in message.unread)
            case RuleKind.RANGE:
                if value is None:
                    return all(name != self.field for name, _ in message.unread)
                low, high = self.parameters.get("low"), self.parameters.get("high")
                return (low is None or value >= low) and (high is None or value <= high)
            case RuleKind.ENUMERATION:
                return value is None or value in self.parameters["choices"]
            case RuleKind.FORMAT:
                return _is_clean(message)
            case RuleKind.CROSS:
                return _CROSS[self.rule_id](message)


def rules_of(stream: type[Message], version: str) -> tuple[Rule, ...]:
    """Return the predefined rules of a stream under a protocol version.

    Raises ``ProtocolError`` for a version that there is no table of.
    """
    if version not in VERSIONS:
        raise ProtocolError(
            f"there is no protocol version {version!r}", hint=f"choose one of {', '.join(VERSIONS)}", version=version
        )
    return (_STRICT_RULES if version == LISTED else _RULES)[stream]


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


def _derive(stream: type[Message], strict: bool) -> Iterator[Rule]:
    code = stream.stream

    def rule(name: str, kind: RuleKind, text: str, **parameters: Any) -> Rule:
        return Rule(f"{code}.{name}.{kind}", code, name, kind, text, parameters)

    for field_ in wire_fields(stream):
        name, wire = field_.name, field_.wire
        if not wire.optional:
            yield rule(name, RuleKind.REQUIRED, f"{name} is there")
        if not wire.kind.empty_is_value:
            yield rule(name, RuleKind.TYPE, f"{name} is of kind {wire.kind.name}")
        high = wire.strict if strict and wire.strict is not None else wire.high
        if wire.low is not None or high is not None:
            limits = f"{wire.low}..{high}" if high is not None else f"{wire.low} or more"
            yield rule(name, RuleKind.RANGE, f"{name} is {limits}", low=wire.low, high=high)
        if wire.choices:
            text = f"{name} is one of {', '.join(wire.choices)}"
            yield rule(name, RuleKind.ENUMERATION, text, choices=wire.choices)
    if any(field_.wire.kind.empty_is_value for field_ in wire_fields(stream)):
        yield rule("text", RuleKind.FORMAT, "the text is valid UTF-8")
    if stream is Challenge:
        yield rule("result", RuleKind.CROSS, "a result comes only with state 1")
    if stream is MatchResult:
        yield rule("result", RuleKind.CROSS, f"the decision is one of {', '.join(DECISIONS)}")


def _is_clean(message: Message) -> bool:
    # Lone surrogates stand for bytes that were no UTF-8, as when a console cuts a name in the middle of a letter.
    try:
        message.raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _challenge_result_fits(message: Message) -> bool:
    return not isinstance(message, Challenge) or message.result is None or message.state == 1


def _decision_is_known(message: Message) -> bool:
    if not isinstance(message, MatchResult) or message.result is None:
        return True
    return message.decision is None or message.decision in DECISIONS


_CROSS = {"ch.result.cross": _challenge_result_fits, "wmh.result.cross": _decision_is_known}
_RULES = {stream: tuple(_derive(stream, strict=False)) for stream in (*STREAMS, Unknown)}
_STRICT_RULES = {stream: tuple(_derive(stream, strict=True)) for stream in (*STREAMS, Unknown)}
