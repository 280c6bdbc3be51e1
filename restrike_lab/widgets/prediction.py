"""Who wins, as a panel: the chances of the running round and bout, and beside them how good such predictions are.

Folded it says one line about the first court. What is shown follows every change of a court's state; hits grow old
without one, so it is computed again now and then while the clock runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.client.prediction import Outlook, quality_rows
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PicturePanel

__all__ = ["WinProbability"]

EVERY_S = 0.2


class PredictionLike(Protocol):
    """What the panel needs of ``lab.prediction``."""

    @property
    def current(self) -> Any: ...
    def of(self, court: str, state: Mapping[str, Any]) -> Outlook: ...


class PredictionLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def prediction(self) -> PredictionLike: ...


class WinProbability(PicturePanel):
    """Show the chances of the running bouts; ``folded`` shows one line that the reader may open."""

    script = "prediction.js"
    style = ("prediction.css",)

    def __init__(self, lab: PredictionLab, **traits: Any) -> None:
        self._prediction = lab.prediction
        super().__init__(lab, EVERY_S, **traits)

    def picture(self) -> dict[str, Any]:
        """Return the chances of every court, and how good such predictions are."""
        return {"type": "chances", "courts": self._courts(), "model": self._model()}

    def follow(self, batch: Batch) -> None:
        """Compute anew what a change of a court may have changed."""
        if batch.courts or batch.snapshot:
            self.look_again()

    def _courts(self) -> list[dict[str, Any]]:
        return [self._court(name, state) for name, state in sorted(self._lab.live.courts.items())]

    def _court(self, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
        found = self._prediction.of(name, state)
        match = state.get("match") or {}
        chance = found.chance
        return {
            "court": name,
            "names": [(match.get(side) or {}).get("short") or side.title() for side in ("blue", "red")],
            "round": state.get("round") or 1,
            "chances": None if chance is None else [round(chance.round, 3), round(chance.bout, 3)],
            "reason": found.reason,
        }

    def _model(self) -> dict[str, Any] | None:
        try:
            model = self._prediction.current
        except RestrikeError:  # the reason stands beside every court
            return None
        if model is None:
            return None
        return {"statement": model.statement, "quality": quality_rows(model), "library": model.library}
