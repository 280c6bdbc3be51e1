"""``restrike-lab obs``: the OBS instances of a running hub, from a shell."""

from __future__ import annotations

import getpass
import os
import sys

from restrike_lab.app.command import Command
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.obs import ObsFleet
from restrike_lab.client.obs_words import USAGE, obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import read_address

__all__ = ["PASSWORD_VARIABLE", "Obs"]

ANSWER_SECONDS = 5.0
PASSWORD_VARIABLE = "RESTRIKE_LAB_OBS_PASSWORD"  # noqa: S105 - the name of a variable


class Obs(Command):
    """Show the instances, change them, and ask them for scenes and recordings."""

    name = "obs"
    arguments = USAGE.replace("|", "/")
    most_arguments = 12
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    def run(self) -> int:
        """Do what the words say."""
        directory = HubConfig(parent=self).directory
        none = NoHubError(f"no hub runs for {directory}", hint="start one: `restrike-lab up` or `restrike-lab serve`")
        if read_address(directory) is None:
            raise none
        feed = LiveFeed(Attachment(directory).locate)
        feed.start()
        try:
            if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
                raise feed.problem or none
            print(obey(ObsFleet(feed), self.extra_args, ask_password))
        finally:
            feed.close()
        return 0


def ask_password() -> str | None:
    """Return the password of an OBS: from the environment, from a person, or none where nobody can be asked."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is None and sys.stdin.isatty():
        given = getpass.getpass("Password of OBS (Tools > WebSocket Server Settings; empty for none): ")
    return given or None
