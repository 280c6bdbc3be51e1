"""The state of a court after a restart: reduced again from what is stored.

Pure: stored rows in, state out. The events keep their numbers, so the running match keeps its ``match_id`` and a bout
goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from restrike_lab.bout import Arrival, CourtState, reduce
from restrike_lab.pss import Recognition, Recognizer
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["rebuild", "recognition_of"]

SEQ, ARRIVAL, MONO, RAW, CUT = map(EVENT_COLUMNS.index, ("seq", "arrival_ns", "mono_ns", "raw", "datagram_size"))
SAME_BOOT_NS = 2_000_000_000


def recognition_of(row: Sequence[Any], recognizer: Recognizer) -> Recognition:
    """Return the recognition of a stored row, from its bytes."""
    raw = bytes(row[RAW])
    return (recognizer.recognize(raw) if row[CUT] is None else recognizer.cut(raw))[0]


def rebuild(rows: Sequence[Sequence[Any]], recognizer: Recognizer, wall_now: int, mono_now: int) -> CourtState:
    """Return the state that a court's events since its last load lead to."""
    state = CourtState()
    if not rows:
        return state
    shift = mono_shift(rows[-1][ARRIVAL], rows[-1][MONO], wall_now, mono_now)
    for row in rows:
        at = Arrival(row[SEQ], row[ARRIVAL], row[MONO] + shift)
        state, _facts = reduce(state, recognition_of(row, recognizer).message, at)
    return state


def mono_shift(last_wall: int, last_mono: int, wall_now: int, mono_now: int) -> int:
    """Return what to add to stored monotonic times (ns) to compare them with this machine's clock now.

    Nothing, as long as the machine has been running: its monotonic clock is the same for every process. After a
    reboot, or on another machine, the wall clock tells how long ago the last event was.
    """
    if abs((mono_now - last_mono) - (wall_now - last_wall)) < SAME_BOOT_NS and last_mono <= mono_now:
        return 0
    return mono_now - max(0, wall_now - last_wall) - last_mono
