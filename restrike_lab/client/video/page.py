"""The events of a match as one page with a player: open it from a disk, click on a point, see it.

Everything is inside, nothing is loaded but the video itself. What came from outside is escaped, and the page's own
policy allows no script but the one it came with.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from restrike_lab.client.video.chapters import clock_words
from restrike_lab.client.video.clips import VideoError
from restrike_lab.client.video.marks import KINDS, Mark
from restrike_lab.obs.video_clock import Place

if TYPE_CHECKING:
    from restrike_lab.client.video.match_video import MatchVideo

__all__ = ["address_of", "page"]

LEADS = (0, 1, 2, 3, 5, 10)
HIDDEN_FIRST = ("hit",)
"""Kinds that are not shown before they are asked for: there are many of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A mark in one video."""

    mark: Mark
    place: Place
    video: int


def page(video: MatchVideo, *, lead_ms: float) -> str:
    """Return the page. Raises ``VideoError`` where nothing of the match is in a video."""
    paths, lines = _lines(video)
    if not lines:
        raise VideoError(f"{video.title} is in no recording", hint="; ".join(video.warnings) or "Record it with OBS.")
    style, script = _text("page.css"), _text("page.js")
    names = [PureWindowsPath(path).name for path in paths]
    sources = [{"uri": address_of(path), "name": name, "file": path} for path, name in zip(paths, names, strict=True)]
    policy = (
        f"default-src 'none'; media-src file: blob:; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escape(video.title)}</title>\n<style>{style}</style></head>\n<body><main>\n"
        f"<h1>{_escape(video.title)}</h1>\n"
        + "".join(_head(video))
        + '<div class="sides"><div class="watch"><video controls preload="metadata"></video>\n'
        + "".join(_tools(lines, lead_ms))
        + "</div>\n<div>\n"
        + "".join(_rounds(lines, paths))
        + "</div></div>\n"
        '<footer>Positions are those of the messages of the console; "±" is how far the picture may be from them. '
        "Keys: j next event, k the one before.</footer>\n</main>\n"
        f'<script type="application/json" id="videos">{_json(sources)}</script>\n'
        f"<script>{script}</script>\n</body></html>\n"
    )


def address_of(path: str) -> str:
    """Return the address of a file, whatever system its path is of."""
    windows = PureWindowsPath(path)
    if windows.drive and windows.is_absolute():
        return windows.as_uri()
    if PurePosixPath(path).is_absolute():
        return PurePosixPath(path).as_uri()
    return Path(path).absolute().as_uri()


def _lines(video: MatchVideo) -> tuple[list[str], list[Line]]:
    """Return the videos, and every mark in each of them."""
    paths: list[str] = []
    lines: list[Line] = []
    for mark in video.marks(tuple(KINDS)):
        for place in [*video.places(mark.seq), *video.places(mark.seq, "replay")]:
            if place.path is not None and place.shown:
                if place.path not in paths:
                    paths.append(place.path)
                lines.append(Line(mark, place, paths.index(place.path)))
    return paths, lines


def _head(video: MatchVideo) -> Iterator[str]:
    about = [video.match.get(key) for key in ("phase", "division", "weight_class")]
    court = video.match.get("court")
    said = [_escape(str(each)) for each in about if each] + ([f"Court {_escape(str(court))}"] if court else [])
    if said:
        yield f'<p class="soft">{" · ".join(said)}</p>\n'
    for each in video.warnings:
        yield f'<p class="note">{_escape(each)}</p>\n'


def _tools(lines: Sequence[Line], lead_ms: float) -> Iterator[str]:
    yield '<p class="soft" id="status" role="status">Choose an event.</p>\n<div class="tools">'
    chosen = round(lead_ms / 1000)
    options = "".join(
        f'<option value="{seconds}"{" selected" if seconds == chosen else ""}>{seconds} s before</option>'
        for seconds in sorted({*LEADS, chosen})
    )
    yield f'<label>Begin <select id="lead">{options}</select></label>'
    for kind in KINDS:
        if any(line.mark.kind == kind for line in lines):
            checked = "" if kind in HIDDEN_FIRST else " checked"
            yield f'<label><input type="checkbox" data-kind="{kind}"{checked}> {kind}</label>'
    yield "</div>\n"
    yield (
        '<div class="tools"><label>Videos elsewhere? '
        '<input type="file" id="chooser" accept="video/*,.mkv,.flv" multiple></label></div>\n'
    )


def _rounds(lines: Sequence[Line], paths: Sequence[str]) -> Iterator[str]:
    for number, group in groupby(lines, key=lambda line: line.mark.round):
        yield f"<h2>Round {number}</h2>\n<ol>\n" if number else "<h2>Before the bout</h2>\n<ol>\n"
        yield from (_line(line, paths, several=len(paths) > 1) for line in group)
        yield "</ol>\n"


def _line(line: Line, paths: Sequence[str], *, several: bool) -> str:
    mark, place = line.mark, line.place
    seconds = place.position_ms / 1000
    address = f"{address_of(paths[line.video])}#t={seconds:.3f}"
    side = {1: " blue", 2: " red"}.get(mark.athlete or 0, "")
    where = f"{place.instance}{', replay' if place.kind == 'replay' else ''}" if several else ""
    hidden = " hidden" if mark.kind in HIDDEN_FIRST else ""
    return (
        f'<li data-kind="{mark.kind}"{hidden}><a class="event{side}" href="{_escape(address)}" '
        f'data-video="{line.video}" data-at="{seconds:.3f}" title="event {mark.seq}, {_escape(str(place.how))}">'
        f'<span class="at">{clock_words(place.position_ms)}<small>± {place.bound_ms / 1000:.2f} s</small></span>'
        f"<span>{_escape(mark.title)}{f' <small>({_escape(where)})</small>' if where else ''}</span>"
        f'<span class="clock">{_escape(mark.time or "")}</span></a></li>\n'
    )


def _text(name: str) -> str:
    return files("restrike_lab.client.video").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: object) -> str:
    """Return JSON that ends no script, whatever is in it."""
    return json.dumps(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _escape(text: str) -> str:
    return html.escape("".join(char if char.isprintable() else " " for char in text))
