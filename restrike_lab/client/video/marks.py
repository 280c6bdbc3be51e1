"""Which events of a bout people look for in its video, and what they are called there. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["CHAPTERS", "KINDS", "Mark", "marks"]

Event = Mapping[str, Any]

KINDS: Mapping[str, str] = {
    "round": "the clock of a round starts for the first time",
    "point": "a point",
    "gam-jeom": "a gam-jeom",
    "challenge": "a challenge is requested, accepted or rejected",
    "injury": "injury time begins",
    "winner": "the winner of the bout",
    "hit": "a hit level, whether it scored or not",
}
"""What can be marked."""

CHAPTERS = ("round", "point", "gam-jeom", "challenge", "injury", "winner")
"""What becomes a chapter if nothing else is asked for."""

SIDES = {1: "Blue", 2: "Red"}


@dataclass(frozen=True, slots=True)
class Mark:
    """An event to look for: its kind, number, title, athlete (1 blue, 2 red), round and clock as people read it."""

    kind: str
    seq: int
    title: str
    athlete: int | None = None
    round: int | None = None
    time: str | None = None


def marks(events: Iterable[Event], kinds: Sequence[str] = CHAPTERS) -> list[Mark]:
    """Return the marks of a bout in order; ``events`` as the live feed delivers them. Raises ValueError for a kind."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"there is no kind {unknown[0]!r} (kinds: {', '.join(KINDS)})")
    return [mark for mark in _all(events) if mark.kind in kinds]


def _all(events: Iterable[Event]) -> Iterator[Mark]:
    rounds: set[int | None] = set()
    gam_jeoms: dict[int | None, tuple[int, int]] = {}
    for event in events:
        match event["stream"]:
            case "clk" if event["action"] == "start" and event["round"] not in rounds:
                rounds.add(event["round"])
                yield _mark("round", event, f"Round {event['round'] or '?'}")
            case "wg":
                yield from _gam_jeoms(event, gam_jeoms)
            case "ij" if event["action"] in ("show", "start"):
                yield _mark("injury", event, f"{SIDES.get(event['athlete'], 'Referee')}: injury time")
            case stream if stream in _PLAIN:
                yield _mark(_PLAIN[stream], event, str(event["description"]))


def _gam_jeoms(event: Event, known: dict[int | None, tuple[int, int]]) -> Iterator[Mark]:
    """Yield a mark per gam-jeom: the console repeats the counts of the round, and only a rise is news."""
    fields = event["fields"]
    now = (fields.get("blue") or 0, fields.get("red") or 0)
    before = known.get(event["round"], (0, 0))
    known[event["round"]] = now
    for athlete, had, has in zip((1, 2), before, now, strict=True):
        if has > had:
            yield _mark("gam-jeom", event, f"{SIDES[athlete]}: gam-jeom", athlete)


def _mark(kind: str, event: Event, title: str, athlete: int | None = None) -> Mark:
    whose = event["athlete"] if athlete is None else athlete
    return Mark(kind, event["seq"], title, whose, event["round"], event["time"])


_PLAIN: Mapping[str, str] = {"pt": "point", "hl": "hit", "ch": "challenge", "win": "winner"}
