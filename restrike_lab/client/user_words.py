"""The users in words, for ``%restrike users``; a password is asked for and stands in no notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.access import Users
from restrike_lab.client.errors import CommandError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["USAGE", "obey"]

USAGE = "[add NAME ROLE|role NAME ROLE|password NAME|disable NAME|enable NAME|remove NAME|sign-out NAME|sessions|audit]"

CHANGES: Mapping[str, tuple[Callable[..., None], int, str]] = {
    "add": (Users.add, 2, "{0} may sign in as {1}."),
    "role": (Users.set_role, 2, "{0} is {1} now; open sessions have ended."),
    "password": (Users.set_password, 1, "{0} has a new password; open sessions have ended."),
    "disable": (Users.disable, 1, "{0} may not sign in any more."),
    "enable": (Users.enable, 1, "{0} may sign in again."),
    "remove": (Users.remove, 1, "{0} is removed."),
    "sign-out": (Users.sign_out, 1, "{0} is signed out everywhere."),
}
"""What to do for each word, how many words follow it, and what was done then."""


def obey(users: Users, words: Sequence[str]) -> pd.DataFrame | str:
    """Do what the words say and return what there is to show; raises :class:`CommandError`."""
    word, *rest = words or ["list"]
    lists: Mapping[str, Callable[[], Any]] = {"list": users, "sessions": users.sessions, "audit": users.audit}
    if word in lists and not rest:
        return lists[word]()  # type: ignore[no-any-return]
    change = CHANGES.get(word)
    if change is None or len(rest) != change[1]:
        raise CommandError(f"users {' '.join(words)} is not understood", hint=f"users {USAGE}")
    change[0](users, *rest)
    return change[2].format(*rest)
