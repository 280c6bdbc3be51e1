"""The pipeline: from datagrams that have arrived to events that are kept and told.

One thread takes whatever waits in the spool, recognizes and reduces it, appends it to the database in one transaction
and publishes it. So commits are grouped by what has arrived: at rest each event is committed at once, in a flood
thousands share a commit. When the database refuses (disk full, locked), the group is kept and tried again, a person is
told, and the spool and the kernel's buffers hold what keeps coming.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import repeat
from typing import Protocol, TypeVar

from restrike_lab.bout import Arrival, CourtState, Fact, flush, reduce
from restrike_lab.bout.hits import NS_PER_MS
from restrike_lab.hub.bookkeeping import Bookkeeping
from restrike_lab.hub.datagrams import Batch, Spool
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.figures import Durations
from restrike_lab.hub.keeping import Alert, Appender, Keeper, Row
from restrike_lab.hub.watch.stages import Stages, Steps
from restrike_lab.pss import Recognition, Recognizer, Unknown
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["CourtLine", "Pipeline"]

log = logging.getLogger(__name__)

PRESSED = 20_000
"""Waiting datagrams from which on clients are told later, with a snapshot."""

IDLE_SECONDS = 1.0
CALL_SECONDS = 30.0
DUE_SECONDS = 0.1

DATAGRAM_SIZE = EVENT_COLUMNS.index("datagram_size")

T = TypeVar("T")


class Understanding(Protocol):
    """What the pipeline needs of ``pss.Recognizer``."""

    version: str

    def recognize(self, datagram: bytes) -> tuple[Recognition, ...]:
        """Return the recognition of every message in a datagram."""


class Cutter:
    """Understand datagrams that were cut: as unknown, all of them."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.version = recognizer.version
        self.recognize = recognizer.cut


@dataclass(slots=True)
class CourtLine:
    """What the pipeline knows of one court."""

    name: str
    session_id: int
    recognizer: Recognizer
    state: CourtState = field(default_factory=CourtState)


@dataclass(slots=True)
class Work:
    """A group in the making: rows for the store, their recognitions, and what they led to."""

    rows: list[Row] = field(default_factory=list)
    recognitions: list[Recognition] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    courts: dict[str, CourtState] = field(default_factory=dict)
    oldest_ns: int = 0
    taken_ns: int = 0
    known_ns: int = 0


class Pipeline:
    """Turn batches into stored and published events; one instance, one thread.

    ``lines`` are the courts by the index that batches carry; ``next_seq`` is the number of the first event.
    ``heard_until(wanted_ns)`` tells until when all that arrived is in the spool (see ``Receiver``).
    """

    def __init__(
        self,
        spool: Spool,
        writer: Appender,
        lines: Sequence[CourtLine],
        epoch: int,
        next_seq: int,
        publish: Callable[[Group], None],
        alert: Alert,
        group_size: int = 5_000,
        books: Bookkeeping | None = None,
    ) -> None:
        self.spool = spool
        self.lines = list(lines)
        self.epoch = epoch
        self.seq = self.committed = next_seq - 1
        self.publish = publish
        self.group_size = group_size
        self.due = {line.name: line for line in self.lines if line.state.window.due_ms}
        self.delays = Durations()
        self.stages = Stages()
        self.largest_group = 0
        self.unsaved = 0
        self.errands: deque[Callable[[], None]] = deque()
        self.books = books
        self.stopping = threading.Event()
        self.keeper = Keeper(writer, alert, self.stopping)
        self.keeper.waiting = lambda: spool.waiting
        self.heard_until: Callable[[int], int] = lambda _wanted_ns: time.monotonic_ns()
        self.thread = threading.Thread(target=self.run, name="restrike-pipeline", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self.thread.start()

    def stop(self) -> None:
        """Work off what has been received, then end; idempotent. ``unsaved`` tells what could not be stored."""
        self.stopping.set()
        if self.thread.is_alive():
            self.spool.notify()
            self.thread.join()

    def run(self) -> None:
        """Work until stopped and nothing is left (the thread's body)."""
        try:
            self.work()
        except Exception:
            log.critical("the pipeline ended by a defect; what keeps arriving waits for a restart", exc_info=True)
            self.keeper.tell(
                "critical", "the pipeline ended by a defect", "Restart the hub; its log says what happened."
            )

    def work(self) -> None:
        """Take, store and tell, until stopped and nothing is left, or until what is left was given up."""
        while self.unsaved == 0:
            while self.errands:
                self.run_errand(self.errands.popleft())
            if self.spool.wait(self.idle_seconds()):
                batches = self.spool.take(self.group_size)
                self.finish(self.work_off(batches))
            else:
                ending = self.stopping.is_set()
                self.finish(self.settle(None if ending else self.silent_until(self.soonest_due())))
                if ending and not self.spool.batches and not self.errands:
                    if self.books is not None:
                        self.books.write()
                    return
            if self.books is not None:
                self.books.keep(not self.spool.batches, self.committed, self.silent_until)

    def ask(self, errand: Callable[[], None]) -> None:
        """Have something else done with the database, which only this thread may use."""
        self.errands.append(errand)
        self.spool.notify()

    def call(self, work: Callable[[], T], seconds: float = CALL_SECONDS) -> T:
        """Do something on this thread, between two groups, and return what it gave or raise what it raised."""
        done: Future[T] = Future()

        def errand() -> None:
            try:
                done.set_result(work())
            except Exception as problem:
                done.set_exception(problem)

        if not self.thread.is_alive():
            raise HubError("the hub is ending", hint="Try again when it runs.", retryable=True)
        self.ask(errand)
        try:
            return done.result(seconds)
        except TimeoutError as problem:
            raise HubError("the database was busy for too long", hint="Try again.", seconds=seconds) from problem

    def run_errand(self, errand: Callable[[], None]) -> None:
        """Do something that the events do not depend on; what goes wrong with it is logged and stops nothing."""
        try:
            errand()
        except RestrikeError as problem:
            log.warning("the database refused a note: %s", problem.message)
        except Exception:
            log.exception("something beside the events went wrong; the events go on")

    def idle_seconds(self) -> float:
        """Return how long the pipeline may sleep: shortly while a link is waiting to be decided."""
        if self.stopping.is_set():
            return 0.0
        if self.books is not None and self.books.is_behind(self.committed):
            return 0.0
        waiting = self.due or (self.books is not None and self.books.is_waiting)
        return DUE_SECONDS if waiting else IDLE_SECONDS

    def soonest_due(self) -> int:
        """Return when the first link falls due that waits for a hit to come or not (ns, monotonic clock)."""
        return min((line.state.window.due_ms + 1 for line in self.due.values()), default=0) * NS_PER_MS

    def silent_until(self, wanted_ns: int) -> int:
        """Return a time (ns, monotonic clock) up to which no datagram is still to come; 0 while some wait.

        What nothing came after is decided behind it, so that decisions depend on when datagrams arrived and not on
        when a busy machine got round to them: reduced again, the stored events say the same.
        """
        until = self.heard_until(wanted_ns)
        return 0 if self.spool.batches else until

    # -- a group ---------------------------------------------------------------------------------------------------

    def work_off(self, batches: Iterable[Batch]) -> Work:
        """Recognize and reduce batches into a group.

        ``processing_time_ms`` of an event is this time divided by the group's events: measuring each by itself would
        cost as much as the work.
        """
        work = Work(taken_ns=time.monotonic_ns())
        begun = time.perf_counter_ns()
        for batch in batches:
            line = self.lines[batch.court]
            before = line.state
            if batch.cuts:
                self.work_off_cut(line, batch, work)
            else:
                self.work_off_batch(line, line.recognizer, batch, work)
            if line.state is not before:
                work.courts[line.name] = line.state
                if line.state.window.due_ms:
                    self.due[line.name] = line
            if not work.oldest_ns:
                work.oldest_ns = batch.mono_ns[0]
        each_ms = (time.perf_counter_ns() - begun) / 1e6 / max(len(work.rows), 1)
        for row in work.rows:
            row[-1] = each_ms
        work.known_ns = time.monotonic_ns()
        return work

    def work_off_batch(self, line: CourtLine, by: Understanding, batch: Batch, work: Work) -> None:
        """Recognize and reduce the datagrams of a court (the hot loop of the lab: about 2 us each)."""
        recognize, version, session_id = by.recognize, by.version, line.session_id
        court, epoch = line.name, self.epoch
        state, seq = line.state, self.seq
        add_row, add_recognition = work.rows.append, work.recognitions.append
        senders = repeat(batch.sender) if isinstance(batch.sender, str) else batch.sender
        for payload, wall_ns, mono_ns, sender in zip(
            batch.payloads, batch.wall_ns, batch.mono_ns, senders, strict=False
        ):
            try:
                known = recognize(payload)
            except Exception:
                known = self.not_understood(line, payload)
            for part, it in enumerate(known):
                seq += 1
                try:
                    state, facts = reduce(state, it.message, Arrival(seq, wall_ns, mono_ns))
                except Exception:
                    facts = ()
                    self.report_defect(line, payload)
                if facts:
                    work.facts += facts
                add_row(
                    [
                        seq,
                        epoch,
                        court,
                        session_id,
                        state.match_id,
                        state.round,
                        state.clock.time_ms,
                        wall_ns,
                        mono_ns,
                        sender,
                        part,
                        None,
                        it.raw,
                        it.stream,
                        it.event_type,
                        it.event_code,
                        it.athlete,
                        it.value,
                        it.fields,
                        it.status,
                        version,
                        it.confidence,
                        it.errors,
                        None,
                    ]
                )
                add_recognition(it)
        line.state, self.seq = state, seq

    def work_off_cut(self, line: CourtLine, batch: Batch, work: Work) -> None:
        """Work off a batch with datagrams longer than the receive buffer, which stay unknown with their true size."""
        senders = [batch.sender] * len(batch) if isinstance(batch.sender, str) else batch.sender
        cutter = Cutter(line.recognizer)
        for i, payload in enumerate(batch.payloads):
            one = Batch(batch.court, [payload], batch.wall_ns[i : i + 1], batch.mono_ns[i : i + 1], senders[i])
            if i in batch.cuts:
                self.work_off_batch(line, cutter, one, work)
                work.rows[-1][DATAGRAM_SIZE] = batch.cuts[i]
            else:
                self.work_off_batch(line, line.recognizer, one, work)

    def settle(self, mono_ns: int | None) -> Work:
        """Decide the links that have fallen due on courts that have gone quiet; ``None``: all of them."""
        work = Work()
        for line in self.lines if mono_ns is None else list(self.due.values()):
            state, facts = flush(line.state, mono_ns)
            if state is not line.state:
                work.courts[line.name] = line.state = state
            work.facts += facts
            if not state.window.due_ms:
                self.due.pop(line.name, None)
        return work

    def finish(self, work: Work) -> None:
        """Store a group and tell the clients."""
        if not (work.rows or work.facts or work.courts):
            return
        if not self.keeper.keep(work.rows, work.courts, work.facts):
            self.unsaved = len(work.rows) + self.spool.waiting
            return
        self.committed = self.seq
        self.largest_group = max(self.largest_group, len(work.rows))
        steps = None
        if work.oldest_ns:
            now, first = time.monotonic_ns(), self.seq - len(work.rows) + 1
            self.delays.add((now - work.oldest_ns) / 1e6)
            steps = Steps(first, self.seq, work.oldest_ns, work.taken_ns, work.known_ns, now)
            self.stages.stored(steps)
        pressed = self.spool.waiting > PRESSED
        self.publish(Group(self.seq, work.rows, work.recognitions, work.courts, pressed, steps))
        if self.books is not None:
            self.books.stored(work.rows, work.recognitions, pressed)

    # -- what never should happen ----------------------------------------------------------------------------------

    def not_understood(self, line: CourtLine, payload: bytes) -> tuple[Recognition, ...]:
        """Stand in for a recognizer that failed, which it never should: the bytes are kept as unknown."""
        self.report_defect(line, payload)
        return (
            Recognition(
                message=Unknown(text="", raw=payload),
                raw=payload,
                stream="",
                event_type="unknown",
                event_code="O",
                athlete=None,
                value=None,
                fields="{}",
                status="unknown",
                confidence=0.0,
                errors=json.dumps(["the recognizer failed on this datagram"]),
                action="",
                description="",
            ),
        )

    def report_defect(self, line: CourtLine, payload: bytes) -> None:
        """Log a failure of pure code on a datagram; the event is kept all the same."""
        log.exception("a datagram of court %s met a defect of the lab: %r", line.name, payload[:200])
