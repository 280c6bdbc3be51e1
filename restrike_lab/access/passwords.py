"""Passwords: kept as argon2id hashes, checked in the same time whether or not there is such a user.

The parameters follow RFC 9106 in kind and the memory of a small hub in size: 32 MiB and three passes take some 60 ms
of one core. They are kept in each hash, so they may change; an older hash is made anew when its owner signs in.
"""

from __future__ import annotations

import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from restrike_lab.access.errors import AccessError

__all__ = ["SHORTEST", "Passwords"]

SHORTEST = 8
LONGEST_BYTES = 1024


class Passwords:
    """Hash and check passwords; one check at a time is the caller's business, for each takes ``memory_kib``."""

    def __init__(self, memory_kib: int = 32 * 1024, passes: int = 3) -> None:
        self.hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self.hasher.hash(password.encode("utf-8", "surrogatepass"))

    def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one that was kept; None, for no such user, takes as long and never is."""
        given = password.encode("utf-8", "surrogatepass")
        if len(given) > LONGEST_BYTES:
            given = b""
        nobodys = self._nobodys  # made now, whoever asks first, so that the first time tells nothing either
        try:
            return self.hasher.verify(kept or nobodys, given) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""
        return self.hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self.hash(secrets.token_urlsafe(24))

    @staticmethod
    def check(password: object, name: str) -> str:
        """Return a password that may be set; raises :class:`AccessError` for one that is too easy."""
        if not isinstance(password, str) or len(password) < SHORTEST:
            raise AccessError(
                f"the password is too short: {SHORTEST} characters at least",
                hint="Several words in a row are long, and easy to remember.",
            )
        if len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
            raise AccessError("the password is too long", hint=f"At most {LONGEST_BYTES} bytes.")
        if password.casefold() == name.casefold() or len(set(password)) < 4:
            raise AccessError(
                "the password is too easy to guess", hint="Take one with more variety that is not the name."
            )
        return password
