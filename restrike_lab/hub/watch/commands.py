"""Commands about the hub's own health: reading takes a viewer, acknowledging an operator, the database an admin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict
from threading import Thread
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.commands import Caller, Commands, integer, who
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.logbook import LEVELS
from restrike_lab.hub.watch.catalogue import FIGURES
from restrike_lab.store import notices
from restrike_lab.store.reader import Reader
from restrike_lab.store.statements import explain, suggestion

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running
    from restrike_lab.hub.watch.watch import Watch

__all__ = ["WatchCommands"]

Args = Mapping[str, Any]
LONGEST_TRACE_S = 600


class WatchCommands:
    """Answer the commands; ``running`` gives the running hub."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        add = commands.register
        add("system", self.system, help="This machine, the hub, its database, stages, caches, limits.")
        add(
            "system.history",
            self.history,
            help="The past of figures `names`: five minutes by the second, a day by the minute.",
        )
        add(
            "statements",
            self.statements,
            "operator",
            "The busiest statements, and slow ones with plan and advice.",
            reads=True,
        )
        add("database.check", self.check, "admin", "Read the database through; `full`: indexes against tables, too.")
        add(
            "alerts",
            self.alerts,
            help="Notices: grouped alerts, who saw them; `kept`: older ones, too, at most `limit`.",
        )
        add("alert.acknowledge", self.acknowledge, "operator", "Note that notices `ids`, or `all`, have been seen.")
        add("trace", self.trace, help="Follow event `seq`, or with `next` the one that comes within `seconds`.")
        add(
            "logs",
            self.logs,
            "operator",
            "The last log lines from `level` on, of a `subsystem`, after number `since`.",
            reads=True,
        )
        add("log.level", self.log_level, "admin", "Log a `subsystem` (empty: all) from `level` on, until the hub ends.")

    @property
    def watch(self) -> Watch:
        """The watch of the running hub."""
        return self.running().watch

    def system(self, _args: Args, _caller: Caller) -> object:
        """Return everything that the watch knows."""
        return self.watch.status()

    def history(self, args: Args, _caller: Caller) -> object:
        """Return the past of figures, of all where none is named."""
        names = args.get("names") or list(FIGURES)
        if not isinstance(names, list) or (unknown := [name for name in names if name not in FIGURES]):
            wrong = f"there is no figure {unknown[0]!r}" if isinstance(names, list) else "names is not a list"
            raise CommandError(wrong, hint=f"Figures: {', '.join(FIGURES)}.")
        past = self.watch.history
        return {
            name: {"seconds": past.seconds(name), "minutes": past.minutes(name), "per_hour": past.trend(name)}
            for name in names
        }

    def statements(self, _args: Args, _caller: Caller) -> object:
        """Return timings, and what would make slow statements faster."""
        log, path = self.watch.statements, self.watch.path
        plans = {sql: explain(path, sql) for sql in {each.sql for each in log.slowest() if each.source != "writer"}}
        return {
            "count": log.count,
            "slow_count": log.slow_count,
            "slow_ms": log.slow_ms,
            "busiest": [
                {**asdict(each), "total_ms": round(each.total_ms, 2), "longest_ms": round(each.longest_ms, 2)}
                for each in log.busiest()
            ],
            "slow": [
                {
                    **asdict(each),
                    "plan": plans.get(each.sql, []),
                    "suggestion": suggestion(each.sql, plans.get(each.sql, []), each.full_scan_steps),
                }
                for each in log.slowest()
            ],
        }

    def check(self, args: Args, _caller: Caller) -> Future[Any]:
        """Check the database in a thread of its own: it may take minutes."""
        done: Future[Any] = Future()
        full = bool(args.get("full"))

        def work() -> None:
            try:
                done.set_result(self.watch.check(full))
            except Exception as problem:
                done.set_exception(problem)

        Thread(target=work, name="restrike-check", daemon=True).start()
        return done

    def alerts(self, args: Args, _caller: Caller) -> object:
        """Return the notices as screens show them, or those that are kept."""
        if not args.get("kept"):
            return self.watch.notice_picture()
        limit = integer(args, "limit", 100, 1, 5_000)
        with closing(Reader.open(self.running().config.directory, self.watch.statements, "alerts")) as reader:
            return {"list": notices.newest(reader, limit)}

    def acknowledge(self, args: Args, caller: Caller) -> object:
        """Acknowledge notices."""
        numbers = args.get("ids")
        if args.get("all"):
            numbers = None
        elif not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
            raise CommandError("which notices?", hint='Send {"ids": [12]} or {"all": true}.')
        return {"acknowledged": self.watch.acknowledge(numbers, who(args, caller))}

    def trace(self, args: Args, _caller: Caller) -> object:
        """Follow an event."""
        coming = bool(args.get("next"))
        seq = None if args.get("seq") is None else integer(args, "seq", 0, 0, 1 << 62)
        if seq is None and not coming:
            raise CommandError("which event?", hint='Send {"seq": 12} or {"next": true}.')
        if seq is not None and seq <= self.running().pipeline.committed:
            return self.watch.tracer.past(seq)
        return self.watch.tracer.order(seq, integer(args, "seconds", 30, 1, LONGEST_TRACE_S))

    def logs(self, args: Args, _caller: Caller) -> object:
        """Return the end of the log."""
        level = str(args.get("level") or "DEBUG").upper()
        if level not in LEVELS:
            raise CommandError(f"{level!r} is no level", hint=f"Levels: {', '.join(LEVELS)}.")
        book = self.watch.logbook
        lines = book.tail(
            integer(args, "limit", 100, 1, 500),
            level,
            str(args.get("subsystem") or ""),
            integer(args, "since", 0, 0, 1 << 62),
        )
        return {"lines": lines, "levels": book.levels, "lost": book.lost, "file": str(book.path)}

    def log_level(self, args: Args, _caller: Caller) -> object:
        """Change what is logged."""
        book = self.watch.logbook
        book.set_level(str(args.get("subsystem") or ""), str(args.get("level") or "").upper())
        return {"levels": book.levels}
