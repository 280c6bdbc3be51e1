"""What a pretended OBS is made of: items, outputs, sounds, the pace of its changes, and how it tells and refuses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FakeItem", "FakeOutput", "FakeSound", "Happening", "Pace", "Refusal", "timecode"]

WRITER_LAG_MS = 600
"""How far the time code trails: what the encoder holds back."""

FRAME_MS = 1000 / 30


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that changes take; as measured on an idle machine."""

    transition: float = 0.04
    starting: float = 0.04
    pausing: float = 0.04
    stopping: float = 0.6
    saving: float = 0.65
    collection: float = 0.3

    @classmethod
    def quick(cls) -> Pace:
        """Return a pace for tests that have no time."""
        return cls(0.002, 0.002, 0.002, 0.01, 0.01, 0.01)


class Refusal(Exception):
    """Say that the studio does not do something; ``kind`` is its reason, ``name`` what it is about."""

    def __init__(self, kind: str, name: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.name = name


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, with its facts."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FakeItem:
    """A source in a scene."""

    number: int
    source: str
    visible: bool = True


@dataclass(slots=True)
class FakeOutput:
    """A recording, stream or replay buffer."""

    name: str
    active: bool = False
    paused: bool = False
    path: str | None = None
    begun: float = 0.0
    paused_at: float = 0.0
    paused_for: float = 0.0
    in_files_before: float = 0.0

    def recorded_seconds(self) -> float:
        """Return how much of what was recorded is in the present file."""
        until = self.paused_at if self.paused else time.monotonic()
        return max(0.0, until - self.begun - self.paused_for - self.in_files_before)

    def timecode_ms(self) -> int:
        """Return the time code: whole frames, behind by what the encoder holds, standing still in a pause."""
        if not self.active:
            return 0
        ms = (self.recorded_seconds() + self.in_files_before) * 1000 - WRITER_LAG_MS
        return max(0, int(int(ms / FRAME_MS) * FRAME_MS))


@dataclass(slots=True)
class FakeSound:
    """How an input sounds."""

    muted: bool = False
    volume: float = 1.0


def timecode(output: FakeOutput) -> str:
    """Return a time code as OBS writes it."""
    seconds, ms = divmod(output.timecode_ms(), 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
