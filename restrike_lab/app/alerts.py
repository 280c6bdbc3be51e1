"""``restrike-lab alerts``: what needs a person, for those who have no screen; ``alerts seen`` marks it as seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from traitlets import Bool

from restrike_lab.app.command import Command, UsageError
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.frames import iso_time

__all__ = ["AlertsCommand", "notice_lines"]


class AlertsCommand(Command):
    """Show the notices of the running hub, or acknowledge them."""

    name = "alerts"
    arguments = "[seen [NUMBER ...]]"
    most_arguments: ClassVar[int] = 100
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    all = Bool(False, help="Show what has been seen, too.").tag(config=True)
    json = Bool(False, help="Print everything as one JSON object.").tag(config=True)

    def run(self) -> int:
        """Print the notices, or how many were marked as seen."""
        word, *numbers = self.extra_args or ["show"]
        if word not in ("show", "seen") or not all_digits(numbers) or (word == "show" and numbers):
            raise UsageError(f"what is {word!r} for?", hint=f"usage: {self.usage()}")
        with Lab(config=HubConfig(parent=self), start="never") as lab:
            if word == "seen":
                print(f"{lab.system.acknowledge(*map(int, numbers))} marked as seen")
                return 0
            picture = lab.command("alerts")
        if self.json:
            print(json.dumps(picture))
        else:
            shown = [each for each in picture["list"] if self.all or each["acknowledged_ns"] is None]
            print("\n".join(notice_lines(shown)) or "Nothing needs you.")
        return 0


def notice_lines(notices: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a few lines for each notice: what, since when, the way out, what became of it."""
    for each in notices:
        where = f", court {each['court']}" if each["court"] else ""
        times = f", {each['count']} times" if each["count"] > 1 else ""
        yield f"{each['notice_id']:>5}  {each['level']}: {each['message']}"
        yield f"       {each['source']}{where}, since {iso_time(each['first_ns'])}{times}"
        if each["hint"]:
            yield f"       -> {each['hint']}"
        if each["over_ns"] is not None:
            yield f"       over at {iso_time(each['over_ns'])}: {each['over_message']}"
        if each["acknowledged_ns"] is not None:
            yield f"       seen by {each['acknowledged_by']} at {iso_time(each['acknowledged_ns'])}"


def all_digits(words: Sequence[str]) -> bool:
    """Tell whether every word is a number."""
    return all(word.isdigit() for word in words)
