"""Annotations in the hub: notes and tags on events, bouts and times, told to every screen at once.

Reading takes a viewer, writing an operator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.callers import who
from restrike_lab.hub.commands import Caller, Commands, integer
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.recognition_commands import text
from restrike_lab.store import annotations as store
from restrike_lab.store.decisions import Signature

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["AnnotationCommands"]

Args = Mapping[str, Any]
LARGEST = 1 << 62


class AnnotationCommands:
    """Answer the commands; ``running`` gives the running hub."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        add = commands.register
        add("annotations", self.listed, help="Notes and tags, newest first: `seq`, `match_id`, `limit`.")
        add("annotation.history", self.history, help="Every revision of an annotation: `annotation_id`.")
        where = "`seq`, or `match_id`, or `court` and `at_ns`"
        add("annotate", self.add, "operator", f"Put a note or tag to a place: `text`, `kind`, {where}.")
        add("annotation.change", self.change, "operator", "Write an annotation anew: `annotation_id`, `text`.")
        add("annotation.drop", self.drop, "operator", "Take an annotation back: `annotation_id`.")

    def listed(self, args: Args, _caller: Caller) -> object:
        """Return the annotations that stand."""
        seq, match_id = optional(args, "seq"), optional(args, "match_id")
        limit = integer(args, "limit", 1000, 1, 10_000)
        return self.write(lambda db: store.newest(db, seq=seq, match_id=match_id, limit=limit))

    def history(self, args: Args, _caller: Caller) -> object:
        """Return what became of an annotation."""
        number = integer(args, "annotation_id", 0, 1, LARGEST)
        return self.write(lambda db: store.history(db, number))

    def add(self, args: Args, caller: Caller) -> object:
        """Keep a new annotation."""
        words, kind = text(args, "text"), str(args.get("kind") or "note")
        seq, match_id, at_ns = optional(args, "seq"), optional(args, "match_id"), optional(args, "at_ns")
        court = args.get("court")
        if court is not None and not isinstance(court, str):
            raise CommandError(f"court is not a name: {court!r}", hint='Send {"court": "1"}.')
        signed = self.signed(args, caller)

        def work(db: Any) -> dict[str, Any]:
            place = store.place_of(db, seq=seq, match_id=match_id, court=court, at_ns=at_ns, now_ns=signed.at_ns)
            return store.add(db, kind, words, place, signed)

        return self.tell(self.write(work))

    def change(self, args: Args, caller: Caller) -> object:
        """Keep another text of an annotation."""
        number, words, signed = (
            integer(args, "annotation_id", 0, 1, LARGEST),
            text(args, "text"),
            self.signed(args, caller),
        )
        return self.tell(self.write(lambda db: store.change(db, number, words, signed)))

    def drop(self, args: Args, caller: Caller) -> object:
        """Take an annotation back; what it was stays in its history."""
        number, signed = integer(args, "annotation_id", 0, 1, LARGEST), self.signed(args, caller)
        return self.tell(self.write(lambda db: store.change(db, number, None, signed)))

    def tell(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Tell every screen what was kept."""
        self.running().fanout.show({"type": "annotations", "last": kept})
        return kept

    @staticmethod
    def signed(args: Args, caller: Caller) -> Signature:
        """Return who writes, and when."""
        return Signature(who(args, caller), "", time.time_ns())

    def write(self, work: Callable[[Any], Any]) -> Any:
        """Do something with the database on the pipeline's thread, in one transaction."""
        running = self.running()
        return running.pipeline.call(lambda: running.writer.change(work))


def optional(args: Args, name: str) -> int | None:
    """Return an integer argument that may be left out; raises ``CommandError`` for what is none."""
    return None if args.get(name) is None else integer(args, name, 0, 0, LARGEST)
