"""``restrike-lab obs``: the OBS instances of a running hub, from a shell."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Generator

from restrike_lab.app.command import Command
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.obs import ObsFleet
from restrike_lab.client.obs_help import ON_ONE, USAGE, WORDS, help_text
from restrike_lab.client.obs_words import PASSWORD_VARIABLE, obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import read_address

__all__ = ["Obs"]

ANSWER_SECONDS = 5.0


class Obs(Command):
    """Show the instances, change them, and ask them for scenes and recordings."""

    name = "obs"
    arguments = USAGE
    most_arguments = 100
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    def emit_description(self) -> Generator[str, None, None]:
        """Begin the help with the words: with one of them if the line names it, else with all."""
        asked = next((word for word in self.argv if not word.startswith("-")), "")
        if asked in WORDS:
            yield from (f"restrike-lab {help_text(asked)}", "")
        else:
            yield from super().emit_description()
            wide = max(map(len, WORDS))
            yield from (f"  {name:{wide}}  {each.help}" for name, each in WORDS.items())
            yield from ("", ON_ONE, "`restrike-lab obs WORD --help` tells what may follow a word.", "")

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
