"""Settings, and the licence, where no hub runs: the same commands, carried out under the hub's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from restrike_lab.hub.commands import Caller, Commands
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.licence import LicenceDesk
from restrike_lab.hub.licence_commands import LicenceCommands
from restrike_lab.hub.licence_settings import LicenceSettings
from restrike_lab.hub.ownership import Ownership
from restrike_lab.hub.settings import Settings
from restrike_lab.hub.settings_commands import SettingsCommands
from restrike_lab.hub.settings_desk import SettingsDesk
from restrike_lab.hub.settings_registry import GROUPS
from restrike_lab.store.settings import kept_in
from restrike_lab.store.writer import Writer

__all__ = ["SettingsAlone", "settings_alone"]

T = TypeVar("T")


class SettingsAlone:
    """Be to ``SettingsCommands`` and ``LicenceCommands`` what a running hub is."""

    def __init__(self, config: HubConfig, writer: Writer) -> None:
        self.writer = writer
        self.settings = Settings(config, GROUPS, kept_in(config.directory))
        self.settings_desk = SettingsDesk(self, self.settings)
        self.licence = LicenceDesk(self.settings.group(LicenceSettings), writer.change)
        writer.change(self.licence.load)
        self._commands = Commands()
        SettingsCommands(self._commands, lambda: self)
        LicenceCommands(self._commands, lambda: self)

    def command(self, name: str, /, **args: Any) -> Any:
        """Carry a command out with every right: whoever may write to the directory has them all."""
        return self._commands.run(name, args, Caller("admin"))

    def decide(self, work: Callable[[], T]) -> T:
        """Do some work at once: there is no other thread that it could disturb."""
        return work()

    def show(self, message: Mapping[str, Any]) -> None:
        """Show nobody anything: nobody looks."""


@contextmanager
def settings_alone(config: HubConfig) -> Iterator[SettingsAlone]:
    """Own a data directory, and change its settings, for the length of a block.

    Raises ``OwnedElsewhere`` where a hub runs after all, ``StoreError`` where the database cannot be written.
    """
    ownership = Ownership(config.directory)
    ownership.acquire()
    try:
        writer = Writer.open(config.directory)
        try:
            yield SettingsAlone(config, writer)
        finally:
            writer.close()
    finally:
        ownership.release()
