"""What the audit of a court remembers, as frozen values.

Only what may still be contradicted is kept: in an undisturbed bout nothing is pending between two messages. Pairs are
(blue, red); arrivals carry ``seq``, wall time and the monotonic time on which every window is measured.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from restrike_lab.bout.findings import DataQuality, Finding
from restrike_lab.bout.state import Arrival, Pair

__all__ = [
    "NO_COUNTS",
    "SETTLED_NS",
    "SIDES",
    "TICK_MS",
    "Act",
    "AuditState",
    "Awaited",
    "ClockWatch",
    "Confirmation",
    "Countdown",
    "Course",
    "Fall",
    "Ledger",
    "Load",
    "Step",
    "Suspect",
    "Tally",
    "Ticks",
    "Waiting",
]

SETTLED_NS = 250_000_000
"""How long messages of one act may be apart or out of order: a score without its reason is odd after 250 ms."""

TICK_MS = 1000
SIDES = (1, 2)
NO_COUNTS = ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0))

Counts: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


class Ticks(msgspec.Struct, frozen=True, gc=False):
    """The row of seconds of the round clock: the part that changes with every tick.

    ``next_ms`` is what the next tick has to show while the clock runs, ``None`` where that is not known or it stands.
    """

    next_ms: int | None = None
    time_ms: int | None = None
    at: Arrival = Arrival(0, 0, 0)
    seen: int = 0


class Awaited(msgspec.Struct, frozen=True, gc=False):
    """A clock message that comes within a moment or has been lost, between the arrivals ``since`` and ``at``.

    ``tick`` are the seconds ``ticks_ms``; ``pause`` is a stop and a start, of which only the time that passed tells.
    """

    what: Literal["start", "stop", "stopEnd", "tick", "pause"]
    at: Arrival
    since: Arrival
    clock_ms: int | None
    ticks_ms: tuple[int, ...] = ()


class ClockWatch(msgspec.Struct, frozen=True, gc=False):
    """The round clock apart from its seconds.

    ``running`` is ``None`` until it is known. ``began`` tells that it was started in this round, ``ended`` that
    ``stopEnd`` came, ``over`` that the round is over whatever told so, ``challenged`` that a challenge was handled
    since it last ran.
    """

    running: bool | None = None
    step: int = -TICK_MS
    round_ms: int | None = None
    began: bool = False
    ended: bool = False
    over: bool = False
    challenged: bool = False
    stopped_ns: int = 0
    awaited: tuple[Awaited, ...] = ()


class Countdown(msgspec.Struct, frozen=True, gc=False):
    """Rest, injury or time-out as last shown."""

    time_ms: int
    at: Arrival


class Load(msgspec.Struct, frozen=True, gc=False):
    """A load burst that goes on; ``joined`` says that it had begun before anybody listened."""

    first: Arrival
    last: Arrival
    parts: frozenset[str]
    joined: bool = False


class Confirmation(msgspec.Struct, frozen=True, gc=False):
    """What has come of the messages that confirm a round."""

    first: Arrival
    last: Arrival
    parts: frozenset[str]


class Course(msgspec.Struct, frozen=True, gc=False):
    """Where the bout is, and what this court is known to send.

    ``match_id`` is as in ``CourtState``; ``since`` is the first event of the match, or after a gap, that was heard.
    ``habits`` are the streams of loads and confirmations seen so far, ``loads`` how many loads. ``early`` is a ``wg``
    of nought that may have overtaken the beginning of its load. ``s_seen`` tells that the match sends points per round;
    a conventional bout does not and its ``sc`` is the total [older].
    """

    match_id: int | None = None
    since: Arrival = Arrival(0, 0, 0)
    whole: bool = False
    round: int | None = None
    load: Load | None = None
    s_lost: Load | None = None
    early: Arrival | None = None
    confirmation: Confirmation | None = None
    confirmed: bool = False
    habits: frozenset[str] = frozenset()
    loads: int = 0
    s_seen: bool = False
    result: tuple[str, Arrival] | None = None
    decided: bool = False
    winners: tuple[int, ...] = ()


class Step(msgspec.Struct, frozen=True, gc=False):
    """A change of an athlete's score for which no reason has come yet."""

    athlete: int
    change: int
    at: Arrival
    before: Arrival | None
    clock_ms: int | None
    standing: bool
    challenged: bool


class Act(msgspec.Struct, frozen=True, gc=False):
    """A reason, ``pt`` or ``wg``, for which no change of the athlete's score has come yet."""

    athlete: int
    change: int
    stream: Literal["pt", "wg"]
    at: Arrival
    clock_ms: int | None


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A score of which one of the two messages that tell it, ``sc`` or ``s``, has not come yet."""

    stream: Literal["sc", "s"]
    score: Pair
    at: Arrival
    clock_ms: int | None


class Suspect(msgspec.Struct, frozen=True, gc=False):
    """An unexplained rise of an athlete's score: the finding made of it, or ``""`` while it may be a correction.

    ``by_gam_jeom`` says that it is taken for a gam-jeom of the opponent, ``counted`` that a later ``wg`` tells it was
    none. ``settled`` once nothing can change it.
    """

    finding: str
    athlete: int
    points: int
    by_gam_jeom: bool
    at: Arrival
    before: Arrival | None
    clock_ms: int | None
    counted: bool = False
    settled: bool = False


class Fall(msgspec.Struct, frozen=True, gc=False):
    """A score that fell without a reason: taken for a correction by hand."""

    athlete: int
    change: int
    at: Arrival
    clock_ms: int | None


class Ledger(msgspec.Struct, frozen=True, gc=False):
    """Score, points and gam-jeoms of the running round, as told and as counted.

    ``score`` and ``gam_jeoms`` are as last told; ``None`` is not known, as after joining in the middle; until
    ``blind_ns`` the reasons of the first score that was heard may still come. ``owed`` are
    points that were seen while no score told them. ``counts`` are the ``pt`` seen by athlete and value 1..5. ``whole``
    tells that the round was heard from its beginning, so that counts can be compared; ``met`` are steps explained.
    """

    score: Pair | None = None
    scored: Arrival | None = None
    blind_ns: int = 0
    s_at: Arrival | None = None
    steps: tuple[Step, ...] = ()
    acts: tuple[Act, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    owed: Pair = (0, 0)
    gam_jeoms: tuple[int | None, int | None] = (None, None)
    warned: Arrival | None = None
    counts: Counts = NO_COUNTS
    whole: bool = False
    met: int = 0
    suspects: tuple[Suspect, ...] = ()
    falls: tuple[Fall, ...] = ()


class Tally(msgspec.Struct, frozen=True, gc=False):
    """Messages seen that would have been missed, and comparisons made, in this match."""

    countdown_ticks: int = 0
    messages: int = 0
    pairs: int = 0
    acts: int = 0
    rounds_counted: int = 0
    rounds_agreed: int = 0
    winners_compared: int = 0
    winners_agreed: int = 0
    results_compared: int = 0
    results_agreed: int = 0
    loads: int = 0
    confirmations: int = 0


class AuditState(msgspec.Struct, frozen=True, gc=False):
    """Everything the audit of a court remembers.

    ``due_ns`` is the monotonic time from which something pending can be decided, 0 where nothing is. ``findings`` are
    those of this match as they stand, ``fresh`` those to hand out. ``previous`` is the report on the match before.
    """

    due_ns: int = 0
    ticks: Ticks = Ticks()
    clock: ClockWatch = ClockWatch()
    ledger: Ledger = Ledger()
    course: Course = Course()
    heard: bool = False
    rest: Countdown | None = None
    injury: Countdown | None = None
    time_out: Countdown | None = None
    tally: Tally = Tally()
    findings: tuple[Finding, ...] = ()
    fresh: tuple[Finding, ...] = ()
    serial: int = 0
    previous: DataQuality | None = None
