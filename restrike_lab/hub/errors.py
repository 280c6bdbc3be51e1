"""What can go wrong around a running hub; raised to callers, never for a bad datagram."""

from __future__ import annotations

from restrike_lab.pss.errors import RestrikeError

__all__ = ["CommandError", "HubError", "OwnedElsewhere", "PortInUse", "RoleNeeded"]


class HubError(RestrikeError):
    """Report that a hub could not start, stop or serve, with the way out in ``hint``."""

    category = "hub"


class OwnedElsewhere(HubError):
    """Report that another hub holds the data directory; attach to it instead of starting a second one."""

    category = "ownership"
    severity = "warning"
    retryable = True


class PortInUse(HubError):
    """Report that a port is held by another program; ``context`` names the holder when it could be found."""

    category = "network"
    retryable = True


class CommandError(HubError):
    """Report a command that is unknown, not allowed for the caller's role, or was given wrong arguments."""

    category = "command"
    severity = "warning"


class RoleNeeded(CommandError):
    """Refuse a command that the caller's role does not allow; screens offer to sign in."""

    category = "access"

    def __init__(self, command: str, role: str, caller: str) -> None:
        word = {"admin": "an administrator", "operator": "an operator"}.get(role, f"a {role}")
        super().__init__(
            f"{command!r} needs {word}: sign in",
            hint=f"You are here as {caller}. On the screen: Advanced mode (where nobody can sign in yet, set an "
            "administrator first); in a notebook: `lab.sign_in(name)`.",
            command=command,
            role=role,
        )
