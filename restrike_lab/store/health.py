"""How the database file is: its size, what waits in its log, and whether it is sound."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from restrike_lab.store.errors import DAMAGE, store_error

__all__ = ["check", "sizes"]

MB = 1e6
FINDINGS = 20


def sizes(path: Path) -> dict[str, float | None]:
    """Return the size in MB of the database file and of its log, None where there is no such file."""
    return {"database_mb": size_of(path), "wal_mb": size_of(path.with_name(path.name + "-wal"))}


def check(path: Path, full: bool = False, stopping: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Read the database through and return what was found: ``ok``, ``findings``, ``seconds``, ``full``, ``at_ns``.

    ``full`` compares every index with its table, too. Runs beside the writer, on a connection of its own;
    ``stopping`` is asked now and then whether to give up. Raises ``StoreError`` where the file cannot be read.
    """
    begun = time.monotonic()
    pragma = "integrity_check" if full else "quick_check"
    try:
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            db.set_busy_timeout(5000)
            db.set_progress_handler(stopping, 1_000)
            told = [str(row[0]) for row in db.execute(f"PRAGMA {pragma}({FINDINGS})")]
            findings = [line for each in told for line in each.splitlines() if not line.startswith("***")]
            pages = {name: db.pragma(name) for name in ("page_count", "freelist_count", "page_size")}
    except DAMAGE as error:
        findings, pages = [str(error)], {}
    except apsw.Error as error:
        raise store_error(path, error) from error
    sound = findings == ["ok"]
    return {
        "ok": sound,
        "findings": [] if sound else findings,
        "seconds": round(time.monotonic() - begun, 3),
        "full": full,
        "at_ns": time.time_ns(),
        **pages,
    }


def size_of(path: Path) -> float | None:
    """Return the size of a file in MB (10^6 bytes), None where it is not there."""
    try:
        return path.stat().st_size / MB
    except OSError:
        return None
