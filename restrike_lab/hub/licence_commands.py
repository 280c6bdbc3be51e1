"""Commands about the licence: everybody may read what it is worth, an administrator installs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from restrike_lab.hub.commands import Caller, Commands, who
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.licence import LicenceDesk

__all__ = ["LicenceCommands"]

Args = Mapping[str, Any]


class HasLicence(Protocol):
    """Where a licence counts."""

    @property
    def licence(self) -> LicenceDesk: ...


class LicenceCommands:
    """Answer the commands; ``running`` gives the running hub, or what stands in for one."""

    def __init__(self, commands: Commands, running: Callable[[], HasLicence]) -> None:
        self.running = running
        commands.register("licence", self.view, help="What the licence is worth, and what needs one here.")
        commands.register("licence.install", self.install, "admin", "Install a licence: `file`, its text.")
        commands.register("licence.check", self.check, "admin", "Ask the issuer's address about the licence now.")

    def view(self, _args: Args, _caller: Caller) -> object:
        """Return what the licence is worth."""
        return self.running().licence.view()

    def install(self, args: Args, caller: Caller) -> object:
        """Install a licence and return what it is worth."""
        file = args.get("file")
        if not isinstance(file, str) or not file:
            raise CommandError("there is no licence", hint="Send the text of the licence as file.")
        return self.running().licence.install(file.encode(), who(args, caller))

    def check(self, _args: Args, _caller: Caller) -> object:
        """Ask the issuer's address."""
        return {"status": self.running().licence.check(), **self.running().licence.view()}
