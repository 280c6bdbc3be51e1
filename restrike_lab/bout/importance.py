"""How much an event matters to the person at the ring: what a screen lights up and filters by.

This is the one place that decides it, from the event as clients see it (stream, status, fields) and from what stood on
the same court before: a score that falls and a gam-jeom that is taken back are corrections, and the console says so in
no other way. A console repeats what it knows, so only what changed counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

__all__ = ["MEANINGS", "TICKING", "Importance", "Standing", "weigh", "weigh_all"]


class Importance(StrEnum):
    """What kind of attention an event asks for; ``PLAIN`` asks for none, a ``TICK`` is a second passing."""

    DECISION = "decision"
    POINT = "point"
    GAM_JEOM = "gam-jeom"
    CHALLENGE = "challenge"
    CORRECTION = "correction"
    INJURY = "injury"
    UNKNOWN = "unknown"
    PLAIN = "plain"
    TICK = "tick"


MEANINGS: Mapping[Importance, str] = {
    Importance.DECISION: "a round or the bout is decided",
    Importance.POINT: "a point was scored",
    Importance.GAM_JEOM: "a gam-jeom was given",
    Importance.CHALLENGE: "a video replay was asked for, granted or answered",
    Importance.CORRECTION: "score, gam-jeoms, round or clock were put right by the operator of the console",
    Importance.INJURY: "injury time begins or ends",
    Importance.UNKNOWN: "a message that no table understands",
    Importance.PLAIN: "everything else",
    Importance.TICK: "a second of the clock, of a break or of injury time passes",
}
"""What each means, in the order in which screens offer them."""

TICKING = frozenset({"clk", "brk", "ij", "to"})
"""Countdown streams whose messages without an action are mere seconds passing."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a court's messages said last; None before they said it."""

    match_id: int | None = None
    round: int | None = None
    score: Pair | None = None
    gam_jeoms: Pair | None = None
    decided: int = 0


def weigh(standing: Standing, event: Mapping[str, Any]) -> tuple[Importance, Standing]:
    """Return how much an event matters, and what stands after it.

    ``event`` is in the form of the live feed; of it ``stream``, ``status``, ``match_id`` and ``fields`` are read.
    """
    if event.get("match_id") != standing.match_id:
        standing = Standing(match_id=event.get("match_id"))
    if event.get("status") == "unknown":
        return Importance.UNKNOWN, standing
    stream = event.get("stream")
    given = event.get("fields")
    fields: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    action = fields.get("action")
    match stream:
        case "pt":
            return Importance.POINT, standing
        case "ch":
            return Importance.CHALLENGE, standing
        case "win" | "wmh":
            return Importance.DECISION, standing
        case "sc" | "wg":
            return _counted(standing, "score" if stream == "sc" else "gam_jeoms", fields)
        case "wrd":
            decided = sum(1 for winner in fields.values() if winner)
            return _if(decided > standing.decided, Importance.DECISION), replace(standing, decided=decided)
        case "rnd":
            return _round(standing, fields.get("number"))
        case "ij" if action:
            return Importance.INJURY, standing
        case _ if stream in TICKING:
            return (_if(action == "corr", Importance.CORRECTION) if action else Importance.TICK), standing
    return Importance.PLAIN, standing


def weigh_all(
    events: Iterable[Mapping[str, Any]], standings: dict[str, Standing] | None = None
) -> Iterator[Importance]:
    """Yield how much each event matters, oldest first; ``standings`` by court are kept up to date in it."""
    known = {} if standings is None else standings
    for event in events:
        court = str(event.get("court") or "")
        importance, known[court] = weigh(known.get(court, Standing()), event)
        yield importance


def _if(so: bool, importance: Importance) -> Importance:
    return importance if so else Importance.PLAIN


def _counted(standing: Standing, what: str, fields: Mapping[str, Any]) -> tuple[Importance, Standing]:
    """Judge a pair of counters: a fall is a correction, a gam-jeom more is one that was given."""
    blue, red = fields.get("blue"), fields.get("red")
    if not isinstance(blue, int) or not isinstance(red, int):
        return Importance.PLAIN, standing
    score = what == "score"
    now, before = (blue, red), (standing.score if score else standing.gam_jeoms) or (0, 0)
    after = replace(standing, score=now) if score else replace(standing, gam_jeoms=now)
    if now[0] < before[0] or now[1] < before[1]:
        return Importance.CORRECTION, after
    return _if(not score and now != before, Importance.GAM_JEOM), after


def _round(standing: Standing, number: Any) -> tuple[Importance, Standing]:
    """Judge a round: a lower one than before puts it right; a new one begins its counts at nought."""
    if not isinstance(number, int):
        return Importance.PLAIN, standing
    back = standing.round is not None and number < standing.round
    if number == standing.round:
        return Importance.PLAIN, standing
    return _if(back, Importance.CORRECTION), replace(standing, round=number, score=None, gam_jeoms=None)
