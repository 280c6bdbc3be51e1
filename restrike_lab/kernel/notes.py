"""What sub-commands show and refuse with."""

from __future__ import annotations

from restrike_lab.pss.errors import RestrikeError

__all__ = ["Note", "UsageProblem"]


class UsageProblem(RestrikeError):
    """Report a sub-command that does not exist or was not given what it needs."""

    category = "usage"


class Note(str):
    """A text that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
