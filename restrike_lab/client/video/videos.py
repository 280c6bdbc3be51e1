"""``lab.video``: what was recorded, and the video of a match."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client.recent import live_form
from restrike_lab.client.video.clocks import Film, films
from restrike_lab.client.video.match_video import MatchVideo, Stored, film_row, local_path
from restrike_lab.obs.video_clock import Place
from restrike_lab.store.schema import EVENT_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from restrike_lab.client.query import Query

__all__ = ["Videos"]

_EVENTS = f"SELECT {', '.join(EVENT_COLUMNS)} FROM events"
EPOCH, MONO, WALL, COURT = map(EVENT_COLUMNS.index, ("epoch", "mono_ns", "arrival_ns", "court"))
EVER = (0, 1 << 62)


class Videos:
    """Where the bouts of a data directory are on video.

    ``lab.video(12)`` is the video of match 12, running or long over; ``lab.video.recordings()`` and ``.replays()`` are
    what OBS wrote as far as the lab saw it.
    """

    def __init__(self, data_dir: Path, query: Callable[[], Query]) -> None:
        self._data_dir = data_dir
        self._query = query

    def __call__(
        self,
        match: int | str,
        *,
        instance: str | None = None,
        folders: Mapping[str, str] | None = None,
        delay_ms: float = 0.0,
    ) -> MatchVideo:
        """Return every event of a match, by its id or its number, with its place in every video that shows it.

        ``instance`` chooses one OBS. ``folders`` says where folders of OBS's machine are on this one. ``delay_ms`` is
        by how much the camera's picture is behind when OBS gets it. Raises ``ReportError`` where
        there is no such match.
        """
        from restrike_lab.client.report.facts import match_id_of

        query = self._query()
        match_id = match_id_of(query, str(match))
        rows = self._rows("WHERE match_id = $id ORDER BY seq", id=match_id)
        about = query.arrow("SELECT * FROM matches WHERE match_id = $id", {"id": match_id}).to_pylist()[0]
        names = query.arrow("SELECT * FROM athletes WHERE match_id = $id", {"id": match_id}).to_pylist()
        athletes = {row["athlete"]: str(row["short_name"] or row["long_name"] or "") for row in names}
        found: list[Film] = []
        if rows:
            moments = [row[WALL] for row in rows]
            found = films(self._data_dir, min(moments), max(moments), partial(local_path, folders or {}))
        shown = [each for each in found if each.court in (None, about["court"]) and instance in (None, each.instance)]
        return MatchVideo(about, athletes, self._stored(rows), shown, folders or {}, delay_ms)

    def at(self, seq: int) -> list[Place]:
        """Return where an event is in every video that shows it; none where there is no such event."""
        rows = self._rows("WHERE seq = $seq", seq=seq)
        if not rows:
            return []
        at = (rows[0][WALL], rows[0][MONO], rows[0][EPOCH])
        near = films(self._data_dir, at[0], at[0])
        places = [each.place(*at) for each in near if each.court in (None, rows[0][COURT])]
        return [place for place in places if place is not None]

    def recordings(self) -> pd.DataFrame:
        """Return every file of every recording, with how its positions are known and within how many ms."""
        return self._frame("recording")

    def replays(self) -> pd.DataFrame:
        """Return every replay that was saved, as ``recordings`` does."""
        return self._frame("replay")

    def _frame(self, kind: str) -> pd.DataFrame:
        from restrike_lab.client.video.tables import file_frame

        return file_frame([row for film in films(self._data_dir, *EVER) if film.kind == kind for row in film_row(film)])

    def _rows(self, where: str, **params: Any) -> list[tuple[Any, ...]]:
        found = self._query().arrow(f"{_EVENTS} {where}", params).to_pylist()
        return [tuple(row.values()) for row in found]

    def _stored(self, rows: Sequence[Sequence[Any]]) -> list[Stored]:
        forms = live_form(rows)
        return [Stored(form, row[WALL], row[MONO], row[EPOCH]) for form, row in zip(forms, rows, strict=True)]
