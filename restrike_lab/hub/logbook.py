"""The hub's log: JSON lines in the data directory, rotated, and the last of them in memory for the screen.

Records of every subsystem (``restrike_lab.store``, ``restrike_lab.hub.receive``, ...) are written by a thread of the
log's own, so that a slow or full disk holds nobody up; what cannot be written is counted. Levels change while the hub
runs, for one subsystem or for all.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import queue
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from restrike_lab.hub.errors import CommandError
from restrike_lab.pss.errors import RestrikeError

__all__ = ["ALERTS", "LEVELS", "LogBook", "log_problem"]

ROOT = "restrike_lab"
ALERTS = "restrike_lab.hub.alerts"
"""The logger of what is told to people anyway; nothing more is made of its records."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FILE = "hub.jsonl"
LARGEST_BYTES, FILES = 5_000_000, 5
QUEUED, REMEMBERED = 5_000, 500
LONGEST = 4_000

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "exception", "taskName"}

Line = dict[str, Any]


class LogBook:
    """Write the log of a hub into ``directory`` from ``start`` to ``stop``.

    ``level`` counts for every subsystem that has none of its own. ``on_defect(line)`` is called, in the log's thread,
    for an error that came with a traceback. ``facts`` stand in every line.
    """

    def __init__(
        self,
        directory: Path,
        level: str = "INFO",
        on_defect: Callable[[Line], None] = lambda _line: None,
        facts: Mapping[str, Any] | None = None,
        largest_bytes: int = LARGEST_BYTES,
        files: int = FILES,
    ) -> None:
        self.path = directory / FILE
        self.level = level
        self.on_defect = on_defect
        self.facts = {"pid": os.getpid(), **(facts or {})}
        self.lost = 0
        self.number = 0
        self.lines: deque[Line] = deque(maxlen=REMEMBERED)
        self.levels: dict[str, str] = {}
        self.before: dict[str, int] = {}
        self.records: queue.Queue[logging.LogRecord | None] = queue.Queue(QUEUED)
        self.intake = Intake(self)
        self.largest_bytes = largest_bytes
        self.files = files
        self.thread = threading.Thread(target=self.write, name="restrike-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self.set_level("", self.level)
        logging.getLogger(ROOT).addHandler(self.intake)
        self.thread.start()

    def stop(self) -> None:
        """Write what waits, give the levels back as they were; idempotent."""
        logging.getLogger(ROOT).removeHandler(self.intake)
        for name, level in self.before.items():
            logging.getLogger(name).setLevel(level)
        self.before.clear()
        if self.thread.is_alive():
            with contextlib.suppress(queue.Full):
                self.records.put(None, timeout=1.0)
            self.thread.join(5.0)

    def set_level(self, subsystem: str, level: str) -> None:
        """Log a subsystem, such as ``store`` or ``hub.receive``, from ``level`` on; empty: all that have none.

        ``level`` empty: as the others again. Raises ``CommandError`` for what is no level or no subsystem.
        """
        if level and level not in LEVELS:
            raise CommandError(f"{level!r} is no level", hint=f"Levels: {', '.join(LEVELS)}.")
        if not all(part.isidentifier() for part in subsystem.split(".") if subsystem):
            raise CommandError(f"{subsystem!r} is no subsystem", hint="Such as store, obs, hub.receive, hub.pipeline.")
        name = f"{ROOT}.{subsystem}" if subsystem else ROOT
        logger = logging.getLogger(name)
        self.before.setdefault(name, logger.level)
        wanted = logging.getLevelName(level) if level else logging.NOTSET
        asked = logging.getLogger().level  # DEBUG on the command line counts for the file, too
        logger.setLevel(asked if not subsystem and 0 < asked < logging.INFO else wanted)
        if level:
            self.levels[subsystem] = level
        else:
            self.levels.pop(subsystem, None)

    def tail(self, limit: int = 100, level: str = "DEBUG", subsystem: str = "", since: int = 0) -> list[Line]:
        """Return the last lines that are at least of ``level``, oldest first; ``since``: numbered higher only."""
        least = logging.getLevelName(level) if level in LEVELS else 0
        wanted = f"{ROOT}.{subsystem}" if subsystem else ""
        found = [
            line
            for line in self.lines.copy()
            if line["number"] > since and logging.getLevelName(line["level"].upper()) >= least
            if not wanted or line["logger"] == wanted or line["logger"].startswith(wanted + ".")
        ]
        return found[-limit:]

    # -- the log's thread ------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write records as they come (the thread's body)."""
        handler: logging.Handler | None = None
        while (record := self.records.get()) is not None:
            self.remember(record)
            if handler is None:
                handler = self.opened()
            if handler is not None:
                handler.handle(record)
            else:
                self.lost += 1
        if handler is not None:
            handler.close()

    def remember(self, record: logging.LogRecord) -> None:
        """Keep a record for the screen; tell of a defect."""
        self.number += 1
        line = {"number": self.number, **line_of(record)}
        self.lines.append(line)
        if record.levelno >= logging.ERROR and "exception" in line and record.name != ALERTS:
            self.on_defect(line)

    def opened(self) -> logging.Handler | None:
        """Return the file's handler, None where the file cannot be opened now."""
        import structlog  # takes 0.1 s, which nobody waits for here

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handler = Rotating(self)
        except OSError:
            return None
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[
                    lambda _logger, _name, event: {**line_of(event["_record"]), **self.facts},
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ]
            )
        )
        return handler


class Rotating(logging.handlers.RotatingFileHandler):
    """The files of the log; a line that the disk does not take is counted, and said nowhere."""

    def __init__(self, book: LogBook) -> None:
        super().__init__(book.path, maxBytes=book.largest_bytes, backupCount=book.files - 1, encoding="utf-8")
        self.book = book

    def handleError(self, record: logging.LogRecord) -> None:
        """Count a line that was not written."""
        self.book.lost += 1


class Intake(logging.Handler):
    """Take a record in the thread that logs, with its words made, and hand it to the log's thread."""

    def __init__(self, book: LogBook) -> None:
        super().__init__()
        self.book = book

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record over; one that finds the queue full is counted."""
        try:
            ready = logging.makeLogRecord(record.__dict__)
            ready.msg, ready.args = record.getMessage(), None
            if record.exc_info and record.exc_info[0] is not None:
                ready.exception = "".join(traceback.format_exception(*record.exc_info))
            ready.exc_info = ready.exc_text = None
            self.book.records.put_nowait(ready)
        except queue.Full:
            self.book.lost += 1
        except Exception:
            self.handleError(record)


def line_of(record: logging.LogRecord) -> Line:
    """Return a record as the object that is written: when, how grave, who, what, and what came with it."""
    line: Line = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.getMessage()[:LONGEST],
        "thread": record.threadName,
    }
    line |= {name: plain(value) for name, value in vars(record).items() if name not in _OWN and name[0] != "_"}
    if exception := getattr(record, "exception", None):
        line["exception"] = exception[-LONGEST:]
    return line


def plain(value: object) -> object:
    """Return a value that JSON has a form for."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    return str(value)


def log_problem(log: logging.Logger, problem: RestrikeError, doing: str) -> None:
    """Log an error of the family with everything that it says of itself."""
    level = {"warning": logging.WARNING, "critical": logging.CRITICAL}.get(problem.severity, logging.ERROR)
    facts = {
        "category": problem.category,
        "severity": problem.severity,
        "retryable": problem.retryable,
        "hint": problem.hint,
        "context": problem.context,
    }
    log.log(level, "%s: %s", doing, problem.message, extra=facts)
