"""What people type about videos, on the command line and behind ``%restrike video``: one grammar for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client.video.clips import VideoError
from restrike_lab.client.video.match_video import LEAD_MS, MatchVideo

if TYPE_CHECKING:
    import pandas as pd

    from restrike_lab.client.video.videos import Videos

__all__ = ["USAGE", "Wishes", "obey", "wishes_of"]

USAGE = "[recordings | replays | MATCH [events | youtube | ffmetadata | vtt | csv | page | clip SEQ]]"
FORMS = ("youtube", "ffmetadata", "vtt", "csv")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for beside the words: all have a default."""

    output: str = ""
    instance: str | None = None
    file: str | None = None
    folders: Mapping[str, str] = field(default_factory=dict)
    before_ms: float = LEAD_MS
    after_ms: float = LEAD_MS
    delay_ms: float = 0.0


def obey(videos: Videos, words: Sequence[str], wishes: Wishes) -> str | pd.DataFrame | MatchVideo:
    """Do what the words say and return what is to be shown; raises ``VideoError``, or as ``Videos`` does."""
    match list(words):
        case [] | ["recordings"]:
            return videos.recordings()
        case ["replays"]:
            return videos.replays()
        case [name, *what]:
            video = videos(name, instance=wishes.instance, folders=wishes.folders, delay_ms=wishes.delay_ms)
            return _of_match(video, what, wishes)
    raise AssertionError("every list of words is one of these")


def _of_match(video: MatchVideo, words: Sequence[str], wishes: Wishes) -> str | pd.DataFrame | MatchVideo:
    match list(words):
        case []:
            return video
        case ["events"]:
            return video.events
        case [form] if form in FORMS:
            text = _chapters(video, form, wishes)
            if not wishes.output or wishes.output == "-":
                return text
            path = Path(wishes.output).expanduser()
            path.write_text(text, "utf-8")
            return str(path)
        case ["page"]:
            return str(video.page(wishes.output or None, lead_ms=wishes.before_ms))
        case ["clip", seq] if seq.isdigit():
            to, before, after = wishes.output or None, wishes.before_ms, wishes.after_ms
            return str(video.clip(int(seq), to, before_ms=before, after_ms=after))
    raise VideoError(f"what does {' '.join(words)!r} mean?", hint=f"video {USAGE}")


def _chapters(video: MatchVideo, form: str, wishes: Wishes) -> str:
    match form:
        case "youtube":
            return video.youtube(wishes.file, lead_ms=wishes.before_ms)
        case "ffmetadata":
            return video.ffmetadata(wishes.file, lead_ms=wishes.before_ms)
        case "vtt":
            return video.webvtt(wishes.file, lead_ms=wishes.before_ms)
        case _:
            return video.csv()


def wishes_of(words: Sequence[str]) -> tuple[list[str], Wishes]:
    """Return the words without ``-o FILE``, ``--obs-instance``, ``--file``, ``--before``, ``--after``, ``--delay`` (s).

    Raises ``VideoError`` for an option that there is not, or that lacks its value.
    """
    rest: list[str] = []
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, given, value = word.partition("=")
        if name not in _OPTIONS or not (given or left):
            raise VideoError(f"what does {word!r} mean?", hint=f"Options: {', '.join(_OPTIONS)}, each with its value.")
        target = _OPTIONS[name]
        value = value if given else left.pop(0)
        found[target] = _seconds(name, value) if target.endswith("_ms") else value
    return rest, Wishes(**found)


def _seconds(name: str, text: str) -> float:
    try:
        return float(text) * 1000
    except ValueError:
        raise VideoError(f"{name} takes seconds, not {text!r}", hint="Such as 2.5.") from None


_OPTIONS = {
    "-o": "output", "--output": "output", "--obs-instance": "instance", "--file": "file", "--before": "before_ms",
    "--after": "after_ms", "--delay": "delay_ms",
}  # fmt: skip
