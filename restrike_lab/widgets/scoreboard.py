"""The scoreboard: one court as a spectator, an operator or a stream sees it."""

from __future__ import annotations

from typing import Any

import traitlets

from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, LabLike, LiveWidget

__all__ = ["Scoreboard"]


class Scoreboard(LiveWidget):
    """Show the running bout of a court.

    ``court`` names the court; None shows the first one and lets the reader choose where there are several.
    """

    court = traitlets.Unicode(None, allow_none=True, help="the court shown; None: the reader's choice").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: LabLike, court: str | None = None, **traits: Any) -> None:
        super().__init__(lab, court=court, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("scoreboard.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "scoreboard.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the state of every court."""
        self._tell({"type": "courts", "page": page, "fresh": True, "courts": self._lab.live.courts})

    def follow(self, batch: Batch) -> None:
        """Send the courts that changed."""
        if batch.courts or batch.snapshot:
            courts = self._lab.live.courts if batch.snapshot else batch.courts
            self._tell({"type": "courts", "fresh": batch.snapshot, "courts": courts})
