"""A console whose acts are written down: every fact goes to the wire and, with its time, to the truth."""

from __future__ import annotations

from restrike_lab.pss.streams import HitLevel
from restrike_lab.simulate.console import Console
from restrike_lab.simulate.fixture import Fixture
from restrike_lab.simulate.quirks import joined
from restrike_lab.simulate.scoring import GAM_JEOM_LIMIT, HEAD, TECHNICAL_HEAD, opponent
from restrike_lab.simulate.truth import (
    BoutTruth,
    ChallengeTruth,
    CorrectionTruth,
    GamJeomTruth,
    HitTruth,
    InjuryTruth,
    PointTruth,
    RoundTruth,
)

__all__ = ["SIDES", "Recorder"]

SIDES = ("TIE", "BLUE", "RED")
"""Words of ``win`` by athlete."""


class Recorder:
    """Tell the console what happens in one load of a match and keep its truth.

    What changes no fact (clock stops, waiting, steps of a challenge) is asked of ``console`` itself.
    """

    def __init__(self, console: Console, truth: BoutTruth) -> None:
        self.console = console
        self.truth = truth

    def load(self, fixture: Fixture, spacing: tuple[int, int]) -> None:
        """Load the match."""
        self.truth.loaded_ms = self.console.load(fixture, spacing=spacing)

    def start_round(self) -> None:
        """Start the clock of a round for the first time."""
        at = self.console.start_clock()
        if self.truth.started_ms is None:
            self.truth.started_ms = at
        self.truth.rounds.append(RoundTruth(self.console.round, at))

    def hit(self, athlete: int, level: int, target: str = "body") -> None:
        """Report a hit that does not score."""
        at = self.console.hit(athlete, level)
        self.truth.hits.append(HitTruth(at, self.console.round, athlete, level, target))

    def joined_hits(self, levels: tuple[int, int], order: tuple[int, int] = (1, 2)) -> None:
        """Report a hit of each athlete, neither scoring, in one datagram as an older generation does."""
        first, second = (HitLevel(athlete=athlete, level=level) for athlete, level in zip(order, levels, strict=True))
        at = self.console.line.say(joined(first, second))
        for athlete, level in zip(order, levels, strict=True):
            self.truth.hits.append(HitTruth(at, self.console.round, athlete, level, "body"))

    def point(self, athlete: int, points: int, level: int | None = None) -> None:
        """Report a valid technique, with the level of its hit if the sensor gave one."""
        number, truth = self.console.round, self.truth
        sent = self.console.point(athlete, points, level)
        point = PointTruth(sent.point_ms, number, athlete, points)
        if sent.hit_ms is not None and level is not None:
            point.hit = len(truth.hits)
            target = "head" if points in (HEAD, TECHNICAL_HEAD) else "body"
            truth.hits.append(HitTruth(sent.hit_ms, number, athlete, level, target, point=len(truth.points)))
        truth.points.append(point)

    def gam_jeom(self, athlete: int) -> None:
        """Give a gam-jeom."""
        self.truth.gam_jeoms.append(GamJeomTruth(self.console.gam_jeom(athlete), self.console.round, athlete))

    def take_back_gam_jeom(self, athlete: int) -> None:
        """Take a gam-jeom back."""
        at = self.console.take_back_gam_jeom(athlete)
        self.truth.gam_jeoms.append(GamJeomTruth(at, self.console.round, athlete, -1))

    def correct_score(self, athlete: int, change: int) -> None:
        """Change a score by hand."""
        at = self.console.correct_score(athlete, change)
        self.truth.corrections.append(CorrectionTruth(at, self.console.round, athlete, change))

    def injury(self, shown_ms: int | None, athlete: int = 0) -> None:
        """Show injury time for some ms, or until it runs out; the clock stands afterwards."""
        at = self.console.show_injury(athlete)
        if shown_ms is None:
            hidden = self.console.end_injury(athlete)
        else:
            self.console.wait(shown_ms)
            hidden = self.console.hide_injury(athlete)
        self.truth.injuries.append(InjuryTruth(at, self.console.round, athlete, hidden))

    def challenged(self, at_ms: int, athlete: int, outcome: str) -> None:
        """Note the outcome of a challenge that was requested at ``at_ms``."""
        self.truth.challenges.append(ChallengeTruth(at_ms, self.console.round, athlete, outcome))

    def note_round(self, *, stopped_for: int = 0, referees: int = 1) -> RoundTruth:
        """Note how the running round ended and who won it; ``referees`` decide if nothing else does."""
        note, score = self.truth.rounds[-1], self.console.score
        note.score = (score.points[0], score.points[1])
        note.gam_jeoms = (score.gam_jeoms[0], score.gam_jeoms[1])
        if self.console.clock.running:
            return note
        note.ended_ms = self.console.now
        if GAM_JEOM_LIMIT in score.gam_jeoms:
            note.how, note.winner = "gam-jeoms", opponent(score.gam_jeoms.index(GAM_JEOM_LIMIT) + 1)
        elif score.won_by_gap():
            note.how, note.winner = "gap", score.leader
        elif stopped_for:
            note.how, note.winner = "rsc", opponent(stopped_for)
        elif score.leader:
            note.how, note.winner = "points", score.leader
        elif by_techniques := score.tie_break():
            note.how, note.winner = "superiority", by_techniques
        else:
            note.how, note.winner = "referees", referees
        return note

    def confirm_round(self, *, rest: bool) -> None:
        """Confirm the winner noted for the round."""
        self.console.confirm_round(self.truth.rounds[-1].winner, rest=rest)
        winners = self.console.winners
        self.truth.rounds_won = (winners.count(1), winners.count(2))

    def end_match(self, winner: int, decision: str) -> None:
        """Announce who won, 0 for nobody, and the decision."""
        self.truth.status = "fought"
        self.truth.winner, self.truth.decision = SIDES[winner], decision
        self.truth.ended_ms = self.console.end_match(SIDES[winner], decision)
