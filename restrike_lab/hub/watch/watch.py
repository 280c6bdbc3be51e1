"""The watch over a running hub: a thread that looks at everything once a second, and tells what needs a person."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.errors import HubError
from restrike_lab.hub.logbook import ALERTS, LogBook
from restrike_lab.hub.retries import patiently
from restrike_lab.hub.watch.books import Books
from restrike_lab.hub.watch.catalogue import shown
from restrike_lab.hub.watch.history import History
from restrike_lab.hub.watch.levels import CRITICAL, FINE, LEVELS, Sentinel
from restrike_lab.hub.watch.machine import Machine
from restrike_lab.hub.watch.notices import Notice, NoticeBook
from restrike_lab.hub.watch.room import allowed_bytes, room_mb
from restrike_lab.hub.watch.settings import WatchSettings, thresholds_by
from restrike_lab.hub.watch.tracing import Event, Tracer
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store import health, notices
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["Watch"]

log = logging.getLogger(__name__)
told = logging.getLogger(ALERTS)

EVERY_S = 1.0
FIRST_CHECK_S, LEAST_CHECK_S, CHECK_SHARE = 60.0, 600.0, 500.0
"""The database is read through a minute after the start, then every ten minutes; of a large one that takes long less
often, so that it is no more than one second in 500."""

LOG_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.CRITICAL}
FULL_WITHIN_HOURS = 12.0


class Watch:
    """Watch ``running`` from ``start`` to ``stop``; ``take`` hears every alert."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.path = database_path(running.config.directory)
        self.settings = running.settings.group(WatchSettings)
        self.statements = running.statements
        self.machine = Machine(running.config.directory)
        self.books = Books(running)
        self.history = History()
        self.figures: dict[str, float | None] = {}
        self.sentinels: dict[str, Sentinel] = {}
        self.guard = threading.Lock()
        self.book = NoticeBook()
        self.keeping = False
        self.shown = False
        self.full = False
        self.damaged = len(running.writer.set_aside)  # those the start tells of
        self.checking = threading.Lock()
        self.checked: dict[str, Any] | None = None
        self.check_due = time.monotonic() + FIRST_CHECK_S
        level = self.settings.log_level if running.address.mode == "process" else "WARNING"
        facts = {"epoch": running.epoch}
        self.logbook = LogBook(running.config.directory / "logs", level, self.tell_of_defect, facts)
        self.tracer = Tracer(running.pipeline.stages, self.event_of)
        self.statements.on_damage = self.suspect
        self.wake = threading.Event()
        self.stopping = False
        self.undo = ExitStack()
        self.thread = threading.Thread(target=self.work, name="restrike-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch, with the notices of former terms."""
        with closing(Reader.open(self.running.config.directory, self.statements, "watch")) as reader:
            kept = [Notice(**each) for each in notices.newest(reader, 200)]
            self.book = NoticeBook(reversed(kept), notices.next_id(reader))
        self.book.end_all("the hub was started again", time.time_ns())
        self.follow_settings()
        self.logbook.start()
        log.info("the hub began its term %d", self.running.epoch)
        self.thread.start()

    def stop(self) -> None:
        """End the watch; what is to be kept of it is kept. Idempotent."""
        self.stopping = True
        self.wake.set()
        if self.thread.is_alive():
            self.thread.join()
            self.keep_notices()
        self.undo.close()

    def close_log(self) -> None:
        """End the log, after everything else."""
        log.info("the hub ended its term %d", self.running.epoch)
        self.logbook.stop()

    # -- called from other threads -----------------------------------------------------------------------------------

    def take(self, alert: Mapping[str, Any]) -> None:
        """Take an alert that the hub tells."""
        level = str(alert.get("level", "error"))
        facts = {name: value for name, value in alert.items() if name not in ("message", "level", "type", "name", "at")}
        told.log(LOG_LEVELS.get(level, logging.ERROR), "%s", alert.get("message", ""), extra={"alert": facts})
        with self.guard:
            if self.book.take(alert, time.time_ns()) is not None:
                self.shown = False
        self.wake.set()

    def acknowledge(self, numbers: list[int] | None, by: str) -> list[dict[str, Any]]:
        """Note that somebody has seen notices (None: all), on every screen; return those that this changed."""
        with self.guard:
            seen = [asdict(each) for each in self.book.acknowledge(numbers, by, time.time_ns())]
            self.shown = self.shown and not seen
        self.wake.set()
        return seen

    @property
    def is_damaged(self) -> bool:
        """Whether the last check found the database damaged."""
        return self.checked is not None and not self.checked["ok"]

    def notice_picture(self) -> dict[str, Any]:
        """Return the notices as clients see them."""
        with self.guard:
            return self.book.picture()

    def metrics(self) -> dict[str, Any]:
        """Return what clients get every second."""
        return {
            "figures": {name: value if value is None else round(value, 2) for name, value in self.figures.items()},
            "levels": self.levels(),
        }

    def levels(self) -> dict[str, str]:
        """Return where every watched figure stands by its limits."""
        return {name: LEVELS[each.level] for name, each in self.sentinels.items()}

    def status(self) -> dict[str, Any]:
        """Return everything that the watch knows."""
        with self.guard:
            open_notices = len(self.book.open())
        return {
            **self.metrics(),
            "trends": {name: self.history.trend(name) for name in self.figures},
            "limits": {
                name: {
                    "warning": each.threshold.warning,
                    "critical": each.threshold.critical,
                    "below": each.threshold.below,
                }
                for name, each in self.sentinels.items()
            },
            "stages": self.running.pipeline.stages.percentiles(),
            "processes": self.machine.processes(),
            "database": {**health.sizes(self.path), **self.books.database, "check": self.checked},
            "caches": self.books.caches(),
            "statements": {"count": self.statements.count, "slow": self.statements.slow_count},
            "notices_open": open_notices,
            "log_lines_lost": self.logbook.lost,
        }

    def event_of(self, seq: int) -> Event | None:
        """Return what a trace needs of a stored event (any thread)."""
        sql = "SELECT seq, court, stream, arrival_ns, mono_ns, epoch FROM pss_events WHERE seq = ?"
        with closing(Reader.open(self.running.config.directory, self.statements, "watch")) as reader:
            rows = reader.query(sql, (seq,)).rows
        if not rows:
            return None
        number, court, stream, arrival_ns, mono_ns, epoch = rows[0]
        return Event(number, court, stream, arrival_ns, mono_ns, this_term=epoch == self.running.epoch)

    def check(self, full: bool = False) -> dict[str, Any]:
        """Read the database through, one check at a time; what is damaged is told (any worker thread)."""
        if not self.checking.acquire(blocking=False):
            raise HubError("the database is being checked already", hint="Wait for it to end.", retryable=True)
        try:
            self.checked = patiently(lambda: health.check(self.path, full, lambda: self.stopping))
        finally:
            self.checking.release()
            self.check_due = time.monotonic() + self.check_pause()
        assert self.checked is not None
        alert: dict[str, Any] = {"source": "store", "key": "store.damage", "lasting": True, "level": "critical"}
        if self.checked["ok"]:
            self.running.tell({**alert, "level": "info", "over": True, "message": "the database is sound"})
        else:
            alert["message"] = f"the database is damaged: {self.checked['findings'][0]}"
            alert["hint"] = "Copy the data directory now; at the next refusal or start the file is set aside."
            self.running.tell(alert)
        return self.checked

    def tell_of_defect(self, line: Mapping[str, Any]) -> None:
        """Tell of an error that came with a traceback (the log's thread)."""
        self.running.tell(
            {
                "source": "defect",
                "level": "error",
                "message": f"{line['logger'].removeprefix('restrike_lab.')}: {line['event']}",
                "hint": f"A defect of the lab; report it with {self.logbook.path.name} from the folder logs.",
            }
        )

    # -- the watch's thread ------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Look at everything once a second, and at notices when there are new ones (the thread's body)."""
        due = time.monotonic()
        while not self.stopping:
            if (now := time.monotonic()) >= due:
                due = max(due + EVERY_S, now)
                self.attempt()
            self.show_notices()
            self.wake.wait(max(0.0, due - time.monotonic()))
            self.wake.clear()

    def attempt(self) -> None:
        """Look once; a defect in here must not end the watch."""
        try:
            self.look()
        except Exception:
            log.exception("the watch could not look at something")

    def look(self) -> None:
        """Take this second's figures, judge them, tell what changed."""
        now = time.monotonic()
        self.figures = {**self.machine.read(), **self.books.read(now), **health.sizes(self.path)}
        self.history.add(self.figures)
        for name, sentinel in list(self.sentinels.items()):
            if sentinel.update(self.figures.get(name), now):
                self.tell_of_level(name, sentinel)
        self.look_for_damage()
        self.look_at_room()
        self.keep_notices()
        self.running.fanout.call(self.tracer.expire)
        self.check_when_due(now)

    def tell_of_level(self, name: str, sentinel: Sentinel) -> None:
        """Tell that a figure passed a limit, or came back."""
        threshold, value = sentinel.threshold, shown(name, sentinel.value or 0.0)
        alert: dict[str, Any] = {"source": "system", "key": f"limit:{name}", "lasting": True, "figure": name}
        if sentinel.level == FINE:
            message = f"back within its limits: {threshold.text.format(value=value)}"
            self.running.tell({**alert, "level": "info", "over": True, "message": message, "hint": ""})
            return
        hint = threshold.hint
        if name == "disk_free_mb" and (hours := self.hours_left()) is not None:
            hint = f"{hint} At this pace it is full in {hours:.1f} h."
        level = "critical" if sentinel.level == CRITICAL else "warning"
        self.running.tell({**alert, "level": level, "message": threshold.text.format(value=value), "hint": hint})

    def hours_left(self) -> float | None:
        """Return in how many hours the disk is full if it goes on like this; None if not today."""
        trend, left = self.history.trend("disk_free_mb"), self.figures.get("disk_free_mb")
        hours = left / -trend if trend is not None and trend < 0 and left is not None else None
        return hours if hours is not None and hours <= FULL_WITHIN_HOURS else None

    def look_for_damage(self) -> None:
        """Tell of files that the writer set aside while it was at work."""
        found = self.running.writer.set_aside
        for each in found[self.damaged :]:
            self.running.tell_of_damage(each.name, each.reason)
        self.damaged = len(found)

    def look_at_room(self) -> None:
        """Let fewer datagrams wait when memory is short; tell when their room is full, and when it is not any more."""
        spool = self.running.spool
        room, wanted = room_mb(self.machine.process), self.running.config.queue_bytes
        spool.max_bytes = allowed_bytes(room, spool.waiting_bytes, spool.max_bytes, wanted)
        full = spool.full
        if full == self.full:
            return
        self.full = full
        alert: dict[str, Any] = {"source": "receive", "key": "queue.full", "lasting": True, "level": "critical"}
        if full:
            alert["message"] = (
                f"the memory for messages that wait is full ({spool.waiting:,}, {room:,.0f} MB left for all):"
                " the system's buffer keeps what comes next, and what it drops is counted"
            )
            self.running.tell({**alert, "hint": "Make the database work again: see the notice about it."})
        else:
            message = "messages that wait fit into memory again"
            self.running.tell({**alert, "level": "info", "over": True, "message": message})

    def show_notices(self) -> None:
        """Send the notices to every screen if they changed."""
        with self.guard:
            if self.shown:
                return
            self.shown = True
            picture = self.book.picture()
        self.running.fanout.show({"type": "notices", **picture})

    def keep_notices(self) -> None:
        """Have changed notices written, one time after the other; what is refused is written later."""
        with self.guard:
            if self.keeping or not self.book.changed:
                return
            changed = [asdict(each) for each in self.book.changed.values()]
            self.book.changed.clear()
            self.keeping = True
        self.running.pipeline.ask(lambda: self.write_notices(changed))

    def write_notices(self, changed: list[dict[str, Any]]) -> None:
        """Write notices (the pipeline's thread)."""
        try:
            self.running.writer.change(lambda db: notices.keep(db, changed))
        except RestrikeError:
            with self.guard:
                for each in changed:
                    number = each["notice_id"]
                    if number in self.book.notices:
                        self.book.changed.setdefault(number, self.book.notices[number])
        finally:
            self.keeping = False

    def check_when_due(self, now: float) -> None:
        """Read the database through when it is time to."""
        if now < self.check_due or not self.settings.check_hours:
            return
        self.check_due = now + LEAST_CHECK_S
        threading.Thread(target=self.check_quietly, name="restrike-check", daemon=True).start()

    def check_pause(self) -> float:
        """Return for how many seconds the database is left alone after a check."""
        took = self.checked["seconds"] if self.checked is not None else 0.0
        return min(max(LEAST_CHECK_S, took * CHECK_SHARE), self.settings.check_hours * 3600)

    def suspect(self, _finding: str) -> None:
        """Have the database read through at once: a reader found it damaged (any thread)."""
        if not self.is_damaged:
            self.check_due = 0.0

    def check_quietly(self) -> None:
        """Check the database and leave what goes wrong to the log (a thread of its own)."""
        try:
            self.check()
        except RestrikeError as problem:
            log.warning("the database could not be checked: %s", problem.message)

    # -- settings ----------------------------------------------------------------------------------------------------

    def follow_settings(self) -> None:
        """Take the settings, now and whenever they change."""

        def follow(_change: Any) -> None:
            self.apply_settings()

        self.apply_settings()
        self.settings.observe(follow)
        self.undo.callback(self.settings.unobserve, follow)

    def apply_settings(self) -> None:
        """Watch and log as the settings say; a figure whose limits stay keeps its level."""
        kept = self.sentinels
        self.sentinels = {
            each.figure: kept[each.figure]
            if each.figure in kept and kept[each.figure].threshold == each
            else Sentinel(each, level=kept[each.figure].level if each.figure in kept else FINE)
            for each in thresholds_by(self.settings)
        }
        self.statements.slow_ms = self.settings.slow_statement_ms
        if self.running.address.mode == "process" or self.settings.log_level != "INFO":
            self.logbook.set_level("", self.settings.log_level)
        for subsystem in set(self.logbook.levels) - set(self.settings.log_levels) - {""}:
            self.logbook.set_level(subsystem, "")
        for subsystem, level in self.settings.log_levels.items():
            self.logbook.set_level(subsystem, level)
