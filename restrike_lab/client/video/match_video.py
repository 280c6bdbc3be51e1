"""The video of one match: its events with their places, and chapters, pages and clips made of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client.video import chapters as forms
from restrike_lab.client.video.chapters import Chapter
from restrike_lab.client.video.clips import VideoError, cut, here
from restrike_lab.client.video.clocks import Film
from restrike_lab.client.video.marks import CHAPTERS, Mark, marks
from restrike_lab.obs.naming import safe
from restrike_lab.obs.video_clock import How, Place
from restrike_lab.obs.video_fit import Recorded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MatchVideo", "Stored", "film_row", "local_path"]

LEAD_MS = 3000.0
"""How long before its message an event is shown: a point is told a moment after the kick."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the live feed has it, with its arrival on both clocks and the term of the hub."""

    event: Mapping[str, Any]
    wall_ns: int
    mono_ns: int
    epoch: int


class MatchVideo:
    """The video of a match. ``events`` is every event with file, position and uncertainty, ``files`` the videos.

    ``youtube()``, ``ffmetadata()``, ``webvtt()`` and ``csv()`` are chapters as text; ``page()`` is a list of events
    with a player; ``clip(seq)`` cuts one out. They work with recordings; ``replays`` is where events are in replays
    that were saved. Positions of a match that is still recorded get better when it is over.
    """

    def __init__(
        self,
        match: Mapping[str, Any],
        athletes: Mapping[int, str],
        stored: Sequence[Stored],
        films: Sequence[Film],
        folders: Mapping[str, str],
        delay_ms: float,
    ) -> None:
        self.match = match
        self.athletes = athletes
        self._stored = {each.event["seq"]: each for each in stored}
        self._films = films
        self._folders = folders
        self._delay_ms = delay_ms

    # -- where everything is -------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What to call the match: its number and its athletes."""
        number = self.match.get("number") or self.match["match_id"]
        names = [self.athletes.get(athlete) or side for athlete, side in ((1, "Blue"), (2, "Red"))]
        return f"Match {number}: {names[0]} – {names[1]}"

    @property
    def events(self) -> pd.DataFrame:
        """Every event with its place in every recording: ``file``, ``position_ms``, ``uncertainty_ms``, ``how``.

        An event that is in no recording has one row without a file. ``shown`` is false where the picture does not have
        the moment (a pause, or before the first frame); the position is then that of the nearest picture.
        """
        return self._frame("recording")

    @property
    def replays(self) -> pd.DataFrame:
        """Every event that is in a saved replay, as in ``events``; none where replays could not be looked into."""
        found = self._frame("replay")
        return found[found["file"].notna()].reset_index(drop=True)

    @property
    def files(self) -> pd.DataFrame:
        """The recordings and replays that have something of the match, with how their positions are known."""
        from restrike_lab.client.video.tables import file_frame

        return file_frame([{**row, "file": self.local(row["file"])} for film in self._films for row in film_row(film)])

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the videos of the match, in words."""
        return [text for film in self._films for text in _warnings(film)] or (
            [] if any(film.kind == "recording" for film in self._films) else ["no recording of this match is known"]
        )

    def places(self, seq: int, kind: str = "recording") -> list[Place]:
        """Return where an event is, best known first, the path as it is on this machine."""
        stored = self._stored.get(seq)
        if stored is None:
            raise VideoError(f"match {self.match['match_id']} has no event {seq}", hint="`events` lists them.")
        found = [
            self._moved(place)
            for film in self._films
            if film.kind == kind and (place := film.place(stored.wall_ns, stored.mono_ns, stored.epoch)) is not None
        ]
        return sorted(found, key=lambda place: (not place.shown, place.bound_ms))

    def _moved(self, place: Place) -> Place:
        return replace(place, path=self.local(place.path), position_ms=place.position_ms + self._delay_ms)

    def local(self, path: str | None) -> str | None:
        """Return a path of OBS's machine as it is on this one."""
        return None if path is None else local_path(self._folders, path)

    def _frame(self, kind: str) -> pd.DataFrame:
        from restrike_lab.client.video.tables import event_frame

        rows = []
        for seq, stored in self._stored.items():
            known = {**stored.event, "timestamp_ns": stored.wall_ns}
            rows += [_row(known, place) for place in self.places(seq, kind)] or [known]
        return event_frame(rows)

    # -- chapters ------------------------------------------------------------------------------------------------------

    def marks(self, kinds: Sequence[str] = CHAPTERS) -> list[Mark]:
        """Return the events that people look for; ``kinds`` are those of ``marks.KINDS``."""
        return marks([each.event for each in self._stored.values()], kinds)

    def chapters(self, kinds: Sequence[str] = CHAPTERS, *, lead_ms: float = LEAD_MS) -> dict[str, list[Chapter]]:
        """Return the chapters of each file; all but rounds begin ``lead_ms`` before their message came.

        None begins before the one whose message came before.
        """
        found: dict[str, list[Chapter]] = {}
        for mark in self.marks(kinds):
            for place in self.places(mark.seq):
                if place.path is not None and place.shown:
                    before = found.setdefault(place.path, [])
                    least = before[-1].position_ms if before else 0.0
                    at = max(least, place.position_ms - (0.0 if mark.kind == "round" else lead_ms))
                    before.append(Chapter(place.path, at, mark.title, mark.seq, place.bound_ms))
        return found

    def youtube(self, file: str | None = None, kinds: Sequence[str] = CHAPTERS, *, lead_ms: float = LEAD_MS) -> str:
        """Return chapters as lines for the description of a video on YouTube; ``file`` where there are several."""
        return forms.youtube(self._of_file(file, kinds, lead_ms)[1])

    def ffmetadata(self, file: str | None = None, kinds: Sequence[str] = CHAPTERS, *, lead_ms: float = LEAD_MS) -> str:
        """Return chapters as ffmpeg's metadata, to be put into the video without encoding it anew."""
        return forms.ffmetadata(*self._of_file(file, kinds, lead_ms)[1:])

    def webvtt(self, file: str | None = None, kinds: Sequence[str] = CHAPTERS, *, lead_ms: float = LEAD_MS) -> str:
        """Return chapters as WebVTT, for players in web pages."""
        return forms.webvtt(*self._of_file(file, kinds, lead_ms)[1:])

    def csv(self, kinds: Sequence[str] = CHAPTERS, *, lead_ms: float = 0.0) -> str:
        """Return the chapters of all files as CSV, with uncertainties; at the moment of the message by default."""
        found = self.chapters(kinds, lead_ms=lead_ms)
        return forms.csv_text([chapter for each in found.values() for chapter in each])

    def _of_file(
        self, file: str | None, kinds: Sequence[str], lead_ms: float
    ) -> tuple[str, list[Chapter], float | None]:
        found = self.chapters(kinds, lead_ms=lead_ms)
        if not found:
            raise VideoError(f"{self.title} is in no recording", hint="; ".join(self.warnings) or "Record it with OBS.")
        names = [path for path in found if file is None or file in (path, Path(path).name)]
        if len(names) != 1:
            several = f"{self.title} is in {len(found)} files" if file is None else f"there is no file {file!r}"
            raise VideoError(several, hint=f"Name one: {', '.join(found)}.")
        lengths = {self.local(row["file"]): row["length_ms"] for film in self._films for row in film_row(film)}
        return names[0], found[names[0]], lengths.get(names[0])

    # -- pages and clips -----------------------------------------------------------------------------------------------

    def page(self, to: str | Path | None = None, *, lead_ms: float = LEAD_MS) -> Path:
        """Write a page with a player and every event that is in a video; return where it is."""
        from restrike_lab.client.video.page import page

        path = Path(to or f"match-{self.match['match_id']}-video.html").expanduser()
        path.write_text(page(self, lead_ms=lead_ms), "utf-8")
        return path

    def clip(
        self,
        seq: int,
        to: str | Path | None = None,
        *,
        before_ms: float = LEAD_MS,
        after_ms: float = LEAD_MS,
        kind: str = "recording",
        overwrite: bool = False,
    ) -> Path:
        """Cut what was around an event out of its video with ffmpeg and return the path of the clip.

        Raises ``VideoError`` where the event is in no video, the file is not on this machine, or there is no ffmpeg.
        """
        places = self.places(seq, kind)
        if not places:
            hint = "; ".join(self.warnings) or "It came before the recording began, or after it ended."
            raise VideoError(f"event {seq} is in no {kind}", hint=hint)
        place = places[0]
        if not place.shown:
            hint = (
                "The recording was paused then, or its file begins later; `events` says where the nearest picture is."
            )
            raise VideoError(f"event {seq} is not in the picture", hint=hint)
        name = safe(
            f"{self.match.get('number') or self.match['match_id']} {seq} {self._stored[seq].event['description']}"
        )
        target = Path(to or f"{name}.mp4").expanduser()
        at = place.position_ms
        return cut(here(place.path), at - before_ms, at + after_ms, target, overwrite=overwrite)

    # -- shown ---------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        events = self._frame("recording")
        inside = events.loc[events["file"].notna(), "seq"].nunique()
        lines = [f"{self.title}: {inside} of {len(self._stored)} events are in a recording"]
        for row in (row for film in self._films for row in film_row(film)):
            bound = f"within {row['uncertainty_ms']:.0f} ms ({row['how']})"
            lines.append(f"  {row['instance']} {row['kind']}: {self.local(row['file']) or 'path not told'}, {bound}")
        return "\n".join([*lines, *(f"  note: {each}" for each in self.warnings)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def local_path(folders: Mapping[str, str], path: str) -> str:
    """Return a path of OBS's machine as it is on this one; ``folders`` says where theirs are here."""
    plain = path.replace("\\", "/")
    for theirs, ours in folders.items():
        folder = theirs.replace("\\", "/").rstrip("/")
        if plain == folder or plain.startswith(f"{folder}/"):
            return str(Path(ours) / plain[len(folder) :].lstrip("/"))
    return path


def film_row(film: Film) -> Iterator[dict[str, Any]]:
    """Yield what is told of each file of a recording or a replay."""
    seen, clock = film.seen, film.clock
    known = {"instance": film.instance, "kind": film.kind, "how": str(clock.how), "uncertainty_ms": clock.bound_ms}
    if not isinstance(seen, Recorded):
        times = {"begun_ns": seen.saved.wall_ns - round((seen.length_ms or 0) * 1e6), "ended_ns": seen.saved.wall_ns}
        yield {**known, "part": 1, "file": seen.path, "length_ms": seen.length_ms, **times, "pauses": 0, "late": False,
               "running": False, "lost": False}  # fmt: skip
        return
    times = {"begun_ns": seen.begun.wall_ns, "ended_ns": seen.ended.wall_ns if seen.ended else None}  # type: ignore[dict-item]
    rest = {"pauses": len(seen.pauses), "late": seen.late, "running": seen.ended is None, "lost": seen.lost}
    for number, file in enumerate(seen.files, 1):
        yield {**known, "part": number, "file": file.path, "length_ms": file.length_ms, **times, **rest}


def _row(event: Mapping[str, Any], place: Place) -> dict[str, Any]:
    return {
        **event,
        "instance": place.instance,
        "kind": place.kind,
        "file": place.path,
        "position_ms": round(place.position_ms, 1),
        "uncertainty_ms": round(place.bound_ms, 1),
        "how": str(place.how),
        "shown": place.shown,
    }


def _warnings(film: Film) -> Iterator[str]:
    seen, clock = film.seen, film.clock
    if not isinstance(seen, Recorded):
        if seen.length_ms is None:
            yield f"{seen.instance}: the replay {seen.path or ''} could not be looked into, so it has no positions"
        return
    if seen.late:
        yield f"{seen.instance}: the file begins late, since the encoder was in use; set its key frame interval to 1 s"
    if seen.files and all(each.length_ms == 0 for each in seen.files):
        yield f"{seen.instance}: {seen.files[0].path} holds no picture"
    if seen.lost:
        yield f"{seen.instance}: the end of the recording was not heard, OBS or the connection ended before"
    if clock.how is How.UNCERTAIN_START:
        yield f"{seen.instance}: positions may be off by seconds: the encoder was in use when the recording began"
    if all(each.path is None for each in seen.files):
        yield f"{seen.instance}: OBS has not told where the file is"
