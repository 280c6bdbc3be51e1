"""Real video files of any length for fakes that only pretend to record, and made-up observations of recordings."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.obs.events import Stamp
from restrike_lab.obs.video_fit import Encoder, Recorded, VideoFile

__all__ = ["MS", "film", "moment", "recorded", "require_ffmpeg"]

MS = 1_000_000
WALL = 1_750_000_000_000_000_000
MONO = 5_000_000_000_000


def require_ffmpeg() -> None:
    """Skip a test, loudly, where there is no ffmpeg."""
    missing = [name for name in ("ffmpeg", "ffprobe") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing; on Debian: apt-get install ffmpeg")


def film(path: str, seconds: float) -> None:
    """Write a video of this length, its first second red and the rest blue; without a frame it holds no picture."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    frames = round(seconds * 30)
    if not frames:
        Path(path).write_bytes(b"\x1aE\xdf\xa3")
        return
    source = f"color=red:s=64x36:r=30:d=1[a];color=blue:s=64x36:r=30:d={max(0.1, seconds)}[b];[a][b]concat"
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-frames:v", str(frames)]
    command = ["ffmpeg", "-v", "error", "-y", "-filter_complex", source, *encode, path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def moment(ms: float) -> Stamp:
    """Return a moment so many ms after the beginning of all these recordings."""
    return Stamp(WALL + round(ms * MS), MONO + round(ms * MS))


def recorded(**facts: Any) -> Recorded:
    """Return a recording that began at 0 ms with an idle encoder, with other facts."""
    known: dict[str, Any] = {
        "instance": "ring1",
        "begun": moment(0),
        "epoch": 1,
        "encoder": Encoder.IDLE,
        "fps": 30.0,
        "files": (VideoFile("/rec/a.mkv", moment(0)),),
    }
    return Recorded(**{**known, **facts})
