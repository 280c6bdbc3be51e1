"""Monotonic times of several terms on one scale.

Each machine's monotonic clock begins anew when it starts. The terms of hubs over one data directory are put one behind
the other, as a restarted hub does with its running match, so that windows can be measured across them.
"""

from __future__ import annotations

import msgspec

from restrike_lab.hub.restore import mono_shift

__all__ = ["Scale"]

NS_PER_MS = 1_000_000


class Scale:
    """What to add to the monotonic times of a term, and where the last event was.

    ``shift`` (ns) is that of the term ``epoch``; ``wall_ns`` and ``mono_ns`` are the last event's, as stored.
    """

    def __init__(self) -> None:
        self.epoch = self.shift = self.last_seq = self.wall_ns = self.mono_ns = 0
        self.shifts: dict[int, int] = {}

    def enter(self, epoch: int, wall_ns: int, mono_ns: int) -> None:
        """Go over to a term whose first event came at these times."""
        if self.shifts:
            shift = self.shift - mono_shift(self.wall_ns, self.mono_ns, wall_ns, mono_ns)
            # Whole ms, so that times in ms differ as they did when the term ran; upwards, so that none runs back.
            self.shift = -(-shift // NS_PER_MS) * NS_PER_MS
        self.epoch = epoch
        self.shifts[epoch] = self.shift

    def reach(self, seq: int, wall_ns: int, mono_ns: int) -> None:
        """Note the last event."""
        self.last_seq, self.wall_ns, self.mono_ns = seq, wall_ns, mono_ns

    def at(self, wall_ns: int) -> int:
        """Return where a later wall time lies on the scale (ns)."""
        return self.mono_ns + self.shift + max(0, wall_ns - self.wall_ns)

    def written(self) -> bytes:
        """Return everything as bytes, for ``read``."""
        last = (self.epoch, self.shift, self.last_seq, self.wall_ns, self.mono_ns)
        return msgspec.msgpack.encode((last, self.shifts))

    @classmethod
    def read(cls, written: bytes) -> Scale:
        """Return the scale that was written."""
        scale = cls()
        last, scale.shifts = msgspec.msgpack.decode(written, type=tuple[tuple[int, int, int, int, int], dict[int, int]])
        scale.epoch, scale.shift, scale.last_seq, scale.wall_ns, scale.mono_ns = last
        return scale
