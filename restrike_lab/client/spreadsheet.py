"""Text for spreadsheets, which take a cell that begins with certain characters for a formula and run it."""

from __future__ import annotations

__all__ = ["harmless"]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe in front makes it text."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
