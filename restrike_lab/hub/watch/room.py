"""How much memory the hub may still take, and what is done when there is little: fewer messages may wait in it.

The kernel's receive buffer, with its exact drop counter, then takes over before the memory is used up: what is lost is
counted, and the hub lives.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

__all__ = ["RESERVE_MB", "allowed_bytes", "room_mb"]

RESERVE_MB = 64.0
"""Memory that must be left to store and tell; a flood of 100,000 messages a second takes half of it in a second."""

CGROUP = Path("/sys/fs/cgroup")
MB = 1e6


def room_mb(process: psutil.Process, cgroup: Path = CGROUP) -> float:
    """Return how many MB this process may still take: of the machine's, its container's, or its own limit."""
    rooms = [psutil.virtual_memory().available / MB]
    limit, used = number_in(cgroup / "memory.max"), number_in(cgroup / "memory.current")
    if limit is not None and used is not None:
        rooms.append((limit - used) / MB)
    if os.name == "posix":
        import resource

        own = resource.getrlimit(resource.RLIMIT_AS)[0]
        if own != resource.RLIM_INFINITY:
            rooms.append((own - process.memory_info().vms) / MB)
    return min(rooms)


def allowed_bytes(room: float, waiting: int, allowed: int, wanted: int) -> int:
    """Return how many bytes may wait: ``wanted`` unless memory is short.

    ``waiting`` is what waits now, ``allowed`` what was allowed so far. Short of the reserve nothing more may come than
    is there; with twice the reserve left everything is as it was.
    """
    if room < RESERVE_MB:
        return max(min(waiting, allowed), 1)
    return wanted if room > 2 * RESERVE_MB else allowed


def number_in(path: Path) -> int | None:
    """Return the number that a file of the kernel holds, None where there is no such file or no number."""
    try:
        text = path.read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None
