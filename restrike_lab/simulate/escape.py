r"""Write any bytes as one line of clean text, and get the same bytes back.

Captures are text files with one datagram a line. Most datagrams are clean UTF-8 and stand as they are; a backslash,
control characters, anything unprintable and bytes that are no UTF-8 are written as ``\\``, ``\t``, ``\n``, ``\r`` or
``\xNN``, so that tabs and line ends in a file always belong to the file.
"""

from __future__ import annotations

import re

__all__ = ["escape_raw", "unescape_raw"]

_NAMED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SEQUENCE = re.compile(r"\\(?:(?P<plain>[\\tnr])|x(?P<hex>[0-9a-f]{2}))|\\")
_PLAIN = {"\\": b"\\", "t": b"\t", "n": b"\n", "r": b"\r"}


def escape_raw(raw: bytes) -> str:
    """Return ``raw`` as printable text without tabs and line ends; ``unescape_raw`` gives exactly ``raw`` again."""
    text = raw.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_escape_character, text))


def unescape_raw(text: str) -> bytes:
    """Return the bytes that ``escape_raw`` wrote as ``text``.

    Raises ``ValueError`` naming the position of a backslash that begins no known sequence.
    """
    if "\\" not in text:
        return text.encode("utf-8")
    pieces: list[bytes] = []
    start = 0
    for found in _SEQUENCE.finditer(text):
        if found["plain"] is None and found["hex"] is None:
            raise ValueError(f"a backslash at column {found.start() + 1} begins no known escape sequence")
        pieces.append(text[start : found.start()].encode("utf-8"))
        pieces.append(_PLAIN[found["plain"]] if found["hex"] is None else bytes.fromhex(found["hex"]))
        start = found.end()
    pieces.append(text[start:].encode("utf-8"))
    return b"".join(pieces)


def _escape_character(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
