"""What a court's messages prove about their own losses: findings, and the report on the data of a match.

A finding says in words what was probably lost, which stored events show it, and how sure that is. It can be said again:
the same ``id`` with a higher ``revision`` replaces what was said before, as when the statistics at the end of a round
confirm a point that was only suspected. Times are ns of arrival (wall time), clock times integer ms.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from restrike_lab.bout.loss_rate import LossRate

__all__ = ["COLOURS", "NOT_PROVABLE", "TECHNIQUES", "Check", "DataQuality", "Finding", "Kind", "Severity", "Status"]

Kind = Literal[
    "point", "gam_jeom", "score", "tick", "clock", "countdown", "load", "round", "confirmation", "result", "gap"
]
"""What a finding is about.

``point`` a ``pt``, ``gam_jeom`` a ``wg``, ``score`` a ``sc`` or ``s..`` message; ``tick`` seconds of the round clock,
``clock`` its starts, stops and corrections, ``countdown`` seconds of rest, injury or time-out; ``load`` parts of a load
burst, ``round`` a ``rnd``, ``confirmation`` parts of ``wrd s.. rst rsr`` behind a round, ``result`` ``win`` or ``wmh``;
``gap`` a time in which nobody listened.
"""

Severity = Literal["info", "warning", "error"]
"""``error``: what an analyst counts is wrong; ``warning``: the course of the bout is in doubt; ``info``: told twice."""

Status = Literal["reported", "confirmed", "withdrawn"]
"""``confirmed`` by later evidence, or ``withdrawn`` because of it."""

COLOURS = ("referee", "blue", "red")
TECHNIQUES = {1: "punch", 2: "body", 3: "head", 4: "technical body", 5: "technical head"}

NOT_PROVABLE = (
    "hit levels (hl): the console never sums them up, so a lost one leaves no trace",
    "superiority (sup), challenges (ch) and show or hide of injury time (ij): nothing else on the wire repeats them",
    "a score raised by hand while the clock runs looks like a lost point until the statistics of the round arrive",
)
"""What no listener can prove about losses, in words for the report."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """Something that was probably lost.

    ``evidence`` holds the ``seq`` of the events that show it, ``streams`` and ``count`` which and how many messages are
    missing, ``points`` the value of a lost point. It was lost between ``from_ns`` and ``until_ns``. ``certainty`` is
    0..1 and ``reason`` says where it comes from. ``clock_ms`` and ``round`` are the place in the bout, ``None`` if only
    the round, or not even that, is known.
    """

    id: str
    kind: Kind
    match_id: int | None
    round: int | None
    clock_ms: int | None
    athlete: int | None
    points: int | None
    streams: tuple[str, ...]
    count: int
    text: str
    certainty: float
    reason: str
    severity: Severity
    evidence: tuple[int, ...]
    from_ns: int
    until_ns: int
    status: Status = "reported"
    revision: int = 1
    ticks_ms: tuple[int, ...] = ()


class Check(msgspec.Struct, frozen=True, gc=False):
    """Say how often something was compared, and how often both sides agreed."""

    name: str
    agreed: int
    compared: int


class DataQuality(msgspec.Struct, frozen=True, gc=False):
    """Report how complete the record of a match is.

    ``findings`` are in the order in which they were first made, each as it stands now, withdrawn ones too; ``counts``
    sums up the missing messages by kind, without the withdrawn. ``ticks`` is the loss among the seconds of all
    countdowns, ``messages`` that among every message whose absence would have been noticed. ``whole`` is ``False``
    where listening began in the middle or was interrupted: nothing is said about what was not heard then.
    """

    match_id: int | None
    whole: bool
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    ticks: LossRate
    messages: LossRate
    checks: tuple[Check, ...]
    not_provable: tuple[str, ...] = NOT_PROVABLE
