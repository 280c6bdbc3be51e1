"""How a real console writes its messages where that differs from the encoder's plain form.

``pss.encode`` writes each message in one canonical way. Consoles are less tidy [live]: ``mch`` and ``rst`` carry a
trailing semicolon, and the message that ends a countdown says ``0:00`` where every other time has two digits. The
published description shows yet other forms: minutes without a zero in front, breaks as bare seconds [doc].
"""

from __future__ import annotations

import re
from functools import lru_cache

from restrike_lab.pss.encoder import encode
from restrike_lab.pss.streams import Break, Clock, Injury, MatchConfig, Message, RoundStatistics

__all__ = ["brief_end", "doc_form", "joined", "wire_form"]

_LEADING_ZERO = re.compile(rb";0([0-9]:)")


@lru_cache(maxsize=16_384)
def wire_form(message: Message) -> bytes:
    """Return the datagram that a live console sends for a message."""
    match message:
        case Clock(action="stopEnd") | Break(action="stopEnd"):
            return brief_end(message)
        case MatchConfig() | RoundStatistics():
            return encode(message) + b";"
        case _:
            return encode(message)


def brief_end(message: Message) -> bytes:
    """Return a message with its time written ``0:00``, as at the end of a countdown [live]."""
    return encode(message).replace(b";00:00", b";0:00")


@lru_cache(maxsize=16_384)
def doc_form(message: Message) -> bytes:
    """Return the datagram as the published description shows it: ``m:ss``, and breaks in bare seconds [doc]."""
    match message:
        case Break(time_ms=int(left), action=None):
            return b"brk;%d;" % (left // 1000)
        case Clock() | Injury() | Break():
            return _LEADING_ZERO.sub(rb";\1", encode(message))
        case _:
            return encode(message)


def joined(first: Message, second: Message) -> bytes:
    """Return two hit levels in one datagram without a separator, ``hl1;50hl2;60`` [older]."""
    return encode(first) + encode(second)
