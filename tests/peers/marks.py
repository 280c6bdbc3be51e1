"""Marks in a recording at known times: an item is toggled, and the file is decoded to see when the picture changed.

A change that is asked for at a moment is in the first frame that OBS renders after it, so its true position is known to
within one frame; the middle of that frame is taken.
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restrike_lab.obs import Client, Stamp
from restrike_lab.obs import requests as rq
from restrike_lab.obs.video_clock import RecordingClock, ReplayClock
from tests.peers.real_obs import RealObs, write_ini

__all__ = ["Marked", "VideoObs", "changes", "compare", "set_marks", "table"]

SCENE, ITEM = "Ring1", 2
PROFILES: Mapping[str, int] = {"Every1": 1, "Every3": 3}


class VideoObs(RealObs):
    """An OBS with a profile for every situation, all with a replay buffer of 5 s.

    ``Test`` has the simple output with its key frame every 250 frames, ``Every1`` and ``Every3`` the advanced one with
    a key frame every 1 and 3 s; these two can split files. ``Shared`` records with the encoder of the stream, which has
    a key frame every 3 s.
    """

    def __init__(self, folder: Path, port: int, fps: int = 30) -> None:
        super().__init__(folder, port, fps=fps)

    def configure(self) -> None:
        super().configure()
        profiles = self.folder / "config" / "obs-studio" / "basic" / "profiles"
        for name, seconds in PROFILES.items():
            (profiles / name).mkdir()
            write_ini(profiles / name / "basic.ini", self.advanced_settings(name))
            encoder = {"rate_control": "CRF", "crf": 25, "keyint_sec": seconds, "preset": "veryfast"}
            (profiles / name / "recordEncoder.json").write_text(json.dumps(encoder))
        (profiles / "Shared").mkdir()
        settings = {**self.advanced_settings("Shared")}
        settings["AdvOut"] = {**settings["AdvOut"], "RecEncoder": "none", "Encoder": "obs_x264"}
        write_ini(profiles / "Shared" / "basic.ini", settings)
        encoder = {"rate_control": "CBR", "bitrate": 500, "keyint_sec": 3, "preset": "veryfast"}
        (profiles / "Shared" / "streamEncoder.json").write_text(json.dumps(encoder))

    def advanced_settings(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        settings = self.profile_settings()
        settings["General"]["Name"] = name
        settings["Output"]["Mode"] = "Advanced"
        settings["AdvOut"] = {
            "RecType": "Standard", "RecFilePath": self.videos, "RecFormat": "mkv", "RecFormat2": "mkv",
            "RecEncoder": "obs_x264", "RecTracks": 1, "RecRB": "true", "RecRBTime": 5, "RecRBSize": 64,
            "RecSplitFile": "true", "RecSplitFileType": "Manual",
        }  # fmt: skip
        return settings


@dataclass(slots=True)
class Marked:
    """What came of the marks of one situation, in ms: error of each that is in a file, and the bound stated for it."""

    situation: str
    how: str
    errors: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """The size of the error that 95 of 100 marks do not pass."""
        sizes = sorted(map(abs, self.errors))
        return sizes[min(len(sizes) - 1, int(0.95 * len(sizes)))]

    @property
    def inside(self) -> float:
        """The share of marks whose error is inside its bound."""
        within = [abs(error) <= bound for error, bound in zip(self.errors, self.bounds, strict=True)]
        return sum(within) / len(within)


async def set_marks(client: Client, count: int, spacing: float = 0.27) -> tuple[list[Stamp], float]:
    """Toggle an item ``count`` times; return when each was asked for, and the longest time (ms) that an answer took."""
    marks, slowest = [], 0.0
    for _ in range(count):
        await asyncio.sleep(spacing)
        visible = await client.item_visible(SCENE, ITEM)
        marks.append(client.clock())
        await client.request(rq.SetItemVisible(SCENE, ITEM, not visible))
        slowest = max(slowest, (client.clock().mono_ns - marks[-1].mono_ns) / 1e6)
    return marks, slowest


def compare(
    situation: str, clock: RecordingClock | ReplayClock, marks: Sequence[Stamp], paths: Sequence[str]
) -> Marked:
    """Hold the clock against the changes in the files, the last mark being the last change."""
    seen = [(path, at) for path in paths for at in changes(Path(path))]
    assert 0 < len(seen) <= len(marks), f"{situation}: {len(seen)} changes for {len(marks)} marks"
    found = Marked(situation, str(clock.how))
    for mark, (path, at) in zip(marks[-len(seen) :], seen, strict=True):
        place = clock.place(mark.mono_ns)
        right = place is not None and place.path == path  # none, or one in another file, is wrong without a measure
        found.errors.append(place.position_ms - at if place and right else math.inf)
        found.bounds.append(place.bound_ms if place else 0.0)
    return found


def changes(path: Path) -> list[float]:
    """Return the positions in ms at which the picture of a file changed, each in the middle of the frame before it."""
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0"]
    listed = subprocess.run([*probe, path], capture_output=True, check=True, text=True).stdout
    at = sorted(float(line.strip(",")) * 1000 for line in listed.split())
    picture = ["-vf", "scale=1:1:flags=area,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    shades = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *picture], capture_output=True, check=True).stdout
    assert len(shades) == len(at), f"{path.name}: {len(shades)} pictures in {len(at)} packets"
    frame = (at[-1] - at[0]) / max(1, len(at) - 1)
    return [at[i] - frame / 2 for i in range(1, len(at)) if abs(shades[i] - shades[i - 1]) > 8]


def table(results: Sequence[Marked]) -> str:
    """Return the results as lines to print."""
    head = f"{'situation':<44} {'how':<22} marks    mean   least    most    p95  bound inside"
    lines = [
        f"{each.situation:<44} {each.how:<22} {len(each.errors):5} {sum(each.errors) / len(each.errors):7.1f} "
        f"{min(each.errors):7.1f} {max(each.errors):7.1f} {each.p95:6.1f} {max(each.bounds):6.0f} {each.inside:5.0%}"
        for each in results
    ]
    return "\n".join([head, *lines])
