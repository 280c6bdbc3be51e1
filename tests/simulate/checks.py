"""A listener that knows the rules of the wire and says where a stream of datagrams contradicts itself.

Written apart from the console it checks: it sees only times and bytes, as a receiver would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from restrike_lab.pss import Message, parse
from restrike_lab.pss.streams import (
    Break,
    Clock,
    FightLoaded,
    GamJeoms,
    MatchResult,
    Point,
    Round,
    RoundPoints,
    RoundStatistics,
    RoundWinners,
    Score,
    Superiority,
    Winner,
)
from restrike_lab.simulate.timed import Timed

SCORE_SETTLES_MS = 250


class Listener:
    """Follow one court and collect contradictions as text in ``findings``."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.at = 0
        self._load()

    def _load(self) -> None:
        self.round = 1
        self.rounds: dict[str, int] = {}
        self.winners: list[int] = []
        self._new_round()
        self.clock: int | None = None
        self.running = False

    def _new_round(self) -> None:
        self.score = [0, 0]
        self.expected = [0, 0]
        self.shown = [0, 0]
        self.gam_jeoms = [0, 0]
        self.unsettled: int | None = None
        self.points: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self.pause: int | None = None

    def hear(self, timed: Timed) -> None:
        if self.unsettled is not None and timed.at_ms - self.unsettled > SCORE_SETTLES_MS:
            self.settle()
        self.at = timed.at_ms
        for message in parse(timed.payload):
            self.judge(message)

    def judge(self, message: Message) -> None:
        match message:
            case FightLoaded():
                self._load()
            case Clock():
                self._clock(message)
            case Break(time_ms=int(left), action=None):
                self._tick("break", self.pause, left)
                self.pause = left
            case Break(action="stopEnd"):
                self._expect(self.pause == 0, "a break ended before its last tick")
            case Point(athlete=athlete, points=int(points)):
                self.expected[athlete - 1] += points
                self.points[athlete - 1][points] += 1
                self.unsettled = self.at
            case GamJeoms(blue=int(blue), red=int(red)):
                changes = (blue - self.gam_jeoms[0], red - self.gam_jeoms[1])
                self._expect(sorted(map(abs, changes)) in ([0, 1], [0, 0]), f"gam-jeoms jump by {changes}")
                self.gam_jeoms = [blue, red]
                # A gam-jeom taken back lowers the score, and what falls by hand is taken over from ``sc``.
                self.expected = [self.expected[0] + max(0, changes[1]), self.expected[1] + max(0, changes[0])]
                self.unsettled = self.at
            case Score(blue=int(blue), red=int(red)):
                self._corrected(blue, red)
                self.score = [blue, red]
                self.unsettled = self.at
            case RoundPoints():
                self.shown = [getattr(message, f"{side}_{self.round}") for side in ("blue", "red")]
                self.unsettled = self.at
                for name, value in self.rounds.items():
                    self._expect(getattr(message, name) == value, f"{name} changed after its round")
            case Superiority(athlete=holder):
                self._expect(holder in (0, 1, 2), "superiority of nobody known")
            case RoundStatistics():
                self._statistics(message)
            case RoundWinners():
                self.winners = [w for n in range(1, 4) if (w := getattr(message, f"rd{n}"))]
            case Round(number=int(number)):
                self._next_round(number)
            case Winner() | MatchResult():
                self._result(message)
            case _:
                pass

    def _corrected(self, blue: int, red: int) -> None:
        for place, value in enumerate((blue, red)):
            if value < self.score[place]:
                self.expected[place] = value

    def settle(self) -> None:
        """Compare what three kinds of messages say of the score, once a burst is over."""
        self.unsettled = None
        self._expect(self.expected == self.score, f"score {self.score}, events make {self.expected}")
        self._expect(self.shown == self.score, f"s says {self.shown}, sc {self.score}")

    def _statistics(self, message: RoundStatistics) -> None:
        for place, side in enumerate(("blue", "red")):
            counted = [self.points[place][kind] for kind in (2, 3, 1, 4, 5)] + [self.gam_jeoms[place]]
            told = [getattr(message, f"{side}_{name}") for name in ("body", "head", "punch", "x", "y", "gam_jeoms")]
            self._expect(counted == told, f"rst of {side} says {told}, counted {counted}")
        self._expect(message.round == self.round, "rst of another round")

    def _next_round(self, number: int) -> None:
        if number > 1:
            self._expect(number == self.round + 1, f"round {number} after {self.round}")
            self.settle()
            self.rounds |= {f"blue_{self.round}": self.score[0], f"red_{self.round}": self.score[1]}
            self._expect(not self.running, "a new round while the clock runs")
            self.round = number
            self._new_round()
            self.clock = None

    def _result(self, message: Winner | MatchResult) -> None:
        if isinstance(message, MatchResult):
            told = (message.rounds_blue, message.rounds_red)
            counted = (self.winners.count(1), self.winners.count(2))
            self._expect(told == counted, f"wmh says {told}, wrd {counted}")

    def _clock(self, message: Clock) -> None:
        left = message.time_ms
        assert left is not None
        match message.action:
            case None:
                if self.running:
                    self._tick("clock", self.clock, left)
                self.clock = left
            case "start":
                self._expect(not self.running, "a start while the clock runs")
                if self.clock is not None:
                    self._expect(left == self.clock, f"started at {left}, stood at {self.clock}")
                self.clock, self.running = left, True
            case "stop":
                self._expect(left == self.clock, f"stopped at {left}, showed {self.clock}")
                self.running = False
            case "stopEnd":
                if self.running:
                    self._expect(self.clock == 0, f"time ran out at {self.clock}")
                self.clock, self.running = 0, False
            case _:
                self.clock = left

    def _tick(self, what: str, before: int | None, left: int) -> None:
        if before is not None:
            self._expect(left == before - 1000, f"{what} went from {before} to {left}")

    def _expect(self, holds: bool, finding: str) -> None:
        if not holds:
            self.findings.append(f"at {self.at} ms, round {self.round}: {finding}")


def contradictions(stream: Iterable[Timed]) -> list[str]:
    """Return everything the courts of a stream say against themselves."""
    listeners: dict[str, Listener] = {}
    for timed in stream:
        listeners.setdefault(timed.court, Listener()).hear(timed)
    return [f"court {court} {finding}" for court, listener in listeners.items() for finding in listener.findings]
