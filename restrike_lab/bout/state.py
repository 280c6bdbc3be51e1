"""What is known of one court at one moment, as frozen values.

``CourtState`` is the whole of it: the WebSocket sends it as it stands (msgspec writes the structs as JSON objects, the
``window`` parts as short arrays) and the widgets draw from it. The reducers next door never change a state, they make
the next one; where nothing changed they hand back the very same object, so ``is`` tells whether there is news.

Pairs are always (blue, red). Times of the bout are integer ms, times of arrival integer ns.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

__all__ = [
    "NO_HITS",
    "NO_SPAN",
    "NO_WINDOW",
    "SHOWN_HITS",
    "UNNAMED",
    "Arrival",
    "Athlete",
    "AthleteWindow",
    "ChallengeState",
    "ClockState",
    "CourtState",
    "Fact",
    "HitMark",
    "InjuryState",
    "Link",
    "LinkWindow",
    "Match",
    "OpenHit",
    "Outcome",
    "Pair",
    "RoundSpan",
    "Stage",
]

SHOWN_HITS = 10
"""Hits per athlete that the state carries for people to see."""

Pair: TypeAlias = tuple[int, int]
Stage = Literal["loading", "ready", "fighting", "stopped", "between", "decided"]


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """Say as which event and when a message came in.

    ``wall_ns`` is for people and may jump; every window is measured on ``mono_ns``, which must not run backwards
    within a court.
    """

    seq: int
    wall_ns: int
    mono_ns: int


class Athlete(msgspec.Struct, frozen=True, gc=False):
    """Name an athlete as the console does; ``None`` where it has not."""

    short: str | None = None
    long: str | None = None
    country: str | None = None


UNNAMED = Athlete()


class Match(msgspec.Struct, frozen=True, gc=False):
    """One load of the console and what became of it.

    ``match_id`` is the ``seq`` of the message that began the load: match numbers repeat and the console's internal id
    is the word ``null`` [live]. ``loaded_by`` says which message that was, ``pre`` unless it was lost. A load is a
    bout fought once ``started_ns`` is set. ``scoring`` tells whether ``sc`` counts the running round (``rounds``, best
    of three) or the whole bout (``total``, conventional [older]).
    """

    match_id: int
    loaded_ns: int
    loaded_by: Literal["pre", "at", "mch"] = "pre"
    number: str | None = None
    phase: str | None = None
    weight_class: str | None = None
    division: str | None = None
    rounds: int | None = None
    round_ms: int | None = None
    count: str | None = None
    min_body_level: int | None = None
    min_head_level: int | None = None
    blue: Athlete = UNNAMED
    red: Athlete = UNNAMED
    stage: Stage = "loading"
    started_ns: int | None = None
    ended_ns: int | None = None
    winner: Literal["BLUE", "RED", "TIE"] | None = None
    winner_name: str | None = None
    decision: str | None = None
    rounds_won: Pair = (0, 0)
    scoring: Literal["rounds", "total"] | None = None


class ClockState(msgspec.Struct, frozen=True, gc=False):
    """The round clock: ``time_ms`` as the console shows it, ``None`` until it has."""

    time_ms: int | None = None
    running: bool = False


class RoundSpan(msgspec.Struct, frozen=True, gc=False):
    """When the running round began and ended, and who held superiority when it did.

    The console sends ``sup;0`` before the next round [live]; that takes nothing from the round that has ended.
    """

    started_ns: int | None = None
    ended_ns: int | None = None
    superiority: int = 0


class InjuryState(msgspec.Struct, frozen=True, gc=False):
    """Injury time or kye-shi on display; ``athlete`` 0 is nobody in particular."""

    athlete: int
    time_ms: int | None


class ChallengeState(msgspec.Struct, frozen=True, gc=False):
    """A challenge that the console has not closed yet."""

    athlete: int
    state: Literal["requested", "accepted", "rejected"]
    result: Literal["won", "lost"] | None = None


class HitMark(msgspec.Struct, frozen=True, gc=False):
    """One of the last hits of an athlete; ``linked`` once a point is known to own it."""

    seq: int
    level: int
    wall_ns: int
    linked: bool = False


class Link(msgspec.Struct, frozen=True, gc=False):
    """Tie a hit to the point that owns it; ``delay_ms`` is positive where the hit came first."""

    point_seq: int
    hit_seq: int
    athlete: int
    level: int
    points: int
    delay_ms: int
    match_id: int | None
    round: int | None


class OpenHit(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A hit that no point owns yet."""

    seq: int
    at_ms: int
    level: int


class AthleteWindow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An athlete's last point and the hits since, as far as they can still be linked.

    ``bare`` tells that no hit before the point belongs to it, so that a hit right behind it may.
    """

    point_seq: int | None = None
    point_ms: int = 0
    points: int = 0
    point_round: int | None = None
    bare: bool = False
    hits: tuple[OpenHit, ...] = ()


class LinkWindow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Both athletes' windows; ``due_ms`` is the last moment before a link falls due, 0 where none is pending."""

    due_ms: int = 0
    blue: AthleteWindow = AthleteWindow()
    red: AthleteWindow = AthleteWindow()


NO_SPAN = RoundSpan()
NO_WINDOW = LinkWindow()
NO_HITS: tuple[tuple[HitMark, ...], tuple[HitMark, ...]] = ((), ())


class CourtState(msgspec.Struct, frozen=True, gc=False):
    """Everything known of a court.

    After an event was reduced, ``match_id``, ``round`` and ``clock_ms`` are the stamps of that event; ``None`` means
    that it is not known, as when the lab began to listen in the middle of a bout. ``gam_jeoms``, ``superiority`` and
    ``score`` are of the running round, ``round_points[0]`` and ``round_winners[0]`` of round 1.
    """

    match_id: int | None = None
    match: Match | None = None
    round: int | None = None
    clock: ClockState = ClockState()
    score: Pair = (0, 0)
    gam_jeoms: Pair = (0, 0)
    superiority: int = 0
    round_points: tuple[Pair, ...] = ((0, 0), (0, 0), (0, 0))
    round_winners: tuple[int, ...] = (0, 0, 0)
    injury: InjuryState | None = None
    challenge: ChallengeState | None = None
    break_ms: int | None = None
    hits: tuple[tuple[HitMark, ...], tuple[HitMark, ...]] = NO_HITS
    span: RoundSpan = NO_SPAN
    window: LinkWindow = NO_WINDOW

    @property
    def clock_ms(self) -> int | None:
        """Return the time on the round clock in ms."""
        return self.clock.time_ms


Fact: TypeAlias = Link | CourtState
"""Something found on the way that must reach the store: a link, or a state as a load or a round left it.

A group of events that is stored together may run through several rounds and loads; only the states handed out as
facts tell how those stood in the end.
"""

Outcome: TypeAlias = tuple[CourtState, tuple[Fact, ...]]
