"""The score of one round as the console keeps it: points, gam-jeoms, counts for ``rst``, and superiority.

Index 0 is blue, 1 is red throughout; ``athlete`` is 1 or 2 as on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from restrike_lab.pss.streams import RoundPoints, RoundStatistics, RoundWinners, Score

__all__ = [
    "BODY",
    "GAM_JEOM_LIMIT",
    "GAP",
    "HEAD",
    "PUNCH",
    "TECHNICAL_BODY",
    "TECHNICAL_HEAD",
    "RoundScore",
    "opponent",
    "round_points",
    "round_statistics",
    "round_winners",
    "running_score",
]

PUNCH, BODY, HEAD, TECHNICAL_BODY, TECHNICAL_HEAD = 1, 2, 3, 4, 5
"""Values of ``pt``; each equals the points it adds."""

GAP = 12
"""A lead of this many points ends a round [live]."""

GAM_JEOM_LIMIT = 5
"""The gam-jeom that loses the round."""

_STATISTICS_ORDER = (BODY, HEAD, PUNCH, TECHNICAL_BODY, TECHNICAL_HEAD)
_STATISTICS_FIELDS = ("body", "head", "punch", "x", "y", "gam_jeoms")


def opponent(athlete: int) -> int:
    """Return the other athlete."""
    return 3 - athlete


@dataclass
class RoundScore:
    """Keep the score of one round."""

    points: list[int] = field(default_factory=lambda: [0, 0])
    gam_jeoms: list[int] = field(default_factory=lambda: [0, 0])
    counts: tuple[dict[int, int], dict[int, int]] = field(
        default_factory=lambda: (dict.fromkeys(_STATISTICS_ORDER, 0), dict.fromkeys(_STATISTICS_ORDER, 0))
    )
    superiority: int = 0
    _taken_back: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))

    def add_point(self, athlete: int, points: int) -> None:
        """Count a valid technique."""
        self.points[athlete - 1] += points
        self.counts[athlete - 1][points] += 1

    def add_gam_jeom(self, athlete: int) -> None:
        """Count a gam-jeom; the opponent's score rises by one."""
        self.gam_jeoms[athlete - 1] += 1
        self.points[opponent(athlete) - 1] += 1

    def remove_gam_jeom(self, athlete: int) -> None:
        """Take a gam-jeom back, and the opponent's point with it."""
        self.gam_jeoms[athlete - 1] -= 1
        self.points[opponent(athlete) - 1] -= 1

    def correct(self, athlete: int, change: int) -> None:
        """Change a score without an event, as an operator does; never below nought.

        A technique taken back no longer makes superior, but ``rst`` still counts it: it counts what was sent [guess].
        """
        self.points[athlete - 1] = max(0, self.points[athlete - 1] + change)
        taken_back = self._taken_back[athlete - 1]
        taken_back[-change] = taken_back.get(-change, 0) + 1

    @property
    def leader(self) -> int:
        """Return who has more points: 1, 2, or 0 at a tie."""
        return _more(*self.points)

    def tie_break(self) -> int:
        """Return who is superior at equal points: technical points first, then head, body and punch.

        The order after that of the competition rules [guess]; live, 3 head and 1 body beat 2 head, 2 body and 1 punch.
        """
        for kinds in ((TECHNICAL_HEAD, TECHNICAL_BODY), (HEAD,), (BODY,), (PUNCH,)):
            if winner := _more(self._worth(1, kinds), self._worth(2, kinds)):
                return winner
        return 0

    def _worth(self, athlete: int, kinds: Sequence[int]) -> int:
        counts, taken_back = self.counts[athlete - 1], self._taken_back[athlete - 1]
        return sum(kind * (counts[kind] - taken_back.get(kind, 0)) for kind in kinds)

    def superiority_changes(self) -> list[int]:
        """Update superiority and return what the console announces of it, in order.

        At a tie the console first says 0, then who is superior by techniques, even if that is who was before [live].
        """
        if self.leader:
            announced = [self.leader] if self.leader != self.superiority else []
        else:
            announced = [0] if self.superiority else []
            if by_techniques := self.tie_break():
                announced.append(by_techniques)
        if announced:
            self.superiority = announced[-1]
        return announced

    def won_by_gap(self) -> bool:
        """Tell whether the lead ends the round."""
        return abs(self.points[0] - self.points[1]) >= GAP

    @property
    def over(self) -> bool:
        """Tell whether gap or gam-jeoms end the round before its time."""
        return self.won_by_gap() or max(self.gam_jeoms) >= GAM_JEOM_LIMIT

    def statistics(self, athlete: int) -> tuple[int, ...]:
        """Return the counters of ``rst``: body, head, punch, technical body, technical head, gam-jeoms."""
        counts = self.counts[athlete - 1]
        return (*(counts[kind] for kind in _STATISTICS_ORDER), self.gam_jeoms[athlete - 1])


def _more(blue: int, red: int) -> int:
    return (blue > red) + 2 * (red > blue)


def running_score(score: RoundScore) -> Score:
    """Return the ``sc`` message of the running round."""
    blue, red = score.points
    return Score(blue=blue, red=red)


def round_points(scores: Sequence[RoundScore], rounds: int) -> RoundPoints:
    """Return the ``s11`` message: both athletes' points in every round of the match, nought in those to come."""
    values: dict[str, Any] = {}
    for number in range(1, rounds + 1):
        blue, red = scores[number - 1].points if number <= len(scores) else (0, 0)
        values |= {f"blue_{number}": blue, f"red_{number}": red}
    return RoundPoints(**values)


def round_winners(winners: Sequence[int], rounds: int) -> RoundWinners:
    """Return the ``wrd`` message; a round without a winner so far has 0."""
    padded = [*winners, *[0] * (rounds - len(winners))]
    values: dict[str, Any] = {f"rd{number}": winner for number, winner in enumerate(padded, 1)}
    return RoundWinners(**values)


def round_statistics(number: int, score: RoundScore) -> RoundStatistics:
    """Return the ``rst`` message of a round."""
    blue = zip(_STATISTICS_FIELDS, score.statistics(1), strict=True)
    red = zip(_STATISTICS_FIELDS, score.statistics(2), strict=True)
    values: dict[str, Any] = {f"blue_{name}": count for name, count in blue}
    values |= {f"red_{name}": count for name, count in red}
    return RoundStatistics(round=number, **values)
