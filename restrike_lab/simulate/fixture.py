"""A match as it is loaded into the console, and the burst of messages that loading sends."""

from __future__ import annotations

from dataclasses import dataclass

from restrike_lab.pss.streams import (
    Athletes,
    Clock,
    FightLoaded,
    FightReady,
    GamJeoms,
    MatchConfig,
    Message,
    Officials,
    Round,
    Score,
    Superiority,
)
from restrike_lab.simulate.scoring import round_points, round_winners

__all__ = ["Fixture", "load_burst"]

_NOBODY = Officials(
    referee="",
    referee_country="",
    judge_1="",
    judge_1_country="",
    judge_2="",
    judge_2_country="",
    assistant="",
    assistant_country="",
)
"""Live consoles always send the officials empty."""


@dataclass(frozen=True)
class Fixture:
    """Name a match: how it is set up and who fights."""

    config: MatchConfig
    athletes: Athletes

    @property
    def round_ms(self) -> int:
        """Return the length of a round in ms."""
        return (self.config.round_seconds or 120) * 1000

    @property
    def rounds(self) -> int:
        """Return the most rounds the match can have."""
        return self.config.rounds or 3


def load_burst(fixture: Fixture) -> tuple[Message, ...]:
    """Return the twelve messages of a load in order: ``pre ref at1 mch wg1 wrd s11 sc1 clk rnd sup rdy`` [live]."""
    return (
        FightLoaded(text="FightLoaded"),
        _NOBODY,
        fixture.athletes,
        fixture.config,
        GamJeoms(blue=0, red=0),
        round_winners([], fixture.rounds),
        round_points([], fixture.rounds),
        Score(blue=0, red=0),
        Clock(time_ms=fixture.round_ms),
        Round(number=1),
        Superiority(athlete=0),
        FightReady(text="FightReady"),
    )
