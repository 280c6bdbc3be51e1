"""What OBS answers, in one form for both protocols. ``None`` stands for what a protocol does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Input",
    "Item",
    "Output",
    "RecordStatus",
    "SceneList",
    "Statistics",
    "StreamService",
    "StreamStatus",
    "Transitions",
    "Versions",
    "VideoFormat",
]


@dataclass(frozen=True, slots=True)
class Versions:
    """What OBS says of itself; ``requests`` are the names of the requests it knows, empty where it did not tell."""

    obs: str
    websocket: str
    requests: frozenset[str] = frozenset()
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """How OBS is doing. Memory and disk in MB, ``frame_ms`` is the mean time to render a frame."""

    fps: float
    cpu_percent: float
    memory_mb: float
    disk_free_mb: float
    frame_ms: float
    render_frames: int
    render_missed: int
    output_frames: int
    output_skipped: int


@dataclass(frozen=True, slots=True)
class Item:
    """A source in a scene. ``number`` holds until the scene collection changes; ``visible`` is ``None`` if untold."""

    number: int
    name: str
    visible: bool | None = None
    group: bool = False


@dataclass(frozen=True, slots=True)
class SceneList:
    """The scenes in the order of OBS's own list, topmost first; ``items`` only where OBS told them along (v4)."""

    scenes: tuple[str, ...]
    program: str | None = None
    preview: str | None = None
    items: Mapping[str, tuple[Item, ...]] | None = None


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """The recording as OBS counts it.

    ``timecode_ms`` counts frames written and trails the true position in the file by 0.2 to 0.6 s [measured]; it stands
    still while paused. ``path`` is told by v4 only, ``bytes_written`` by v5 only.
    """

    active: bool
    paused: bool = False
    timecode_ms: int | None = None
    bytes_written: int | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """The stream as OBS counts it; ``congestion`` 0..1, ``None`` where OBS could not tell."""

    active: bool
    reconnecting: bool = False
    timecode_ms: int | None = None
    congestion: float | None = None
    frames: int | None = None
    skipped: int | None = None


@dataclass(frozen=True, slots=True)
class StreamService:
    """Where the stream goes; ``settings`` hold the stream key and are not shown."""

    kind: str
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Input:
    """A source that OBS takes pictures or sound from."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Output:
    """Something that OBS writes or sends to."""

    name: str
    kind: str
    active: bool


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """The picture: frames per second, size of the canvas and of the output in pixels."""

    fps: float
    base_width: int
    base_height: int
    output_width: int
    output_height: int


@dataclass(frozen=True, slots=True)
class Transitions:
    """The transitions by name, and the one that is used; ``None`` where none is."""

    names: tuple[str, ...]
    current: str | None
