"""From the bytes of a datagram to typed messages. Never raises, never loses a byte.

The parser knows no stream by name: it walks the layout that a stream's class gives. What it cannot place is kept in
the message (``extra``, ``unread``) or comes out as ``Unknown``, always with its raw slice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from restrike_lab.pss import framing
from restrike_lab.pss.layout import PROTOCOL, Grammar
from restrike_lab.pss.streams import Message, PortNotice, Unknown
from restrike_lab.pss.wire import Wire

__all__ = ["decode", "parse"]

_PORT_NOTICE = re.compile(r"Udp Port ([0-9]{1,5}) (connected|disconnected)")


class _Walked(NamedTuple):
    """What one walk through the fields of a stream yields; ``end`` is the first token that is not its own."""

    values: dict[str, Any]
    unread: tuple[tuple[str, str], ...]
    extra: tuple[str, ...]
    end: int


def parse(datagram: bytes, grammar: Grammar = PROTOCOL) -> list[Message]:
    """Return the messages of a datagram, at least one, whatever the bytes are.

    The ``raw`` slices of the messages concatenate to the datagram. ``grammar`` is a ``Table`` where the streams are
    others than those of the protocol.
    """
    messages: list[Message] = []
    for piece in framing.split(datagram):
        _parse_piece(piece, grammar, messages)
    return messages


def decode(content: bytes) -> str:
    """Return the text of a message; bytes that are no UTF-8 come through as lone surrogates and can go back."""
    return content.decode("utf-8", "surrogateescape")


def _parse_piece(piece: bytes, grammar: Grammar, messages: list[Message]) -> None:
    text = decode(framing.body(piece))
    tokens = text.split(";")
    if len(tokens) > 1 and not tokens[-1]:
        tokens.pop()  # the trailing semicolon is mixed in reality and decides nothing
    codes = grammar.codes
    if tokens[0].rstrip() not in codes:
        notice = _port_notice(text, piece) if grammar.notices and text.startswith("Udp Port") else None
        messages.append(notice or Unknown(text=text, raw=piece))
        return
    place, byte = 0, 0
    while place < len(tokens):
        code = tokens[place].rstrip()
        stream, preset = codes[code]
        walked = _walk(grammar, stream, code, tokens, place + 1)
        end = len(piece) if walked.end == len(tokens) else _byte_after(piece, byte, walked.end - place)
        messages.append(
            stream(**preset, **walked.values, extra=walked.extra, unread=walked.unread, raw=piece[byte:end])
        )
        place, byte = walked.end, end


def _walk(grammar: Grammar, stream: type[Message], code: str, tokens: Sequence[str], start: int) -> _Walked:
    """Place the tokens from ``start`` on in the fields of a stream, up to the code of a further stream."""
    codes, sections = grammar.codes, grammar.layouts[stream].sections
    section = code if code in sections else None
    seen = {section}
    slots = iter(sections.get(section, ()))
    values: dict[str, Any] = {}
    unread: list[tuple[str, str]] = []
    extra: list[str] = []
    end = len(tokens)
    for place in range(start, len(tokens)):
        token = tokens[place]
        key = token in sections
        if key and token not in seen and not extra:
            seen.add(token)
            slots = iter(sections[token])
        elif not key and not extra and (slot := next(slots, None)) is not None:
            _read(slot.name, slot.wire, token, values, unread)
        elif token.rstrip() in codes:
            end = place
            break
        else:
            extra.append(token)  # from the first surplus token on nothing is placed: where it belongs is a guess
    while extra and not extra[-1]:
        extra.pop()
    return _Walked(values, tuple(sorted(unread)), tuple(extra), end)


def _read(name: str, wire: Wire, token: str, values: dict[str, Any], unread: list[tuple[str, str]]) -> None:
    if not token and not wire.kind.empty_is_value:
        return
    try:
        values[name] = wire.kind.read(token)
    except ValueError:
        unread.append((name, token))


def _byte_after(piece: bytes, start: int, semicolons: int) -> int:
    """Return the offset right behind the given number of semicolons, counted from ``start``."""
    for _ in range(semicolons):
        start = piece.index(b";", start) + 1
    return start


def _port_notice(text: str, piece: bytes) -> Message | None:
    found = _PORT_NOTICE.match(text)
    if found is None:
        return None
    extra = tuple(filter(None, text[found.end() :].split(";")))
    return PortNotice(port=int(found[1]), state=found[2], extra=extra, raw=piece)
