"""``restrike-lab settings``: what can be set, what it is and where that comes from; with a running hub or without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from restrike_lab.app.command import Command
from restrike_lab.app.hosting import hub_config
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.lab_settings import Asking, LabSettings
from restrike_lab.client.settings_words import USAGE, obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import read_address
from restrike_lab.hub.settings_alone import settings_alone

__all__ = ["SettingsCommand", "asking"]

ANSWER_SECONDS = 5.0


class SettingsCommand(Command):
    """List settings, change them, undo changes, write and read them as a file."""

    name = "settings"
    arguments = USAGE.replace("|", "/")
    most_arguments = 100
    borrowed = {HubConfig: None}  # noqa: RUF012

    def run(self) -> int:
        """Do what the words say."""
        with asking(hub_config(self)) as ask:
            print(obey(LabSettings(ask, lambda: known(ask)), self.extra_args))
        return 0


def known(ask: Asking) -> dict[str, Any]:
    """Return the settings that count, as the live feed tells them."""
    return {"values": {each["key"]: each["value"] for each in ask("settings")["settings"]}}


@contextmanager
def asking(config: HubConfig) -> Iterator[Asking]:
    """Return what asks the running hub of a data directory, or the directory itself where none runs."""
    if read_address(config.directory) is None:
        with settings_alone(config) as alone:
            yield alone.command
        return
    feed = LiveFeed(Attachment(config.directory).locate)

    def ask(name: str, /, **args: Any) -> Any:
        return feed.command(name, args)

    feed.start()
    try:
        if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
            raise feed.problem or NoHubError(f"the hub of {config.directory} does not answer", hint="Try again.")
        yield ask
    finally:
        feed.close()
