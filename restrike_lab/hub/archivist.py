"""The hub's archivist: starts the archiver, as a short process of its own, when a match has ended.

The archiver needs libraries that the hub must not carry. One runs at a time, a moment after the match, at low priority;
what it has to complain about is told like everything that needs a person. If it fails, the next match's run takes up
what is missing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from restrike_lab.bout import CourtState

__all__ = ["Archivist", "archiver"]

log = logging.getLogger(__name__)

SETTLING_SECONDS = 20.0
"""From the end of a match to its archiving: the last messages, and further courts that end together."""

RUN_SECONDS = 600.0
LOW_PRIORITY = 10


def archiver(data_dir: Path) -> list[str]:
    """Return the command that archives a data directory."""
    return [sys.executable, "-m", "restrike_lab.store.archiving", str(data_dir)]


Run = Callable[[Sequence[str]], "str | None"]


class Archivist:
    """Watch the states of courts; ``tell`` hears (level, message, hint) when an archiver fails.

    ``wanted()`` tells, each time one is due, whether it is to run. ``tidy(run)`` is called after one that did its job,
    with what runs a further process.
    """

    def __init__(
        self,
        command: Sequence[str],
        tell: Callable[[str, str, str], None],
        settling: float = SETTLING_SECONDS,
        wanted: Callable[[], bool] = lambda: True,
        tidy: Callable[[Run], None] = lambda _run: None,
    ) -> None:
        self.command = list(command)
        self.tell = tell
        self.settling = settling
        self.wanted = wanted
        self.tidy = tidy
        self.seen: dict[str, tuple[int, bool]] = {}
        self.due = threading.Event()
        self.stopping = threading.Event()
        self.runs = 0
        self.process: subprocess.Popen[str] | None = None
        self.thread = threading.Thread(target=self.work, name="restrike-archivist", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self.thread.start()

    def note(self, courts: Mapping[str, CourtState]) -> None:
        """Look at courts that changed (the pipeline's thread).

        The archiver becomes due when a match is decided, and when there is another match on a court than before: in a
        flood several may have ended since the last look.
        """
        for name, state in courts.items():
            if (match := state.match) is not None:
                seen = (match.match_id, match.stage == "decided")
                if seen != self.seen.get(name) and (seen[1] or seen[0] != self.seen.get(name, (0, False))[0]):
                    self.due.set()
                self.seen[name] = seen

    def stop(self) -> None:
        """Start no further archiver and end one that runs: the next one begins anew; idempotent."""
        self.stopping.set()
        self.due.set()
        process = self.process
        if process is not None and process.poll() is None:
            process.terminate()
        if self.thread.is_alive():
            self.thread.join(10.0)

    def work(self) -> None:
        """Run an archiver whenever one is due (the archivist's thread)."""
        while True:
            self.due.wait()
            if self.stopping.wait(self.settling):
                return
            self.due.clear()
            if self.wanted() and self.run() is not None and not self.stopping.is_set():
                self.tidy(self.run)

    def run(self, command: Sequence[str] = ()) -> str | None:
        """Run one archiver, or another command of its kind, to its end; return what it printed, None if it failed."""
        try:
            process = self.process = subprocess.Popen(
                command or self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="backslashreplace",
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
            )
            yield_to_others(process.pid)
            printed, said = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            said = f"it took longer than {RUN_SECONDS:.0f} s"
        except OSError as problem:
            said = str(problem)
        else:
            if process.returncode == 0:
                self.runs += 1
                return printed
        if not self.stopping.is_set():
            last = said.strip().splitlines()[-1] if said.strip() else "it gave no reason"
            log.warning("archiving failed: %s", last)
            self.tell("warning", f"the archive was not brought up to date: {last}", "Run `restrike-lab archive`.")
        return None


def yield_to_others(pid: int) -> None:
    """Give a process a low priority, where that can be done afterwards."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, LOW_PRIORITY)
