"""The scoreboard: one court as a spectator, an operator or a stream sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike, LiveWidget

__all__ = ["Scoreboard"]

FLAGS_EVERY_S = 0.2


class Pictured(Protocol):
    """What the board shows of a flag."""

    @property
    def name(self) -> str | None: ...
    @property
    def uri(self) -> str: ...


class FlagsLike(Protocol):
    """What the board needs of ``lab.flags``."""

    def __getitem__(self, sent: str) -> Pictured: ...


class FlagLab(LabLike, Protocol):
    """What the board needs of a ``Lab``."""

    @property
    def flags(self) -> FlagsLike: ...


class Scoreboard(LiveWidget):
    """Show the running bout of a court.

    ``court`` names the court; None shows the first one and lets the reader choose where there are several.
    """

    hit_seconds = traitlets.Float(0.0, help="seconds that a hit stays on the board; 0: until the next").tag(sync=True)

    follows = {**LiveWidget.follows, "screen.hit_seconds": "hit_seconds"}  # noqa: RUF012

    court = traitlets.Unicode(None, allow_none=True, help="the court shown; None: the reader's choice").tag(sync=True)

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: FlagLab, court: str | None = None, **traits: Any) -> None:
        self._flag_lab = lab
        self._flags_sent: dict[str, dict[str, str]] = {}
        self._turns = Coalescer(self._send_flags, FLAGS_EVERY_S)
        super().__init__(lab, court=court, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("scoreboard.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "scoreboard.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send the state of every court, with the flags that are known already."""
        self._tell({"type": "courts", "page": page, "fresh": True, "courts": self._lab.live.courts})
        self._tell({"type": "flags", "page": page, "flags": self._flags_sent})
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Send the courts that changed, and flags that are new on them."""
        if batch.courts or batch.snapshot:
            courts = self._lab.live.courts if batch.snapshot else batch.courts
            self._tell({"type": "courts", "fresh": batch.snapshot, "courts": courts})
        if any(frame.get("type") == "flags" for frame in batch.desk):
            self._flags_sent = {}
        if _sent_codes(self._lab.live.courts) - set(self._flags_sent):
            self._turns.ask()

    def close(self) -> None:
        """Stop following the lab and remove the board from every page."""
        self._turns.close()
        super().close()

    def _send_flags(self) -> None:
        """Ask for the flags of the athletes on the board and send them; letters stand there until then."""
        flags = self._flags_sent
        codes = _sent_codes(self._lab.live.courts)
        for code in codes - set(flags):
            try:
                found = self._flag_lab.flags[code]
            except RestrikeError:  # a hub that is away: its next state asks again
                return
            flags[code] = {"uri": found.uri, "name": found.name or ""}
        self._flags_sent = {code: flags[code] for code in codes if code in flags}
        self._tell({"type": "flags", "flags": self._flags_sent})


def _sent_codes(courts: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return what stands for a country on any court."""
    matches = [state.get("match") or {} for state in courts.values()]
    sides = [match.get(side) or {} for match in matches for side in ("blue", "red")]
    return {str(side["country"]) for side in sides if side.get("country")}
