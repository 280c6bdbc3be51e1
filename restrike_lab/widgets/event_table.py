"""The event table: every message of the lab, newest first, 50,000 of them within reach of a scroll.

The browser keeps the rows (``static/rows.js``). A page that opens gets the newest few hundred at once and the rest in
chunks behind them; from then on the feed's batches go out as they come, at most 30 a second. In a flood a batch is
longer than a person can read and a browser can take: the table then shows its end and fills the hole when it is calm.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import traitlets

from restrike_lab.bout.importance import Standing, weigh_all
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.widgets.assets import module, stylesheet
from restrike_lab.widgets.live import Batch, LiveWidget
from restrike_lab.widgets.notes import NotesLab
from restrike_lab.widgets.notes_desk import NotesDesk
from restrike_lab.widgets.rows import encode, encode_weighed

__all__ = ["EventTable", "chunks"]

FIRST_ROWS = 400
CHUNK_ROWS = 5_000
FLOOD_ROWS = 1_000
CALM_S = 1.0
READ_TRIES = 10
RETRY_S = 1.0

T = TypeVar("T")


def chunks(events: list[T], first: int = FIRST_ROWS, size: int = CHUNK_ROWS) -> Iterator[list[T]]:
    """Cut ``events`` (oldest first) into pieces, the newest ``first`` of them first, each piece oldest first."""
    end = len(events)
    take = first
    while end > 0:
        start = max(0, end - take)
        yield events[start:end]
        end, take = start, size


class EventTable(LiveWidget):
    """Show the events of a lab as they come.

    ``limit`` is the number of events kept within reach, ``height`` any CSS height (by default the table fills the
    Voila page, and is 520 px high in a notebook).
    """

    limit = traitlets.Int(50_000, min=1, help="events kept within reach").tag(sync=True)
    height = traitlets.Unicode("", help="CSS height; empty: fill the page").tag(sync=True)
    muted = traitlets.List(traitlets.Unicode(), ["tick"], help="importances that a fresh table hides").tag(sync=True)

    follows = {**LiveWidget.follows, "screen.muted": "muted"}  # noqa: RUF012

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: NotesLab, **traits: Any) -> None:
        self._refill: threading.Timer | None = None
        self._refill_guard = threading.Lock()
        self._closing = threading.Event()
        self._desk = NotesDesk(lambda: lab.annotations, self._tell)
        self._standings: dict[str, Standing] = {}
        super().__init__(lab, **traits)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("event_table.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return stylesheet("base.css", "event_table.css", "event_detail.css", "note_book.css")

    def welcome(self, page: str, seq: int) -> None:
        """Send what is stored, newest first; a page that was away keeps what it has."""
        self._desk.welcome(page)
        self._send_stored(page, fresh=not 0 < seq <= self._lab.live.last_seq)

    def follow(self, batch: Batch) -> None:
        """Send new events; load all again when the hub's history was replaced or a flood left a hole."""
        self._desk.follow(batch)
        if batch.snapshot or batch.anew:
            self._send_stored("", fresh=True)
            return
        events = batch.events
        if len(events) > FLOOD_ROWS:
            events = events[-FIRST_ROWS:]
            self._fill_later()
        if events:
            self._tell({"type": "rows"}, [encode(events, self._standings)])
        for each in batch.judged:  # behind the events: a page that was late gets both in one batch
            self._tell({"type": "judged", **each})
            # A thread asks: the feed's own, which this is, must not wait for an answer that comes through it.
            threading.Thread(target=self._detail, args=(each["seq"],), name="restrike-ask", daemon=True).start()

    def asked(self, content: Mapping[str, Any]) -> None:
        """Answer a reader who opened a row with all that is kept about its event, or who sets its status by hand."""
        if self._desk.asked(content):
            return
        seq = content.get("seq")
        if not isinstance(seq, int):
            return
        match content.get("type"):
            case "detail":
                self._detail(seq)
            case "judge":
                threading.Thread(target=self._judge, args=(seq, content), name="restrike-ask", daemon=True).start()

    def close(self) -> None:
        """Stop following the lab and remove the table from every page."""
        self._closing.set()
        with self._refill_guard:
            if self._refill is not None:
                self._refill.cancel()
        super().close()

    def _detail(self, seq: int) -> None:
        event = None
        with contextlib.suppress(RestrikeError):  # the page then shows what it knows itself
            event = self._lab.event(seq)
        self._tell({"type": "detail", "seq": seq, "event": event})

    def _judge(self, seq: int, content: Mapping[str, Any]) -> None:
        """Set a status; that it has changed comes back from the hub, to all pages."""
        refused = None
        try:
            self._lab.set_status(seq, str(content.get("status")), str(content.get("why") or ""))
        except RestrikeError as problem:
            refused = " ".join(filter(None, (problem.message, problem.hint)))
        self._tell({"type": "judgement", "seq": seq, "refused": refused, "page": content.get("page")})

    def _send_stored(self, page: str, *, fresh: bool) -> None:
        """Send the stored events to ``page`` (all pages if empty); ``fresh`` makes it forget what it has.

        A thread does the reading: 50,000 rows must hold up neither the kernel nor the feed.
        """
        self._tell({"type": "begin", "page": page, "fresh": fresh})
        threading.Thread(target=self._send_chunks, args=(page,), name="restrike-backfill", daemon=True).start()

    def _send_chunks(self, page: str) -> None:
        for _ in range(READ_TRIES):
            try:
                self._read_and_send(page)
                break
            except RestrikeError:  # a hub that is just changing hands: its database is back in a moment
                if self._closing.wait(RETRY_S):
                    return
        self._tell({"type": "complete", "page": page})

    def _read_and_send(self, page: str) -> None:
        newest = self._lab.recent(min(FIRST_ROWS, self.limit))
        standings: dict[str, Standing] = {}
        self._tell({"type": "rows", "page": page}, [encode(newest, standings)])
        self._standings = standings
        if len(newest) == FIRST_ROWS < self.limit:
            stored = self._lab.recent(self.limit)
            for piece in chunks(list(zip(stored, weigh_all(stored), strict=True)), CHUNK_ROWS):
                self._tell({"type": "rows", "page": page}, [encode_weighed(piece)])

    def _fill_later(self) -> None:
        with self._refill_guard:
            if self._refill is not None:
                self._refill.cancel()
            self._refill = threading.Timer(CALM_S, self._fill)
            self._refill.daemon = True
            self._refill.start()

    def _fill(self) -> None:
        with self._refill_guard:
            self._refill = None
        self._send_stored("", fresh=False)
