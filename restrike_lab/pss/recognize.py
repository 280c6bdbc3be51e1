"""Recognition: a datagram in, its messages with status, confidence and everything that is stored about them out.

Recognition depends on the bytes and the table alone, and a console repeats itself (a clock has 120 values), so results
are kept by their bytes in a small bounded memory: most datagrams cost one dictionary look-up. A new table, after a
definition or a rule was added, is a new ``Recognizer``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from restrike_lab.pss import framing
from restrike_lab.pss.definitions import Definition
from restrike_lab.pss.describe import clean, describe
from restrike_lab.pss.parser import decode, parse
from restrike_lab.pss.protocol import Table
from restrike_lab.pss.rules import Status, status_of
from restrike_lab.pss.shape import shape_of
from restrike_lab.pss.streams import LIVE, Message, Unknown
from restrike_lab.pss.user_rules import UserRule

__all__ = ["Failure", "Recognition", "Recognizer"]

_REMEMBERED_BYTES = 256
_GENERATION = 4096

_json = msgspec.json.Encoder().encode


class Failure(msgspec.Struct, frozen=True, gc=False):
    """Say which rule, in which revision, did not hold for a message; ``text`` says what would have held."""

    rule_id: str
    revision: int
    text: str


class Recognition(msgspec.Struct, frozen=True, gc=False):
    """Everything about one message that follows from its bytes.

    ``athlete`` is 0 referee, 1 blue, 2 red; ``value`` the one number an analyst asks for (points, level, ms);
    ``fields`` and ``errors`` are JSON texts; ``action`` and ``description`` are plain text for people, not escaped.
    ``failed`` are the rules that did not hold; all others of the stream in the table did.
    """

    message: Message
    raw: bytes
    stream: str
    event_type: str
    event_code: str
    athlete: int | None
    value: int | None
    fields: str
    status: str
    confidence: float
    errors: str
    action: str
    description: str
    failed: tuple[Failure, ...] = ()

    @property
    def shape(self) -> str:
        """The shape (see ``shape``) of a message whose status is ``unknown``; empty for all others.

        Found when it is asked for: in a flood of unknown lines they are stored first and gathered later.
        """
        if self.status != Status.UNKNOWN:
            return ""
        message = self.message
        return shape_of(message.text if isinstance(message, Unknown) else decode(framing.body(self.raw)))


class Recognizer:
    """Recognize datagrams under one table, remembering recent results by their bytes.

    Made of a protocol version and what the user added to it, or of a ``table`` that is there already. Raises
    ``ProtocolError``, ``DefinitionError`` or ``RuleError`` for what ``Table`` refuses.
    """

    def __init__(
        self,
        version: str = LIVE,
        definitions: Iterable[Definition] = (),
        rules: Iterable[UserRule] = (),
        switched_off: Collection[str] = (),
        *,
        table: Table | None = None,
    ) -> None:
        base = Table.of(version) if table is None else table
        if definitions := tuple(definitions):
            base = base.with_definitions(definitions)
        if (rules := tuple(rules)) or switched_off:
            base = base.with_rules(rules, switched_off)
        self.table = base
        self.version = base.version
        self._young: dict[bytes, tuple[Recognition, ...]] = {}
        self._old: dict[bytes, tuple[Recognition, ...]] = {}
        self._once: set[bytes] = set()
        self.parsed = 0
        """Datagrams that were not remembered and had to be parsed."""

    def recognize(self, datagram: bytes) -> tuple[Recognition, ...]:
        """Return the recognition of every message in a datagram, at least one, whatever the bytes are."""
        known = self._young.get(datagram)
        return known if known is not None else self._recall(datagram)

    def cut(self, datagram: bytes) -> tuple[Recognition, ...]:
        """Return the recognition of a datagram that was larger than the receive buffer: it stays ``unknown``."""
        return (_unknown(Unknown(text=decode(framing.body(datagram)), raw=datagram)),)

    def _recall(self, datagram: bytes) -> tuple[Recognition, ...]:
        result = self._old.get(datagram)
        if result is None:
            self.parsed += 1
            messages = parse(datagram, self.table)
            result = (self._judge(messages[0]),) if len(messages) == 1 else tuple(map(self._judge, messages))
        if len(datagram) <= _REMEMBERED_BYTES and (result[0].status != Status.UNKNOWN or self._came_before(datagram)):
            # Two generations: what was not asked for again while 4,096 others came is forgotten, at no cost per hit.
            if len(self._young) >= _GENERATION:
                self._old, self._young = self._young, {}
            self._young[datagram] = result
        return result

    def _came_before(self, datagram: bytes) -> bool:
        """Tell whether an unknown datagram came before, not long ago.

        Only then is it remembered: a flood of lines that come once does not push out what consoles repeat.
        """
        if datagram in self._once:
            return True
        if len(self._once) >= _GENERATION:
            self._once.clear()
        self._once.add(datagram)
        return False

    def _judge(self, message: Message) -> Recognition:
        if isinstance(message, Unknown):
            return _unknown(message)
        rules = self.table.rules[type(message)]
        failed = [rule for rule in rules if not rule.holds(message)]
        status, confidence = status_of(message, self.version, len(rules), failed)
        code, action, description = describe(message)
        errors = [rule.text for rule in failed]
        if message.extra:
            errors.append(f"{len(message.extra)} fields beyond those of the stream")
        return Recognition(
            message=message,
            raw=message.raw,
            stream=message.stream,
            event_type=message.event_type,
            event_code=code,
            athlete=getattr(message, "athlete", None),
            value=getattr(message, message.value_field) if message.value_field else None,
            fields=_json(self._fields(message)).decode(),
            status=status.value,
            confidence=confidence,
            errors=_json(errors).decode() if errors else "[]",
            action=action,
            description=description,
            failed=tuple([Failure(rule.rule_id, rule.revision, rule.text) for rule in failed]) if failed else (),
        )

    def _fields(self, message: Message) -> dict[str, Any]:
        """Return what the message says, by field name; absent fields are left out."""
        values: dict[str, Any] = {}
        for field in self.table.fields[type(message)]:
            value = getattr(message, field.name)
            if value is not None:
                values[field.name] = clean(value) if isinstance(value, str) else value
        if message.unread:
            values["unread"] = {name: clean(text) for name, text in message.unread}
        if message.extra:
            values["extra"] = [clean(text) for text in message.extra]
        return values


def _unknown(message: Unknown) -> Recognition:
    """Return the recognition of a message that no stream claims: made quickly, since anyone can send any number."""
    text = message.text
    shown = text if text.isascii() else clean(text)
    return Recognition(
        message=message,
        raw=message.raw,
        stream="unknown",
        event_type="unknown",
        event_code="O",
        athlete=None,
        value=None,
        fields=_json({"text": shown}).decode(),
        status="unknown",
        confidence=0.3 if ";" in text else 0.0,
        errors="[]",
        action="unknown",
        description=shown if shown.strip() else "(empty)",
    )
