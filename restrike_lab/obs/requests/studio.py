"""Requests about OBS itself, its profiles and scene collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.obs.requests.base import Request
from restrike_lab.obs.results import Output, Statistics, Versions, VideoFormat

__all__ = [
    "GetCollection",
    "GetCollections",
    "GetOutputs",
    "GetProfile",
    "GetProfileParameter",
    "GetProfiles",
    "GetStatistics",
    "GetVersions",
    "GetVideoFormat",
    "SendCaption",
    "SendCustomMessage",
    "SetCollection",
    "SetProfile",
    "SetProfileParameter",
    "TriggerHotkey",
]


@dataclass(frozen=True, slots=True)
class GetVersions(Request[Versions]):
    """Which OBS is it, and what does it know."""


@dataclass(frozen=True, slots=True)
class GetStatistics(Request[Statistics]):
    """How is OBS doing."""


@dataclass(frozen=True, slots=True)
class GetVideoFormat(Request[VideoFormat]):
    """What size and rate has the picture."""


@dataclass(frozen=True, slots=True)
class GetOutputs(Request[tuple[Output, ...]]):
    """What does OBS write or send to."""


@dataclass(frozen=True, slots=True)
class TriggerHotkey(Request[None]):
    """Press a hotkey by its internal name."""

    name: str


@dataclass(frozen=True, slots=True)
class SendCaption(Request[None]):
    """Put a caption into the running stream."""

    text: str


@dataclass(frozen=True, slots=True)
class SendCustomMessage(Request[None]):
    """Send a message to every client of this OBS; ``realm`` tells readers what it is about."""

    realm: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GetProfiles(Request[tuple[str, ...]]):
    """Which profiles are there."""


@dataclass(frozen=True, slots=True)
class GetProfile(Request[str]):
    """Which profile is in use."""


@dataclass(frozen=True, slots=True)
class SetProfile(Request[None]):
    """Use another profile."""

    name: str


@dataclass(frozen=True, slots=True)
class GetCollections(Request[tuple[str, ...]]):
    """Which scene collections are there."""


@dataclass(frozen=True, slots=True)
class GetCollection(Request[str]):
    """Which scene collection is in use."""


@dataclass(frozen=True, slots=True)
class SetCollection(Request[None]):
    """Use another scene collection."""

    name: str


@dataclass(frozen=True, slots=True)
class GetProfileParameter(Request[str | None]):
    """Which value has a parameter of the profile (v5)."""

    category: str
    name: str


@dataclass(frozen=True, slots=True)
class SetProfileParameter(Request[None]):
    """Set a parameter of the profile (v5)."""

    category: str
    name: str
    value: str
