"""Notes and tags in words, as a shell and a notebook cell say them: list, add, change, drop, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.errors import CommandError

if TYPE_CHECKING:
    from restrike_lab.client.annotations import Annotations

__all__ = ["USAGE", "obey"]

USAGE = "[event SEQ [TEXT] | match MATCH_ID [TEXT] | now [court COURT] TEXT | change ID TEXT | drop ID | history ID]"
PLACES = {"event": "seq", "match": "match_id"}


def obey(annotations: Annotations, words: Sequence[str]) -> Any:
    """Do what the words say and return what to show: a table or a sentence; ``#word`` alone is a tag.

    Raises :class:`CommandError` for words that mean nothing.
    """
    match list(words):
        case []:
            return annotations()
        case ["event" | "match" as place, number] if number.isdecimal():
            return annotations(**{PLACES[place]: int(number)})
        case ["event" | "match" as place, number, *text] if number.isdecimal():
            return _added(annotations, text, **{PLACES[place]: int(number)})
        case ["now", "court", court, *text] if text:
            return _added(annotations, text, court=court)
        case ["now", *text] if text:
            return _added(annotations, text)
        case ["change", number, *text] if number.isdecimal() and text:
            annotations.change(int(number), " ".join(text))
            return f"Annotation {number} was written anew."
        case ["drop", number] if number.isdecimal():
            annotations.drop(int(number))
            return f"Annotation {number} was taken back."
        case ["history", number] if number.isdecimal():
            return annotations.history(int(number))
    raise CommandError("these words mean nothing about notes", hint=f"annotate {USAGE}")


def _added(annotations: Annotations, words: Sequence[str], **place: Any) -> str:
    text = " ".join(words)
    tag = len(words) == 1 and text.startswith("#") and len(text) > 1
    number = annotations.add(text[1:] if tag else text, tag=tag, **place)
    return f"{'Tagged' if tag else 'Noted'}: annotation {number}."
