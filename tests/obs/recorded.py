"""Recorded sessions with real servers, taken apart into steps: one frame that went out, and the frames that came in.

What differs from session to session is put aside by name before frames are compared: numbers of requests, UUIDs,
challenges, times (with the file names made of them), and measurements (bytes, frames, load).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "sessions"
V4 = "v4-4.9.1"
V5 = ("v5-5.1.0", "v5-5.5.2")
ALL = (V4, *V5)

IDS = {"message-id", "requestId"}
SECRETS = {"challenge", "salt", "auth", "authentication"}
MEASURED = {
    "activeFps", "availableDiskSpace", "averageFrameRenderTime", "cpuUsage", "memoryUsage", "renderTotalFrames",
    "renderSkippedFrames", "webSocketSessionIncomingMessages", "webSocketSessionOutgoingMessages", "outputBytes",
    "outputDuration", "outputTimecode", "rec-timecode", "recordTimecode", "totalBytes", "totalFrames",
    "average-frame-time", "cpu-usage", "fps", "free-disk-space", "memory-usage", "output-total-frames",
    "render-total-frames",
}  # fmt: skip
UNORDERED = {"availableRequests": str, "available-requests": str}
FILE = re.compile(r"\d{4}-\d\d-\d\d \d\d-\d\d-\d\d")


@dataclass(slots=True)
class Step:
    """A frame that the client sent (``None`` for what came before any), and the frames that followed."""

    out: dict[str, Any] | None
    came: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Recording:
    name: str
    subprotocol: str | None
    steps: list[Step]

    @property
    def version(self) -> str:
        return self.name.partition("-")[2]

    @property
    def frames_in(self) -> list[dict[str, Any]]:
        return [frame for step in self.steps for frame in step.came]


def recording(name: str) -> Recording:
    subprotocol = None
    steps = [Step(None)]
    for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        entry = json.loads(line)
        match entry["dir"]:
            case "open":
                subprotocol = entry["msg"]["subprotocol"]
            case "out":
                steps.append(Step(entry["msg"]))
            case "in":
                steps[-1].came.append(entry["msg"])
    return Recording(name, subprotocol, steps)


def plain(value: Any, key: str = "") -> Any:
    """Return a frame without what differs from session to session."""
    if key in IDS:
        return "id"
    if key in SECRETS:
        return "secret" if isinstance(value, str) else dict.fromkeys(value, "secret")
    if key.endswith(("Uuid", "uuid")):
        return None if value is None else "uuid"
    if key in MEASURED:
        return f"measured {type(value).__name__}"
    if key in UNORDERED:
        return sorted(value if isinstance(value, list) else value.split(","))
    if isinstance(value, dict):
        return {name: plain(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return FILE.sub("time", value)
    return value


def text(frame: dict[str, Any]) -> str:
    """Return a frame without what differs, as one comparable text."""
    return json.dumps(plain(frame), sort_keys=True)


def is_reply(frame: dict[str, Any]) -> bool:
    return frame.get("op") in (0, 2, 7) or "status" in frame
