"""The yes-or-no questions that rules put to a message, each a small function made once and asked often.

A question about a field that is absent is answered with yes, since ``required`` asks for that; one about a field whose
text could not be read as its kind is answered with no where the value matters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any, TypeAlias

from restrike_lab.pss.streams import Message
from restrike_lab.pss.wire import Kind

__all__ = ["Check", "clean_text", "in_range", "is_unread", "of_form", "of_kind", "one_of", "reads_as", "required"]

Check: TypeAlias = Callable[[Message], bool]


def is_unread(message: Message, field: str) -> bool:
    """Tell whether a field stood on the wire with a text that could not be read as its kind."""
    return any(name == field for name, _ in message.unread)


def required(field: str) -> Check:
    """Ask whether a field is there, readable or not."""
    value = attrgetter(field)
    return lambda message: value(message) is not None or is_unread(message, field)


def of_kind(field: str) -> Check:
    """Ask whether a field, where it is there, could be read as its own kind."""
    return lambda message: not message.unread or not is_unread(message, field)


def reads_as(field: str, own: Kind, other: Kind) -> Check:
    """Ask whether the text of a field, where it is there, can also be read as another kind."""
    value = attrgetter(field)

    def check(message: Message) -> bool:
        found = value(message)
        text = dict(message.unread).get(field) if found is None else own.write(found)
        if text is None:
            return True
        try:
            other.read(text)
        except ValueError:
            return False
        return True

    return check


def in_range(field: str, low: float | None, high: float | None) -> Check:
    """Ask whether a number lies within its limits, both included."""
    value = attrgetter(field)

    def check(message: Message) -> bool:
        found = value(message)
        if found is None:
            return not message.unread or not is_unread(message, field)
        return (low is None or found >= low) and (high is None or found <= high)

    return check


def one_of(field: str, choices: Collection[Any]) -> Check:
    """Ask whether a value is one of those listed."""
    value, listed = attrgetter(field), frozenset(choices)

    def check(message: Message) -> bool:
        found = value(message)
        return found is None or found in listed

    return check


def of_form(field: str, matches: Callable[[str], object]) -> Check:
    """Ask whether a text has a form, given as a function that finds it or returns something false."""
    value = attrgetter(field)

    def check(message: Message) -> bool:
        found = value(message)
        return found is None or bool(matches(found))

    return check


def clean_text(message: Message) -> bool:
    """Tell whether the bytes of a message are valid UTF-8: a console may cut a name in the middle of a letter."""
    try:
        message.raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
