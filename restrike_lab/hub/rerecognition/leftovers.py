"""Names of staging files, and what becomes of those whose process has ended.

The name says when the file was begun and to which process it belongs. A process that was killed leaves its file; the
next one that stages, and the next hub that starts, remove it.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import psutil

__all__ = ["COUNTS", "is_stage", "new_stage", "remove_leftovers"]

PREFIX, SUFFIX = "recognition-", ".sqlite"
COUNTS = ".counts.sqlite"
"""Ending of the file that the census is taken into, beside the staging file."""


def new_stage(data_dir: Path, owner: int | None = None) -> Path:
    """Return the path of a new staging file of a process (default: this one)."""
    return data_dir / f"{PREFIX}{time.time_ns() // 1_000_000}-{owner or os.getpid()}{SUFFIX}"


def is_stage(name: str) -> bool:
    """Tell whether this can be the name of a staging file; it comes from clients."""
    return Path(name).name == name and name.startswith(PREFIX) and name.endswith(SUFFIX)


def remove_leftovers(data_dir: Path) -> None:
    """Remove staging files of processes that are no more."""
    for path in data_dir.glob(f"{PREFIX}*{SUFFIX}"):
        owner = path.name.removesuffix(COUNTS).removesuffix(SUFFIX).rpartition("-")[2]
        if not owner.isdigit() or not psutil.pid_exists(int(owner)):
            with contextlib.suppress(OSError):
                path.unlink()
