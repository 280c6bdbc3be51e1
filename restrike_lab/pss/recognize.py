"""Recognition: a datagram in, its messages with status, confidence and everything that is stored about them out.

Recognition depends on the bytes and the protocol version alone, and a console repeats itself (a clock has 120
values), so results are kept by their bytes in a small bounded memory: most datagrams cost one dictionary look-up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from restrike_lab.pss import framing
from restrike_lab.pss.describe import clean, describe
from restrike_lab.pss.layout import wire_fields
from restrike_lab.pss.parser import decode, parse
from restrike_lab.pss.rules import failures, rules_of, status_of
from restrike_lab.pss.streams import LIVE, Message, Unknown

__all__ = ["Recognition", "Recognizer"]

_REMEMBERED_BYTES = 256
_GENERATION = 4096


@dataclass(frozen=True, slots=True)
class Recognition:
    """Everything about one message that follows from its bytes.

    ``athlete`` is 0 referee, 1 blue, 2 red; ``value`` the one number an analyst asks for (points, level, ms);
    ``fields`` and ``errors`` are JSON texts; ``action`` and ``description`` are plain text for people, not escaped.
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


class Recognizer:
    """Recognize datagrams under one protocol version, remembering recent results by their bytes."""

    def __init__(self, version: str = LIVE) -> None:
        rules_of(Unknown, version)  # refuses a version that does not exist at once
        self.version = version
        self._young: dict[bytes, tuple[Recognition, ...]] = {}
        self._old: dict[bytes, tuple[Recognition, ...]] = {}

    def recognize(self, datagram: bytes) -> tuple[Recognition, ...]:
        """Return the recognition of every message in a datagram, at least one, whatever the bytes are."""
        known = self._young.get(datagram)
        return known if known is not None else self._recall(datagram)

    def cut(self, datagram: bytes) -> tuple[Recognition, ...]:
        """Return the recognition of a datagram that was larger than the receive buffer: it stays ``unknown``."""
        return (self._judge(Unknown(text=decode(framing.body(datagram)), raw=datagram)),)

    def _recall(self, datagram: bytes) -> tuple[Recognition, ...]:
        result = self._old.get(datagram)
        if result is None:
            result = tuple(self._judge(message) for message in parse(datagram))
        if len(datagram) <= _REMEMBERED_BYTES:
            # Two generations: what was not asked for again while 4,096 others came is forgotten, at no cost per hit.
            if len(self._young) >= _GENERATION:
                self._old, self._young = self._young, {}
            self._young[datagram] = result
        return result

    def _judge(self, message: Message) -> Recognition:
        rules = rules_of(type(message), self.version)
        failed = failures(message, rules)
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
            fields=_json(_fields(message)),
            status=str(status),
            confidence=confidence,
            errors=_json(errors) if errors else "[]",
            action=action,
            description=description,
        )


def _fields(message: Message) -> dict[str, Any]:
    """Return what the message says, by field name; absent fields are left out."""
    values: dict[str, Any] = {}
    for field in wire_fields(type(message)):
        value = getattr(message, field.name)
        if value is not None:
            values[field.name] = clean(value) if isinstance(value, str) else value
    if isinstance(message, Unknown):
        values["text"] = clean(message.text)
    if message.unread:
        values["unread"] = {name: clean(text) for name, text in message.unread}
    if message.extra:
        values["extra"] = [clean(text) for text in message.extra]
    return values


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
