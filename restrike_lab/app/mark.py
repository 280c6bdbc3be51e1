"""``restrike-lab mark``: the recognition status of one event, set by a person who says why."""

from __future__ import annotations

import json

from traitlets import Bool, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.app.desk import desk
from restrike_lab.client.recognition import signed_by
from restrike_lab.hub.config import HubConfig
from restrike_lab.pss.rules import Status

__all__ = ["Mark"]


class Mark(Command):
    """Set a status; what it was is kept with who, when and why."""

    name = "mark"
    arguments = f"SEQ {'|'.join(Status)}"
    most_arguments = 2
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    why = Unicode("", help="Reason that is kept with the change; there has to be one.").tag(config=True)
    json = Bool(False, help="Print what it was and is as one JSON object.").tag(config=True)

    def run(self) -> int:
        """Set it."""
        match self.extra_args:
            case [seq, status] if seq.isdigit():
                with desk(HubConfig(parent=self).directory) as held:
                    done = held.command("event.set_status", seq=int(seq), status=status, why=self.why, who=signed_by())
            case _:
                raise UsageError("say which event and what it is", hint=f"usage: {self.usage()}")
        before, after = done["before"]["recognition_status"], done["after"]["recognition_status"]
        print(json.dumps(done) if self.json else f"Event {seq} is {after}; it was {before}, which is kept.")
        return 0
