"""``restrike-lab annotate``: notes and tags, from a shell."""

from __future__ import annotations

from restrike_lab.app.command import Command
from restrike_lab.client.annotation_words import USAGE, obey
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig

__all__ = ["Annotate"]


class Annotate(Command):
    """Put a note, or a tag such as `#review`, to an event, a match or this moment; list them. Needs a running hub."""

    name = "annotate"
    arguments = USAGE
    most_arguments = 1000
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    def run(self) -> int:
        """Do what the words say."""
        with Lab(HubConfig(parent=self).directory, start="never") as lab:
            answer = obey(lab.annotations, self.extra_args)
        print(answer if isinstance(answer, str) else answer.to_string(index=False))
        return 0
