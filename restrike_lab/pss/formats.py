r"""Forms of texts: regular expressions of a kind that can only be matched in linear time.

A form is one alternative or several, parted by ``|``; each is a row of *items*, and an item is one character or one
class of characters (``a``, ``\.``, ``.``, ``[A-Z]``, ``[^;]``, ``\d``, ``\w``, ``\s``) that may be repeated
(``?``, ``*``, ``+``, ``{3}``, ``{1,3}``). There are no groups, so nothing repeated holds anything repeated, and an item
of variable length must differ in every character from what may follow it. Whether one more character belongs to an
item is thus always decided by that character alone: the matcher goes once from left to right through the text for
each alternative and never has to go back. That is built in by possessive repeats, which cannot go back.

The whole text has to match. ``\d``, ``\w`` and ``\s`` mean 0-9, ASCII letters with digits and ``_``, blank and tab.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn

from restrike_lab.pss.errors import RuleError

__all__ = ["MAX_FORM", "Form", "read_form"]

MAX_FORM = 200
"""Characters that a form may have."""

MAX_ALTERNATIVES = 16
MAX_REPEAT = 1000

_LAST = 0x10FFFF
_CLASSES = {"d": [(48, 57)], "w": [(48, 57), (65, 90), (95, 95), (97, 122)], "s": [(9, 9), (32, 32)]}
_REPEAT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")

_Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of texts as it was written, ready to be asked."""

    text: str
    _pattern: re.Pattern[str] = field(compare=False, repr=False)

    def matches(self, text: str) -> bool:
        """Tell whether the whole text has this form, in time linear in its length."""
        return self._pattern.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class _Item:
    ranges: _Ranges
    low: int
    high: int | None
    place: int

    def written(self) -> str:
        inside = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in self.ranges)
        if self.low == self.high:
            return f"[{inside}]{{{self.low}}}"
        return f"[{inside}]{{{self.low},{'' if self.high is None else self.high}}}+"


def read_form(text: str) -> Form:
    """Return a form, ready to be asked.

    Raises ``RuleError`` with the place and the reason for everything outside the subset described above.
    """
    if len(text) > MAX_FORM:
        text_is = f"a form has at most {MAX_FORM} characters, this one has {len(text)}"
        raise RuleError(text_is, hint="Shorten it, or make two rules of it.")
    alternatives = _Reader(text).read()
    for items in alternatives:
        _require_one_way(text, items)
    written = "|".join("".join(item.written() for item in items) for items in alternatives)
    return Form(text, re.compile(written))


class _Reader:
    """Read a form from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def read(self) -> list[list[_Item]]:
        alternatives: list[list[_Item]] = [[]]
        while self.place < len(self.text):
            if self.text[self.place] == "|":
                self.place += 1
                alternatives.append([])
                if len(alternatives) > MAX_ALTERNATIVES:
                    self.refuse(f"there are more than {MAX_ALTERNATIVES} alternatives")
            else:
                alternatives[-1].append(self.item())
        return alternatives

    def item(self) -> _Item:
        place = self.place
        sign = self.take()
        if sign == "[":
            ranges = self.bracket(place)
        elif sign == "\\":
            ranges = self.escape()
        elif sign == ".":
            ranges = [(0, _LAST)]
        elif sign in "()":
            self.refuse("groups are not taken, since a repeat within a repeat can take more than linear time", place)
        elif sign in "^$":
            self.refuse(f"{sign} is not taken: the whole text is always matched", place)
        elif sign in "*+?{}]":
            self.refuse(f"{sign} stands where a character was expected; write \\{sign} for the sign itself", place)
        else:
            ranges = [(ord(sign), ord(sign))]
        low, high = self.repeat()
        return _Item(ranges, low, high, place)

    def repeat(self) -> tuple[int, int | None]:
        sign = self.text[self.place : self.place + 1]
        if sign in ("?", "*", "+"):
            self.place += 1
            low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}[sign]
        elif sign == "{":
            low, high = self.counted()
        else:
            return 1, 1
        if self.text[self.place : self.place + 1] in ("?", "*", "+", "{"):
            self.refuse("a repeat of a repeat is not taken, since it can take more than linear time")
        return low, high

    def counted(self) -> tuple[int, int | None]:
        found = _REPEAT.match(self.text, self.place)
        if found is None:
            self.refuse("a counted repeat is written {3}, {1,3} or {2,}")
        low = int(found[1])
        high = low if found[2] is None else int(found[3]) if found[3] else None
        if high is not None and (high < low or high == 0):
            self.refuse("the second number of a repeat is at least the first, and not 0")
        if max(low, high or 0) > MAX_REPEAT:
            self.refuse(f"an item is repeated at most {MAX_REPEAT} times")
        self.place = found.end()
        return low, high

    def escape(self) -> _Ranges:
        sign = self.take()
        if sign in _CLASSES:
            return list(_CLASSES[sign])
        if sign in "DWS":
            return _outside(_CLASSES[sign.lower()])
        if sign.isalnum():
            self.refuse(f"\\{sign} is not taken; of the letters only \\d, \\w and \\s are", self.place - 2)
        return [(ord(sign), ord(sign))]

    def bracket(self, opened: int) -> _Ranges:
        negated = self.text[self.place : self.place + 1] == "^"
        self.place += negated
        ranges: _Ranges = []
        while not self.text.startswith("]", self.place):
            if self.place >= len(self.text):
                self.refuse("the class is not closed with ]", opened)
            ranges += self.member()
        self.place += 1
        if not ranges:
            self.refuse("the class is empty", opened)
        return _outside(ranges) if negated else _joined(ranges)

    def member(self) -> _Ranges:
        place = self.place
        first = self.escape() if (sign := self.take()) == "\\" else [(ord(sign), ord(sign))]
        after = self.text[self.place : self.place + 2]
        if len(after) < 2 or after[0] != "-" or after[1] == "]":
            return first
        self.place += 1
        last = self.escape() if (sign := self.take()) == "\\" else [(ord(sign), ord(sign))]
        if len(first) > 1 or len(last) > 1 or first[0][0] != first[0][1] or last[0][0] != last[0][1]:
            self.refuse("a range runs from one character to another", place)
        if first[0][0] > last[0][0]:
            self.refuse("the range runs backwards", place)
        return [(first[0][0], last[0][0])]

    def take(self) -> str:
        if self.place >= len(self.text):
            self.refuse("the form ends too early")
        self.place += 1
        return self.text[self.place - 1]

    def refuse(self, reason: str, place: int | None = None) -> NoReturn:
        _refuse(self.text, self.place if place is None else place, reason)


def _refuse(text: str, place: int, reason: str) -> NoReturn:
    raise RuleError(
        f"the form {text!r} is refused at character {place + 1}: {reason}",
        hint="a form is a row of characters and classes with repeats, as [A-Z]{3}-\\d+, or several parted by |",
        place=place + 1,
    )


def _require_one_way(text: str, items: list[_Item]) -> None:
    """Refuse an item of variable length that shares a character with what may follow it."""
    for number, item in enumerate(items):
        if item.low == item.high:
            continue
        for follower in items[number + 1 :]:
            if _meet(item.ranges, follower.ranges):
                _refuse(
                    text,
                    follower.place,
                    f"it shares characters with the repeated item at character {item.place + 1}, so where one ends"
                    " and the other begins would have to be tried, which can take more than linear time",
                )
            if follower.low > 0:
                break


def _joined(ranges: _Ranges) -> _Ranges:
    joined: _Ranges = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _outside(ranges: _Ranges) -> _Ranges:
    outside: _Ranges = []
    start = 0
    for first, last in _joined(ranges):
        if first > start:
            outside.append((start, first - 1))
        start = last + 1
    if start <= _LAST:
        outside.append((start, _LAST))
    return outside


def _meet(one: _Ranges, other: _Ranges) -> bool:
    return any(a <= d and c <= b for a, b in one for c, d in other)
