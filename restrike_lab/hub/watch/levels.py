"""When a figure needs a person: limits that must be passed for a while, and left by a margin before they count as over.

Pure: a figure and a time in, a change of level out. Without the margin a figure that stands at its limit would raise
an alarm every second; without the time, every peak would.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

__all__ = ["CRITICAL", "FINE", "LEVELS", "THRESHOLDS", "WARNING", "Sentinel", "Threshold"]

LEVELS = ("fine", "warning", "critical")
FINE, WARNING, CRITICAL = range(3)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Limits of one figure (see ``catalogue.FIGURES`` for its unit).

    ``below``: it is a low figure that is bad. ``margin`` is the part of a limit by which the figure must have come
    back, ``hold_s`` how long it must have been beyond, or back. A limit that is None is not watched. ``text`` says what
    is wrong (with ``{value}``), ``hint`` is the way out.
    """

    figure: str
    warning: float | None
    critical: float | None
    text: str
    hint: str
    below: bool = False
    margin: float = 0.1
    hold_s: float = 10.0

    def limits(self, warning: float | None, critical: float | None) -> Threshold:
        """Return the same threshold with other limits."""
        return replace(self, warning=warning, critical=critical)

    def is_beyond(self, value: float, level: int, held: bool) -> bool:
        """Tell whether a value stands for a level; one that is held already is left only behind the margin."""
        limit = self.warning if level == WARNING else self.critical
        if limit is None:
            return False
        if self.below:
            return value < (limit * (1 + self.margin) if held else limit)
        return value > (limit * (1 - self.margin) if held else limit)


@dataclass(slots=True)
class Sentinel:
    """Follow one figure; ``level`` is where it stands by its threshold."""

    threshold: Threshold
    level: int = FINE
    value: float | None = None
    _wanted: int = field(default=FINE, repr=False)
    _since: float | None = field(default=None, repr=False)

    def update(self, value: float | None, now: float) -> bool:
        """Take a new value at ``now`` (s) and tell whether the level changed; None, not known, changes nothing."""
        if value is None:
            self._since = None
            return False
        self.value = value
        wanted = self.level_of(value)
        if wanted == self.level:
            self._since = None
            return False
        rising = wanted > self.level
        if self._since is None or rising != (self._wanted > self.level):
            self._since, self._wanted = now, wanted
        else:  # what held all the time
            self._wanted = min(self._wanted, wanted) if rising else max(self._wanted, wanted)
        if now - self._since < self.threshold.hold_s:
            return False
        self.level, self._since = self._wanted, None
        return True

    def level_of(self, value: float) -> int:
        """Return the level that a value stands for by itself."""
        for level in (CRITICAL, WARNING):
            if self.threshold.is_beyond(value, level, held=self.level >= level):
                return level
        return FINE


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "cpu_percent",
        90,
        None,
        "this machine's processors are busy: {value}",
        "Close programs that are not needed.",
        hold_s=60.0,
    ),
    Threshold(
        "memory_percent",
        88,
        96,
        "this machine's memory is nearly used up: {value}",
        "Close programs or pages.",
        margin=0.05,
    ),
    Threshold(
        "disk_free_mb",
        1024,
        100,
        "the disk of the data directory fills up: {value} left",
        "Free space on it; what does not fit is kept in memory, as long as that lasts.",
        below=True,
        margin=0.2,
        hold_s=3.0,
    ),
    Threshold(
        "hub_memory_mb", 400, 1000, "the hub uses {value} of memory", "See whether messages are waiting to be stored."
    ),
    Threshold(
        "queue_percent",
        5,
        50,
        "{value} of the room for messages that wait to be stored is taken",
        "Find out what keeps the database: a full or slow disk, or another program.",
        margin=0.5,
        hold_s=2.0,
    ),
    Threshold(
        "stored_p95_ms",
        250,
        2000,
        "messages wait {value} until they are stored",
        "Find out what keeps this machine or its disk busy.",
        margin=0.4,
    ),
    Threshold(
        "wal_mb",
        256,
        2048,
        "the database's log has grown to {value}",
        "Close the program that holds the database open for reading.",
        margin=0.3,
    ),
    Threshold("files_percent", 80, 95, "the hub has {value} of the files open that it may", "Report it, and restart."),
)
"""What is watched unless the settings say otherwise."""
