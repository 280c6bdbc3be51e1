"""Requests about recording, stream and replay buffer."""

from __future__ import annotations

from dataclasses import dataclass

from restrike_lab.obs.requests.base import Request
from restrike_lab.obs.results import RecordStatus, StreamService, StreamStatus

__all__ = [
    "AddChapter",
    "GetFileName",
    "GetLastReplay",
    "GetRecordFolder",
    "GetRecordStatus",
    "GetReplayActive",
    "GetStreamService",
    "GetStreamStatus",
    "PauseRecord",
    "ResumeRecord",
    "SaveReplay",
    "SetFileName",
    "SetRecordFolder",
    "SetStreamService",
    "SplitRecord",
    "StartRecord",
    "StartReplay",
    "StartStream",
    "StopRecord",
    "StopReplay",
    "StopStream",
    "ToggleRecord",
    "ToggleRecordPause",
    "ToggleReplay",
    "ToggleStream",
]


@dataclass(frozen=True, slots=True)
class StartRecord(Request[None]):
    """Begin a recording."""


@dataclass(frozen=True, slots=True)
class StopRecord(Request[str | None]):
    """End the recording; v5 tells its path."""


@dataclass(frozen=True, slots=True)
class ToggleRecord(Request[bool | None]):
    """Begin or end a recording; v5 tells whether it runs now."""


@dataclass(frozen=True, slots=True)
class PauseRecord(Request[None]):
    """Pause the recording. v5 calls it a success where nothing is recorded [measured]."""


@dataclass(frozen=True, slots=True)
class ResumeRecord(Request[None]):
    """Go on with a paused recording."""


@dataclass(frozen=True, slots=True)
class ToggleRecordPause(Request[bool | None]):
    """Pause the recording, or go on with it (v5); tells whether it is paused now."""


@dataclass(frozen=True, slots=True)
class GetRecordStatus(Request[RecordStatus]):
    """How is the recording doing."""


@dataclass(frozen=True, slots=True)
class SplitRecord(Request[None]):
    """Go on in a new file (v5 from 5.5 on, if splitting is enabled in OBS)."""


@dataclass(frozen=True, slots=True)
class AddChapter(Request[None]):
    """Put a chapter mark into the recording (v5 from 5.5 on, Hybrid MP4 only)."""

    name: str


@dataclass(frozen=True, slots=True)
class GetRecordFolder(Request[str]):
    """Where do recordings go."""


@dataclass(frozen=True, slots=True)
class SetRecordFolder(Request[None]):
    """Choose where recordings go (v4, and v5 from 5.3 on)."""

    folder: str


@dataclass(frozen=True, slots=True)
class GetFileName(Request[str]):
    """How are files named, with OBS's own placeholders such as ``%CCYY``."""


@dataclass(frozen=True, slots=True)
class SetFileName(Request[None]):
    """Choose how files are named, with OBS's own placeholders."""

    pattern: str


@dataclass(frozen=True, slots=True)
class StartStream(Request[None]):
    """Begin to stream. Without a configured server OBS 30.2 and later open a dialog and say no more [measured]."""


@dataclass(frozen=True, slots=True)
class StopStream(Request[None]):
    """End the stream."""


@dataclass(frozen=True, slots=True)
class ToggleStream(Request[bool | None]):
    """Begin or end the stream; v5 tells whether it runs now."""


@dataclass(frozen=True, slots=True)
class GetStreamStatus(Request[StreamStatus]):
    """How is the stream doing."""


@dataclass(frozen=True, slots=True)
class GetStreamService(Request[StreamService]):
    """Where does the stream go."""


@dataclass(frozen=True, slots=True)
class SetStreamService(Request[None]):
    """Choose where the stream goes."""

    service: StreamService


@dataclass(frozen=True, slots=True)
class StartReplay(Request[None]):
    """Begin to fill the replay buffer."""


@dataclass(frozen=True, slots=True)
class StopReplay(Request[None]):
    """Stop filling the replay buffer and empty it."""


@dataclass(frozen=True, slots=True)
class ToggleReplay(Request[bool | None]):
    """Start or stop the replay buffer; v5 tells whether it runs now."""


@dataclass(frozen=True, slots=True)
class GetReplayActive(Request[bool]):
    """Is the replay buffer running."""


@dataclass(frozen=True, slots=True)
class SaveReplay(Request[None]):
    """Write what the replay buffer holds to a file, which is complete 0.65 to 0.9 s later [measured]."""


@dataclass(frozen=True, slots=True)
class GetLastReplay(Request[str]):
    """Where is the last saved replay (v5, while the buffer runs)."""
