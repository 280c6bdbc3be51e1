r"""Chapters of a video, and the forms in which players and sites take them. Pure functions.

Titles come off the wire. Each form has its own characters that must not come through: line ends anywhere, ``=;#\``
in ffmpeg's, ``<>`` on YouTube, ``&<>`` in WebVTT.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from restrike_lab.client.spreadsheet import harmless

__all__ = ["Chapter", "clock_words", "csv_text", "ffmetadata", "webvtt", "youtube"]

YOUTUBE_APART_MS = 10_000
"""YouTube takes no chapter shorter than this, none at all if there are fewer than three or the first is not at 0:00."""

LONGEST_TITLE = 100
SHOWN_MS = 3_000.0
"""How long the last chapter is where the length of the video is not known."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A place in a file with a title; ``seq`` is its event, ``bound_ms`` how far the true position may be."""

    file: str
    position_ms: float
    title: str
    seq: int | None = None
    bound_ms: float = 0.0


def clock_words(ms: float, *, always_hours: bool = False, fraction: bool = False) -> str:
    """Return a position as ``1:02:03``, or with its ms as ``1:02:03.456``."""
    whole = max(0, round(ms) if fraction else int(ms / 1000) * 1000)
    seconds, rest = divmod(whole, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if always_hours:
        text = f"{hours:02}:{minutes:02}:{seconds:02}"
    else:
        text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{rest:03}" if fraction else text


def youtube(chapters: Sequence[Chapter]) -> str:
    """Return the lines for the description of a video on YouTube: from 0:00, at least 10 s apart, others joined."""
    lines: list[Chapter] = []
    for each in chapters:
        if not lines and each.position_ms >= YOUTUBE_APART_MS:
            lines.append(replace(each, position_ms=0.0, title="Start"))
        if not lines:
            lines.append(replace(each, position_ms=0.0))
        elif int(each.position_ms / 1000) * 1000 - int(lines[-1].position_ms / 1000) * 1000 < YOUTUBE_APART_MS:
            lines[-1] = replace(lines[-1], title=f"{lines[-1].title} · {each.title}")
        else:
            lines.append(each)
    shown = [f"{clock_words(each.position_ms)} {_short(_plain(each.title))}" for each in lines]
    return "".join(line.replace("<", "‹").replace(">", "›") + "\n" for line in shown)


def ffmetadata(chapters: Sequence[Chapter], length_ms: float | None = None) -> str:
    """Return ffmpeg's metadata: ``ffmpeg -i VIDEO -i THIS -map_metadata 1 -codec copy NEW`` puts it into a video."""
    blocks = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={_escaped(_plain(each.title))}\n"
        for each, start, end in _stretches(chapters, length_ms)
    ]
    return ";FFMETADATA1\n" + "".join(blocks)


def webvtt(chapters: Sequence[Chapter], length_ms: float | None = None) -> str:
    """Return WebVTT for a ``<track kind="chapters">``, one cue per chapter until the next."""
    cues = [
        f"\n{number}\n{_vtt_time(start)} --> {_vtt_time(end)}\n{html.escape(_plain(each.title), quote=False)}\n"
        for number, (each, start, end) in enumerate(_stretches(chapters, length_ms), 1)
    ]
    return "WEBVTT\n" + "".join(cues)


def csv_text(chapters: Sequence[Chapter]) -> str:
    """Return one row per chapter; no text of it is taken for a formula by a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(("file", "position", "position_ms", "uncertainty_ms", "title", "seq"))
    for each in chapters:
        place = clock_words(each.position_ms, always_hours=True, fraction=True)
        known = (round(each.position_ms), round(each.bound_ms))
        rows.writerow((harmless(each.file), place, *known, harmless(_plain(each.title)), each.seq))
    return out.getvalue()


def _stretches(chapters: Sequence[Chapter], length_ms: float | None) -> list[tuple[Chapter, int, int]]:
    """Return chapters with beginning and end in ms, each at least 1 ms long, none beyond the end of the video."""
    if not chapters:
        return []
    last = max(length_ms or 0.0, chapters[-1].position_ms + (1.0 if length_ms else SHOWN_MS))
    starts = [round(each.position_ms) for each in chapters]
    ends = [max(after, start + 1) for start, after in pairwise([*starts, round(last)])]
    return list(zip(chapters, starts, ends, strict=True))


def _vtt_time(ms: int) -> str:
    return clock_words(ms, always_hours=True, fraction=True)


def _plain(text: str) -> str:
    """Return a text as one line without control characters."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip() or "?"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\])", r"\\\1", text)
