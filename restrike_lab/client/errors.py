"""What can go wrong between a notebook and the hub, each with its way out."""

from __future__ import annotations

from restrike_lab.pss.errors import RestrikeError

__all__ = ["CommandError", "NoHubError", "QueryError", "SettingError"]


class NoHubError(RestrikeError):
    """Report that no hub answers for the data directory and none may be started."""

    category = "client"
    retryable = True


class CommandError(RestrikeError):
    """Report that the hub refused a command, did not know it or did not answer in time."""

    category = "command"


class QueryError(RestrikeError):
    """Report SQL that cannot be run: ``context`` holds ``line`` and ``column`` (1-based) where they are known."""

    category = "query"


class SettingError(RestrikeError):
    """Report a setting that is not accepted, and where it came from."""

    category = "settings"
