"""How one field stands on the wire: kinds of values, their text form, and what a stream says about each field.

A *kind* turns the text between two semicolons into a typed value and back. A ``Wire`` is what a stream class says of
one of its fields: kind, description, limits, whether it may be absent, and under which key word it stands. The
parser, the encoder, the rules, the protocol table and the SQL views are all derived from these.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "CODE",
    "COLOUR",
    "COUNTRY",
    "DECIMAL",
    "INTEGER",
    "KINDS",
    "RESULT",
    "TEXT",
    "TIME",
    "Kind",
    "Wire",
    "format_time",
    "read_time",
    "wire",
]

_INTEGER = re.compile(r"\s*(-?[0-9]{1,9})\s*")
_DECIMAL = re.compile(r"\s*(-?[0-9]{1,9}(?:[.,][0-9]{1,6})?)\s*")
_COLOUR = re.compile(r"\s*(#[0-9A-Fa-f]{6})\s*")
_CLOCK_TIME = re.compile(r"\s*([0-9]{1,3}):([0-5][0-9])(?:[.,]([0-9]{1,3}))?\s*")
_BARE_SECONDS = re.compile(r"\s*([0-9]{1,4})(?:[.,]([0-9]{1,3}))?\s*")
_RESULT = re.compile(r"\s*[0-9]{1,2}-[0-9]{1,2}(?: [A-Z]{2,4})?\s*")


@dataclass(frozen=True, slots=True)
class Kind:
    """Say how a value of this kind is read from text, written to text, and called in the tables.

    ``read`` raises ``ValueError`` on text it does not understand. ``sql`` is the DuckDB type of the value. An empty
    number is an absent one, an empty name is a name that is empty: ``empty_is_value`` tells which.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    sql: str
    description: str
    empty_is_value: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """Describe one field of a stream: what it means and what may stand in it.

    ``low`` and ``high`` bound a number; ``strict`` is the bound of the published v2.3 text where that is narrower
    than what consoles send. ``choices`` lists the words allowed, ``format`` the form of a text (see ``formats``).
    ``key`` is the word that announces the field inside a message that carries several (``wg2`` in ``wg1;0;wg2;0``).
    """

    kind: Kind
    description: str
    optional: bool = False
    key: str | None = None
    low: float | None = None
    high: float | None = None
    strict: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    format: str = ""


def wire(kind: Kind, description: str, **options: Any) -> Any:
    """Declare a dataclass field that stands on the wire; absent means ``None``."""
    return dataclasses.field(default=None, metadata={"wire": Wire(kind, description, **options)})


def read_time(text: str) -> int:
    """Return a time in milliseconds.

    Accepts ``m:ss``, ``mm:ss``, bare seconds and fractions of a second [live, doc, older]. Seconds above 59 are
    refused with ``ValueError``: ``1:60`` is known only of senders that are not consoles.
    """
    if found := _CLOCK_TIME.fullmatch(text):
        minutes, seconds, fraction = found.groups()
        return (int(minutes) * 60 + int(seconds)) * 1000 + _fraction_ms(fraction)
    if found := _BARE_SECONDS.fullmatch(text):
        return int(found[1]) * 1000 + _fraction_ms(found[2])
    raise ValueError(f"not a time: {text!r}")


def format_time(milliseconds: int) -> str:
    """Return ``mm:ss`` as live consoles write it, with three decimals only where there is a fraction."""
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:03d}" if rest else text


def _fraction_ms(digits: str | None) -> int:
    return int(digits.ljust(3, "0")) if digits else 0


def _read_integer(text: str) -> int:
    # Nine digits at the most: longer numbers are no PSS values and would cost time and overflow SQLite's integers.
    if found := _INTEGER.fullmatch(text):
        return int(found[1])
    raise ValueError(f"not a whole number: {text!r}")


def _read_decimal(text: str) -> float:
    if found := _DECIMAL.fullmatch(text):
        return float(found[1].replace(",", "."))
    raise ValueError(f"not a number: {text!r}")


def _write_decimal(value: float) -> str:
    # Nine digits and six decimals at the most are exact in a float, so writing gives back what was read.
    digits = f"{value:.6f}".rstrip("0")
    return f"{digits}0" if digits.endswith(".") else digits


def _read_colour(text: str) -> str:
    if found := _COLOUR.fullmatch(text):
        return found[1]
    raise ValueError(f"not a colour like #0000ff: {text!r}")


def _read_word(text: str) -> str:
    if word := text.strip(" \t"):
        return word
    raise ValueError(f"not a word: {text!r}")


def _read_result(text: str) -> str:
    if _RESULT.fullmatch(text):
        return text.strip()
    raise ValueError(f"not a result like '2-1 PTF': {text!r}")


INTEGER = Kind("integer", _read_integer, str, "INTEGER", "whole number")
TIME = Kind("time", read_time, format_time, "INTEGER", "mm:ss, m:ss or seconds; stored in ms")
TEXT = Kind("text", str, str, "VARCHAR", "text", empty_is_value=True)
CODE = Kind("word", _read_word, str, "VARCHAR", "one of the listed words")
COUNTRY = Kind("country", str, str, "VARCHAR", "three letters, mostly IOC, kept as sent", empty_is_value=True)
RESULT = Kind("result", _read_result, str, "VARCHAR", "rounds blue-red and the decision, as 2-1 PTF")
DECIMAL = Kind("decimal", _read_decimal, _write_decimal, "DOUBLE", "number, up to six decimals after a dot or comma")
COLOUR = Kind("colour", _read_colour, str, "VARCHAR", "colour as #0000ff")

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (INTEGER, DECIMAL, TIME, TEXT, CODE, COUNTRY, COLOUR, RESULT)}
"""Every kind by its name, as definitions and rules call it."""
