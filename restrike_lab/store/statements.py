"""How long statements take: every statement of a reader is timed, slow ones are kept with their plan and a way out.

A connection reports to a ``StatementLog`` through SQLite's own trace (about 5 us a statement); the writer of events is
not traced but timed by the transaction. The same statement with other values counts as one.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

__all__ = ["Slow", "StatementLog", "Timing", "explain", "suggestion"]

SLOW_MS = 100.0
KEPT_STATEMENTS, KEPT_SLOW = 200, 50
LONGEST_SQL = 2_000
MANY_ROWS = 10_000

_TRACE = apsw.SQLITE_TRACE_STMT | apsw.SQLITE_TRACE_PROFILE
_COMPARED = re.compile(r"\b(?:\w+\.)?(\w+)\s*(?:=|<=|>=|<|>|\bIN\b|\bBETWEEN\b|\bLIKE\b|\bGLOB\b)\s*", re.IGNORECASE)
_SORTED = re.compile(r"\bORDER\s+BY\s+((?:\w+\.)?\w+)", re.IGNORECASE)
_SCANNED = re.compile(r"^SCAN (\w+)(?! USING)")


@dataclass(slots=True)
class Timing:
    """What a statement has taken so far; ``steps`` counts rows of whole tables that were walked over."""

    sql: str
    count: int = 0
    total_ms: float = 0.0
    longest_ms: float = 0.0
    steps: int = 0


@dataclass(slots=True)
class Slow:
    """One time that a statement was slow, with what SQLite counted meanwhile."""

    sql: str
    ms: float
    at_ns: int
    source: str
    full_scan_steps: int
    sorts: int


class StatementLog:
    """Take the timings of any number of connections; each may be in a thread of its own."""

    def __init__(self, slow_ms: float = SLOW_MS, clock: Callable[[], int] = time.time_ns) -> None:
        self.slow_ms = slow_ms
        self.clock = clock
        self.count = 0
        self.slow_count = 0
        self.timings: OrderedDict[str, Timing] = OrderedDict()
        self.slow: deque[Slow] = deque(maxlen=KEPT_SLOW)
        self.guard = threading.Lock()
        self.on_damage: Callable[[str], None] = lambda _finding: None
        """Called, in the thread that read, when a reader finds the database damaged."""

    def watch(self, db: apsw.Connection, source: str) -> None:
        """Have a connection report every statement from now on."""
        begun: dict[int, float] = {}

        def heard(event: dict[str, Any]) -> None:
            if event["code"] == apsw.SQLITE_TRACE_STMT:
                if not event.get("trigger"):
                    begun[event["id"]] = time.perf_counter()
                return
            started = begun.pop(event["id"], None)
            if started is not None:
                status = event["stmt_status"]
                ms = (time.perf_counter() - started) * 1000
                steps, sorts = status["SQLITE_STMTSTATUS_FULLSCAN_STEP"], status["SQLITE_STMTSTATUS_SORT"]
                self.add(event["sql"], ms, source, steps, sorts)

        db.trace_v2(_TRACE, heard)

    @contextlib.contextmanager
    def watching(self, db: apsw.Connection, source: str) -> Any:
        """Have a connection report while a block runs."""
        self.watch(db, source)
        try:
            yield
        finally:
            db.trace_v2(0, None)

    def add(self, sql: str, ms: float, source: str, steps: int = 0, sorts: int = 0) -> None:
        """Take the time of one statement."""
        sql = sql.strip()[:LONGEST_SQL]
        with self.guard:
            self.count += 1
            timing = self.timings.get(sql)
            if timing is None:
                timing = self.timings[sql] = Timing(sql)
                if len(self.timings) > KEPT_STATEMENTS:
                    self.timings.popitem(last=False)
            else:
                self.timings.move_to_end(sql)
            timing.count += 1
            timing.total_ms += ms
            timing.longest_ms = max(timing.longest_ms, ms)
            timing.steps += steps
            if ms >= self.slow_ms:
                self.slow_count += 1
                self.slow.append(Slow(sql, round(ms, 1), self.clock(), source, steps, sorts))

    def busiest(self, limit: int = 20) -> list[Timing]:
        """Return the statements that took the most time in all."""
        with self.guard:
            return sorted(self.timings.values(), key=lambda each: -each.total_ms)[:limit]

    def slowest(self) -> list[Slow]:
        """Return the slow ones, newest first."""
        with self.guard:
            return list(self.slow)[::-1]


def explain(path: Path, sql: str) -> list[str]:
    """Return SQLite's plan for a statement, a line each; empty where it cannot be planned.

    Reads on a connection of its own; the statement is not run.
    """
    try:
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.set_busy_timeout(1000)
            named = dict.fromkeys(re.findall(r"[:@$](\w+)", sql))
            bindings: Mapping[str, None] | Sequence[None] = named or (None,) * sql.count("?")
            return [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)]
    except apsw.Error:
        return []


def suggestion(sql: str, plan: Sequence[str], steps: int = 0) -> str:
    """Return what would make a statement faster, as its plan tells; empty where nothing is known."""
    advice = []
    scanned = [found[1] for line in plan if (found := _SCANNED.match(line))]
    columns = list(dict.fromkeys(name for name in _COMPARED.findall(sql) if name.lower() not in ("seq", "rowid")))
    if scanned and columns:
        advice.append(
            f"CREATE INDEX ON {scanned[0]} ({', '.join(columns[:3])}) would spare walking over the whole table"
        )
    elif scanned:
        advice.append(f"the whole table {scanned[0]} is read: ask for a smaller range (seq > ?, LIMIT)")
    if any("TEMP B-TREE FOR ORDER BY" in line for line in plan) and (by := _SORTED.search(sql)):
        advice.append(f"an index that ends with {by[1]} would spare the sorting, or leave ORDER BY out")
    elif any("TEMP B-TREE" in line for line in plan):
        advice.append("it sorts in memory: group or sort by indexed columns, or ask for a smaller range")
    if any("AUTOMATIC" in line for line in plan):
        advice.append("SQLite builds an index for this statement alone each time: make it a lasting one")
    if not advice and steps > MANY_ROWS:
        advice.append(f"{steps:,} rows were walked over: ask for a smaller range (seq > ?, LIMIT)")
    return "; ".join(advice) or (
        "the plan is good: the disk or another program held it up, or the range is large" if plan else ""
    )
