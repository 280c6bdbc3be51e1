"""What a hub tells about itself: figures every second, everything on request, and an alarm when something is lost."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import apsw
import msgspec
import psutil

from restrike_lab import __version__
from restrike_lab.hub.frames import iso_time
from restrike_lab.hub.receive import Accounting
from restrike_lab.hub.watch.prometheus import exposition

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["Reporter"]


class Reporter:
    """Report on a running hub.

    ``on_loss(court, count, from_ns, to_ns)`` is called when the kernel dropped datagrams of a court since the last
    look, so that the loss becomes a stored fact.
    """

    def __init__(self, running: Running, on_loss: Callable[[str, int, int, int], None]) -> None:
        self.running = running
        self.on_loss = on_loss
        self.process = psutil.Process()
        self.looked_ns = time.time_ns()
        self.looked_at = time.monotonic()
        self.received: dict[str, int] = {}
        self.dropped: dict[str, int] = {}

    def tick(self) -> Mapping[str, Any]:
        """Return the figures of this second, and tell of what was lost in it (the fan-out's thread only)."""
        books = self.running.receiver.accounting()
        now, now_ns = time.monotonic(), time.time_ns()
        seconds = max(now - self.looked_at, 1e-3)
        courts: dict[str, dict[str, Any]] = {}
        for name, book in books.items():
            self.look_for_loss(name, book, now_ns)
            arrived = book.received - self.received.get(name, 0)
            self.received[name] = book.received
            courts[name] = {
                "received": book.received,
                "kernel_dropped": book.kernel_dropped,
                "rejected": book.rejected,
                "rate": round(arrived / seconds, 1),
                "last_arrival_ns": book.last_arrival_ns,
            }
        self.looked_at, self.looked_ns = now, now_ns
        pipeline = self.running.pipeline
        return {
            "at": iso_time(now_ns),
            "epoch": self.running.epoch,
            "seq": pipeline.committed,
            "courts": courts,
            "received": sum(court["received"] for court in courts.values()),
            "rate": round(sum(court["rate"] for court in courts.values()), 1),
            "waiting": self.running.spool.waiting,
            "latency_ms": pipeline.delays.percentiles(),
            "clients": len(self.running.fanout.clients),
            "store_ok": pipeline.keeper.failing is None,
            "system": self.running.watch.metrics(),
            "caches": self.running.watch.books.caches(),
        }

    def look_for_loss(self, court: str, book: Accounting, now_ns: int) -> None:
        """Tell of datagrams that the kernel dropped since the last look."""
        if book.kernel_dropped is None:
            return
        lost = book.kernel_dropped - self.dropped.get(court, 0)
        self.dropped[court] = book.kernel_dropped
        if lost > 0:
            self.on_loss(court, lost, self.looked_ns, now_ns)

    def status(self) -> dict[str, Any]:
        """Return everything the hub counts; ``None`` stands where the platform does not tell."""
        running = self.running
        pipeline, spool = running.pipeline, running.spool
        books = running.receiver.accounting()
        failing = pipeline.keeper.failing
        versions = {line.name: line.recognizer.version for line in pipeline.lines}
        return {
            "version": __version__,
            "mode": running.address.mode,
            "pid": running.address.pid,
            "epoch": running.epoch,
            "url": running.address.url,
            "data_dir": str(running.config.directory),
            "started": iso_time(running.started_ns),
            "uptime_s": round((time.time_ns() - running.started_ns) / 1e9, 1),
            "seq": pipeline.committed,
            "courts": {
                court.name: {
                    "port": court.port,
                    "receive_buffer": court.buffer_bytes,
                    "protocol_version": versions[court.name],
                    **msgspec.to_builtins(books[court.name]),
                }
                for court in running.sockets
            },
            "queue": {
                "waiting": spool.waiting,
                "highest": spool.highest,
                "limit": spool.max_datagrams,
                "full": spool.full,
            },
            "latency_ms": pipeline.delays.percentiles(),
            "commit_ms": pipeline.keeper.commits.percentiles(),
            "largest_group": pipeline.largest_group,
            "store": {"ok": failing is None, "problem": failing.message if failing else None},
            "clients": len(running.fanout.clients),
            "memory_bytes": self.process.memory_info().rss,
            "platform": {
                "system": platform.system(),
                "python": platform.python_version(),
                "sqlite": apsw.sqlite_lib_version(),
                "receive": running.drain.name,
                "arrival_times": running.drain.stamps,
                "drop_counter": all(book.kernel_dropped is not None for book in books.values()),
                "receive_buffer_asked": running.config.receive_buffer,
            },
            "gaps": list(running.fanout.picture.gaps),
            "alerts": list(running.fanout.alerts),
            "system": running.watch.status(),
        }

    def obs_health(self) -> str:
        """Return how the instances of OBS are: ``none``, ``ok`` or ``failing``. The hub does its work without them."""
        held = self.running.obs.held
        instances = [] if held is None else held.shown["instances"]
        wanted = [each for each in instances if each.get("enabled")]
        if not wanted:
            return "none"
        return "ok" if all(each.get("connected") for each in wanted) else "failing"

    def exposition(self) -> str:
        """Return the figures as Prometheus reads them."""
        return exposition(self.status())

    def health(self) -> Mapping[str, Any]:
        """Return what anybody may know: which parts are well, whether the hub lives, and whether it does its work.

        ``live`` false: it should be started again. ``ready`` false: it lives, but does not hear or keep everything now.
        """
        running = self.running
        keeper, levels = running.pipeline.keeper, running.watch.levels()
        parts = {
            "receive": running.receiver.thread.is_alive()
            and all(court.socket.fileno() >= 0 for court in running.sockets),
            "pipeline": running.pipeline.thread.is_alive(),
            "store": keeper.failing is None and not running.watch.is_damaged,
            "queue": not running.spool.full,
            "fanout": running.fanout.thread.is_alive(),
            "watch": running.watch.thread.is_alive(),
            "disk": levels.get("disk_free_mb") != "critical",
            "memory": levels.get("memory_percent") != "critical",
        }
        live = running.alive
        ready = live and all(parts[name] for name in ("receive", "store", "queue"))
        return {
            "status": "ok" if live and all(parts.values()) else "degraded",
            "live": live,
            "ready": ready,
            "components": {name: "ok" if well else "failing" for name, well in parts.items()}
            | {"obs": self.obs_health()},
            "version": __version__,
            "epoch": running.epoch,
        }
