"""Ten million events on disk, for the benchmarks of the analysis: what ``restrike-lab simulate --to-archive`` makes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from restrike_lab.client.simulated import simulate_record
from tests.benchmarks.bench import say

__all__ = ["record"]


@contextmanager
def record(events: int, folder: str = "") -> Iterator[Path]:
    """Make a record of at least so many events, or take the one that is in ``folder``."""
    if folder:
        yield Path(folder)
        return
    with TemporaryDirectory(prefix="restrike-bench-") as name:
        begun = time.perf_counter()
        made = simulate_record(Path(name) / "record", events=events)
        took = time.perf_counter() - begun
        say(f"   {made.events:,} events, {made.archived:,} of them archived, made in {took:.0f} s")
        yield Path(name) / "record"
