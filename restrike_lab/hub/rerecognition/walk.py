"""The walk over everything stored: each event judged and each court reduced anew, and what differs noted.

It repeats what the hub did, event by event, as if each had come alone: that is how messages come in a hall. What it
finds goes into a staging file; the database is only read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from restrike_lab.bout import Arrival, CourtState, Fact, flush, reduce
from restrike_lab.hub.rerecognition.difference import Noted
from restrike_lab.hub.rerecognition.judging import Judging
from restrike_lab.hub.rerecognition.scale import Scale
from restrike_lab.hub.stretches import IMPORTED, stretches
from restrike_lab.store.bouts import BoutTables
from restrike_lab.store.rerecognition import EVENT_CHANGES
from restrike_lab.store.staging import Staging

__all__ = ["Walk"]

EPOCH, COURT, SESSION = 1, 2, 3
STATUS, CONFIDENCE = EVENT_CHANGES.index("recognition_status"), EVENT_CHANGES.index("parser_confidence")

_json = msgspec.json.Encoder().encode

Row = Sequence[Any]


class Walk:
    """Judge and reduce stored events in order of ``seq``, and stage what changes.

    ``by_hand`` are events whose status a person set: it stays. Where older events have left the database
    (``partial``), nothing can be said of the bouts that run when the walk begins, until each court's next load.
    ``noted`` sums up what changed.
    """

    def __init__(self, staging: Staging, judging: Judging, by_hand: Collection[int], partial: bool = False) -> None:
        self._staging = staging
        self._judging = judging
        self._by_hand = by_hand
        self._partial = partial
        self._bouts = BoutTables(staging.db)
        self.scale = Scale()
        self.states: dict[str, CourtState] = {}
        self.imports: dict[str, int] = {}
        self.noted = Noted()

    def page(self, rows: Sequence[Row]) -> None:
        """Take some events, as ``WALKED`` lists their columns."""
        for some in stretches(rows, EPOCH, COURT, SESSION):
            self._take(some)

    def _take(self, rows: Sequence[Row]) -> None:
        """Take events of one stretch."""
        facts: list[Fact] = []
        if rows[0][EPOCH] == IMPORTED:
            facts += self._begin_imports(rows)
            facts += self._reduced(rows, 0)
        else:
            _, epoch, _, _, wall_ns, mono_ns, *_ = rows[0]
            if epoch != self.scale.epoch:
                self.scale.enter(epoch, wall_ns, mono_ns)
                # A restarted hub knows a court's running match again, and nothing of a court without one.
                self.states = {name: state for name, state in self.states.items() if state.match is not None}
            facts += self._reduced(rows, self.scale.shift)
            self.scale.reach(rows[-1][0], rows[-1][4], rows[-1][5])
        if self._partial:
            facts = [fact for fact in facts if fact.match_id is not None]
        self._bouts.write(facts, self.states)
        self._bouts.remember()

    def _begin_imports(self, rows: Sequence[Row]) -> Iterator[Fact]:
        """Begin the courts of imported files anew, and decide what was pending of the file before."""
        for court, session_id in {(row[COURT], row[SESSION]) for row in rows}:
            if self.imports.get(court) != session_id:
                self.imports[court] = session_id
                yield from flush(self.states.pop(court, CourtState()))[1]

    def _reduced(self, rows: Iterable[Row], shift: int) -> list[Fact]:
        """Stage what changes of some events, and return the facts that they lead to (about 3 us each)."""
        judging, by_hand = self._judging, self._by_hand
        known = {session_id: judging.known(session_id) for session_id in {row[SESSION] for row in rows}}
        states = self.states
        facts: list[Fact] = []
        changed: list[Row] = []
        for row in rows:
            seq, _, court, session_id, wall_ns, mono_ns, size, raw, match_id, number, clock_ms = row[:11]
            judged = known[session_id].get(raw) if size is None else None
            if judged is None:
                judged = judging.judge(session_id, raw, size)
            before = states.get(court)
            if before is None:
                before = states[court] = CourtState()
            state, found = reduce(before, judged.message, Arrival(seq, wall_ns, mono_ns + shift))
            if found:
                facts += found
            if state is not before:
                states[court] = state
                if _takes_back(before, state):
                    facts.append(before)
            columns = judged.columns
            if (
                columns != row[11:]
                or state.match_id != match_id
                or state.round != number
                or state.clock.time_ms != clock_ms
            ):
                held, stamps = row[11:], (state.match_id, state.round, state.clock.time_ms)
                if self._partial and state.match is None:
                    stamps = (match_id, number, clock_ms)
                if seq in by_hand:
                    columns = (*columns[:STATUS], held[STATUS], columns[7], held[CONFIDENCE], *columns[9:])
                self._note(changed, seq, court, raw, (*held, match_id, number, clock_ms), (*columns, *stamps))
        if changed:
            self._staging.stage_events(changed)
        return facts

    def _note(self, changed: list[Row], seq: int, court: str, raw: bytes, before: Row, after: Row) -> None:
        """Note an event whose columns (in the order of ``EVENT_CHANGES``) would be others."""
        names = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        if not names:
            return
        old = {EVENT_CHANGES[at]: before[at] for at in names}
        new = {EVENT_CHANGES[at]: after[at] for at in names}
        changed.append((seq, *after, _json(old).decode(), _json(new).decode()))
        self.noted.event(seq, court, raw, before, after, old, new)

    def flush(self, wall_ns: int | None) -> frozenset[int]:
        """Write the links that silence had decided at a wall time, all of them where none is given.

        The states stay as they are, so that the walk can go on: what is decided again gives the same row. Returns the
        hits that may still find a point.
        """
        now = None if wall_ns is None else self.scale.at(wall_ns)
        facts: list[Fact] = []
        undecided: set[int] = set()
        for court, state in self.states.items():
            imported = court in self.imports
            facts += flush(state, None if imported else now)[1]
            if not imported:
                undecided |= {hit.seq for side in (state.window.blue, state.window.red) for hit in side.hits}
        self._bouts.write(facts, self.states)
        self._bouts.remember()
        return frozenset(undecided)

    def save(self) -> None:
        """Write down where every court stands, to go on from there."""
        encode = msgspec.msgpack.encode
        self._staging.save("court", {court: encode(state) for court, state in self.states.items()})
        self._staging.save("walk", {"scale": self.scale.written(), "imports": encode(self.imports)})

    def load(self) -> None:
        """Go on from where a staging file says that every court stands."""
        states = self._staging.saved("court")
        self.states = {court: msgspec.msgpack.decode(state, type=CourtState) for court, state in states.items()}
        saved = self._staging.saved("walk")
        self.scale = Scale.read(saved["scale"])
        self.imports = msgspec.msgpack.decode(saved["imports"], type=dict[str, int])


def _takes_back(before: CourtState, after: CourtState) -> bool:
    """Tell whether a score, a winner or the way of scoring is taken back that has made a row of a round.

    The hub writes each state as it comes, and a row that was written stays; of a page only the last state is.
    """
    if after.score is not before.score and not any(after.score):
        return True
    if after.round_winners is not before.round_winners and _are_taken_back(before.round_winners, after.round_winners):
        return True
    if after.match is not before.match and before.match is not None and before.match.scoring is not None:
        return after.match is None or after.match.scoring != before.match.scoring
    return after.round_points is not before.round_points and _are_taken_back(
        map(any, before.round_points), map(any, after.round_points)
    )


def _are_taken_back(before: Iterable[Any], after: Iterable[Any]) -> bool:
    return any(old and not new for old, new in zip(before, after, strict=False))
