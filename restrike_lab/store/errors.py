"""What can go wrong around the database, told with the way out."""

from __future__ import annotations

from pathlib import Path

import apsw

from restrike_lab.pss.errors import RestrikeError

__all__ = ["DAMAGE", "StoreError", "store_error"]

DAMAGE = (apsw.CorruptError, apsw.NotADBError)
"""What SQLite says of a file that is no sound database."""

WAYS_OUT: tuple[tuple[type[apsw.Error], str, str, bool], ...] = (
    (apsw.FullError, "the disk is full", "free space on its disk, or give another --data-dir", True),
    (apsw.ReadOnlyError, "the database cannot be written", "check the permissions of the data directory", False),
    (apsw.PermissionsError, "access was refused", "check the permissions of the data directory", False),
    (apsw.CantOpenError, "the database cannot be opened", "check that the data directory can be written", False),
    (apsw.BusyError, "another program is writing to the database", "close the program that holds it open", True),
    (apsw.LockedError, "another program is writing to the database", "close the program that holds it open", True),
    (apsw.CorruptError, "the database is damaged", "start again: the file is set aside and a new one begun", False),
    (apsw.NotADBError, "the file is no database", "start again: the file is set aside and a new one begun", False),
    (apsw.IOError, "the disk does not read or write", "check the disk, or give another --data-dir", True),
)


class StoreError(RestrikeError):
    """Report that the database could not be opened, read or written; nothing was left half written."""

    category = "store"

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False, **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.retryable = retryable


def store_error(path: Path, error: apsw.Error | OSError) -> StoreError:
    """Return the error of SQLite or of the operating system in words, with the way out."""
    for kind, cause, hint, retryable in WAYS_OUT:
        if isinstance(error, kind):
            return StoreError(f"{cause}: {path} ({error})", hint=hint, retryable=retryable, path=str(path))
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        hint = "give another --data-dir, or make this one a directory that can be written"
        return StoreError(f"cannot use {path}: {reason}", hint=hint, path=str(path))
    return StoreError(f"the database failed: {path} ({error})", hint="see the cause in brackets", path=str(path))
