"""Whole tournaments: any number of bouts over courts, as one stream of timed datagrams in bounded memory.

Each bout draws from random streams named after seed, bout and purpose, so the same seed gives the same bytes, and an
option that changes one thing leaves the draws of all others alone. A court holds one bout in memory at a time.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from restrike_lab.pss.streams import Connected, Disconnected, HardwareTest
from restrike_lab.simulate.athletes import WEIGHT_CLASSES, Athlete, WeightClass, invent_athlete
from restrike_lab.simulate.console import Console, Sender
from restrike_lab.simulate.director import Director, Streams
from restrike_lab.simulate.line import Line
from restrike_lab.simulate.model import Curve, LevelModel
from restrike_lab.simulate.pairing import Pairing, pair
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.truth import BoutTruth

__all__ = ["Tournament", "TournamentOptions"]

PHASES = ("Round of 64", "Round of 32", "Round of 16", "Quarterfinals", "Semifinals", "Final")
DIVISIONS = ("Seniors", "Under 21", "Juniors")
PORT = 6000
_LEGACY_TIME_OUTS = 0.15
_LEGACY_HARDWARE_TEST = 0.2


@dataclass(frozen=True)
class TournamentOptions:
    """Say what to simulate; ``bouts`` counts those fought to the end.

    ``sender`` chooses the order of messages (see ``console``), ``legacy`` adds streams of an older generation
    (``to1``, ``hwt``, ``hel``, ``bye``, joined hits), ``terminator`` ends every datagram. ``athletes_per_class``
    decides how often the same people meet again. Raises ``ValueError`` for numbers that make no tournament.
    """

    seed: int = 1
    bouts: int = 20
    courts: tuple[str, ...] = ("1",)
    sender: Sender = "console"
    legacy: bool = False
    terminator: bytes = b""
    round_seconds: int = 120
    athletes_per_class: int = 12
    weight_classes: tuple[WeightClass, ...] = WEIGHT_CLASSES
    curve: Curve = field(default_factory=Curve)
    levels: LevelModel = field(default_factory=LevelModel)
    frequencies: Frequencies = field(default_factory=Frequencies)

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        if self.bouts < 0:
            raise ValueError(f"a tournament cannot have {self.bouts} bouts; give 0 or more")
        if not self.courts or len(set(self.courts)) != len(self.courts):
            raise ValueError("courts must be named, each once")
        if self.athletes_per_class < 2:
            raise ValueError("a weight class needs at least 2 athletes")
        if not 30 <= self.round_seconds <= 3600:
            raise ValueError(f"a round of {self.round_seconds} s is outside 30 to 3600 s")


class Tournament:
    """Simulate a tournament.

    Iterate over ``stream`` for the datagrams; the truth of each load is handed on as soon as it is known.
    """

    def __init__(self, options: TournamentOptions) -> None:
        self.options = options
        self._people: dict[tuple[str, int], Athlete] = {}

    def header(self) -> dict[str, Any]:
        """Return the first record of the truth: everything that was chosen, with the curve to be found again."""
        options = self.options
        classes = [
            dataclasses.asdict(one) | {"threshold": options.curve.threshold(one.min_body_level)}
            for one in options.weight_classes
        ]
        chosen = {
            name: getattr(options, name)
            for name in ("seed", "bouts", "courts", "sender", "legacy", "round_seconds", "athletes_per_class")
        }
        return {
            "kind": "tournament",
            "synthetic": True,
            **chosen,
            "curve": dataclasses.asdict(options.curve),
            "levels": {"distribution": "kumaraswamy", **dataclasses.asdict(options.levels)},
            "frequencies": dataclasses.asdict(options.frequencies),
            "weight_classes": classes,
        }

    def stream(self, on_truth: Callable[[BoutTruth], None] | None = None) -> Iterator[Timed]:
        """Yield the datagrams of all courts in order of time; call ``on_truth`` once for each load of a match."""
        courts = [self._court(place, on_truth or (lambda truth: None)) for place in range(len(self.options.courts))]
        return heapq.merge(*courts, key=lambda timed: timed.at_ms)

    def _court(self, place: int, on_truth: Callable[[BoutTruth], None]) -> Iterator[Timed]:
        options, name = self.options, self.options.courts[place]
        timing = Random(f"{options.seed}/court {place}")
        console = Console(Line(timing.randint(0, 20_000), timing, terminator=options.terminator), sender=options.sender)
        frequencies = options.frequencies
        if options.legacy and not frequencies.time_outs_per_round:
            frequencies = dataclasses.replace(frequencies, time_outs_per_round=_LEGACY_TIME_OUTS)
        director = Director(
            console, curve=options.curve, levels=options.levels, frequencies=frequencies, join_hits=options.legacy
        )
        if options.legacy:
            console.say(Connected())
        console.port_notice(PORT + place, "connected")
        for turn, bout in enumerate(range(place, options.bouts, len(options.courts)), 1):
            streams = partial(_stream_of, options.seed, bout)
            console.line.timing = streams("timing")
            for truth in self._bout(director, bout, f"{100 * (place + 1) + turn}", name, streams):
                on_truth(truth)
            for at, payload in console.line.drain():
                yield Timed(at, payload, name)
        console.wait(30_000)
        console.port_notice(PORT + place, "disconnected")
        if options.legacy:
            console.say(Disconnected())
        for at, payload in console.line.drain():
            yield Timed(at, payload, name)

    def _bout(self, director: Director, bout: int, number: str, court: str, streams: Streams) -> Iterator[BoutTruth]:
        """Play a bout and whatever loads go before it."""
        options, console, draw = self.options, director.console, streams("card")
        console.wait(draw.randint(15_000, 120_000))
        if draw.random() < options.frequencies.port_notice:
            console.port_notice(PORT, "disconnected")
            console.port_notice(PORT, "connected")
            console.wait(10_000)
        if options.legacy and draw.random() < _LEGACY_HARDWARE_TEST:
            self._hardware_test(console)
        pairing = self._pairing(bout, number, draw)
        replaced, repeated, aborted = (draw.random() for _ in range(3))
        pauses = [draw.randint(4_000, 40_000) for _ in range(3)]
        if replaced < options.frequencies.replaced_load:
            other = self._pairing(bout, f"{number}.A", streams("replaced"))
            yield self._load(director, other, bout, court, streams)
            console.wait(pauses[0])
        if repeated < options.frequencies.repeated_load:
            yield self._load(director, pairing, bout, court, streams)
            console.wait(pauses[1])
        if aborted < options.frequencies.aborted_bout:
            truth = self._load(director, pairing, bout, court, streams)
            director.abort(pairing, truth, partial(_stream_of, options.seed, f"{bout} aborted"))
            yield truth
        truth = self._load(director, pairing, bout, court, streams)
        director.play(pairing, truth, streams)
        yield truth

    def _load(self, director: Director, pairing: Pairing, bout: int, court: str, streams: Streams) -> BoutTruth:
        truth = pairing.blank_truth(bout=bout + 1, court=court, curve=self.options.curve)
        director.load(pairing, truth, streams)
        return truth

    def _hardware_test(self, console: Console) -> None:
        for step in (1, 2, 3, 4, 5, 0):
            console.say(HardwareTest(step=step))
            console.wait(3_000)

    def _pairing(self, bout: int, number: str, draw: Random) -> Pairing:
        options = self.options
        weight_class = draw.choice(options.weight_classes)
        first, second = draw.sample(range(options.athletes_per_class), 2)
        blue, red = self._athlete(weight_class, first), self._athlete(weight_class, second)
        phase = PHASES[min(len(PHASES) - 1, bout * len(PHASES) // max(1, options.bouts))]
        division = draw.choice(DIVISIONS)
        return pair(
            blue,
            red,
            number=number,
            phase=phase,
            division=division,
            weight_class=weight_class,
            round_seconds=options.round_seconds,
        )

    def _athlete(self, weight_class: WeightClass, place: int) -> Athlete:
        """Return the athlete at a place of a class roster, the same one whenever asked."""
        key = (weight_class.name, place)
        if key not in self._people:
            draw = Random(f"{self.options.seed}/{weight_class.name}/{place}")
            self._people[key] = invent_athlete(
                draw,
                strength_sd=self.options.levels.strength_sd,
                aggression_sd=self.options.frequencies.aggression_sd,
            )
        return self._people[key]


def _stream_of(seed: int, bout: int | str, purpose: str) -> Random:
    return Random(f"{seed}/{bout}/{purpose}")
