"""``restrike-lab flags``: country codes and their pictures, from a shell."""

from __future__ import annotations

from restrike_lab.app.command import Command
from restrike_lab.client.flag_words import USAGE, obey
from restrike_lab.client.flags import Flag
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig

__all__ = ["FlagsCommand"]


class FlagsCommand(Command):
    """Show whose a code is, scan the folder of own flags, and say what a code or a file means; needs a running hub."""

    name = "flags"
    arguments = USAGE
    most_arguments = 100
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    def run(self) -> int:
        """Do what the words say."""
        with Lab(HubConfig(parent=self).directory, start="never") as lab:
            answer = obey(lab.flags, self.extra_args)
        if isinstance(answer, Flag):
            print(f"{answer.code or answer.sent}: {answer.name or 'unknown'} ({answer.reason}; {_picture(answer)})")
        else:
            print(answer if isinstance(answer, str) else answer.to_string(index=False))
        return 0


def _picture(flag: Flag) -> str:
    return f"picture: {flag.origin}" if flag.data else "no picture"
