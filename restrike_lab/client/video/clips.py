"""Cutting clips out of recordings with ffmpeg, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from restrike_lab.pss.errors import RestrikeError

__all__ = ["VideoError", "cut", "here"]

CUT_SECONDS = 600.0
LONGEST_REASON = 300
_INSTALL = "Install it: `apt-get install ffmpeg`, `brew install ffmpeg` or `winget install ffmpeg`."


class VideoError(RestrikeError):
    """Report that a video cannot be found, seen or cut, with the way out."""

    category = "video"


def here(path: str | None) -> Path:
    """Return the path of a video that can be seen from this machine; raises ``VideoError`` with what may help."""
    if path is None:
        hint = "OBS tells it when the recording ends, or at its start from version 28 on."
        raise VideoError("OBS has not told where this video is", hint=hint)
    found = Path(path)
    if not found.is_file():
        hint = 'The path is as OBS has it. Say where its folder is on this machine: folders={"D:/rec": "/mnt/rec"}.'
        raise VideoError(f"there is no {path} on this machine", hint=hint)
    return found


def cut(video: Path, from_ms: float, to_ms: float, to: Path, *, overwrite: bool = False) -> Path:
    """Write what is between two positions of a video to a file and return its path.

    The pictures are encoded anew, so that the clip begins and ends where it is told to and not at a key frame. The file
    appears whole or not at all. Raises ``VideoError``.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise VideoError("there is no ffmpeg to cut with", hint=_INSTALL)
    if to_ms <= from_ms:
        raise VideoError("a clip cannot end before it begins", hint="Give a later end.")
    if to.exists() and not overwrite:
        raise VideoError(f"{to} is there already", hint="Give another name, or overwrite=True.")
    draft = to.with_name(f".{to.stem}.part{to.suffix or '.mp4'}")
    start, length = max(0.0, from_ms) / 1000, (to_ms - max(0.0, from_ms)) / 1000
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    command = [
        program, "-v", "error", "-nostdin", "-y", "-ss", f"{start:.3f}", "-i", f"file:{video}", "-t", f"{length:.3f}",
        "-map", "0:v:0", "-map", "0:a?", *encode, "-movflags", "+faststart", f"file:{draft}",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=CUT_SECONDS, check=False)
        reason = done.stderr.decode(errors="replace").strip()[-LONGEST_REASON:]
        if done.returncode or not draft.is_file() or not draft.stat().st_size:
            hint = "Is the recording finished, and is the moment in it? An .mp4 cannot be read while OBS writes it."
            raise VideoError(f"ffmpeg could not cut {video.name}: {reason or 'it wrote nothing'}", hint=hint)
        draft.replace(to)
    except subprocess.TimeoutExpired:
        raise VideoError(f"ffmpeg took more than {CUT_SECONDS:.0f} s", hint="Cut a shorter clip.") from None
    except OSError as problem:
        raise VideoError(f"cannot write {to}: {problem.strerror or problem}", hint="Give another file.") from problem
    finally:
        draft.unlink(missing_ok=True)
    return to
