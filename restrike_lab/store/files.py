"""The database file itself: where it lies, whether it is sound, and what becomes of a damaged one."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import apsw

from restrike_lab.store.errors import DAMAGE, store_error

__all__ = ["DATABASE", "SetAside", "database_path", "integrity", "set_aside"]

DATABASE = "restrike.sqlite"
COMPANIONS = ("-wal", "-shm")


class SetAside(NamedTuple):
    """A damaged database that was moved out of the way, with all of its bytes.

    ``seq_floor`` and ``epoch_floor`` are numbers that its events and terms do not exceed, so that none is given twice.
    """

    name: str
    reason: str
    found_ns: int
    seq_floor: int
    epoch_floor: int


def database_path(data_dir: Path) -> Path:
    """Return where the database of a data directory lies."""
    return data_dir / DATABASE


def integrity(path: Path) -> list[str]:
    """Return what SQLite finds wrong with a database, nothing where it is sound; reads all of the file.

    Raises ``StoreError`` where the file cannot be opened at all.
    """
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as error:
        raise store_error(path, error) from error
    try:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        findings = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    except DAMAGE as error:
        return [str(error)]
    except apsw.Error as error:
        raise store_error(path, error) from error
    finally:
        db.close()
    return [] if findings == ["ok"] else findings


def set_aside(path: Path, reason: str, now_ns: int) -> SetAside:
    """Move a damaged database and its companions to a new name beside it; nothing is overwritten or deleted.

    Raises ``StoreError`` where the files cannot be moved.
    """
    seq_floor = _highest(path, ("seq", "pss_events"), ("seq_floor", "set_aside"), now_ns // 1_000_000)
    epoch_floor = _highest(path, ("epoch", "hub_epochs"), ("epoch_floor", "set_aside"), now_ns // 1_000_000_000)
    kept = _free_name(path, now_ns)
    try:
        # Companions first: should the move stop half-way, the database never meets a log that is not its own.
        for companion in COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + companion).rename(kept.with_name(kept.name + companion))
        path.rename(kept)
    except OSError as error:
        raise store_error(path, error) from error
    return SetAside(kept.name, reason, now_ns, seq_floor, epoch_floor)


def _highest(path: Path, given: tuple[str, str], floor: tuple[str, str], otherwise: int) -> int:
    """Return the highest number given out, or, where the file cannot tell, one from the clock that is surely higher."""
    questions = [f"SELECT coalesce(max({column}), 0) FROM {table}" for column, table in (given, floor)]
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error:
        return otherwise
    try:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        return max(int(db.execute(question).get) for question in questions)
    except apsw.Error:
        return otherwise
    finally:
        db.close(True)


def _free_name(path: Path, now_ns: int) -> Path:
    stamp = datetime.fromtimestamp(now_ns / 1e9, UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{path.name}.damaged-{stamp}"
    taken = {each.name for each in path.parent.iterdir()}
    number = 2
    while any(name + suffix in taken for suffix in ("", *COMPANIONS)):
        name = f"{path.name}.damaged-{stamp}-{number}"
        number += 1
    return path.with_name(name)
