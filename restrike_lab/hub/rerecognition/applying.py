"""Applying what was staged, and taking it back: by the running hub on its own thread, or here where none runs.

A running hub goes on receiving while the transaction lasts: its datagrams wait in the spool. What has come since the
stage was made is staged as well, between two groups, so that afterwards everything up to now stands under one table.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from restrike_lab.hub.accountant import Accountant
from restrike_lab.hub.bookkeeping import Bookkeeping
from restrike_lab.hub.ownership import Ownership, is_owned
from restrike_lab.hub.pipeline import Work
from restrike_lab.hub.rerecognition.stage import Stage
from restrike_lab.hub.restore import rebuild
from restrike_lab.pss import PatternBook
from restrike_lab.store.accounting import AccountTables
from restrike_lab.store.decisions import Signature
from restrike_lab.store.files import database_path
from restrike_lab.store.rerecognition import Run, apply
from restrike_lab.store.undo import undo
from restrike_lab.store.writer import Writer

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["apply_here", "apply_running", "bring_up_to_date", "signed", "undo_here", "undo_running"]

APPLYING_SECONDS = 600.0
"""How long a transaction may take: a million rows take some ten seconds."""


def signed(who: str, why: str) -> Signature:
    """Return who, why and now."""
    return Signature(who, why.strip() or "recognized anew by the tables as they are", time.time_ns())


def bring_up_to_date(data_dir: Path) -> None:
    """Let a database that an older lab wrote have the tables of this one, where no hub runs that has done so."""
    if database_path(data_dir).is_file() and not is_owned(data_dir):
        with _owned(data_dir):
            return


def apply_here(data_dir: Path, name: str, signature: Signature) -> Run | None:
    """Apply a stage where no hub runs, under the hub's lock; None where nothing changes. The file is removed.

    Raises ``OwnedElsewhere`` where a hub runs after all, ``StagingError`` where what was staged is out of date.
    """
    with _owned(data_dir) as writer:
        stage = Stage.resume(data_dir, name)
        with stage:
            stage.catch_up(alive=False)
            run = _apply(writer, stage, signature)
        stage.path.unlink(missing_ok=True)
        return run


def undo_here(data_dir: Path, run_id: int, signature: Signature) -> Run:
    """Take a run back where no hub runs, under the hub's lock."""
    with _owned(data_dir) as writer:
        return writer.change(lambda db: undo(db, run_id, signature))


def apply_running(running: Running, name: str, signature: Signature) -> Run | None:
    """Apply a stage with a running hub (any thread but the pipeline's); None where nothing changes.

    The file is removed unless it is refused.
    """
    stage = Stage.resume(running.config.directory, name)
    try:
        stage.approach()
    except BaseException:
        stage.close()
        raise

    def work() -> Run | None:
        with stage:
            run = _apply_now(running, stage, signature)
        stage.path.unlink(missing_ok=True)
        return run

    return running.pipeline.call(work, APPLYING_SECONDS)


def undo_running(running: Running, run_id: int, signature: Signature) -> Run:
    """Take a run back with a running hub (any thread but the pipeline's)."""

    def work() -> Run:
        books = running.pipeline.books
        if books is not None:
            books.write()
        run = running.writer.change(lambda db: undo(db, run_id, signature))
        if books is not None:
            held = running.writer.change(lambda db: AccountTables(db).patterns())
            books.accountant.book = PatternBook.from_rows(held)
        return run

    run = running.pipeline.call(work, APPLYING_SECONDS)
    _tell(running, f"run {run_id} was taken back by {signature.who}: {run.events} events are as they were")
    return run


def _apply(writer: Writer, stage: Stage, signature: Signature) -> Run | None:
    if not stage.staging.is_changed():
        return None
    return writer.change(lambda db: apply(db, signature), staged=stage.path)


def _apply_now(running: Running, stage: Stage, signature: Signature) -> Run | None:
    """Stage the last events, apply, and let the hub go on from there (the pipeline's thread)."""
    books = running.pipeline.books
    if books is not None:
        books.write()
    stage.catch_up(alive=True)
    run = _apply(running.writer, stage, signature)
    if run is None:
        return None
    if books is not None:
        _go_on_counting(books, stage.census.accountant.book, stage.until_seq)
    if run.rows or stage.staging.is_moved():
        _go_on_reducing(running)
    message = f"{run.events} stored events were recognized anew by {signature.who} (run {run.run_id})"
    _tell(running, message)
    if running.config.archive:
        running.archivist.due.set()
    return run


def _go_on_counting(books: Bookkeeping, book: PatternBook, until_seq: int) -> None:
    """Let the hub go on counting from what the database now holds."""
    former = books.accountant
    former.end_imports()
    audits = former.audits
    if former.until_seq != until_seq:  # it was behind
        audits = {court: books.audit_of(court, until_seq) for court in audits}
    books.accountant = Accountant(former.table_of, book, until_seq, audits, former.report)
    books.account = None
    for court, audit in audits.items():  # as the audits see it, should they have decided more by now
        books.accountant.findings |= {(court, finding.id): (court, finding) for finding in audit.findings}
    if books.interruptions:
        books.interrupt()


def _go_on_reducing(running: Running) -> None:
    """Let the courts go on from the matches that the database now holds, and tell their clients."""
    pipeline, now = running.pipeline, (time.time_ns(), time.monotonic_ns())
    for line in pipeline.lines:
        line.state = rebuild(running.ledger.last_load(line.name), line.recognizer, *now)
        if line.state.window.due_ms:
            pipeline.due[line.name] = line
    pipeline.finish(Work(courts={line.name: line.state for line in pipeline.lines}))


def _tell(running: Running, message: str) -> None:
    running.tell_of_changes(None)
    running.tell(
        {"source": "recognition", "level": "info", "message": message, "hint": "The history has every change."}
    )


@contextmanager
def _owned(data_dir: Path) -> Iterator[Writer]:
    """Own a data directory, and its writer, for the length of a block."""
    ownership = Ownership(data_dir)
    ownership.acquire()
    try:
        writer = Writer.open(data_dir)
        try:
            yield writer
        finally:
            writer.close()
    finally:
        ownership.release()
