"""The one family of errors of the project.

It lives in the lowest room so that every other room can raise from it. A bad datagram is data and never an error;
these classes are for callers' mistakes and for a world that does not do what was asked (a port in use, a full disk).
"""

from __future__ import annotations

__all__ = ["ProtocolError", "RestrikeError"]


class RestrikeError(Exception):
    """Describe what went wrong and the way out.

    ``category`` names the subsystem, ``severity`` is ``warning``, ``error`` or ``critical``, ``retryable`` tells
    whether the same call may succeed later, ``hint`` is the way out in one sentence, ``context`` holds the facts.
    """

    category = "general"
    severity = "error"
    retryable = False

    def __init__(self, message: str, *, hint: str = "", **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        return self.message


class ProtocolError(RestrikeError):
    """Report a wrong use of the protocol tables, such as an unknown protocol version."""

    category = "protocol"
