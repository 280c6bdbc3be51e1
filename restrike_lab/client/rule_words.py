"""A rule in words, as a shell and a notebook's line take it: ``hl.level range low=30 high=100``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["parameters", "place"]


def place(words: str) -> tuple[str, str]:
    """Return stream and field of ``stream.field``; the field is empty where the whole message is meant."""
    stream, _, field = words.partition(".")
    return stream, field


def parameters(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the leading ``name=value`` words as parameters, values read as JSON where they are, and the rest."""
    found: dict[str, Any] = {}
    rest = list(words)
    while rest and "=" in rest[0] and rest[0].partition("=")[0].isidentifier():
        name, _, value = rest.pop(0).partition("=")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found, rest
