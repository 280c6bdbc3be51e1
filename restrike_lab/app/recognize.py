"""``restrike-lab recognize``: the tables as they are now, run over everything stored; shown first, undone on demand.

The work is done here, beside a hub if one runs. Only applying the difference is the hub's, between two groups of
events; where none runs it is done under the hub's lock.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool, Int, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.recognition import signed_by
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import is_owned
from restrike_lab.hub.rerecognition.difference import Difference
from restrike_lab.store.rerecognition import Run

__all__ = ["Recognize"]

ANSWER_SECONDS, DECIDING_SECONDS = 10.0, 600.0
NOT_DONE = 1


class Recognize(Command):
    """Show what changes, ask, apply."""

    name = "recognize"
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    dry_run = Bool(False, help="Show what would change and change nothing.").tag(config=True)
    undo = Int(None, allow_none=True, help="Take this run back instead; its number was shown when it was applied.").tag(
        config=True
    )
    yes = Bool(False, help="Apply without asking.").tag(config=True)
    json = Bool(False, help="Print what changes as one JSON object.").tag(config=True)
    why = Unicode("", help="Reason that is kept with every change.").tag(config=True)

    def run(self) -> int:
        """Do it; status 1 says that nothing was applied although something would change."""
        directory = HubConfig(parent=self).directory
        if self.undo is not None:
            return self.take_back(directory, self.undo)
        from restrike_lab.hub.rerecognition.applying import bring_up_to_date
        from restrike_lab.hub.rerecognition.stage import Stage

        bring_up_to_date(directory)
        with Progress() as progress:
            stage = Stage.begin(directory, progress=progress)
        try:
            with stage:
                difference = stage.catch_up(is_owned(directory))
            return self.decide(directory, stage.path, difference)
        finally:
            stage.path.unlink(missing_ok=True)

    def decide(self, directory: Path, staged: Path, difference: Difference) -> int:
        """Show what changes and apply it if that is wanted."""
        if self.dry_run or difference.is_empty:
            self.show(difference)
            return 0
        if not self.json:
            self.show(difference)
        if not self.confirmed():
            print("Nothing was changed.", file=sys.stderr)
            return NOT_DONE
        run = self.carry_out(
            directory,
            "recognition.apply",
            {"name": staged.name},
            lambda: self.apply_here(directory, staged.name),
        )
        if run is not None:
            difference = difference.applied(run["run_id"], run["events"])
        if self.json:
            self.show(difference)
        elif run is not None:
            print(f"Applied as run {run['run_id']}. To take it back: restrike-lab recognize --undo {run['run_id']}")
        return 0

    def take_back(self, directory: Path, run_id: int) -> int:
        """Take a run back."""
        run = self.carry_out(
            directory, "recognition.undo", {"run_id": run_id}, lambda: self.undo_here(directory, run_id)
        )
        if self.json:
            print(json.dumps(run))
        elif run is not None:
            print(f"Run {run_id} was taken back by run {run['run_id']}: {run['events']} events are as they were.")
        return 0

    def show(self, difference: Difference) -> None:
        """Print what changes."""
        print(json.dumps(difference.to_dict()) if self.json else difference.text())

    def confirmed(self) -> bool:
        """Ask the person at the terminal, unless that was answered already."""
        if self.yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to confirm", hint="look at it with --dry-run, then apply it with --yes")
        print("Apply this? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def carry_out(
        self, directory: Path, command: str, args: Mapping[str, Any], here: Callable[[], Run | None]
    ) -> dict[str, Any] | None:
        """Have the hub do it, or do it here where none runs."""
        if is_owned(directory):
            return ask_hub(directory, command, {**args, "who": signed_by(), "why": self.why})
        run = here()
        return None if run is None else run._asdict()

    def apply_here(self, directory: Path, name: str) -> Run | None:
        """Apply where no hub runs."""
        from restrike_lab.hub.rerecognition.applying import apply_here, signed

        return apply_here(directory, name, signed(signed_by(), self.why))

    def undo_here(self, directory: Path, run_id: int) -> Run:
        """Take a run back where no hub runs."""
        from restrike_lab.hub.rerecognition.applying import signed, undo_here

        return undo_here(directory, run_id, signed(signed_by(), self.why))


class Progress:
    """Tell a person at the terminal how far it is."""

    def __init__(self) -> None:
        self.shown = -1
        self.is_watched = sys.stderr.isatty()

    def __call__(self, done: int, every: int) -> None:
        percent = 100 * done // max(every, 1)
        if self.is_watched and percent != self.shown:
            self.shown = percent
            print(f"\rrecognizing {every} events: {percent:3d} %", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown >= 0:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def ask_hub(directory: Path, command: str, args: dict[str, Any]) -> dict[str, Any] | None:
    """Return the hub's answer to a command; raises ``CommandError`` or ``NoHubError``."""
    feed = LiveFeed(Attachment(directory).locate)
    feed.start()
    try:
        if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
            raise feed.problem or NoHubError(f"the hub of {directory} does not answer", hint="try again in a moment")
        answer: dict[str, Any] | None = feed.command(command, args, DECIDING_SECONDS)
        return answer
    finally:
        feed.close()
