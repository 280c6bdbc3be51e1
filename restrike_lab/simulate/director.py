"""One bout from load to result: the director tells the console what happens and writes down the truth.

A round ends (``how``) by points when time runs out, at a tie by superiority or else the referees' decision, before its
time by a 12-point gap, the fifth gam-jeom, or because the referee stops the contest. Two rounds win the bout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import merge
from random import Random

from restrike_lab.pss.streams import HitLevel
from restrike_lab.simulate.athletes import Athlete, WeightClass
from restrike_lab.simulate.console import Console
from restrike_lab.simulate.fixture import Fixture
from restrike_lab.simulate.incidents import play_incident
from restrike_lab.simulate.model import Curve, LevelModel
from restrike_lab.simulate.plan import Attempt, Frequencies, Incident, plan_attempts, plan_incidents
from restrike_lab.simulate.quirks import joined
from restrike_lab.simulate.scoring import GAM_JEOM_LIMIT, opponent
from restrike_lab.simulate.truth import BoutTruth, HitTruth, PointTruth, RoundTruth

__all__ = ["Director", "Pairing", "Streams"]

SIDES = ("TIE", "BLUE", "RED")
"""Words of ``win`` by athlete."""

_DECISIONS = {"gap": "PTG", "gam-jeoms": "PUN", "superiority": "SUP", "referees": "SUP", "rsc": "RSC"}
_JOIN_WITHIN_MS = 1_500

Streams = Callable[[str], Random]
"""Gives the independent random stream of a purpose, the same each time for the same bout and purpose."""


@dataclass(frozen=True)
class Pairing:
    """Say who meets whom and as which match."""

    fixture: Fixture
    weight_class: WeightClass
    blue: Athlete
    red: Athlete


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
        truth.loaded_ms = self.console.load(pairing.fixture, spacing=spacing)

    def play(self, pairing: Pairing, truth: BoutTruth, streams: Streams) -> None:
        """Play a loaded match from its first ``clk start`` to ``wmh``."""
        outcome = streams("outcome")
        fate = _Fate(outcome, self.frequencies)
        pace = streams("pace")
        self.console.wait(pace.randint(8_000, 90_000))
        truth.status = "fought"
        while True:
            stopped_for = fate.stops_for if fate.stops_in == self.console.round else 0
            self._play_round(pairing, truth, streams, stopped_for=stopped_for, referees=outcome.randint(1, 2))
            self.console.wait(min(220_000, max(1_000, int(1000 * pace.lognormvariate(2.0, 0.8)))))
            winner, how = truth.rounds[-1].winner, truth.rounds[-1].how
            decided = self.console.winners.count(winner) + 1 >= 2 or how == "rsc"
            self.console.confirm_round(winner, rest=not decided)
            truth.rounds_won = (self.console.winners.count(1), self.console.winners.count(2))
            if decided:
                self._finish(truth, pace, winner, _DECISIONS.get(how or "", "PTF"))
                return
            if fate.ends_after == self.console.round:
                self.console.wait(pace.randint(3_000, 30_000))
                self._finish(truth, pace, fate.leaves_winner, fate.ends_with)
                return
            self._rest(pace)

    def abort(self, pairing: Pairing, truth: BoutTruth, streams: Streams) -> None:
        """Play a loaded match for part of its first round; the next load ends it with the clock running."""
        pace = streams("abort")
        self.console.wait(pace.randint(5_000, 40_000))
        truth.status = "aborted"
        until = pace.randint(3_000, pairing.fixture.round_ms // 2)
        self._play_round(pairing, truth, streams, stopped_for=0, referees=1, until=until)

    def _rest(self, pace: Random) -> None:
        full = pace.random() < self.frequencies.full_break
        skipped_after, start_after = pace.randint(4_000, 55_000), pace.randint(2_000, 20_000)
        if full:
            self.console.end_break()
        else:
            self.console.wait(skipped_after)
        self.console.next_round()
        self.console.wait(start_after)

    def _finish(self, truth: BoutTruth, pace: Random, winner: int, decision: str) -> None:
        self.console.wait(pace.randint(3_000, 20_000))
        truth.winner, truth.decision = SIDES[winner], decision
        truth.ended_ms = self.console.end_match(SIDES[winner], decision)

    # A round ---------------------------------------------------------------------------------------------------

    def _play_round(
        self,
        pairing: Pairing,
        truth: BoutTruth,
        streams: Streams,
        *,
        stopped_for: int,
        referees: int,
        until: int | None = None,
    ) -> None:
        console = self.console
        plan = self._plan(pairing, streams, stopped_for)
        round_truth = RoundTruth(console.round, console.start_clock())
        truth.rounds.append(round_truth)
        truth.started_ms = truth.started_ms or round_truth.started_ms
        skip = False
        for place, act in enumerate(plan):
            if until is not None and act.elapsed_ms >= until:
                break
            if skip:
                skip = False
                continue
            console.run_clock_to(act.elapsed_ms)
            if isinstance(act, Attempt):
                skip = self._join(act, plan[place + 1 : place + 2], truth)
                if not skip:
                    self._attempt(act, truth)
            else:
                play_incident(console, act, truth, self.frequencies)
            if console.score.over or not console.clock.running:
                break
        if until is not None and console.clock.running:
            console.run_clock_to(until)
        elif console.clock.running:
            console.end_round()
        self._note_round(round_truth, stopped_for=stopped_for, referees=referees)

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

    def _attempt(self, attempt: Attempt, truth: BoutTruth) -> None:
        number, athlete = self.console.round, attempt.athlete
        if not attempt.points:
            assert attempt.level is not None
            at = self.console.hit(athlete, attempt.level)
            truth.hits.append(HitTruth(at, number, athlete, attempt.level, attempt.target))
            return
        sent = self.console.point(athlete, attempt.points, attempt.level)
        point = PointTruth(sent.point_ms, number, athlete, attempt.points)
        if sent.hit_ms is not None and attempt.level is not None:
            point.hit = len(truth.hits)
            truth.hits.append(
                HitTruth(sent.hit_ms, number, athlete, attempt.level, attempt.target, point=len(truth.points))
            )
        truth.points.append(point)

    def _join(self, attempt: Attempt, following: list[Attempt | Incident], truth: BoutTruth) -> bool:
        """Send two hits that do not score in one datagram, as an older generation does; tell whether it was done."""
        if not self.join_hits or attempt.points or not following:
            return False
        other = following[0]
        if not isinstance(other, Attempt) or other.points or other.athlete == attempt.athlete:
            return False
        if other.elapsed_ms - attempt.elapsed_ms > _JOIN_WITHIN_MS:
            return False
        self.console.run_clock_to(other.elapsed_ms)
        both = [HitLevel(athlete=hit.athlete, level=hit.level) for hit in (attempt, other)]
        at = self.console.line.say(joined(*both))
        for hit in (attempt, other):
            assert hit.level is not None
            truth.hits.append(HitTruth(at, self.console.round, hit.athlete, hit.level, hit.target))
        return True

    def _note_round(self, note: RoundTruth, *, stopped_for: int, referees: int) -> None:
        """Write down how the round ended and who won it."""
        score = self.console.score
        blue, red = score.points
        note.score, note.gam_jeoms = (blue, red), (score.gam_jeoms[0], score.gam_jeoms[1])
        if self.console.clock.running:
            return
        note.ended_ms = self.console.now
        if GAM_JEOM_LIMIT in score.gam_jeoms:
            note.how, note.winner = "gam-jeoms", opponent(score.gam_jeoms.index(GAM_JEOM_LIMIT) + 1)
        elif score.won_by_gap():
            note.how, note.winner = "gap", score.leader
        elif stopped_for:
            note.how, note.winner = "rsc", opponent(stopped_for)
        elif score.leader:
            note.how, note.winner = "points", score.leader
        elif score.tie_break():
            note.how, note.winner = "superiority", score.tie_break()
        else:
            note.how, note.winner = "referees", referees


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
