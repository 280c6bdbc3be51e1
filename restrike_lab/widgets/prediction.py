"""Who wins, as a panel: the chances of the running round and bout, and beside them how good such predictions are.

Folded it says one line about the first court. What is shown follows every change of a court's state; hits grow old
without one, so it is computed again now and then while the clock runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from restrike_lab.client.prediction import Outlook, quality_rows
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PanelWidget

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


class WinProbability(PanelWidget):
    """Show the chances of the running bouts; ``folded`` shows one line that the reader may open."""

    script = "prediction.js"
    style = ("prediction.css",)

    def __init__(self, lab: PredictionLab, **traits: Any) -> None:
        self._prediction = lab.prediction
        self._sent: dict[str, Any] = {}
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the chances of every court."""
        self._sent = {}
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Compute anew what a change of a court may have changed."""
        if batch.courts or batch.snapshot:
            self._turns.ask()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _refresh(self) -> None:
        content: dict[str, Any] = {"type": "chances", "courts": self._courts(), "model": self._model()}
        if content != self._sent:
            self._sent = content
            self._tell(content)

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
