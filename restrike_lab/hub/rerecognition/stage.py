"""Staging: everything stored is recognized anew into a file beside the database, and compared with what is kept.

It only ever reads the database, a page at a time, so that neither memory nor the hub that writes meanwhile feels it.
Of a large database the census is taken by a second process at the same time. ``catch_up`` brings a stage up to what
has come since and finds the differences, in one snapshot; the hub that is to apply it does so once more.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from restrike_lab.hub.ownership import is_owned
from restrike_lab.hub.rerecognition.apart import Apart
from restrike_lab.hub.rerecognition.basis import Basis
from restrike_lab.hub.rerecognition.census import Census
from restrike_lab.hub.rerecognition.collector import few_collections
from restrike_lab.hub.rerecognition.difference import Difference, RowChange
from restrike_lab.hub.rerecognition.leftovers import COUNTS, is_stage, new_stage, remove_leftovers
from restrike_lab.hub.rerecognition.walk import Walk
from restrike_lab.store.rerecognition import DERIVED, Derived, StagingError
from restrike_lab.store.staging import COUNTED, WALKED

__all__ = ["Progress", "Stage", "staged"]

APART_FROM = 100_000
"""Events from which on a second process takes the census: starting one costs a third of a second."""

NEAR = 5_000
"""Events that may be walked in one snapshot."""

UNSETTLED_NS = 2_000_000_000
"""What silence decides is looked at once it is this old: a running hub may not have written it sooner."""

Progress = Callable[[int, int], None]
"""Is told how many events are done, and of how many."""


class Stage:
    """A re-recognition in the making, in a staging file of its own; made by ``begin`` or ``resume``.

    The numbers of events in what ``catch_up`` returns are those that this object has walked itself.
    """

    def __init__(self, data_dir: Path, path: Path) -> None:
        self.path = path
        self.begun = time.monotonic()
        self.basis = Basis(data_dir, path)
        self.staging = self.basis.staging
        partial = bool(self.basis.kept_before)
        self.walk = Walk(self.staging, self.basis.judging, self.basis.by_hand, partial)
        self.census = Census(self.staging, self.basis.judging, partial)
        self.events = 0
        self.until_seq = max(self.basis.kept_before - 1, 0)

    @classmethod
    def begin(cls, data_dir: Path, owner: int | None = None, progress: Progress | None = None) -> Stage:
        """Walk over everything stored.

        ``owner`` is the process with which the file is left over (default: this one). Raises ``StoreError`` where
        there is no database, ``StagingError`` where it cannot be done.
        """
        remove_leftovers(data_dir)
        path = new_stage(data_dir, owner)
        try:
            stage = cls(data_dir, path)
            try:
                with few_collections():
                    stage._walk_all(progress or (lambda _done, _all: None))
            except BaseException:
                stage.close()
                raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return stage

    @classmethod
    def resume(cls, data_dir: Path, name: str) -> Stage:
        """Go on with a staging file, to bring it up to what has come since.

        Raises ``StagingError`` where there is none of this name, or where it was made under other decisions.
        """
        path = data_dir / name
        if not is_stage(name) or not path.is_file():
            raise StagingError(f"there is no staged re-recognition {name!r}", hint="stage it again", retryable=True)
        stage = cls(data_dir, path)
        try:
            stage.until_seq = stage.basis.accept(stage.staging.noted())
            stage.walk.load()
            stage.census.load()
        except BaseException:
            stage.close()
            raise
        return stage

    def catch_up(self, alive: bool) -> Difference:
        """Stage what has come since, compare everything with what is kept, and return how it differs.

        ``alive`` says that a hub is writing: what silence decides in these seconds is left to it. Raises
        ``StagingError`` where decisions have been made since.
        """
        self.approach()
        with self.staging.moment():
            self._walk_on(self.staging.last_seq())
            self.basis.require_current()
            self._compare(alive)
            self.basis.note(self.until_seq)
            self.walk.save()
            self.census.save()
            return self._difference()

    def approach(self) -> None:
        """Walk, page by page, to where little is left for the snapshot."""
        while (last := self.staging.last_seq()) > self.until_seq + NEAR:
            self._walk_on(last)

    def close(self) -> None:
        """Let go of the files; the staging file stays."""
        self.basis.close()

    def discard(self) -> None:
        """Let go of the files and remove the staging file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the walk --------------------------------------------------------------------------------------------------

    def _walk_all(self, progress: Progress) -> None:
        """Walk over everything that is stored by now, and take the census meanwhile or afterwards."""
        until = self.staging.last_seq()
        if until - self.until_seq < APART_FROM:
            self._walk_on(until, progress)
            return
        with Apart(self.basis.data_dir, self.path.with_suffix(COUNTS), self.until_seq, until) as apart:
            self._walk_events(until, progress)
            self.basis.accept(self.staging.take_counts(apart.result()))
            self.census.load()
        self.until_seq = until

    def _walk_on(self, until: int, progress: Progress | None = None) -> None:
        """Walk and count up to an event."""
        self._walk_events(until, progress or (lambda _done, _all: None))
        for rows in self.staging.pages(COUNTED, self.until_seq, until):
            self.census.page(rows)
        self.until_seq = until

    def _walk_events(self, until: int, progress: Progress) -> None:
        for rows in self.staging.pages(WALKED, self.until_seq, until):
            self.walk.page(rows)
            self.events += len(rows)
            progress(rows[-1][0], until)

    def _compare(self, alive: bool) -> None:
        """Decide what silence has decided, and find what differs."""
        term = self.staging.last_term()
        if not alive:
            self.walk.flush(None)
            self.census.settle(self.staging.term_ended() or self.census.scale.wall_ns, term)
            self.staging.compare(self.basis.kept_before)
            return
        settled_ns = time.time_ns() - UNSETTLED_NS
        undecided = self.walk.flush(settled_ns)
        self.census.settle(settled_ns, term)
        self.staging.compare(self.basis.kept_before)
        self.staging.leave_open(undecided, settled_ns - UNSETTLED_NS)

    # -- what differs ----------------------------------------------------------------------------------------------

    def _difference(self) -> Difference:
        noted = self.walk.noted
        tables = {table.name: self._rows_of(table) for table in DERIVED}
        return Difference(
            until_seq=self.until_seq,
            events=self.events,
            changed=noted.changed,
            kinds=dict(noted.kinds),
            statuses=dict(noted.statuses),
            streams=dict(noted.streams),
            tables={name: rows for name, rows in tables.items() if rows != RowChange()},
            examples=tuple(one for examples in noted.examples.values() for one in examples),
            notes=tuple(self._notes()),
            seconds=round(time.monotonic() - self.begun, 3),
        )

    def _notes(self) -> Iterator[str]:
        for each in self.basis.refused:
            yield f"left out, since it no longer fits this lab: {each}"
        if first := self.basis.kept_before:
            yield f"events before seq {first} have left the database; they, their matches and their counts stay"

    def _rows_of(self, table: Derived) -> RowChange:
        """Count the rows of a table that differ, without those that a running hub is about to write.

        It counts events a moment after they are stored, up to ``accounting.seq``.
        """
        where, values = "true", tuple[int, ...]()
        if (counted := self.staging.counted_until()) < self.until_seq:
            where, values = _counted_only(table, counted, self.staging.arrival_after(counted))
        return RowChange(*self.staging.differing(table, where, values))


def _counted_only(table: Derived, counted: int, since_ns: int) -> tuple[str, tuple[int, ...]]:
    """Return the condition under which a row is compared although the hub has counted up to an event only.

    ``since_ns`` is when the next one came.
    """
    match table.name:
        case "pss_event_validation_results":
            return "seq <= ?", (counted,)
        case "pss_event_rule_counts" | "pss_event_statistics":
            return "session_id NOT IN (SELECT session_id FROM live.pss_events WHERE seq > ?)", (counted,)
        case "pss_unknown_events":
            return "before IS NULL OR after IS NULL", ()
        case "pss_findings":
            until_ns = table.columns.index("until_ns")
            return f"json_extract(coalesce(after, before), '$[{until_ns}]') < ?", (since_ns - UNSETTLED_NS,)
        case _:
            return "true", ()


@contextlib.contextmanager
def staged(data_dir: Path, progress: Progress | None = None) -> Iterator[tuple[Stage, Difference]]:
    """Stage everything for the length of a block; the staging file is removed at its end.

    Raises ``StoreError`` where there is no database, ``StagingError`` where it cannot be done.
    """
    stage = Stage.begin(data_dir, progress=progress)
    try:
        yield stage, stage.catch_up(is_owned(data_dir))
    finally:
        stage.discard()
