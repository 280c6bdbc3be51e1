"""Passwords are kept as argon2id hashes and looked at in the same time whoever they are said to be of."""

from __future__ import annotations

import pytest

from restrike_lab.access.errors import AccessError
from restrike_lab.access.passwords import Passwords

QUICK = Passwords(memory_kib=64, passes=1)


def test_what_is_kept_is_argon2id_with_its_parameters_and_salt() -> None:
    first, second = (Passwords().hash("correct horse") for _ in range(2))
    assert first.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert first != second
    assert "correct" not in first


@pytest.mark.parametrize("password", ["correct horse", "pässwörd 🐎", "a" * 1024, "\ud800 lone"])
def test_a_password_matches_itself_and_nothing_like_it(password: str) -> None:
    kept = QUICK.hash(password)
    assert QUICK.matches(kept, password)
    for other in (password + "x", password[:-1], password.swapcase() + "1", ""):
        assert not QUICK.matches(kept, other)


def test_no_user_matches_no_password_and_a_broken_hash_none_either() -> None:
    assert not QUICK.matches(None, "anything")
    assert not QUICK.matches(None, "")
    for broken in ("", "x", "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$broken"):
        assert not QUICK.matches(broken, "anything")


def test_a_megabyte_of_password_is_not_hashed() -> None:
    assert not QUICK.matches(QUICK.hash("correct horse"), "x" * 1_000_000)


@pytest.mark.parametrize(
    "password", ["", "short", "aaaaaaaaaaaa", "ababababab", "Mina Kim", None, 12345678, "x" * 2000]
)
def test_a_password_that_is_too_easy_is_refused(password: object) -> None:
    with pytest.raises(AccessError):
        Passwords.check(password, "mina kim")


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert Passwords().outdated(QUICK.hash("correct horse"))
    assert not QUICK.outdated(QUICK.hash("correct horse"))
