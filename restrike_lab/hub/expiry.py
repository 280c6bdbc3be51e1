"""Letting events leave the database some days after they were archived, while the hub runs.

Once a day, after the archiver, a process of its own compares the files of the days in question with the database, every
event of them, and says what may go. The hub then takes it out in small pieces between groups of events. Nothing goes
that is not in a file as it is in the database, and never what a hub that starts needs (see ``store.deleting``).
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from restrike_lab.hub.archivist import Run
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.deleting import delete_events, pieces_of

__all__ = ["Expiry", "comparer"]

log = logging.getLogger(__name__)

TOGETHER = 2_000
PAUSE_SECONDS = 0.05
"""Between two pieces, so that events that arrive never wait for more than one."""


def comparer(data_dir: Path, before: date) -> list[str]:
    """Return the command that says which archived events before a day may leave the database."""
    return [sys.executable, "-m", "restrike_lab.store.retention", str(data_dir), before.isoformat()]


class Expiry:
    """Take out what is older than the setting ``keep_days``; ``change`` runs something on the database."""

    def __init__(
        self,
        config: HubConfig,
        change: Callable[[Callable[[apsw.Connection], Any]], Any],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.change = change
        self.clock = clock
        self.pause = pause
        self.looked: tuple[date, int] | None = None
        self.removed = 0

    def tidy(self, run: Run) -> None:
        """Take out what is due, if that was not looked at today (the archivist's thread)."""
        days = self.config.keep_days
        today = datetime.fromtimestamp(self.clock(), UTC).date()
        if not days or self.looked == (today, days):
            return
        compared_ns = int(self.clock() * 1e9)
        printed = run(comparer(self.config.directory, today - timedelta(days)))
        if printed is None:
            return
        self.looked = today, days
        for first, last in json.loads(printed):
            for span in pieces_of(first, last, TOGETHER):
                self.removed += self.change(partial(delete_events, span=span, compared_ns=compared_ns))
                self.pause(PAUSE_SECONDS)
        if self.removed:
            log.info("%d archived events have left the database so far", self.removed)
