"""What OBS tells by itself, in one form for both protocols.

Every event carries the moment at which its bytes reached this process, taken before they were parsed. An event is
state and not an edge: leaving studio mode tells of scenes that were never shown, and setting the scene that is on
already tells nothing [measured].
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = [
    "RUNNING_STATES",
    "Clock",
    "CollectionChanged",
    "CollectionChanging",
    "CustomMessage",
    "Event",
    "Exiting",
    "ItemVisibility",
    "ItemsChanged",
    "OutputState",
    "PreviewChanged",
    "ProfileChanged",
    "ProfileChanging",
    "RecordFile",
    "RecordState",
    "ReplaySaved",
    "ReplayState",
    "SceneChanged",
    "ScenesChanged",
    "Stamp",
    "StreamState",
    "StudioMode",
    "Transition",
    "UnknownEvent",
    "VirtualCamera",
    "now",
]


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment on both clocks: ``wall_ns`` since 1970 in UTC for people, ``mono_ns`` for differences."""

    wall_ns: int
    mono_ns: int


Clock = Callable[[], Stamp]


def now() -> Stamp:
    """Return the present moment."""
    return Stamp(time.time_ns(), time.monotonic_ns())


class OutputState(Enum):
    """What an output does. In v5 the last word of ``outputState``; ``UNKNOWN`` for words of a newer OBS."""

    STARTING = "starting"
    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECONNECTING = "reconnecting"
    RECONNECTED = "reconnected"
    UNKNOWN = "unknown"


RUNNING_STATES = frozenset(
    {
        OutputState.STARTED,
        OutputState.PAUSED,
        OutputState.RESUMED,
        OutputState.RECONNECTING,
        OutputState.RECONNECTED,
        OutputState.STOPPING,
    }
)
"""States in which the output runs. v5's ``outputActive`` is false for three of them and is therefore not used."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that OBS told; ``at`` is when its bytes arrived (up to about 50 ms after it happened)."""

    at: Stamp


@dataclass(frozen=True, slots=True)
class SceneChanged(Event):
    """The program shows another scene."""

    scene: str


@dataclass(frozen=True, slots=True)
class PreviewChanged(Event):
    """Studio mode's preview shows another scene."""

    scene: str


@dataclass(frozen=True, slots=True)
class ScenesChanged(Event):
    """The list of scenes changed: one was added, removed, renamed or moved."""


@dataclass(frozen=True, slots=True)
class ItemsChanged(Event):
    """The items of a scene changed: one was added, removed or moved."""

    scene: str


@dataclass(frozen=True, slots=True)
class ItemVisibility(Event):
    """An item of a scene was shown or hidden; ``item`` is ``None`` where its name is not known yet."""

    scene: str
    item_id: int
    visible: bool
    item: str | None = None


@dataclass(frozen=True, slots=True)
class RecordState(Event):
    """The recording changed; ``path`` where OBS told it, ``timecode_ms`` in v4 only.

    The arrival of ``STARTED`` is the beginning of the file within about a frame, if the encoder was idle [measured].
    """

    state: OutputState
    path: str | None = None
    timecode_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RecordFile(Event):
    """The recording goes on in another file (v5 from 5.5 on)."""

    path: str


@dataclass(frozen=True, slots=True)
class StreamState(Event):
    """The stream changed."""

    state: OutputState


@dataclass(frozen=True, slots=True)
class ReplayState(Event):
    """The replay buffer changed."""

    state: OutputState


@dataclass(frozen=True, slots=True)
class ReplaySaved(Event):
    """A replay was saved and its file is complete; ``path`` is ``None`` where it could not be found out (v4)."""

    path: str | None


@dataclass(frozen=True, slots=True)
class VirtualCamera(Event):
    """The virtual camera was started or stopped."""

    state: OutputState


@dataclass(frozen=True, slots=True)
class StudioMode(Event):
    """Studio mode was switched."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Transition(Event):
    """A transition is ``began``, its picture has ended (``video ended``), or it is ``ended``."""

    phase: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionChanging(Event):
    """The scene collection is about to change; OBS answers unreliably until it has (v5)."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionChanged(Event):
    """The scene collection has changed: every scene, item and number must be read again."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileChanging(Event):
    """The profile is about to change (v5)."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileChanged(Event):
    """The profile has changed: folders and formats may be others."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class CustomMessage(Event):
    """A message that another client of OBS sent to all."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exiting(Event):
    """OBS is about to end. A recording that runs is not told to stop."""


@dataclass(frozen=True, slots=True)
class UnknownEvent(Event):
    """An event this lab does not know, or whose fields are not what they should be; ``raw`` is all of it."""

    kind: str
    raw: Mapping[str, Any]
    reason: str = ""
