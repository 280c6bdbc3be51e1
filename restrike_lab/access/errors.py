"""What can go wrong about who may do what, each with its way out."""

from __future__ import annotations

from restrike_lab.pss.errors import RestrikeError

__all__ = ["AccessError", "SignInRefused", "TooManyTries"]


class AccessError(RestrikeError):
    """Refuse a change of users, a password, or something that needs another role."""

    category = "access"
    severity = "warning"


class SignInRefused(AccessError):
    """Refuse a name and password, without saying which of the two is wrong."""


class TooManyTries(AccessError):
    """Refuse to look at a password yet; ``context["wait_s"]`` tells for how long."""

    retryable = True
