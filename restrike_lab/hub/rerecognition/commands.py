"""Commands for those who ask a hub: stage, apply, take back, and what was done so far.

Looking takes a viewer, staging an operator, applying an admin. Who has the database beside them stages by themselves
and only sends ``recognition.apply``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.commands import Caller, Commands, integer
from restrike_lab.hub.recognition_commands import RecognitionCommands, text
from restrike_lab.hub.rerecognition.applying import apply_running, signed, undo_running
from restrike_lab.hub.rerecognition.leftovers import is_stage
from restrike_lab.hub.rerecognition.worker import stage_apart
from restrike_lab.store.decisions import Signature
from restrike_lab.store.undo import runs

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["register"]

Args = Mapping[str, Any]


def register(commands: Commands, running: Callable[[], Running]) -> None:
    """Add the commands; ``running`` gives the running hub."""
    answers = _Answers(running)
    add = commands.register
    add("recognition.runs", answers.runs, help="Every re-recognition that was applied, newest first.")
    add("recognition.stage", answers.stage, "operator", "Recognize everything stored anew, beside the database.")
    add("recognition.apply", answers.apply, "admin", "Apply what was staged: `name`, `why`.")
    add("recognition.discard", answers.discard, "operator", "Forget what was staged: `name`.")
    add("recognition.undo", answers.undo, "admin", "Take a re-recognition back: `run_id`, `why`.")


class _Answers:
    """Answer the commands, each in a worker thread."""

    def __init__(self, running: Callable[[], Running]) -> None:
        self.running = running

    def runs(self, _args: Args, _caller: Caller) -> object:
        """Return the runs."""
        running = self.running()
        return running.pipeline.call(lambda: running.writer.change(runs))

    def stage(self, _args: Args, _caller: Caller) -> object:
        """Stage in a process of its own, so that those who listen do not wait."""
        name, difference = stage_apart(self.directory())
        return {"name": name, "difference": difference.to_dict()}

    def apply(self, args: Args, caller: Caller) -> object:
        """Apply, and return the run; None where nothing had changed."""
        run = apply_running(self.running(), text(args, "name"), signature(args, caller))
        return None if run is None else run._asdict()

    def discard(self, args: Args, _caller: Caller) -> object:
        """Remove a staging file."""
        name = text(args, "name")
        if is_stage(name):
            (self.directory() / name).unlink(missing_ok=True)
        return {"name": name}

    def undo(self, args: Args, caller: Caller) -> object:
        """Take a run back, and return the run that did so."""
        run_id = integer(args, "run_id", 0, 0, 1 << 62)
        return undo_running(self.running(), run_id, signature(args, caller))._asdict()

    def directory(self) -> Path:
        """Return the data directory."""
        return self.running().config.directory


def signature(args: Args, caller: Caller) -> Signature:
    """Return who decides, why and when."""
    return signed(RecognitionCommands.who(args, caller), RecognitionCommands.why(args))
