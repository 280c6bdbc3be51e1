r"""The shape of a message that no table describes: a short signature that messages of one kind share.

``rst;1;st1;2;2;2`` has the shape ``rst;int;word;int*3``: the code word literally, then the class of each field, runs of
one class counted. The shape follows from the bytes alone, the same on every machine and in every run, in time linear
in the length of the message, and is never longer than some 700 characters.

What the code is: the text before the first semicolon, where it is a word of at most 35 characters (``CODE_WORD`` of
``definitions``); anything else there is not kept but classed as well, as ``<int>`` or ``<text>``. A message without a
semicolon is its code when it is such a word; otherwise it is free text, and its first word stands for it where that
is one (``Udp text``), parted by a blank. Of more than 64 fields the first 64 are classed, and the number of the others
is given as the power of two it reaches (``+512``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from restrike_lab.pss.definitions import CODE_WORD

__all__ = [
    "ANYTHING",
    "CLASSES",
    "MAX_CLASSED",
    "Shape",
    "class_of",
    "general_shape",
    "pattern_hash",
    "read_shape",
    "shape_of",
]

CLASSES: Final = ("empty", "int", "decimal", "time", "colour", "country", "word", "text", "bytes")
"""Classes of fields; ``word`` is a flag or key word such as ``stopEnd`` or ``st1``, ``bytes`` is no readable text."""

MAX_CLASSED: Final = 64
"""Fields of a message that are classed one by one."""

ANYTHING: Final = "<anything>"
"""The shape that stands for all messages where there are too many different ones to tell them apart."""

_FIELD = re.compile(
    r"(?P<empty>)"
    r"|(?P<int>-?[0-9]{1,18})"
    r"|(?P<decimal>-?[0-9]{1,18}[.,][0-9]{1,18})"
    r"|(?P<time>[0-9]{1,3}:[0-5][0-9](?:[.,][0-9]{1,3})?)"
    r"|(?P<country>[A-Z]{3})"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]{0,31})"
    r"|(?P<colour>\#[0-9A-Fa-f]{6})"
).fullmatch
_NO_TEXT = re.compile("[\x00-\x08\x0a-\x1f\x7f\udc80-\udcff]").search
_CODE = CODE_WORD.fullmatch


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape taken apart: ``code`` is ``None`` where there is no code word, ``head`` what stands in its place.

    ``classes`` are those of the first 64 fields, ``more`` the power of two that the number of others reaches, and
    ``free`` tells that the message was free text without a semicolon.
    """

    text: str
    code: str | None
    head: str
    classes: tuple[str, ...]
    more: int = 0
    free: bool = False


def shape_of(text: str) -> str:
    """Return the shape of a message: its text as the parser decodes it, without the terminator."""
    tokens = text.split(";", MAX_CLASSED + 1)
    code = tokens[0].rstrip()
    if not _CODE(code):
        code = ""
    if len(tokens) == 1:
        return code or _free(text)
    if not tokens[-1]:
        tokens.pop()
    parts = [code or f"<{class_of(tokens[0])}>"]
    last, run = "", 0
    for token in tokens[1 : MAX_CLASSED + 1]:
        name = class_of(token)
        if name == last:
            run += 1
            continue
        if run:
            parts.append(last if run == 1 else f"{last}*{run}")
        last, run = name, 1
    if run:
        parts.append(last if run == 1 else f"{last}*{run}")
    if len(tokens) > MAX_CLASSED + 1:
        others = tokens[-1].count(";") + (not tokens[-1].endswith(";"))
        parts.append(f"+{1 << (others.bit_length() - 1)}")
    return ";".join(parts)


def general_shape(shape: str) -> str:
    """Return a shape without its code word: ``sup;int`` becomes ``<word>;int``."""
    if shape.startswith("<"):
        return shape
    place = shape.find(";")
    if place < 0:
        place = shape.find(" ")
    return f"<word>{shape[place:]}" if place > 0 else "<word>"


def read_shape(shape: str) -> Shape:
    """Return a shape taken apart."""
    free = " " in shape
    head, *parts = shape.split(" " if free else ";")
    more = int(parts.pop()[1:]) if parts and parts[-1].startswith("+") else 0
    classes: list[str] = []
    for part in parts:
        name, _, run = part.partition("*")
        classes += [name] * int(run or 1)
    return Shape(shape, None if head.startswith("<") else head, head, tuple(classes), more, free)


def pattern_hash(shape: str) -> str:
    """Return the 16 hexadecimal digits that name a shape: BLAKE2b of its UTF-8 text, 8 bytes long."""
    return blake2b(shape.encode("utf-8"), digest_size=8).hexdigest()


def class_of(token: str) -> str:
    """Return the class of one field."""
    # The two most frequent classes first, without the pattern that knows them all.
    if token.isdigit() and token.isascii() and len(token) <= 18:
        return "int"
    if token.isalpha() and token.isascii() and len(token) <= 32:
        return "country" if len(token) == 3 and token.isupper() else "word"
    found = _FIELD(token)
    return (found.lastgroup or "text") if found else "bytes" if _NO_TEXT(token) else "text"


def _free(text: str) -> str:
    """Return the shape of a text without a semicolon that is no code word."""
    head, blank, rest = text.partition(" ")
    kind = class_of(text)
    if kind == "text" and blank and rest.strip() and _CODE(head):
        return f"{head} text"
    return f"<{kind}>"
