"""Getting a group of events into the database, whatever happens to the database.

A group that is refused (disk full, locked) is kept and tried again, ever later and never in step with others; what
comes meanwhile waits in memory. A person is told once when that begins and once when it ends, after the database was
asked whether it has everything. Nothing is given up but at the end of the hub, and then it is counted.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from restrike_lab.bout import CourtState, Fact
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.figures import Durations
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.accounting import Account

__all__ = ["Alert", "Appender", "Keeper", "Row", "storable"]

log = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 0.05, 2.0
REFUSED = "store.refused"

Alert = Callable[[Mapping[str, Any]], None]
Row = list[Any]


class Appender(Protocol):
    """What is needed of ``store.Writer``."""

    def append(
        self, events: Sequence[Sequence[Any]], courts: Mapping[str, CourtState], links: Sequence[Fact] = ()
    ) -> None:
        """Keep a group in one transaction; raises ``StoreError`` and keeps nothing when it cannot."""

    def account(self, account: Account) -> None:
        """Keep what was counted, in one transaction; raises ``StoreError`` and keeps nothing when it cannot."""


class Keeper:
    """Append groups to the database; one thread. ``stopping`` is set when the hub ends.

    ``failing`` is what the database says while it takes nothing, ``commits`` how long the last transactions took.
    ``waiting()`` tells how many datagrams wait behind the group, ``count(first, last)`` how many events of a range the
    database has.
    """

    def __init__(self, writer: Appender, alert: Alert, stopping: threading.Event) -> None:
        self.writer = writer
        self.alert = alert
        self.stopping = stopping
        self.give_up_seconds = 5.0
        self.commits = Durations()
        self.failing: RestrikeError | None = None
        self.failing_since = 0.0
        self.attempts = 0
        self.waiting: Callable[[], int] = lambda: 0
        self.count: Callable[[int, int], int] | None = None

    def keep(self, rows: Sequence[Row], courts: Mapping[str, CourtState], facts: Sequence[Fact]) -> bool:
        """Append a group, again and again until the database takes it; False when it was given up while stopping."""
        delay = FIRST_RETRY
        deadline: float | None = None
        while True:
            begun = time.perf_counter_ns()
            problem = self.append(rows, courts, facts)
            if problem is None:
                break
            self.refused(problem)
            if self.stopping.is_set():
                deadline = deadline or time.monotonic() + self.give_up_seconds
                if time.monotonic() > deadline:
                    log.critical("%d events could not be stored before the end: %s", len(rows), problem.message)
                    return False
                time.sleep(FIRST_RETRY)
            else:
                self.stopping.wait(delay * random.uniform(0.75, 1.0))
                delay = min(delay * 2, LONGEST_RETRY)
        self.commits.add((time.perf_counter_ns() - begun) / 1e6)
        if self.failing is not None:
            self.recovered(rows)
        return True

    def recovered(self, rows: Sequence[Row]) -> None:
        """Tell that the database takes events again, after asking it whether it has the group that waited."""
        self.failing = None
        seconds, waiting = time.monotonic() - self.failing_since, self.waiting()
        behind = f", {waiting:,} datagrams that came meanwhile follow" if waiting else ""
        message = f"the database takes events again after {seconds:.1f} s and {self.attempts} attempts{behind}"
        if self.count is not None and rows:
            first, last = rows[0][0], rows[-1][0]
            missing = last - first + 1 - self.count(first, last)
            if missing:
                self.tell("error", f"{missing} events of {first} to {last} are not in the database", "Report this.")
            else:
                message += f"; events {first} to {last} were checked, none is missing"
        self.tell("info", message, "", key=REFUSED, over=True)

    def append(
        self, rows: Sequence[Row], courts: Mapping[str, CourtState], facts: Sequence[Fact]
    ) -> RestrikeError | None:
        """Append a group; return what the database said if it refused."""
        try:
            self.writer.append(rows, courts, facts)
        except RestrikeError as problem:
            return problem
        except Exception as defect:
            log.exception("a group could not be stored as it is")
            return self.append_mended(rows, defect)
        return None

    def append_mended(self, rows: Sequence[Row], defect: Exception) -> RestrikeError | None:
        """Append a group that holds a value no database column takes: the bytes as received are what must be kept."""
        self.tell("error", f"an event could not be stored in full: {defect}", "Its bytes are kept; report it.")
        for row in rows:
            row[:] = [storable(value) for value in row]
        try:
            self.writer.append(rows, {}, ())
        except RestrikeError as problem:
            return problem
        except Exception as again:
            return HubError(f"events cannot be stored: {again}", hint="Report this as a defect of the lab.")
        return None

    def refused(self, problem: RestrikeError) -> None:
        """Tell, once, that the database does not take events for now."""
        known, self.failing = self.failing, problem  # before it is told: who is told may ask at once
        self.attempts += 1
        if known is None:
            self.failing_since, self.attempts = time.monotonic(), 1
            log.error("events cannot be stored for now: %s (%s)", problem.message, problem.hint)
            message = f"events cannot be stored for now and are kept in memory: {problem.message}"
            self.tell("critical", message, problem.hint, key=REFUSED, lasting=True)

    def tell(self, level: str, message: str, hint: str, **marks: object) -> None:
        """Send an alert to the clients."""
        self.alert({"type": "alert", "source": "store", "level": level, "message": message, "hint": hint, **marks})


def storable(value: object) -> object:
    """Return what SQLite takes of a value: integers of 64 bits, text without lone surrogates."""
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
