"""Every hit of the round that goes on: how hard, when, and which point came of it, beside the levels that count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PicturePanel

__all__ = ["HitLevels"]

EVERY_S = 0.25
TURNS_AFTER = 1
"""How often it is looked again after the last hit or point: a hit is linked by the point behind it."""

STREAMS = frozenset({"hl", "pt", "rnd", "mch", "pre", "rdy"})


class HitLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    def round_hits(self, court: str) -> dict[str, Any]: ...


class HitLevels(PicturePanel):
    """Show the hit levels of the running round of a court.

    ``court`` names the court; None lets the reader choose. ``folded`` shows one line that the reader may open.
    """

    court = traitlets.Unicode(None, allow_none=True, help="the court shown; None: the reader's choice").tag(sync=True)
    script = "hit_levels.js"
    style = ("hit_levels.css",)

    def __init__(self, lab: HitLab, **traits: Any) -> None:
        self._hit_lab = lab
        super().__init__(lab, EVERY_S, **traits)

    def picture(self) -> dict[str, Any]:
        """Return the hits of every court's round."""
        return {"type": "hits", "courts": {name: self._of(name) for name in sorted(self._lab.live.courts)}}

    def follow(self, batch: Batch) -> None:
        """Look again when something came that concerns hits."""
        if batch.snapshot or batch.anew or any(each.get("stream") in STREAMS for each in batch.events):
            self.look_again(TURNS_AFTER)

    def _of(self, court: str) -> Mapping[str, Any] | None:
        try:
            return self._hit_lab.round_hits(court)
        except RestrikeError:  # a hub that is just changing hands: the next hit asks again
            return None
