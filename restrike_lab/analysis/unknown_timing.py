"""In whose company a message comes: which streams and which changes of state are near it more often than by chance.

*Together* means within 250 ms on the clock of arrival. Occurrences closer to each other than that are one *episode*,
so a burst counts once. The share of episodes with X near them is set against the chance that X is near a moment picked
at random: the part of the time heard that lies within 250 ms of some X. Their ratio is the *lift* (Brin, Motwani,
Ullman & Tsur 1997, there called interest); its interval is Wilson's (1927) for the share, divided by the chance, which
is measured over so much more than the episodes that it is taken as known. How surely it is more than chance says the
upper tail of the binomial distribution; over all that is tried at once, Holm's (1979) correction is made.

Time heard is the time between neighbouring messages of a court, each gap counted up to two seconds, so that a night's
silence does not make everything look related.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from restrike_lab.pss import parse
from restrike_lab.pss.streams import (
    Break,
    Clock,
    FightLoaded,
    FightReady,
    GamJeoms,
    Message,
    Round,
    RoundWinners,
    Score,
    Winner,
)

__all__ = ["CHANGES", "WINDOW_NS", "Company", "Heard", "company", "episodes", "in_load", "state_changes", "wilson"]

WINDOW_NS = 250_000_000
"""How near two messages have to be to count as together."""

MAX_GAP_NS = 2_000_000_000
MAX_LOAD_NS = 2_000_000_000
SURE = 0.01
Z_95 = 1.959964

Side = Literal["before", "after", "around"]
Span = tuple[int, int]

CHANGES: Mapping[str, str] = {
    "load": "the load of a bout",
    "score_change": "a change of the score",
    "gam_jeom_change": "a change of the gam-jeoms",
    "round_begin": "the announcement of a round",
    "round_end": "the confirmed end of a round",
    "clock_start": "the start of the clock",
    "clock_stop": "the stop of the clock",
    "clock_end": "the end of the round's time",
    "break_begin": "the beginning of a break",
    "bout_end": "the end of a bout",
}
"""Changes of state that are looked for, and what they are called."""


class Heard(NamedTuple):
    """One stored message as the analysis of unknown ones needs it.

    ``at_ns`` is the monotonic arrival, ``place`` the court and the hub's term together: times of different places are
    never compared. ``known`` is false for messages whose status is ``unknown``.
    """

    at_ns: int
    place: str
    stream: str
    raw: bytes
    known: bool = True
    round: int | None = None
    clock_ms: int | None = None
    athlete: int | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """How often a stream, or a change of state, is near an unknown message.

    ``together`` of ``of`` episodes have it within 250 ms on that ``side``; a random moment has it with probability
    ``chance``. ``lift`` is the ratio, with its 95 % interval ``low`` .. ``high``; ``p`` the probability of so many by
    chance, and ``sure`` whether that is below 1 % after correction for all that was tried.
    """

    name: str
    kind: Literal["stream", "change"]
    side: Side
    together: int
    of: int
    chance: float
    lift: float
    low: float
    high: float
    p: float
    sure: bool = False

    def __str__(self) -> str:
        what = CHANGES[self.name] if self.kind == "change" else f"a message {self.name}"
        where = {"before": "in the 250 ms before it", "after": "in the 250 ms after it", "around": "within 250 ms"}
        return (
            f"{what} {where[self.side]} in {self.together} of {self.of} cases; by chance in {self.chance:.2%}:"
            f" {self.lift:.0f} times as often (95 %: {self.low:.0f} to {self.high:.0f})"
        )


def state_changes(heard: Iterable[Heard]) -> dict[str, list[tuple[str, int]]]:
    """Return place and time of every change of state that the known messages tell of, by the names of ``CHANGES``.

    The messages come in the order of arrival. What a load sends anew is no change, and neither is nought at the
    beginning of a round.
    """
    changes: dict[str, list[tuple[str, int]]] = {name: [] for name in CHANGES}
    courts: dict[str, _Court] = defaultdict(_Court)
    for each in heard:
        if each.known:
            if each.stream == FightLoaded.stream:
                courts[each.place] = _Court()
            for message in parse(each.raw):
                if name := courts[each.place].step(message):
                    changes[name].append((each.place, each.at_ns))
    return changes


def in_load(heard: Iterable[Heard]) -> dict[str, list[Span]]:
    """Return the loads of each place as spans of time: from ``pre`` to ``rdy``, at most two seconds."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for each in heard:
        if each.stream == FightLoaded.stream:
            spans[each.place].append((each.at_ns, each.at_ns + MAX_LOAD_NS))
        elif each.stream == FightReady.stream and spans[each.place]:
            start, end = spans[each.place][-1]
            spans[each.place][-1] = (start, min(end, each.at_ns))
    return spans


def episodes(heard: Iterable[Heard]) -> dict[str, list[Span]]:
    """Return messages as episodes of each place: those within 250 ms of one another are one."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for each in heard:
        own = spans[each.place]
        if own and each.at_ns - own[-1][1] <= WINDOW_NS:
            own[-1] = (own[-1][0], each.at_ns)
        else:
            own.append((each.at_ns, each.at_ns))
    return spans


def company(spans: Mapping[str, Sequence[Span]], heard: Sequence[Heard]) -> list[Company]:
    """Return all that comes near some episodes, the surest and then the most frequent first.

    ``heard`` are the known messages of the same time, in the order of arrival.
    """
    times: dict[tuple[Literal["stream", "change"], str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    whole: dict[str, list[int]] = defaultdict(list)
    for each in heard:
        whole[each.place].append(each.at_ns)
        if each.known:
            times["stream", each.stream][each.place].append(each.at_ns)
    for name, changes in state_changes(heard).items():
        for place, at_ns in changes:
            times["change", name][place].append(at_ns)
    duration = sum(_duration(moments) for moments in whole.values())
    sides: tuple[Side, ...] = ("before", "after", "around")
    found = [
        one
        for (kind, name), places in times.items()
        for side in sides
        if (one := _company(kind, name, side, spans, places, duration)) is not None
    ]
    return sorted(_corrected(found), key=lambda each: (not each.sure, -each.together, each.p, -each.lift, each.name))


def wilson(successes: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, square = successes / of, Z_95**2
    middle = share + square / (2 * of)
    spread = Z_95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + square / of)), min(1.0, (middle + spread) / (1 + square / of))


class _Court:
    """What one court has told so far, as far as changes are concerned."""

    def __init__(self) -> None:
        self.loading = False
        self.score: tuple[int, int] = (0, 0)
        self.gam_jeoms: tuple[int, int] = (0, 0)
        self.decided: frozenset[int] = frozenset()
        self.resting = False
        self.ended = False

    def step(self, message: Message) -> str | None:
        """Take one message in and return the change that it is."""
        match message:
            case FightLoaded():
                self.loading = True
                return "load"
            case FightReady():
                self.loading = False
            case Score(blue=blue, red=red):
                old, self.score = self.score, _pair(self.score, blue, red)
                return "score_change" if self.score != old and not self.loading else None
            case GamJeoms(blue=blue, red=red):
                old, self.gam_jeoms = self.gam_jeoms, _pair(self.gam_jeoms, blue, red)
                return "gam_jeom_change" if self.gam_jeoms != old and not self.loading else None
            case Round():
                self.score = self.gam_jeoms = (0, 0)
                self.resting = False
                return None if self.loading else "round_begin"
            case RoundWinners():
                decided = frozenset(number for number in range(1, 6) if getattr(message, f"rd{number}"))
                new, self.decided = decided - self.decided, decided
                return "round_end" if new and not self.loading else None
            case Clock(action=action):
                return {"start": "clock_start", "stop": "clock_stop", "stopEnd": "clock_end"}.get(action or "")
            case Break():
                began, self.resting = not self.resting, True
                return "break_begin" if began else None
            case Winner():
                again, self.ended = self.ended, True
                return None if again else "bout_end"
        return None


def _pair(old: tuple[int, int], blue: int | None, red: int | None) -> tuple[int, int]:
    return (old[0] if blue is None else blue, old[1] if red is None else red)


def _company(
    kind: Literal["stream", "change"],
    name: str,
    side: Side,
    spans: Mapping[str, Sequence[Span]],
    places: Mapping[str, Sequence[int]],
    duration: int,
) -> Company | None:
    early = WINDOW_NS if side != "after" else 0
    late = WINDOW_NS if side != "before" else 0
    together = sum(
        _any_between(places.get(place, ()), start - early, end + late, side, (start, end))
        for place, own in spans.items()
        for start, end in own
    )
    number = sum(map(len, spans.values()))
    if not together or not duration:
        return None
    # An episode that lasts a while meets more than a moment does; the chance is given the same advantage.
    mean = sum(end - start for own in spans.values() for start, end in own) // number
    covered = sum(_union(moments, late, early + mean) for moments in places.values())
    chance = min(1.0, covered / duration)
    low, high = wilson(together, number)
    return Company(
        name=name,
        kind=kind,
        side=side,
        together=together,
        of=number,
        chance=chance,
        lift=together / number / chance,
        low=low / chance,
        high=high / chance,
        p=_tail(together, number, chance),
    )


def _any_between(moments: Sequence[int], low: int, high: int, side: Side, span: Span) -> bool:
    if side == "before":
        high = span[0]
    elif side == "after":
        low = span[1]
    return bisect_left(moments, low) < bisect_right(moments, high)


def _union(moments: Sequence[int], back: int, forth: int) -> int:
    """Return the length of the union of the spans from ``back`` before to ``forth`` after each moment."""
    total, until = 0, -(1 << 63)
    for moment in moments:
        start = max(until, moment - back)
        until = max(until, moment + forth)
        total += until - start
    return total


def _duration(moments: Sequence[int]) -> int:
    return sum(min(after - before, MAX_GAP_NS) for before, after in itertools.pairwise(moments))


def _tail(successes: int, of: int, chance: float) -> float:
    """Return the probability of at least so many successes by chance (binomial distribution)."""
    if chance >= 1:
        return 1.0
    base = math.lgamma(of + 1)
    total = 0.0
    for count in range(successes, of + 1):
        term = base - math.lgamma(count + 1) - math.lgamma(of - count + 1)
        part = math.exp(term + count * math.log(chance) + (of - count) * math.log1p(-chance))
        total += part
        if part < total * 1e-12 and count > of * chance:
            break
    return min(1.0, total)


def _corrected(found: Sequence[Company]) -> list[Company]:
    """Mark what is surely more than chance after Holm's correction for all that was tried."""
    marked: list[Company] = []
    sure = True
    for rank, each in enumerate(sorted(found, key=lambda each: each.p)):
        sure = sure and each.p * (len(found) - rank) <= SURE
        marked.append(replace(each, sure=sure))
    return marked
