"""What is known of one OBS: a frozen state, how each event changes it, and how all of it is read anew.

The order of answers and events is free in both protocols, so an answer may be older than an event that came before
it. Reading anew therefore gathers all answers first and lets the events that came meanwhile have the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from restrike_lab.obs import events as ev
from restrike_lab.obs.errors import NotFound, RequestFailed
from restrike_lab.obs.events import OutputState, Stamp
from restrike_lab.obs.requests import (
    GetCollection,
    GetItems,
    GetItemVisible,
    GetPreview,
    GetProfile,
    GetRecordStatus,
    GetReplayActive,
    GetScenes,
    GetStreamStatus,
    GetStudioMode,
    Request,
)
from restrike_lab.obs.results import Item, RecordStatus, SceneList, Statistics, StreamStatus, Versions

__all__ = ["Asker", "ObsState", "item_named", "read_items", "read_state", "reduce"]

R = TypeVar("R")


class Asker(Protocol):
    """Whoever sends requests."""

    async def request(self, request: Request[R], seconds: float | None = None) -> R:
        """Send a request and return its result."""


@dataclass(frozen=True, slots=True)
class ObsState:
    """One OBS as far as it is known. ``None`` is "not known" throughout.

    ``scenes`` and the items of a scene are in the order of OBS's own lists, topmost first. ``record_since`` is when
    the bytes of "started" arrived, ``None`` for a recording that ran already when the lab connected. ``changing``
    tells that the scene collection is being changed, ``responding`` that the last look at the statistics was answered.
    """

    protocol: str | None = None
    versions: Versions | None = None
    scenes: tuple[str, ...] = ()
    scene: str | None = None
    preview: str | None = None
    studio_mode: bool | None = None
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    record: OutputState | None = None
    record_path: str | None = None
    record_since: Stamp | None = None
    stream: OutputState | None = None
    replay: OutputState | None = None
    last_replay: str | None = None
    collection: str | None = None
    profile: str | None = None
    statistics: Statistics | None = None
    responding: bool = True
    changing: bool = False
    exiting: bool = False

    @property
    def recording(self) -> bool:
        """Whether a recording runs, paused or not."""
        return self.record in ev.RUNNING_STATES

    @property
    def paused(self) -> bool:
        """Whether a recording is paused."""
        return self.record is OutputState.PAUSED

    @property
    def streaming(self) -> bool:
        """Whether the stream runs, also while it reconnects."""
        return self.stream in ev.RUNNING_STATES

    @property
    def replaying(self) -> bool:
        """Whether the replay buffer runs."""
        return self.replay in ev.RUNNING_STATES


def item_named(state: ObsState, scene: str, name: str) -> Item | None:
    """Return the item of a scene that shows a source, the topmost if there are several; ``None`` if none is known."""
    return next((item for item in state.items.get(scene, ()) if item.name == name), None)


# -- events ------------------------------------------------------------------------------------------------------------


def reduce(state: ObsState, event: ev.Event) -> ObsState:
    """Return the state after an event; the very same object where it changed nothing.

    While the collection changes, only outputs are followed: what OBS tells of scenes then is a flood of removals.
    """
    match event:
        case ev.RecordState():
            return _record(state, event)
        case ev.RecordFile(path=path):
            return replace(state, record_path=path)
        case ev.StreamState(state=now_):
            return replace(state, stream=now_)
        case ev.ReplayState(state=now_):
            return replace(state, replay=now_)
        case ev.ReplaySaved(path=path):
            return replace(state, last_replay=path)
        case ev.CollectionChanging():
            return replace(state, changing=True)
        case ev.CollectionChanged(name=name):
            return replace(state, changing=False, collection=name or state.collection)
        case ev.ProfileChanged(name=name):
            return replace(state, profile=name or state.profile)
        case ev.Exiting():
            return replace(state, exiting=True)
    if state.changing:
        return state
    match event:
        case ev.SceneChanged(scene=scene):
            return replace(state, scene=scene)
        case ev.PreviewChanged(scene=scene):
            return replace(state, preview=scene)
        case ev.StudioMode(enabled=enabled):
            return replace(state, studio_mode=enabled, preview=(state.preview or state.scene) if enabled else None)
        case ev.ItemVisibility(scene=scene, item_id=number, visible=visible):
            return _visibility(state, scene, number, visible)
    return state


def _record(state: ObsState, event: ev.RecordState) -> ObsState:
    path = event.path or state.record_path
    match event.state:
        case OutputState.STARTING:
            return replace(state, record=event.state, record_path=event.path, record_since=None)
        case OutputState.STARTED:
            return replace(state, record=event.state, record_path=path, record_since=event.at)
        case OutputState.STOPPED:
            return replace(state, record=event.state, record_path=path, record_since=None)
        case OutputState.UNKNOWN:
            return state
    return replace(state, record=event.state, record_path=path)


def _visibility(state: ObsState, scene: str, number: int, visible: bool) -> ObsState:
    items = state.items.get(scene, ())
    changed = tuple(replace(item, visible=visible) if item.number == number else item for item in items)
    return state if changed == items else replace(state, items={**state.items, scene: changed})


# -- reading all of it -------------------------------------------------------------------------------------------------


async def read_state(asker: Asker, before: ObsState) -> ObsState:
    """Read everything; ``before`` gives what OBS does not tell again.

    Raises what the requests raise. What this OBS does not have, or has switched off, stays ``None``.
    """
    scenes = await asker.request(GetScenes())
    items = await read_items(asker, scenes.scenes, scenes)
    studio = await asker.request(GetStudioMode())
    record = await asker.request(GetRecordStatus())
    stream = await asker.request(GetStreamStatus())
    replaying = await _perhaps(asker, GetReplayActive())
    collection = await _perhaps(asker, GetCollection())
    profile = await _perhaps(asker, GetProfile())
    preview = scenes.preview
    if studio and preview is None:
        preview = await _perhaps(asker, GetPreview())
    return replace(
        before,
        scenes=scenes.scenes,
        scene=scenes.program,
        preview=preview if studio else None,
        studio_mode=studio,
        items=items,
        record=_record_of(record),
        record_path=record.path or (before.record_path if record.active else None),
        record_since=before.record_since if record.active else None,
        stream=_stream_of(stream),
        replay=None if replaying is None else _running(replaying),
        collection=collection,
        profile=profile,
        changing=False,
        exiting=False,
        responding=True,
    )


async def read_items(
    asker: Asker, scenes: tuple[str, ...], told: SceneList | None = None
) -> dict[str, tuple[Item, ...]]:
    """Return the items of scenes with their visibility; scenes that are gone meanwhile are left out."""
    if told is not None and told.items is not None:
        return {scene: told.items.get(scene, ()) for scene in scenes}
    found = {scene: await _items(asker, scene) for scene in scenes}
    return {scene: items for scene, items in found.items() if items is not None}


async def _items(asker: Asker, scene: str) -> tuple[Item, ...] | None:
    try:
        items = await asker.request(GetItems(scene))
        return tuple([item if item.visible is not None else await _seen(asker, scene, item) for item in items])
    except NotFound:
        return None


async def _seen(asker: Asker, scene: str, item: Item) -> Item:
    return replace(item, visible=await asker.request(GetItemVisible(scene, item.number)))


async def _perhaps(asker: Asker, request: Request[R]) -> R | None:
    """Return a result, ``None`` where OBS does not have it or has it switched off."""
    try:
        return await asker.request(request)
    except RequestFailed as refusal:
        if refusal.retryable:
            raise
        return None


def _record_of(status: RecordStatus) -> OutputState:
    return OutputState.PAUSED if status.active and status.paused else _running(status.active)


def _stream_of(status: StreamStatus) -> OutputState:
    return OutputState.RECONNECTING if status.reconnecting else _running(status.active)


def _running(active: bool) -> OutputState:
    return OutputState.STARTED if active else OutputState.STOPPED
