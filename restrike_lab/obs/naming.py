"""Names of files and folders made from a bout, safe on every file system OBS runs on.

A pattern such as ``{date} {number} {blue_country}-{red_country}`` is filled from what the console said of the bout.
Names come off the wire: whatever a file system, OBS's own placeholders (``%CCYY``) or a shell could take amiss is
replaced, and a name that Windows keeps for itself is not given.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from restrike_lab.bout import Match
from restrike_lab.obs.errors import FleetError

__all__ = ["FIELDS", "bout_fields", "file_name", "folder", "safe"]

LONGEST_PART = 80
"""Characters a filled-in value may have, so that the whole stays under the 255 bytes of a file name."""

LONGEST_BYTES = 180
"""Of the whole name: OBS adds its prefix and suffix."""

_UNSAFE = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])")

FIELDS: Mapping[str, str] = {
    "number": "number of the match",
    "phase": "phase, such as Semifinals",
    "weight": "weight class",
    "division": "division",
    "blue": "short name of blue",
    "red": "short name of red",
    "blue_long": "full name of blue",
    "red_long": "full name of red",
    "blue_country": "country of blue",
    "red_country": "country of red",
    "court": "court",
    "date": "date as 2026-07-31",
    "time": "time of day as 14-05-09",
}
"""What a pattern may name, and what it stands for."""


def bout_fields(match: Match | None, court: str, when: datetime) -> dict[str, str]:
    """Return the values of ``FIELDS`` for a bout; what the console did not say is empty. ``when`` is local time."""
    match = match or Match(match_id=0, loaded_ns=0)
    return {
        "number": match.number or "",
        "phase": match.phase or "",
        "weight": match.weight_class or "",
        "division": match.division or "",
        "blue": match.blue.short or "",
        "red": match.red.short or "",
        "blue_long": match.blue.long or "",
        "red_long": match.red.long or "",
        "blue_country": match.blue.country or "",
        "red_country": match.red.country or "",
        "court": court,
        "date": f"{when:%Y-%m-%d}",
        "time": f"{when:%H-%M-%S}",
    }


def file_name(pattern: str, values: Mapping[str, str]) -> str:
    """Return the name of a file, without its suffix; a ``/`` in the pattern is no folder here.

    Raises ``FleetError`` for a pattern that names what is not in ``FIELDS``.
    """
    return safe(_fill(pattern, values)) or "bout"


def folder(pattern: str, values: Mapping[str, str]) -> str:
    """Return the path of a folder: a ``/`` of the pattern parts folders, one in a value does not.

    The first part is taken as it is where it is a drive (``D:``) or empty, so that absolute paths come through.
    """
    parts = pattern.replace("\\", "/").split("/")
    filled = [safe(_fill(part, values)) for part in parts]
    if re.fullmatch(r"[A-Za-z]:", parts[0]):
        filled[0] = parts[0]
    rooted = not parts[0]
    inner = [part for part in filled if part]
    return ("/" if rooted else "") + "/".join(inner)


def safe(text: str) -> str:
    """Return a text as one part of a path: no separators, control or format characters, no reserved name.

    Letters of every script stay. The result may be empty, has no blanks or dots at its ends, and is at most
    ``LONGEST_BYTES`` long in UTF-8.
    """
    text = unicodedata.normalize("NFC", text)
    text = _UNSAFE.sub("_", text)
    text = "".join(" " if c.isspace() else c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    text = re.sub(r" {2,}", " ", text).strip(" .")
    text = text.encode()[:LONGEST_BYTES].decode("utf-8", "ignore").strip(" .")
    stem = text.partition(".")[0].rstrip()
    return f"_{text}" if _RESERVED.fullmatch(stem) else text


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    """Fill a pattern; only plain names in braces are allowed, so that a pattern can reach into nothing."""
    filled: list[str] = []
    try:
        pieces = list(string.Formatter().parse(pattern))
    except ValueError as problem:
        raise FleetError(f"the pattern {pattern!r} cannot be read: {problem}", hint=_HINT) from None
    for literal, name, form, conversion in pieces:
        filled.append(literal)
        if name is None:
            continue
        if name not in FIELDS or form or conversion:
            raise FleetError(f"the pattern {pattern!r} names {{{name}}}, which there is not", hint=_HINT)
        filled.append(safe(values.get(name, "")[:LONGEST_PART]))
    return "".join(filled)


_HINT = f"A pattern may name {', '.join(f'{{{name}}}' for name in FIELDS)}."
