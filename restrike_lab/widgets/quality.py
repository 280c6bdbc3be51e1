"""How complete the record is, as a panel: what is missing of a match, how sure that is, and what was compared.

Folded it is one line about the matches that are going on, read from what the hub found: that costs a page nothing.
Open it shows the report on one match (``lab.quality``), drawn from the stored events and kept up to date while they
come; the first one reads the whole record, in a thread.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import traitlets

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.coalesce import Coalescer
from restrike_lab.widgets.live import Batch, LabLike
from restrike_lab.widgets.panel import PanelWidget
from restrike_lab.widgets.rows import encode

__all__ = ["DataQuality"]

EVERY_S = 2.0
TURNS_AFTER = 2
"""How often it is looked again after the last event: silence decides, too, and the hub writes that a moment later."""

FINDING_S = 0.3
"""How long after a finding the report is drawn again."""


class Report(Protocol):
    """What the panel needs of a report."""

    def plain(self) -> dict[str, Any]: ...


class Quality(Protocol):
    """What the panel needs of ``lab.quality``."""

    def __call__(self, match_id: int | None = None) -> Report: ...
    def running(self) -> Mapping[str, Report]: ...
    def overview(self, limit: int = 100) -> list[dict[str, Any]]: ...
    def evidence(self, seqs: Iterable[int]) -> list[dict[str, Any]]: ...


class QualityLab(LabLike, Protocol):
    """What the panel needs of a ``Lab``."""

    @property
    def quality(self) -> Quality: ...


class DataQuality(PanelWidget):
    """Show what is missing of the running match, or of any other.

    ``match_id`` fixes the match; None follows the running one and lets the reader choose. ``folded`` shows one line
    that the reader may open.
    """

    match_id = traitlets.Int(None, allow_none=True, help="the match shown; None: the reader's choice").tag(sync=True)
    script = "quality.js"
    style = ("quality.css",)

    def __init__(self, lab: QualityLab, **traits: Any) -> None:
        self._quality = lab.quality
        self._shown: dict[str, Mapping[str, Any]] = {}
        self._sent: dict[str, Any] = {}
        self._connected = True
        self._more_turns = 0
        self._reading = threading.Lock()
        self._turns = Coalescer(self._refresh, EVERY_S)
        super().__init__(lab, **traits)

    def welcome(self, page: str, seq: int) -> None:
        """Send the list of matches."""
        self._sent.clear()
        self._turns.ask(within=0)

    def follow(self, batch: Batch) -> None:
        """Look again when something came, at once when something was found missing."""
        found = any(each.get("source") == "quality" for each in getattr(batch, "alerts", ()))
        if batch.snapshot:
            self._sent.clear()
        reconnected = batch.connected and not self._connected
        self._connected = batch.connected
        if found or reconnected or batch.events or batch.snapshot:
            self._more_turns = TURNS_AFTER
            self._turns.ask(within=FINDING_S if found else None)

    def asked(self, content: Mapping[str, Any]) -> None:
        """Open a report, shut it, or tell of events that are evidence."""
        page = str(content.get("page") or "")
        match content.get("type"):
            case "show":
                self._shown[page] = {name: content.get(name) for name in ("court", "match_id")}
                self._sent.pop(page, None)
                self._turns.ask(within=0)
            case "shut":
                self._shown.pop(page, None)
            case "evidence":
                threading.Thread(target=self._send_evidence, args=(page, content), daemon=True).start()

    def rest(self) -> None:
        """Publish nothing until the next page comes."""
        self._shown.clear()
        super().rest()

    def close(self) -> None:
        """Stop following the lab and remove the panel from every page."""
        self._turns.close()
        super().close()

    def _refresh(self) -> None:
        """Send what has changed: the list of matches, and the report that each page shows."""
        with self._reading:
            try:
                courts = sorted(self._lab.live.courts)
                matches = {"type": "matches", "matches": self._quality.overview(), "courts": courts}
                self._send_changed("", matches, key="matches")
                for page, wanted in list(self._shown.items()):
                    self._send_changed(page, {"type": "report", "wanted": wanted, "report": self._report(wanted)})
            except RestrikeError as problem:
                self._send_changed("", {"type": "problem", "text": problem.message, "hint": problem.hint}, "matches")
        if self._more_turns:
            self._more_turns -= 1
            self._turns.ask()

    def _report(self, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the report on a match, or on what goes on at a court; None where there is none."""
        match_id, court = wanted.get("match_id"), wanted.get("court")
        if isinstance(match_id, int):
            return self._quality(match_id).plain()
        running = self._quality.running()
        report = running.get(str(court)) if court is not None else None
        return report.plain() if report is not None else None

    def _send_changed(self, page: str, content: dict[str, Any], key: str | None = None) -> None:
        key = page if key is None else key
        if self._sent.get(key) != content:
            self._sent[key] = content
            self._tell({**content, "page": page})

    def _send_evidence(self, page: str, content: Mapping[str, Any]) -> None:
        seqs = [each for each in content.get("seqs") or () if isinstance(each, int)]
        rows: list[dict[str, Any]] = []
        with contextlib.suppress(RestrikeError):  # the page says that they cannot be read now
            rows = self._quality.evidence(seqs)
        self._tell({"type": "evidence", "page": page, "key": str(content.get("key"))}, [encode(rows)])
