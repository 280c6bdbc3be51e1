"""A scoring console: it is told what happens on the mat and sends what a real one would send, when it would.

The console owns clock, break and injury countdowns, the score of the running round and the order of its messages
(PROTOCOL.md of the wire, section "A bout, in order", grade live unless said otherwise). Who fights how is decided in
``director``; how bytes look in ``quirks``; when they leave in ``line``. Time is virtual: ``wait`` lets it pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from restrike_lab.pss.streams import (
    Break,
    Challenge,
    Clock,
    GamJeoms,
    HitLevel,
    Injury,
    MatchResult,
    Message,
    Officials,
    Point,
    PortNotice,
    Round,
    RoundStatistics,
    StatisticsEnd,
    Superiority,
    Winner,
)
from restrike_lab.simulate.countdown import Countdown
from restrike_lab.simulate.fixture import Fixture, load_burst
from restrike_lab.simulate.line import Line
from restrike_lab.simulate.quirks import brief_end, doc_form, wire_form
from restrike_lab.simulate.scoring import (
    RoundScore,
    round_points,
    round_statistics,
    round_winners,
    running_score,
)

__all__ = ["BREAK_MS", "INJURY_MS", "Console", "Sender", "Sent", "new_console"]

Sender = Literal["console", "doc", "late-hit"]
"""Who sends: a live console; the published description (``pt`` first, listed streams only); or hits after points."""

BREAK_MS = 60_000
INJURY_MS = 60_000
TICK_JITTER_MS = 25
_UNLISTED = (Superiority, Officials, RoundStatistics, StatisticsEnd)


@dataclass(frozen=True)
class Sent:
    """Tell when the messages of a scoring burst left."""

    point_ms: int
    hit_ms: int | None = None


class Console:
    """Play one court's console. Every method sends the messages of one act and lets the time pass that they take."""

    def __init__(self, line: Line, *, sender: Sender = "console") -> None:
        self.line = line
        self.sender: Sender = sender
        self.fixture: Fixture | None = None
        self.round = 1
        self.winners: list[int] = []
        self.scores: list[RoundScore] = []
        self.clock = Countdown(120_000, lambda shown: Clock(time_ms=shown))
        self.pause: Countdown | None = None
        self.injury_time: Countdown | None = None
        self._form = doc_form if sender == "doc" else wire_form

    # Time ------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Return the court's virtual time in ms."""
        return self.line.now

    def wait(self, milliseconds: int) -> None:
        """Let time pass; whatever counts down ticks meanwhile."""
        self.wait_until(self.line.now + milliseconds)

    def wait_until(self, moment: int) -> None:
        """Let time pass up to a moment; nothing happens if that is over."""
        while (due := self._due(max(moment, self.line.now))) is not None:
            self._tick(due)
        self.line.now = max(self.line.now, moment)

    def run_clock_to(self, elapsed_ms: int) -> None:
        """Let the running clock reach a time of the round, counted up from its beginning."""
        self.wait(elapsed_ms - self.clock.elapsed_at(self.line.now))

    def _due(self, moment: int) -> Countdown | None:
        """Return the countdown whose tick is next, if one is due up to ``moment``."""
        due = [
            (countdown.next_tick_at, place)
            for place, countdown in enumerate((self.clock, self.pause, self.injury_time))
            if countdown is not None and countdown.next_tick_at is not None and countdown.next_tick_at <= moment
        ]
        return (self.clock, self.pause, self.injury_time)[min(due)[1]] if due else None

    def _tick(self, countdown: Countdown) -> None:
        at = countdown.next_tick_at
        assert at is not None
        countdown.shown -= 1
        late = self.line.timing.randint(0, TICK_JITTER_MS)
        self.line.say(self._form(countdown.tick(countdown.shown * 1000)), at=at + late)

    def say(self, *messages: Message) -> int:
        """Send messages one behind the other, ticks that are due first; return when the last one left."""
        return self._burst(messages)[-1]

    def _burst(self, messages: Sequence[Message]) -> list[int]:
        """Send messages without a tick in between; return when each left, for one that is not sent the one before."""
        self.wait(0)
        times = [self.line.now]
        for message in messages:
            silent = self.sender == "doc" and isinstance(message, _UNLISTED)
            times.append(times[-1] if silent else self.line.say(self._form(message)))
        return times[1:] or times

    @property
    def _rounds(self) -> int:
        return self.fixture.rounds if self.fixture else 3

    # Loading ---------------------------------------------------------------------------------------------------

    def port_notice(self, port: int, state: str) -> None:
        """Say that the UDP port was opened or closed."""
        self.say(PortNotice(port=port, state=state))

    def load(self, fixture: Fixture, *, spacing: tuple[int, int] = (12, 15)) -> int:
        """Load a match, whatever goes on; return when ``pre`` left."""
        self.fixture = fixture
        self.round = 1
        self.winners = []
        self.scores = [RoundScore()]
        self.pause = self.injury_time = None
        self.clock = Countdown(fixture.round_ms, lambda shown: Clock(time_ms=shown))
        usual, self.line.spacing = self.line.spacing, spacing
        loaded, *_ = self._burst(load_burst(fixture))
        self.line.spacing = usual
        return loaded

    # Clock -----------------------------------------------------------------------------------------------------

    def _clock(self, action: str) -> Clock:
        return Clock(time_ms=self.clock.shown * 1000, action=action)

    def start_clock(self) -> int:
        """Start or resume the round; at its very beginning the first tick follows at once."""
        at = self.say(self._clock("start"))
        self.clock.start(at)
        self.wait(0)
        return at

    def stop_clock(self) -> int:
        """Stop the round clock."""
        self.wait(0)
        at = self.say(self._clock("stop"))
        self.clock.pause(at)
        return at

    def correct_clock(self, seconds: int) -> int:
        """Set the standing clock to other seconds [older]."""
        self.clock.correct(seconds)
        return self.say(Clock(time_ms=seconds * 1000, action="corr"))

    # Scoring ---------------------------------------------------------------------------------------------------

    @property
    def score(self) -> RoundScore:
        """Return the score of the running round."""
        return self.scores[-1]

    def hit(self, athlete: int, level: int) -> int:
        """Report a sensor hit that does not score; return when it left."""
        return self.say(HitLevel(athlete=athlete, level=level))

    def point(self, athlete: int, points: int, level: int | None = None) -> Sent:
        """Report a valid technique, with the level of its hit where the sensor gave one.

        A lead of 12 ends the round: the running clock is stopped before the score [live].
        """
        self.score.add_point(athlete, points)
        changes = [Superiority(athlete=holder) for holder in self.score.superiority_changes()]
        hit = None if level is None else HitLevel(athlete=athlete, level=level)
        point = Point(athlete=athlete, points=points)
        doc = self.sender == "doc"
        sent = self._point_of_doc(hit, point) if doc else self._point_of_console(hit, changes, point)
        if self.score.won_by_gap():
            self.end_round_early()
        return sent

    def _point_of_console(self, hit: HitLevel | None, changes: Sequence[Superiority], point: Point) -> Sent:
        """Send ``[hl] [sup] sc s pt``, with ``hl`` first or behind ``sup``, so that it stays within 60 ms of ``pt``."""
        self.wait(0)
        late = hit is not None and self.sender == "late-hit"
        before: list[Message] = [*changes]
        if self.score.won_by_gap() and self.clock.running:
            before.insert(0, self._clock("stop"))
        if hit is not None and not late:
            first = len(before) < 2 and self.line.timing.random() < 0.5
            before.insert(0 if first else len(before), hit)
        burst = [*before, running_score(self.score), round_points(self.scores, self._rounds), point]
        times = dict(zip(map(type, burst), self._burst(burst), strict=True))
        if Clock in times:
            self.clock.pause(times[Clock])
        if hit is not None and late:
            return Sent(times[Point], self.line.say_late(self._form(hit), self.line.timing.randint(20, 100)))
        return Sent(times[Point], times.get(HitLevel))

    def _point_of_doc(self, hit: HitLevel | None, point: Point) -> Sent:
        """Send ``[hl] pt s sc`` [doc]."""
        hit_ms = None
        if hit is not None:
            hit_ms = self.say(hit)
            self.wait(self.line.timing.randint(15, 50))
        point_ms, *_ = self._burst([point, round_points(self.scores, self._rounds), running_score(self.score)])
        return Sent(point_ms, hit_ms)

    def gam_jeom(self, athlete: int) -> int:
        """Give a gam-jeom: the opponent scores one, the fifth loses the round; return when ``wg`` left."""
        self.score.add_gam_jeom(athlete)
        if self.score.over and self.clock.running:
            self.stop_clock()
        at = self._announce_score(with_gam_jeoms=True)
        if self.score.over:
            self.end_round_early()
        return at

    def take_back_gam_jeom(self, athlete: int) -> int:
        """Take a gam-jeom back."""
        self.score.remove_gam_jeom(athlete)
        return self._announce_score(with_gam_jeoms=True)

    def correct_score(self, athlete: int, change: int) -> int:
        """Change a score by hand: ``sc`` and ``s`` without ``pt`` [doc]."""
        self.score.correct(athlete, change)
        return self._announce_score(with_gam_jeoms=False)

    def _announce_score(self, *, with_gam_jeoms: bool) -> int:
        """Send ``[sup] sc s [wg]``."""
        changes = [Superiority(athlete=holder) for holder in self.score.superiority_changes()]
        blue, red = self.score.gam_jeoms
        penalties = [GamJeoms(blue=blue, red=red)] if with_gam_jeoms else []
        return self.say(*changes, running_score(self.score), round_points(self.scores, self._rounds), *penalties)

    # Injury and challenge --------------------------------------------------------------------------------------

    def show_injury(self, athlete: int = 0) -> int:
        """Begin injury time or kye-shi; stops the clock, in any order with the first two messages."""
        self.wait(0)
        countdown = Countdown(INJURY_MS, lambda shown: Injury(athlete=athlete, time_ms=shown))
        show = Injury(athlete=athlete, time_ms=INJURY_MS, action="show")
        place = self.line.timing.randrange(3) if self.clock.running else None
        if place == 0:
            self.stop_clock()
        at = self.say(show)
        if place == 1:
            self.stop_clock()
        self.injury_time = countdown
        countdown.start(at)
        self.wait(0)
        if place == 2:
            self.stop_clock()
        return at

    def hide_injury(self, athlete: int = 0) -> int:
        """End injury time at the second it shows."""
        self.wait(0)
        assert self.injury_time is not None
        shown, self.injury_time = self.injury_time.shown, None
        return self.say(Injury(athlete=athlete, time_ms=shown * 1000, action="hide"))

    def end_injury(self, athlete: int = 0) -> int:
        """Let injury time run out: two hides, the second with ``0:00`` [live]."""
        assert self.injury_time is not None
        assert self.injury_time.ends_at is not None
        self.wait_until(self.injury_time.ends_at)
        self.hide_injury(athlete)
        return self.line.say(brief_end(Injury(athlete=athlete, time_ms=0, action="hide")))

    def challenge(self, athlete: int, state: int | None = None, result: int | None = None) -> int:
        """Send a step of a challenge: requested, accepted, rejected, closed, or its result."""
        return self.say(Challenge(athlete=athlete, state=state, result=result))

    # Ends ------------------------------------------------------------------------------------------------------

    def end_round(self) -> int:
        """Let the clock run out: ``00:00``, a second later ``0:00;stopEnd`` and ``00:00;stop``."""
        ends_at = self.clock.ends_at
        assert ends_at is not None
        self.wait_until(ends_at)
        self.clock.pause(self.line.now)
        return self.say(Clock(time_ms=0, action="stopEnd"), Clock(time_ms=0, action="stop"))

    def end_round_early(self) -> int:
        """End the round before its time: the clock stops if it runs, then ``0:00;stopEnd``."""
        if self.clock.running:
            self.stop_clock()
        return self.say(Clock(time_ms=0, action="stopEnd"))

    def confirm_round(self, winner: int, *, rest: bool) -> int:
        """Confirm who won the round: ``wrd s11 rst rsr``; break ticks follow at once if there is a ``rest``."""
        self.winners.append(winner)
        at = self.say(
            round_winners(self.winners, self._rounds),
            round_points(self.scores, self._rounds),
            round_statistics(self.round, self.score),
            StatisticsEnd(),
        )
        if rest:
            self.pause = Countdown(BREAK_MS, lambda shown: Break(time_ms=shown))
            self.pause.start(at)
            self.wait(0)
        return at

    def end_break(self) -> None:
        """Let the break run out."""
        assert self.pause is not None
        assert self.pause.ends_at is not None
        self.wait_until(self.pause.ends_at)
        self.pause = None
        self.say(Break(time_ms=0, action="stopEnd"))

    def next_round(self) -> int:
        """Go on to the next round, skipping what is left of the break; ``sup;0`` and ``rnd`` come in either order."""
        self.wait(0)
        self.pause = None
        superior = self.score.superiority
        self.round += 1
        self.scores.append(RoundScore())
        assert self.fixture is not None
        self.clock = Countdown(self.fixture.round_ms, lambda shown: Clock(time_ms=shown))
        messages: list[Message] = [Superiority(athlete=0)] if superior else []
        messages.insert(self.line.timing.randrange(2), Round(number=self.round))
        return self.say(*messages)

    def end_match(self, winner: str, decision: str) -> int:
        """Announce the result: ``win``, then ``wmh``; a tie has no name and nobody's rounds change [live]."""
        self.wait(0)
        assert self.fixture is not None
        self.pause = self.injury_time = None
        names = {"BLUE": self.fixture.athletes.blue_long, "RED": self.fixture.athletes.red_long}
        rounds = f"{self.winners.count(1)}-{self.winners.count(2)} {decision}"
        return self.say(Winner(winner=winner), MatchResult(name=names.get(winner) or "", result=rounds))


def new_console(seed: str, *, now: int = 0, sender: Sender = "console", terminator: bytes = b"") -> Console:
    """Return a console with a line of its own whose small delays follow from ``seed``."""
    return Console(Line(now, Random(seed), terminator=terminator), sender=sender)
