"""Keeping passwords: locked with a key that lies in a file of its own, readable by its owner alone.

The database holds only what this module has locked, so a copy of it gives nothing away. Without the key file the
passwords are lost, and must be given again.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from restrike_lab.obs.errors import SecretError

__all__ = ["KEY_FILE", "Vault"]

KEY_FILE = "obs.key"


class Vault:
    """Lock and unlock short texts with the key of a data directory."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def __repr__(self) -> str:
        return "Vault()"

    @classmethod
    def open(cls, directory: Path) -> Vault:
        """Open the vault of a data directory; its key is made where there is none.

        A key file that others may read is made private. Raises ``SecretError`` where the file cannot be used.
        """
        path = directory / KEY_FILE
        try:
            key = _read_private(path)
            if key is None:
                directory.mkdir(parents=True, exist_ok=True)
                key = _make(path)
            return cls(key)
        except ValueError:
            hint = f"Move {path} away; the passwords of the OBS instances must then be given again."
            raise SecretError(f"{path} holds no key", hint=hint) from None
        except OSError as problem:
            raise SecretError(
                f"the key file {path} cannot be used: {problem.strerror}", hint="Check the rights of the folder."
            ) from problem

    def lock(self, text: str) -> str:
        """Return a text in a form that only this vault can read."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def unlock(self, locked: str) -> str:
        """Return a text that was locked; raises ``SecretError`` where it was locked with another key."""
        try:
            return self._fernet.decrypt(locked).decode("utf-8", "surrogatepass")
        except InvalidToken:
            hint = "Give the password of this instance again."
            raise SecretError("a stored password does not fit the key file", hint=hint) from None


def _read_private(path: Path) -> bytes | None:
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path.read_bytes().strip()
    except FileNotFoundError:
        return None


def _make(path: Path) -> bytes:
    """Make a key file in one step: it is never there without its content, and never readable by others."""
    key = Fernet.generate_key()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(key)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    return key
