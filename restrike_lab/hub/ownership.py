"""One hub per data directory, and the address by which others find it.

The lock is held by an open file, so it ends with the process however that ends. ``hub.json`` beside it says where the
owner answers and with which secret; it is readable by the user alone, appears whole or not at all, and means
something only while the lock is held.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import filelock
import msgspec

from restrike_lab.hub.errors import HubError, OwnedElsewhere

__all__ = ["ADDRESS_NAME", "LOCK_NAME", "Address", "Ownership", "is_owned", "new_token", "read_address"]

LOCK_NAME = "hub.lock"
ADDRESS_NAME = "hub.json"
POLL_SECONDS = 0.05
PROBE_SECONDS = 0.25


class Address(msgspec.Struct, frozen=True):
    """Where a running hub answers: ``token`` is the owner's secret, ``mode`` is ``process`` or ``thread``.

    ``screen`` is the secret of pages that anybody may look at. ``certificate`` is the path of the one the hub shows.
    """

    url: str
    token: str
    pid: int
    epoch: int
    mode: str
    screen: str = ""
    certificate: str = ""


def read_address(data_dir: Path) -> Address | None:
    """Return the address of the hub that owns ``data_dir``, or None when none does (or none is ready yet)."""
    address = stored_address(data_dir)
    return address if address and is_owned(data_dir) else None


def stored_address(data_dir: Path) -> Address | None:
    """Return what ``hub.json`` says, whether or not that hub still lives."""
    try:
        return msgspec.json.decode((data_dir / ADDRESS_NAME).read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return None


def is_owned(data_dir: Path) -> bool:
    """Tell whether a living hub holds ``data_dir``; never creates anything."""
    if not (data_dir / LOCK_NAME).exists():
        return False
    lock = new_lock(data_dir)
    try:
        lock.acquire(blocking=False)
    except (filelock.Timeout, OSError):
        return True
    lock.release()
    return False


def new_token() -> str:
    """Return a secret that nobody can guess."""
    return secrets.token_urlsafe(24)


def new_lock(data_dir: Path) -> filelock.BaseFileLock:
    """Return the lock of a data directory, not held; it may be released by another thread than took it."""
    return filelock.FileLock(data_dir / LOCK_NAME, thread_local=False, mode=0o600)


class Ownership:
    """The right to run the hub of one data directory; created free, then ``acquire``, ``announce``, ``release``."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.lock = new_lock(data_dir)
        self.announced = False
        self.former: Address | None = None

    def acquire(self, wait_seconds: float = 0.0) -> None:
        """Become the owner, waiting for the present one to end for at most ``wait_seconds`` (-1: for ever).

        What a hub that died has left behind is kept in ``former``. Raises ``OwnedElsewhere`` when another hub holds
        the directory, ``HubError`` when it cannot be written to.
        """
        # Somebody asking ``is_owned`` holds the lock for an instant; that is no reason to refuse.
        patience = wait_seconds if wait_seconds < 0 else max(wait_seconds, PROBE_SECONDS)
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(timeout=patience, poll_interval=POLL_SECONDS)
        except filelock.Timeout as problem:
            raise self.owned_elsewhere() from problem
        except OSError as problem:
            raise HubError(
                f"cannot write to the data directory {self.data_dir}: {problem.strerror or problem}",
                hint="Make it writable for you, or choose another one with --data-dir.",
                data_dir=str(self.data_dir),
            ) from problem
        self.former = stored_address(self.data_dir)
        self.withdraw(stale=True)

    def owned_elsewhere(self) -> OwnedElsewhere:
        """Build the error for a directory that another hub holds, with what is known of that hub."""
        address = read_address(self.data_dir)
        if address is None:
            return OwnedElsewhere(
                f"another hub owns {self.data_dir} and is just starting or stopping",
                hint="Try again in a few seconds.",
                data_dir=str(self.data_dir),
            )
        return OwnedElsewhere(
            f"the hub of {self.data_dir} is already running (process {address.pid}, {address.url})",
            hint="Attach to it, or end it first with the command `stop`.",
            data_dir=str(self.data_dir),
            pid=address.pid,
            url=address.url,
        )

    def announce(self, address: Address) -> None:
        """Write ``hub.json``; call it when the sockets are bound, for it tells others to connect."""
        target = self.data_dir / ADDRESS_NAME
        draft = target.with_suffix(f".{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(address) + b"\n")
        draft.replace(target)
        self.announced = True

    def withdraw(self, stale: bool = False) -> None:
        """Remove ``hub.json``: our own, or (``stale``) what a hub that died has left behind."""
        if self.announced or stale:
            with contextlib.suppress(OSError):
                (self.data_dir / ADDRESS_NAME).unlink()
            self.announced = False

    def release(self) -> None:
        """Give the data directory up; idempotent."""
        self.withdraw()
        self.lock.release()
