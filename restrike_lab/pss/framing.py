"""Cut a datagram into messages without losing a byte.

One datagram carries one message [live]; several, separated by CR or LF, are accepted too, and an older generation
joins hit levels without a separator (``hl1;50hl2;60``). The slices handed on always concatenate to the datagram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MAX_DATAGRAM", "TERMINATORS", "body", "split"]

MAX_DATAGRAM = 8192
"""Bytes kept of a datagram; the largest one seen live has 106 characters."""

TERMINATORS = b"\r\n\0 \t"
"""Bytes that may end a message: consoles use none, LF, CRLF, NUL or blanks."""

_JOINED_HIT = re.compile(rb"(?<![^;0-9\s\0])hl[12];[0-9]+(?=hl[12];[0-9])")


def split(datagram: bytes) -> list[bytes]:
    """Return the slices of a datagram that hold one message each, terminators included.

    Blank lines stay with the message before them, leading ones with the first; an empty or blank datagram is one
    slice of itself.
    """
    lines = datagram.splitlines(keepends=True)
    if b"hl" in datagram and _JOINED_HIT.search(datagram):
        lines = [part for line in lines for part in _unjoin(line)]
    return list(_join_blank(lines)) if len(lines) > 1 else lines or [datagram]


def body(piece: bytes) -> bytes:
    """Return a slice without its terminator: none, LF, CRLF, NUL or blanks are all in use."""
    return piece.strip(TERMINATORS)


def _unjoin(line: bytes) -> Iterator[bytes]:
    start = 0
    for hit in _JOINED_HIT.finditer(line):
        yield line[start : hit.end()]
        start = hit.end()
    yield line[start:]


def _join_blank(lines: list[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    filled = False
    for line in lines:
        if body(line):
            if filled:
                yield b"".join(held)
                held = []
            filled = True
        held.append(line)
    yield b"".join(held)
