"""Requests about scenes, their items, and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.obs.requests.base import Request
from restrike_lab.obs.results import Input, Item, SceneList, Transitions

__all__ = [
    "FindItem",
    "GetInputSettings",
    "GetInputs",
    "GetItemVisible",
    "GetItems",
    "GetMuted",
    "GetPreview",
    "GetScene",
    "GetScenes",
    "GetStudioMode",
    "GetTransitions",
    "GetVolume",
    "SetInputSettings",
    "SetItemVisible",
    "SetMuted",
    "SetPreview",
    "SetScene",
    "SetStudioMode",
    "SetTransition",
    "SetVolume",
    "TakePreview",
]


@dataclass(frozen=True, slots=True)
class GetScenes(Request[SceneList]):
    """Which scenes are there, and which are on."""


@dataclass(frozen=True, slots=True)
class GetScene(Request[str]):
    """Which scene is in the program."""


@dataclass(frozen=True, slots=True)
class SetScene(Request[None]):
    """Put a scene into the program. The scene that is there already succeeds without an event [measured]."""

    scene: str


@dataclass(frozen=True, slots=True)
class GetPreview(Request[str]):
    """Which scene is in the preview; ``WrongState`` outside studio mode."""


@dataclass(frozen=True, slots=True)
class SetPreview(Request[None]):
    """Put a scene into the preview; ``WrongState`` outside studio mode."""

    scene: str


@dataclass(frozen=True, slots=True)
class GetStudioMode(Request[bool]):
    """Is studio mode on."""


@dataclass(frozen=True, slots=True)
class SetStudioMode(Request[None]):
    """Switch studio mode."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class TakePreview(Request[None]):
    """Bring the preview into the program; ``WrongState`` outside studio mode."""


@dataclass(frozen=True, slots=True)
class GetTransitions(Request[Transitions]):
    """Which transitions are there, and which is used."""


@dataclass(frozen=True, slots=True)
class SetTransition(Request[None]):
    """Use another transition from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class GetItems(Request[tuple[Item, ...]]):
    """Which items has a scene, topmost first; v4 does not tell their visibility here."""

    scene: str


@dataclass(frozen=True, slots=True)
class FindItem(Request[int]):
    """Which number has the item of a scene that shows a source."""

    scene: str
    name: str


@dataclass(frozen=True, slots=True)
class GetItemVisible(Request[bool]):
    """Is an item visible. ``item`` is its number; v4 takes the name of its source as well."""

    scene: str
    item: int | str


@dataclass(frozen=True, slots=True)
class SetItemVisible(Request[None]):
    """Show or hide an item. ``item`` is its number; v4 takes the name of its source as well."""

    scene: str
    item: int | str
    visible: bool


@dataclass(frozen=True, slots=True)
class GetInputs(Request[tuple[Input, ...]]):
    """Which inputs are there."""


@dataclass(frozen=True, slots=True)
class GetInputSettings(Request[Mapping[str, Any]]):
    """How is an input set."""

    name: str


@dataclass(frozen=True, slots=True)
class SetInputSettings(Request[None]):
    """Change settings of an input; those that are not named stay as they are."""

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GetMuted(Request[bool]):
    """Is an input muted."""

    name: str


@dataclass(frozen=True, slots=True)
class SetMuted(Request[None]):
    """Mute an input, or give it its voice back."""

    name: str
    muted: bool


@dataclass(frozen=True, slots=True)
class GetVolume(Request[float]):
    """How loud is an input, as a factor (0..1 and above)."""

    name: str


@dataclass(frozen=True, slots=True)
class SetVolume(Request[None]):
    """Set how loud an input is, as a factor (0..20)."""

    name: str
    volume: float
