"""The one family of errors of the project.

It lives in the lowest room so that every other room can raise from it. A bad datagram is data and never an error;
these classes are for callers' mistakes and for a world that does not do what was asked (a port in use, a full disk).
"""

from __future__ import annotations

__all__ = ["DefinitionError", "ProtocolError", "RestrikeError", "RuleError"]


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

    def told(self) -> dict[str, object]:
        """Return what people and programs elsewhere are told: everything but the context, which may be private."""
        return {
            "message": self.message,
            "hint": self.hint,
            "category": self.category,
            "severity": self.severity,
            "retryable": self.retryable,
        }


class ProtocolError(RestrikeError):
    """Report a wrong use of the protocol tables, such as an unknown protocol version."""

    category = "protocol"


class RuleError(ProtocolError):
    """Report a validation rule, a form or an expression that is refused, and why."""


class DefinitionError(ProtocolError):
    """Report a user's own stream that is refused, with the place: ``source:line:column: reason``.

    ``reason`` is the message without the place; ``line`` and ``column`` count from 1 and are 0 where the definition
    was not read from a text.
    """

    def __init__(self, reason: str, *, source: str = "", line: int = 0, column: int = 0, hint: str = "") -> None:
        place = f"{source}:{line}:{column}: " if line else f"{source}: " if source else ""
        super().__init__(place + reason, hint=hint, source=source, line=line, column=column)
        self.reason = reason
        self.source = source
        self.line = line
        self.column = column
