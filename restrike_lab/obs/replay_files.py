"""Finding a saved replay in its folder, for v4, which does not tell where it is.

Works where this machine can see the folder: OBS on the same machine, or a shared folder of the same path.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

__all__ = ["list_files", "new_file"]

VIDEO = frozenset({".mkv", ".mp4", ".mov", ".flv", ".ts", ".m3u8"})
POLL_SECONDS = 0.1


def list_files(folder: Path) -> set[Path]:
    """Return the videos of a folder; none where it cannot be seen."""
    try:
        return {path for path in folder.iterdir() if path.suffix.lower() in VIDEO}
    except OSError:
        return set()


async def new_file(folder: Path, known: set[Path], seconds: float) -> Path | None:
    """Return a video that is not among ``known`` once its size stands still, ``None`` where none comes in time."""
    sizes: dict[Path, int] = {}
    try:
        async with asyncio.timeout(seconds):
            while True:
                await asyncio.sleep(POLL_SECONDS)
                now = await asyncio.to_thread(_sizes, folder, known)
                for path, size in now.items():
                    if size and sizes.get(path) == size:
                        return path
                sizes = now
    except TimeoutError:
        return None


def _sizes(folder: Path, known: set[Path]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for path in list_files(folder) - known:
        try:
            found[path] = path.stat().st_size
        except OSError:
            continue
    return found
