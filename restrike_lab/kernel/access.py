"""The sub-commands about who may do what: ``users`` and ``sign-in``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from restrike_lab.client import user_words
from restrike_lab.kernel.notes import Note

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["USERS_USAGE", "sign_in", "users"]

USERS_USAGE = user_words.USAGE


def users(lab: Lab, argument: str) -> Any:
    """List who may sign in, or change it."""
    shown = user_words.obey(lab.users, shlex.split(argument))
    return Note(shown) if isinstance(shown, str) else shown


def sign_in(lab: Lab, argument: str) -> Note:
    """Act as a user from now on, or as oneself again where no name is given."""
    name = argument.strip()
    you = lab.sign_in(name) if name else lab.sign_out()
    return Note(f"Here you are {you['name'] or you['kind']} ({you['role']}).")
