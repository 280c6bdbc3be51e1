"""Decisions about recognition where no hub runs: the same commands, carried out under the hub's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from restrike_lab.hub.commands import Caller, Commands
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.ownership import Ownership
from restrike_lab.hub.recognition_commands import RecognitionCommands
from restrike_lab.store.writer import Writer

__all__ = ["Alone", "alone"]

T = TypeVar("T")


class Alone:
    """Be to ``RecognitionCommands`` what a running hub is."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.judge = Judge(writer)
        self.pipeline = self
        self._commands = Commands()
        RecognitionCommands(self._commands, lambda: self)

    def command(self, name: str, args: Mapping[str, Any]) -> Any:
        """Carry a command out with every right: whoever may write to the directory has them all."""
        return self._commands.run(name, args, Caller("admin"))

    def call(self, work: Callable[[], T]) -> T:
        """Do some work at once: there is no other thread that it could disturb."""
        return work()

    def change_version(self, court: str, version: str, who: str, why: str) -> int:
        """Refuse: a court is judged only while it is heard."""
        raise HubError("no hub runs that hears a court", hint="Start one: `restrike-lab serve`.")

    def tell_of_changes(self, events: Sequence[Mapping[str, Any]] | None) -> None:
        """Tell nobody: nobody listens."""


@contextmanager
def alone(data_dir: Path) -> Iterator[Alone]:
    """Own a data directory, and decide in it, for the length of a block.

    Raises ``OwnedElsewhere`` where a hub runs after all, ``StoreError`` where the database cannot be written.
    """
    ownership = Ownership(data_dir)
    ownership.acquire()
    try:
        writer = Writer.open(data_dir)
        try:
            yield Alone(writer)
        finally:
            writer.close()
    finally:
        ownership.release()
