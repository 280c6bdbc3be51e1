"""Who meets whom, as which match, and the truth about it that is known before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

from restrike_lab.pss.streams import Athletes, MatchConfig
from restrike_lab.simulate.athletes import Athlete, WeightClass
from restrike_lab.simulate.fixture import Fixture
from restrike_lab.simulate.model import Curve
from restrike_lab.simulate.truth import BoutTruth

__all__ = ["Pairing", "pair"]


@dataclass(frozen=True)
class Pairing:
    """Hold a match as it can be loaded, with the people and the class behind it."""

    fixture: Fixture
    weight_class: WeightClass
    blue: Athlete
    red: Athlete

    def blank_truth(self, *, bout: int, court: str, curve: Curve) -> BoutTruth:
        """Return the truth of a load of this match before anything has happened."""
        config = self.fixture.config
        return BoutTruth(
            bout=bout,
            court=court,
            number=config.number or "",
            phase=config.phase or "",
            weight_class=self.weight_class.name,
            division=config.division or "",
            round_ms=self.fixture.round_ms,
            min_body_level=self.weight_class.min_body_level,
            min_head_level=self.weight_class.min_head_level,
            threshold=curve.threshold(self.weight_class.min_body_level),
            blue=self.blue,
            red=self.red,
        )


def pair(
    blue: Athlete,
    red: Athlete,
    *,
    number: str,
    phase: str,
    division: str,
    weight_class: WeightClass,
    round_seconds: int = 120,
) -> Pairing:
    """Return a best-of-three match of two athletes, set up as live consoles send it."""
    config = MatchConfig(
        number=number,
        phase=phase,
        weight_class=weight_class.name,
        unused="0",
        blue_background="#0000ff",
        blue_foreground="#FFFFFF",
        red_background="#ff0000",
        red_foreground="#FFFFFF",
        internal_id="null",
        division=division,
        rounds=3,
        round_seconds=round_seconds,
        count="cntDown",
        min_body_level=weight_class.min_body_level,
        min_head_level=weight_class.min_head_level,
    )
    athletes = Athletes(
        blue_short=blue.short,
        blue_long=blue.long,
        blue_country=blue.country,
        red_short=red.short,
        red_long=red.long,
        red_country=red.country,
    )
    return Pairing(Fixture(config, athletes), weight_class, blue, red)
