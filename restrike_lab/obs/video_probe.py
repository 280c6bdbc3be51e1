"""Looking into finished video files with ffprobe: how long their picture is, and which belong to one recording.

Works where this machine sees the file (OBS on the same machine, or a shared folder of the same path) and ffprobe is
installed. Everything else about the video clock works without; a saved replay has positions only with it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restrike_lab.obs.replay_files import list_files

__all__ = ["Probe", "files_written", "probe"]

PROBE_SECONDS = 15.0
TAIL_SECONDS = 12.0
"""What is read of the end of a file, from the key frame before it: more than OBS's usual key interval."""

_WANTED = "format=duration:stream=codec_type,r_frame_rate,duration:stream_tags=DURATION"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a video file holds, in ms.

    ``length_ms`` is how long its picture is, 0 where there is none. ``written_ms`` is as many frames as were written
    before the file was ended, in the order of the encoder: later pictures come first there, so that up to three of the
    last ones are missing. It tells the moment of the end better than the length does.
    """

    length_ms: float
    written_ms: float
    fps: float | None = None


def probe(path: str) -> Probe | None:
    """Look into a file; ``None`` where it cannot be seen from here or there is no ffprobe. Takes its time: no loops."""
    program = shutil.which("ffprobe")
    if program is None or not Path(path).is_file():
        return None
    told = _ask(program, "-show_entries", _WANTED, path)
    if told is None:
        return None
    pictures = [each for each in told.get("streams", ()) if each.get("codec_type") == "video"]
    if not pictures:
        return Probe(0.0, 0.0)
    seconds = _seconds(pictures[0]) or _number(told.get("format", {}).get("duration"))
    fps = _rate(pictures[0].get("r_frame_rate"))
    at = _frames(program, path, seconds - TAIL_SECONDS) if fps else []
    if not fps or not at:
        return Probe(seconds * 1000, seconds * 1000, fps)
    seconds = seconds or max(at) + 1 / fps  # a file that was never ended does not know its length
    missing = max(0, round((max(at) - min(at)) * fps) + 1 - len(at))
    return Probe(seconds * 1000, (seconds - missing / fps) * 1000, fps)


def _frames(program: str, path: str, from_seconds: float) -> list[float]:
    """Return the positions of the frames of a file, from the key frame before a position, in seconds."""
    interval = f"{max(0.0, from_seconds):.3f}%"
    wanted = ("-select_streams", "v:0", "-show_entries", "packet=pts_time", "-read_intervals", interval)
    told = _ask(program, *wanted, path) or {}
    return [_number(each.get("pts_time")) for each in told.get("packets", ())]


def _ask(program: str, *words: str) -> dict[str, Any] | None:
    *wanted, path = words
    command = [program, "-v", "error", *wanted, "-of", "json", "-i", f"file:{path}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False)
        told: dict[str, Any] = json.loads(done.stdout or b"{}")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return told


def files_written(folder: Path, from_ns: int, to_ns: int, known: Set[str]) -> list[str]:
    """Return videos of a folder last written between two moments, the oldest first, without those that are known."""
    found: list[tuple[int, str]] = []
    for path in list_files(folder):
        try:
            written = path.stat().st_mtime_ns
        except OSError:
            continue
        if from_ns <= written <= to_ns and str(path) not in known:
            found.append((written, str(path)))
    return [path for _written, path in sorted(found)]


def _seconds(stream: dict[str, Any]) -> float:
    """Return the duration of a stream, from where its container keeps it; 0 where it does not."""
    hours, _, rest = str(stream.get("tags", {}).get("DURATION", "")).partition(":")
    minutes, _, seconds = rest.partition(":")
    if seconds:
        return _number(hours) * 3600 + _number(minutes) * 60 + _number(seconds)
    return _number(stream.get("duration"))


def _rate(text: object) -> float | None:
    above, _, below = str(text).partition("/")
    return _number(above) / (_number(below) or 1) or None


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0
