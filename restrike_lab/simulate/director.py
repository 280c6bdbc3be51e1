"""One bout from load to result: the director tells the console what happens and writes down the truth.

A round ends (``how``) by points when time runs out, at a tie by superiority or else the referees' decision, before its
time by a 12-point gap, the fifth gam-jeom, or because the referee stops the contest. Two rounds win the bout.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from heapq import merge
from random import Random

from restrike_lab.simulate.console import Console
from restrike_lab.simulate.incidents import play_incident
from restrike_lab.simulate.model import Curve, LevelModel
from restrike_lab.simulate.pairing import Pairing
from restrike_lab.simulate.plan import Attempt, Frequencies, Incident, plan_attempts, plan_incidents
from restrike_lab.simulate.recorder import Recorder
from restrike_lab.simulate.truth import BoutTruth

__all__ = ["Director", "Streams"]

_DECISIONS = {"gap": "PTG", "gam-jeoms": "PUN", "superiority": "SUP", "referees": "SUP", "rsc": "RSC"}
_JOIN_WITHIN_MS = 1_500

Streams = Callable[[str], Random]
"""Gives the independent random stream of a purpose, the same each time for the same bout and purpose."""


class Director:
    """Play bouts on one console."""

    def __init__(
        self, console: Console, *, curve: Curve, levels: LevelModel, frequencies: Frequencies, join_hits: bool = False
    ) -> None:
        self.console = console
        self.curve = curve
        self.levels = levels
        self.frequencies = frequencies
        self.join_hits = join_hits

    def load(self, pairing: Pairing, truth: BoutTruth, streams: Streams) -> None:
        """Load a match, fast or slow as consoles and networks are (22 to 170 ms)."""
        spacing = streams("load").choice(((2, 2), (12, 14), (13, 15)))
        Recorder(self.console, truth).load(pairing.fixture, spacing)

    def play(self, pairing: Pairing, truth: BoutTruth, streams: Streams) -> None:
        """Play a loaded match from its first ``clk start`` to ``wmh``."""
        outcome = streams("outcome")
        fate = _Fate(outcome, self.frequencies)
        pace = streams("pace")
        self.console.wait(pace.randint(8_000, 90_000))
        recorder = Recorder(self.console, truth)
        while True:
            stopped_for = fate.stops_for if fate.stops_in == self.console.round else 0
            self._play_round(pairing, recorder, streams, stopped_for=stopped_for)
            note = recorder.note_round(stopped_for=stopped_for, referees=outcome.randint(1, 2))
            self.console.wait(min(220_000, max(1_000, int(1000 * pace.lognormvariate(2.0, 0.8)))))
            decided = self.console.winners.count(note.winner) + 1 >= 2 or note.how == "rsc"
            recorder.confirm_round(rest=not decided)
            if decided or fate.ends_after == self.console.round:
                self.console.wait(pace.randint(3_000, 20_000))
                winner, decision = note.winner, _DECISIONS.get(note.how or "", "PTF")
                recorder.end_match(*((winner, decision) if decided else (fate.leaves_winner, fate.ends_with)))
                return
            self._rest(pace)

    def abort(self, pairing: Pairing, truth: BoutTruth, streams: Streams) -> None:
        """Play a loaded match for part of its first round; the next load ends it with the clock running."""
        pace = streams("abort")
        self.console.wait(pace.randint(5_000, 40_000))
        truth.status = "aborted"
        until = pace.randint(3_000, pairing.fixture.round_ms // 2)
        recorder = Recorder(self.console, truth)
        self._play_round(pairing, recorder, streams, until=until)
        recorder.note_round()

    def _rest(self, pace: Random) -> None:
        full = pace.random() < self.frequencies.full_break
        skipped_after, start_after = pace.randint(4_000, 55_000), pace.randint(2_000, 20_000)
        if full:
            self.console.end_break()
        else:
            self.console.wait(skipped_after)
        self.console.next_round()
        self.console.wait(start_after)

    # A round ---------------------------------------------------------------------------------------------------

    def _play_round(
        self,
        pairing: Pairing,
        recorder: Recorder,
        streams: Streams,
        *,
        stopped_for: int = 0,
        until: int | None = None,
    ) -> None:
        console = self.console
        acts = deque(self._plan(pairing, streams, stopped_for))
        recorder.start_round()
        while acts and console.clock.running:
            act = acts.popleft()
            if until is not None and act.elapsed_ms >= until:
                break
            console.run_clock_to(act.elapsed_ms)
            if isinstance(act, Incident):
                play_incident(recorder, act, self.frequencies)
            elif self.join_hits and acts and _can_join(act, acts[0]):
                self._join(recorder, act, acts.popleft())
            elif act.points:
                recorder.point(act.athlete, act.points, act.level)
            elif act.level is not None:
                recorder.hit(act.athlete, act.level, act.target)
        if console.clock.running:
            if until is None:
                console.end_round()
            else:
                console.run_clock_to(until)

    def _plan(self, pairing: Pairing, streams: Streams, stopped_for: int) -> list[Attempt | Incident]:
        number, round_ms = self.console.round, pairing.fixture.round_ms
        attempts = [
            plan_attempts(
                streams(f"hits {number} {side}"),
                number=side,
                athlete=athlete,
                weight_class=pairing.weight_class,
                round_ms=round_ms,
                frequencies=self.frequencies,
                levels=self.levels,
                curve=self.curve,
            )
            for side, athlete in enumerate((pairing.blue, pairing.red), 1)
        ]
        incidents = plan_incidents(
            streams(f"incidents {number}"),
            round_ms=round_ms,
            frequencies=self.frequencies,
            aggressions=(pairing.blue.aggression, pairing.red.aggression),
        )
        if stopped_for:
            draw = streams(f"stopped {number}")
            at = draw.randint(5_000, round_ms - 5_000)
            incidents = [incident for incident in incidents if incident.elapsed_ms < at]
            incidents.append(Incident(at, "rsc", stopped_for, draw))
        acts: list[Iterable[Attempt | Incident]] = [*attempts, incidents]
        return list(merge(*acts, key=lambda act: act.elapsed_ms))

    def _join(self, recorder: Recorder, first: Attempt, second: Attempt | Incident) -> None:
        assert isinstance(second, Attempt)
        assert first.level is not None
        assert second.level is not None
        self.console.run_clock_to(second.elapsed_ms)
        recorder.joined_hits((first.level, second.level), (first.athlete, second.athlete))


def _can_join(first: Attempt, second: Attempt | Incident) -> bool:
    """Tell whether two acts are hits of both athletes that do not score and come close to each other."""
    return (
        isinstance(second, Attempt)
        and not first.points
        and not second.points
        and first.athlete != second.athlete
        and second.elapsed_ms - first.elapsed_ms <= _JOIN_WITHIN_MS
    )


class _Fate:
    """What breaks a bout off, drawn before it begins: at most one thing, in or after one of its first rounds."""

    def __init__(self, draw: Random, frequencies: Frequencies) -> None:
        self.stops_in = self.stops_for = self.ends_after = self.leaves_winner = 0
        self.ends_with = ""
        luck, number, athlete = draw.random(), draw.randint(1, 2), draw.randint(1, 2)
        if (luck := luck - frequencies.stopped_contest) < 0:
            self.stops_in, self.stops_for = number, athlete
        elif (luck := luck - frequencies.withdrawal) < 0:
            self.ends_after, self.ends_with, self.leaves_winner = 1, "WDR", athlete
        elif (luck := luck - frequencies.disqualification) < 0:
            self.ends_after, self.ends_with, self.leaves_winner = 1, "DSQ", athlete
        elif luck - frequencies.nobody_wins < 0:
            self.ends_after, self.ends_with = 1, "WDR"
