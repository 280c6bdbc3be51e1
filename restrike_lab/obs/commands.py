"""Commands about scenes and their items, the same with both protocols.

``Commands`` is what every command needs of ``Client``; ``outputs`` adds recording, stream and replay buffer.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import NotFound
from restrike_lab.obs.events import Clock, Event, PreviewChanged, StudioMode
from restrike_lab.obs.mirror import ObsState, item_named, read_items
from restrike_lab.obs.results import Item, Statistics, Transitions

__all__ = ["Commands", "SceneCommands"]

R = TypeVar("R")
E = TypeVar("E", bound=Event)

TOLD_SECONDS = 0.5
"""How long OBS is given to tell of a change that it may not tell of."""

AGAIN_SECONDS = 0.02

COLLECTION_SECONDS = 30.0
"""Limit for a change of collection or profile, which OBS answers when it is done."""


class Commands(ABC):
    """What commands stand on: one OBS with its state, its events, and the way to ask it."""

    state: ObsState
    clock: Clock

    @abstractmethod
    async def request(self, request: rq.Request[R], seconds: float | None = None) -> R:
        """Send a request and return its result."""

    @abstractmethod
    def expect(self, kind: type[E], test: Callable[[E], bool]) -> AbstractContextManager[asyncio.Future[E]]:
        """Give a future of the next event of a kind that passes a test; it fails when the connection ends."""

    @abstractmethod
    def take_event(self, event: Event) -> None:
        """Take an event into the state and tell everybody."""

    @abstractmethod
    def remember_items(self, scene: str, items: tuple[Item, ...]) -> None:
        """Take freshly read items of a scene into the state."""


class SceneCommands(Commands):
    """Scenes, studio mode, items, statistics."""

    # -- scenes ----------------------------------------------------------------------------------------------------

    async def set_scene(self, scene: str) -> None:
        """Put a scene into the program. Done when OBS accepts: the scene that is on already makes no event."""
        await self.request(rq.SetScene(scene))

    async def set_preview(self, scene: str) -> None:
        """Put a scene into the preview; done when it is there. Raises ``WrongState`` outside studio mode.

        A preview that is taken before OBS has told of it is lost [measured]. The one that is there already makes no
        event.
        """
        if self.state.preview == scene:
            return await self.request(rq.SetPreview(scene))
        return await self._until_told(rq.SetPreview(scene), PreviewChanged, lambda event: event.scene == scene)

    async def take(self) -> None:
        """Bring the preview into the program; raises ``WrongState`` outside studio mode."""
        await self.request(rq.TakePreview())

    async def transitions(self) -> Transitions:
        """Return the transitions and the one that is used."""
        return await self.request(rq.GetTransitions())

    async def set_transition(self, name: str) -> None:
        """Use another transition from now on; raises ``NotFound``. OBS has it a moment after it answers [measured]."""
        await self.request(rq.SetTransition(name))
        deadline = asyncio.get_running_loop().time() + TOLD_SECONDS
        while (await self.transitions()).current != name and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(AGAIN_SECONDS)

    async def set_studio_mode(self, enabled: bool) -> None:
        """Switch studio mode; done when OBS has."""
        if await self.request(rq.GetStudioMode()) != enabled:
            await self._until_told(rq.SetStudioMode(enabled), StudioMode, lambda event: event.enabled == enabled)

    async def _until_told(self, request: rq.Request[None], kind: type[E], test: Callable[[E], bool]) -> None:
        """Ask for a change and wait a moment for OBS to tell of it, which it does not where nothing changed."""
        with self.expect(kind, test) as told:
            await self.request(request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TOLD_SECONDS):
                    await told

    # -- items -----------------------------------------------------------------------------------------------------

    async def items(self, scene: str) -> tuple[Item, ...]:
        """Return the items of a scene with their visibility, topmost first; raises ``NotFound``."""
        found = (await read_items(self, (scene,))).get(scene)
        if found is None:
            raise NotFound(f"there is no scene {scene!r}", text="no items")
        self.remember_items(scene, found)
        return found

    async def item_visible(self, scene: str, item: int | str) -> bool:
        """Tell whether an item is visible, by the name of its source or its number; raises ``NotFound``."""
        return await self.request(rq.GetItemVisible(scene, await self._number(scene, item)))

    async def set_item_visible(self, scene: str, item: int | str, visible: bool) -> None:
        """Show or hide an item, by the name of its source or its number; raises ``NotFound``."""
        number = await self._number(scene, item)
        try:
            await self.request(rq.SetItemVisible(scene, number, visible))
        except NotFound:
            if isinstance(item, int):
                raise
            # The number was one of an earlier collection.
            await self.request(rq.SetItemVisible(scene, await self._ask_number(scene, item), visible))

    async def _number(self, scene: str, item: int | str) -> int:
        if isinstance(item, int):
            return item
        known = item_named(self.state, scene, item)
        return known.number if known else await self._ask_number(scene, item)

    async def _ask_number(self, scene: str, name: str) -> int:
        return await self.request(rq.FindItem(scene, name))

    async def statistics(self) -> Statistics:
        """Return how OBS is doing."""
        return await self.request(rq.GetStatistics())

    # -- profiles and collections ------------------------------------------------------------------------------------

    async def collections(self) -> tuple[str, ...]:
        """Return the names of the scene collections."""
        return await self.request(rq.GetCollections())

    async def set_collection(self, name: str) -> None:
        """Use another scene collection; requests that follow wait until OBS has changed."""
        await self.request(rq.SetCollection(name), COLLECTION_SECONDS)

    async def profiles(self) -> tuple[str, ...]:
        """Return the names of the profiles."""
        return await self.request(rq.GetProfiles())

    async def set_profile(self, name: str) -> None:
        """Use another profile."""
        await self.request(rq.SetProfile(name), COLLECTION_SECONDS)
