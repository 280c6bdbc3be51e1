"""The settings of one OBS: its name, where it listens, the password, and what it is there for."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from restrike_lab.obs.errors import FleetError
from restrike_lab.obs.link import Target

__all__ = ["DEFAULT_PORT", "Instance", "is_this_machine"]

DEFAULT_PORT = 4455
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Instance:
    """One OBS by name. ``role`` says what it is there for, in the operator's own word; ``password`` is never shown.

    OBS listens on all interfaces of its machine and knows no TLS: it should always have a password.

    Raises ``FleetError`` for a name, host or port that cannot be one.
    """

    name: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    password: str | None = field(default=None, repr=False)
    role: str = ""
    enabled: bool = True

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise FleetError(f"{self.name!r} is no name for an instance", hint="Give 1 to 64 printable characters.")
        if not self.host or not self.host.isprintable() or any(c in self.host for c in " /@?#\\[]"):
            raise FleetError(f"{self.host!r} is no host", hint="Give a name or an address, without a port or a path.")
        if isinstance(self.port, bool) or not isinstance(self.port, int) or not 1 <= self.port <= 65535:
            raise FleetError(f"{self.port!r} is no port", hint="OBS listens on 4455 by default, the v4 plugin on 4444.")

    @property
    def target(self) -> Target:
        """Where it listens, and the password."""
        return Target(self.host, self.port, self.password)


def is_this_machine(host: str) -> bool:
    """Tell whether a host is this machine, by its name or its loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "localhost.localdomain")
