"""``restrike-lab trace``: follow one event from its datagram to every client, with the time at each step."""

from __future__ import annotations

import json
from typing import ClassVar

from traitlets import Bool, Int

from restrike_lab.app.command import Command, UsageError
from restrike_lab.client.lab import Lab
from restrike_lab.client.system import trace_lines
from restrike_lab.hub.config import HubConfig

__all__ = ["TraceCommand"]


class TraceCommand(Command):
    """Ask the running hub for the way of an event."""

    name = "trace"
    arguments = "[SEQ]"
    most_arguments: ClassVar[int] = 1
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    next = Bool(False, help="Follow the next event that comes.").tag(config=True)
    seconds = Int(30, min=1, max=600, help="How long to wait for it.").tag(config=True)
    json = Bool(False, help="Print the trace as one JSON object.").tag(config=True)

    def run(self) -> int:
        """Print the trace."""
        if self.next == bool(self.extra_args):
            raise UsageError("which event?", hint="give its number, or --next for the next one that comes")
        seq = self.number() if self.extra_args else None
        with Lab(config=HubConfig(parent=self), start="never") as lab:
            trace = lab.trace(seq, self.seconds)
        print(json.dumps(dict(trace)) if self.json else "\n".join(trace_lines(trace)))
        return 0

    def number(self) -> int:
        """Return the number of the event that is meant."""
        word = self.argument("the number of an event")
        if not word.isdigit():
            raise UsageError(f"{word!r} is no number of an event", hint="`restrike-lab status` tells the last one")
        return int(word)
