"""Who keeps the passwords of OBS: the key file of the data directory, or the keyring of the system.

A keeper turns a password into what the database may hold in its place, and back. What the other keeper has kept can
still be told apart: a change of the setting loses no password that the key file locked.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Protocol

from restrike_lab.obs.errors import SecretError
from restrike_lab.obs.vault import Vault

__all__ = ["IN_KEYRING", "Keeper", "KeyringKeeper", "VaultKeeper", "open_keeper"]

IN_KEYRING = "keyring"
"""What the database holds of a password that the keyring keeps; the key file's own texts are longer by far."""

SERVICE = "restrike-lab"


class Keeper(Protocol):
    """Keeps the password of each instance, by its name."""

    def keep(self, name: str, password: str) -> str:
        """Keep a password and return what the database holds in its place; raises ``SecretError``."""

    def give(self, name: str, kept: str) -> str:
        """Return a password by what the database holds; raises ``SecretError`` where it is lost."""

    def forget(self, name: str) -> None:
        """Forget the password of an instance that is no more; never raises."""


class VaultKeeper:
    """Passwords in the database, locked with the key file."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def keep(self, _name: str, password: str) -> str:
        """Lock a password."""
        return self._vault.lock(password)

    def give(self, name: str, kept: str) -> str:
        """Unlock a password."""
        if kept == IN_KEYRING:
            hint = "Start the hub with --obs-keyring, or give the password again."
            raise SecretError(f"the password of {name} is in the keyring of the system", hint=hint)
        return self._vault.unlock(kept)

    def forget(self, name: str) -> None:
        """Do nothing: the row is all there was."""


class KeyringKeeper:
    """Passwords in the keyring of the system, under the data directory and the name of the instance.

    What the key file locked before stays readable until it is kept anew.
    """

    def __init__(self, keyring: ModuleType, directory: Path, before: VaultKeeper) -> None:
        self._keyring = keyring
        self._directory = directory
        self._before = before

    def keep(self, name: str, password: str) -> str:
        """Give a password to the keyring; raises ``SecretError`` where it takes none."""
        try:
            self._keyring.set_password(SERVICE, self._user(name), password)
        except Exception as problem:  # backends raise errors of their own systems
            raise _no_keyring(problem) from None
        return IN_KEYRING

    def give(self, name: str, kept: str) -> str:
        """Ask the keyring for a password; raises ``SecretError`` where it has none."""
        if kept != IN_KEYRING:
            return self._before.give(name, kept)
        try:
            found: str | None = self._keyring.get_password(SERVICE, self._user(name))
        except Exception as problem:  # see above
            raise _no_keyring(problem) from None
        if found is None:
            raise SecretError(f"the keyring has no password for {name}", hint="Give the password again.")
        return found

    def forget(self, name: str) -> None:
        """Have the keyring forget a password, if it has one."""
        try:
            if self._keyring.get_password(SERVICE, self._user(name)) is not None:
                self._keyring.delete_password(SERVICE, self._user(name))
        except Exception:  # the instance is gone either way
            return

    def _user(self, name: str) -> str:
        return f"{self._directory}: {name}"


def open_keeper(directory: Path, in_keyring: bool = False) -> Keeper:
    """Return the keeper of a data directory; raises ``SecretError`` where it cannot be had."""
    before = VaultKeeper(Vault.open(directory))
    if not in_keyring:
        return before
    try:
        import keyring
    except ImportError:
        hint = "pip install restrike-lab[keyring], or start without --obs-keyring."
        raise SecretError("the keyring of the system needs the package keyring", hint=hint) from None
    return KeyringKeeper(keyring, directory, before)


def _no_keyring(problem: Exception) -> SecretError:
    hint = "Unlock the keyring of this system, or start without --obs-keyring."
    return SecretError(f"the keyring of the system cannot be used: {type(problem).__name__}", hint=hint)
