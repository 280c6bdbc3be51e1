"""A user's own validation rules: checked when they are made, asked beside the predefined ones.

``UserRule`` is the record that is kept and shown; ``bind`` makes of it the ``Rule`` that is asked, and refuses it with
the reason where it does not fit the stream. What each kind takes as ``parameters``:

- ``required``: nothing; the field is there
- ``type``: ``{"kind": "integer"}``, a kind of ``wire.KINDS`` that the text of the field can be read as; without it,
  the field's own
- ``range``: ``{"low": 0, "high": 5}``, one of them or both; times in ms
- ``enumeration``: ``{"choices": [..]}``
- ``format``: ``{"format": "[A-Z]{3}"}``, see ``formats``
- ``expression``: ``{"expression": "blue + red <= 40"}``, see ``expression``; the rule's field may stay empty
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from restrike_lab.pss import checks
from restrike_lab.pss.checks import Check
from restrike_lab.pss.errors import RuleError
from restrike_lab.pss.expression import read_expression
from restrike_lab.pss.formats import read_form
from restrike_lab.pss.layout import wire_fields
from restrike_lab.pss.rules import Rule, RuleKind, limits
from restrike_lab.pss.streams import VERSIONS, Message
from restrike_lab.pss.wire import KINDS, TEXT, Kind

__all__ = ["USER_KINDS", "UserRule", "bind", "counts_for", "field_types"]

USER_KINDS = tuple(kind.value for kind in RuleKind if kind is not RuleKind.CROSS)
"""Kinds that a user's own rule may have."""

MAX_CHOICES = 1000

_RULE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_PARAMETERS = {
    "required": set(),
    "type": {"kind"},
    "range": {"low", "high"},
    "enumeration": {"choices"},
    "format": {"format"},
    "expression": {"expression"},
}
_NUMBERS = ("integer", "decimal", "time")


@dataclass(frozen=True, slots=True)
class UserRule:
    """Describe a rule of the user; plain values throughout, so that it can be stored and sent as it is.

    ``message`` says what holds when the rule holds, or is made from the parameters; ``versions`` are the protocol
    versions it counts for, empty for all. A change of a rule is the same ``rule_id`` with the next ``revision``.
    """

    rule_id: str
    stream: str
    field: str
    kind: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    message: str = ""
    versions: tuple[str, ...] = ()
    active: bool = True
    revision: int = 1


def bind(rule: UserRule, streams: Iterable[type[Message]]) -> Rule:
    """Return the rule ready to be asked of the messages of its stream.

    Raises ``RuleError`` with the reason where it does not fit: no such stream or field, a kind that the field's values
    do not have, wrong parameters, an expression or a form outside what is taken.
    """
    for name in ("rule_id", "stream", "field", "kind", "message"):
        if not isinstance(getattr(rule, name), str):
            _refuse(rule, f"its {name} is no text")
    if not isinstance(rule.parameters, Mapping):
        _refuse(rule, "its parameters are no table of names and values")
    if not _RULE_ID.fullmatch(rule.rule_id):
        _refuse(rule, "its id is not 1 to 64 letters, digits, '_', '.' or '-', with a letter first")
    known = {stream.stream: stream for stream in streams}
    stream = known.get(rule.stream)
    if stream is None:
        _refuse(rule, f"there is no stream {rule.stream!r}", f"streams: {', '.join(known)}")
    if rule.kind not in USER_KINDS:
        _refuse(rule, f"there is no kind of rule {rule.kind!r}", f"kinds: {', '.join(USER_KINDS)}")
    if surplus := [name for name in rule.parameters if name not in _PARAMETERS[rule.kind]]:
        taken = ", ".join(sorted(_PARAMETERS[rule.kind])) or "no parameters"
        _refuse(rule, f"a rule of kind {rule.kind} has no parameter {surplus[0]!r}", f"it takes {taken}")
    types = field_types(stream)
    if rule.field not in types and not (rule.kind == RuleKind.EXPRESSION and not rule.field):
        _refuse(rule, f"the stream {rule.stream} has no field {rule.field!r}", f"fields: {', '.join(types) or 'none'}")
    text, holds = _question(rule, stream)
    return Rule(
        rule_id=rule.rule_id,
        stream=rule.stream,
        field=rule.field,
        kind=RuleKind(rule.kind),
        text=rule.message or text,
        parameters=dict(rule.parameters),
        revision=rule.revision,
        holds=holds,
    )


def counts_for(rule: UserRule, version: str) -> bool:
    """Tell whether a rule is meant for a protocol version; raises ``RuleError`` where it names one that is none."""
    if unknown := [each for each in rule.versions if each not in VERSIONS]:
        _refuse(rule, f"there is no protocol version {unknown[0]!r}", f"versions: {', '.join(VERSIONS)}")
    return not rule.versions or version in rule.versions


def field_types(stream: type[Message]) -> dict[str, str]:
    """Return the fields of a stream that rules can ask about, each with its kind's name.

    What the code word itself says counts as well: ``athlete`` of ``pt1`` is an integer, ``hint`` of ``inlb`` a word.
    """
    types: dict[str, str] = {}
    for preset in stream.codes.values():
        types |= {name: "integer" if isinstance(value, int) else "word" for name, value in preset.items()}
    return types | {field.name: field.wire.kind.name for field in wire_fields(stream)}


def _question(rule: UserRule, stream: type[Message]) -> tuple[str, Check]:
    """Return the words and the question of a rule whose stream and field are known."""
    name, kind = rule.field, field_types(stream).get(rule.field, "")
    match rule.kind:
        case RuleKind.REQUIRED:
            return f"{name} is there", checks.required(name)
        case RuleKind.TYPE:
            return _type(rule, kind)
        case RuleKind.RANGE:
            return _range(rule, kind)
        case RuleKind.ENUMERATION:
            return _enumeration(rule, kind)
        case RuleKind.FORMAT:
            if kind in _NUMBERS:
                _refuse(rule, f"{name} is a {kind}, which has no form", "use a range, or an expression")
            form = _text(rule, "format")
            try:
                return f"{name} has the form {form}", checks.of_form(name, read_form(form).matches)
            except RuleError as error:
                _refuse(rule, error.message, error.hint)
        case _:
            types = {each: "number" if one in _NUMBERS else "text" for each, one in field_types(stream).items()}
            try:
                expression = read_expression(_text(rule, "expression"), types)
            except RuleError as error:
                _refuse(rule, error.message, error.hint)
            return f"{expression.text}", expression.holds


def _type(rule: UserRule, kind: str) -> tuple[str, Check]:
    wanted = rule.parameters.get("kind", kind)
    if not isinstance(wanted, str) or wanted not in KINDS:
        _refuse(rule, f"there is no kind {wanted!r}", f"kinds: {', '.join(KINDS)}")
    if wanted == kind:
        return f"{rule.field} is of kind {kind}", checks.of_kind(rule.field)
    own: Kind = KINDS.get(kind, TEXT)
    return f"{rule.field} can be read as {wanted}", checks.reads_as(rule.field, own, KINDS[wanted])


def _range(rule: UserRule, kind: str) -> tuple[str, Check]:
    low, high = rule.parameters.get("low"), rule.parameters.get("high")
    if kind not in _NUMBERS:
        _refuse(rule, f"{rule.field} is a {kind}, which has no range", "use a format, or an enumeration")
    if low is None and high is None:
        _refuse(rule, "a range needs low, high or both")
    for limit in (low, high):
        if limit is not None and (not isinstance(limit, int | float) or isinstance(limit, bool) or limit != limit):
            _refuse(rule, f"the limit {limit!r} is not a number")
    if low is not None and high is not None and low > high:
        _refuse(rule, f"no value can be {low} or more and {high} or less")
    return f"{rule.field} is {limits(low, high)}", checks.in_range(rule.field, low, high)


def _enumeration(rule: UserRule, kind: str) -> tuple[str, Check]:
    choices = rule.parameters.get("choices")
    if not isinstance(choices, list | tuple) or not 0 < len(choices) <= MAX_CHOICES:
        _refuse(rule, f"an enumeration needs choices, a list of 1 to {MAX_CHOICES} values")
    wanted: type[Any] = float if kind in _NUMBERS else str
    for choice in choices:
        fits = isinstance(choice, str) if wanted is str else isinstance(choice, int | float)
        if not fits or isinstance(choice, bool):
            _refuse(rule, f"the choice {choice!r} is no value of {rule.field}, which is a {kind}")
    return f"{rule.field} is one of {', '.join(map(str, choices))}", checks.one_of(rule.field, choices)


def _text(rule: UserRule, parameter: str) -> str:
    text = rule.parameters.get(parameter)
    if not isinstance(text, str) or not text.strip():
        _refuse(rule, f"it needs the parameter {parameter}, a text")
    return text


def _refuse(rule: UserRule, reason: str, hint: str = "") -> NoReturn:
    raise RuleError(f"rule {rule.rule_id!r} is refused: {reason}", hint=hint, rule_id=rule.rule_id, reason=reason)
