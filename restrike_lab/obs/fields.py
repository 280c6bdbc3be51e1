"""Reading the fields of a frame. Every value is checked: a number where a text belongs is told, not passed on.

``Fields`` wraps one JSON object. ``text``, ``flag``, ``number`` and ``integer`` raise ``BadAnswer`` where a value is
missing or of another type; the forms ending in ``_or_none`` take a missing value or ``null`` as ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from restrike_lab.obs.errors import BadAnswer

__all__ = ["Fields", "timecode_ms"]

_TIMECODE = re.compile(r"([0-9]{1,6}):([0-9]{2}):([0-9]{2})\.([0-9]{3})")
_MISSING = "nothing"


class Fields:
    """The fields of one JSON object; ``of`` says what it is, for errors."""

    __slots__ = ("data", "of")

    def __init__(self, data: object, of: str) -> None:
        if not isinstance(data, Mapping):
            raise BadAnswer(f"{of} is not an object but {_kind(data)}", hint=_HINT, of=of)
        self.data: Mapping[str, Any] = data
        self.of = of

    def text(self, key: str) -> str:
        """Return a text."""
        value = self.data.get(key)
        return value if isinstance(value, str) else self._refuse(key, "a text")

    def text_or_none(self, key: str) -> str | None:
        """Return a text, ``None`` where there is none."""
        return None if self.data.get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.data.get(key)
        return value if isinstance(value, bool) else self._refuse(key, "true or false")

    def flag_or_none(self, key: str) -> bool | None:
        """Return true or false, ``None`` where there is neither."""
        return None if self.data.get(key) is None else self.flag(key)

    def number(self, key: str) -> float:
        """Return a number."""
        value = self.data.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._refuse(key, "a number")
        return float(value)

    def number_or_none(self, key: str) -> float | None:
        """Return a number, ``None`` where there is none; OBS writes ``null`` for what is no number [source]."""
        return None if self.data.get(key) is None else self.number(key)

    def integer(self, key: str) -> int:
        """Return a whole number, also from a float without fraction."""
        value = self.number(key)
        return int(value) if value.is_integer() else self._refuse(key, "a whole number")

    def integer_or_none(self, key: str) -> int | None:
        """Return a whole number, ``None`` where there is none."""
        return None if self.data.get(key) is None else self.integer(key)

    def object(self, key: str) -> Fields:
        """Return the fields of an object within."""
        return Fields(self.data.get(key), f"{key} of {self.of}")

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return an object within as it is."""
        return self.object(key).data

    def rows(self, key: str) -> Iterator[Fields]:
        """Return the fields of each object in a list."""
        for value in self.values(key):
            yield Fields(value, f"{key} of {self.of}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.values(key)
        return (
            tuple(values) if all(isinstance(value, str) for value in values) else self._refuse(key, "a list of texts")
        )

    def values(self, key: str) -> list[Any]:
        """Return a list as it is."""
        value = self.data.get(key)
        return value if isinstance(value, list) else self._refuse(key, "a list")

    def timecode(self, key: str) -> int:
        """Return a time code in ms."""
        ms = timecode_ms(self.text(key))
        return self._refuse(key, "a time code") if ms is None else ms

    def timecode_or_none(self, key: str) -> int | None:
        """Return a time code in ms, ``None`` where there is none."""
        return None if self.data.get(key) is None else self.timecode(key)

    def _refuse(self, key: str, wanted: str) -> NoReturn:
        found = _kind(self.data[key]) if key in self.data else _MISSING
        raise BadAnswer(f"{self.of}: {key} should be {wanted} and is {found}", hint=_HINT, of=self.of, field=key)


_HINT = "This OBS, or a plugin in it, speaks another dialect than the lab knows; report its version."


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {
        str: "a text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def timecode_ms(text: str) -> int | None:
    """Return the ms of ``HH:MM:SS.mmm``, ``None`` for any other text."""
    found = _TIMECODE.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds, ms = map(int, found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
