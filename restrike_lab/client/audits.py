"""The audit of every court, drawn again from the stored events: what the hub found live, and what it never told.

``bout.reconcile`` decides; here its input is put together from the record as the hub had it: the messages in their
order, the times at which nobody listened, and how long a quiet court was listened to. Reports follow from stored bytes
alone, so they can be made for any match at any time, also by a newer lab than the one that recorded it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import NamedTuple

from restrike_lab.bout import Arrival
from restrike_lab.bout.findings import DataQuality
from restrike_lab.bout.reconcile import AuditState, due, gap, quality, reconcile
from restrike_lab.pss import Message, Recognizer
from restrike_lab.store.reader import Reader

__all__ = ["Audits"]

PAGE = 5_000
MAX_REPORTS = 5_000
NEW_CLOCK_NS = 2_000_000_000
"""Monotonic time that falls by more is that of a machine that was started again; courts differ by much less."""

_EVENTS = """
SELECT seq, epoch, court, arrival_ns, mono_ns, datagram_size IS NOT NULL, raw, protocol_version
FROM pss_events WHERE seq > ? ORDER BY seq LIMIT ?
"""
_GAPS = "SELECT epoch, from_ns, to_ns, reason FROM gaps WHERE court IS NULL AND epoch > ? ORDER BY gap_id"
_TERM = "SELECT ended_ns FROM hub_epochs WHERE epoch = ?"
_RECORD = "SELECT (SELECT min(seq) FROM pss_events), (SELECT max(run_id) FROM pss_recognition_runs)"


class _Gap(NamedTuple):
    epoch: int
    from_ns: int
    to_ns: int
    reason: str


class Audits:
    """Follow all courts of a record. ``advance`` takes in what is new; use from one thread at a time.

    ``wanted`` keeps the report of that one match alone; without it those of the last 5000 matches are kept.
    ``wall_clock`` tells until when the hub that runs has listened.
    """

    def __init__(self, reader: Reader, wanted: int | None = None, wall_clock: Callable[[], int] = time.time_ns) -> None:
        self._reader = reader
        self._wanted = wanted
        self._wall_clock = wall_clock
        self._recognizers = functools.cache(Recognizer)
        self._begin()

    def _begin(self) -> None:
        self.states: dict[str, AuditState] = {}
        self._finished: dict[int, DataQuality] = {}
        self._seq = self._epoch = 0
        self._record: tuple[object, ...] = (None, None)
        self._last_wall = self._last_mono = self._shift = 0
        self._gaps: list[_Gap] = []

    def advance(self) -> int:
        """Take in every event that was stored since; return the number of the last."""
        record = self._reader.query(_RECORD).rows[0]
        if record != self._record or self._reader.last_seq() < self._seq:
            self._begin()  # another database stands there now, or stored bytes were recognized anew
            self._record = record
        self._gaps = [_Gap(*row) for row in self._reader.query(_GAPS, (self._epoch,)).rows]
        while rows := self._reader.query(_EVENTS, (self._seq, PAGE)).rows:
            for row in rows:
                self._take(*row)
        for each in self._gaps:
            self._interrupt(each)
        self._gaps = []
        return self._seq

    def report(self, match_id: int) -> DataQuality | None:
        """Return the report on a match, ``None`` where it was never loaded or its report was let go."""
        found = self._finished.get(match_id)
        if found is None:
            state = next((each for each in self.states.values() if each.course.match_id == match_id), None)
            found = None if state is None else self._running(state)
        return found

    def running(self) -> dict[str, DataQuality]:
        """Return the report on what goes on at each court, by its name."""
        return {court: self._running(state) for court, state in self.states.items()}

    def _running(self, state: AuditState) -> DataQuality:
        """Return a report with everything decided that the silence since the last message decides.

        The state itself stays as it is: an event may be under way that arrived before now.
        """
        settled, _ = due(state, self._listened_until())
        return quality(settled)

    def _listened_until(self) -> int:
        """Return the monotonic time until which the term of the last event listened."""
        held = self._reader.query(_TERM, (self._epoch,)).rows
        ended = held[0][0] if held else self._last_wall
        wall = self._wall_clock() if ended is None else ended
        return self._mono(wall)

    def _mono(self, wall_ns: int) -> int:
        return self._last_mono + max(0, int(wall_ns) - self._last_wall)

    def _take(
        self, seq: int, epoch: int, court: str, wall_ns: int, mono_ns: int, cut: int, raw: bytes, version: str
    ) -> None:
        if epoch != self._epoch:
            self._change_term(epoch)
        at = Arrival(seq, wall_ns, self._kept_time(wall_ns, mono_ns))
        self._seq = seq
        before = self.states.get(court) or AuditState()
        state, _ = reconcile(before, self._message(raw, cut, version), at)
        self.states[court] = state
        if state.previous is not before.previous and state.previous is not None:
            self._finish(state.previous)

    def _message(self, raw: bytes, cut: int, version: str) -> Message:
        recognizer = self._recognizers(version)
        return (recognizer.cut(raw) if cut else recognizer.recognize(raw))[0].message

    def _kept_time(self, wall_ns: int, mono_ns: int) -> int:
        """Return the monotonic time, carried on where it began anew: after a reboot the wall clock tells the pause."""
        if not self._seq:
            self._last_mono = mono_ns
        if mono_ns + self._shift < self._last_mono - NEW_CLOCK_NS:
            self._shift = self._mono(wall_ns) - mono_ns
        mono_ns += self._shift
        self._last_wall, self._last_mono = wall_ns, max(mono_ns, self._last_mono)
        return mono_ns

    def _change_term(self, epoch: int) -> None:
        while self._gaps and self._gaps[0].epoch <= epoch:
            self._interrupt(self._gaps.pop(0))
        self._epoch = epoch

    def _interrupt(self, interruption: _Gap) -> None:
        """Tell every court that nobody listened, after all that the term before could still decide."""
        at = Arrival(self._seq, interruption.to_ns, self._mono(interruption.to_ns))
        for court, before in self.states.items():
            state, _ = due(before, self._mono(interruption.from_ns))
            if state.heard:
                self.states[court], _ = gap(state, interruption.from_ns, interruption.to_ns, at, interruption.reason)
        self._epoch = interruption.epoch
        self._last_wall, self._last_mono = max(self._last_wall, interruption.to_ns), at.mono_ns

    def _finish(self, report: DataQuality) -> None:
        if report.match_id is None or self._wanted not in (None, report.match_id):
            return
        self._finished[report.match_id] = report
        if len(self._finished) > MAX_REPORTS:
            del self._finished[next(iter(self._finished))]
