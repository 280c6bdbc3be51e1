"""One OBS as the lab uses it: commands, events and a state that stays true through restarts.

A ``Client`` keeps a link, takes every event into its state before it tells anybody, and reads everything anew after
each connect, after a change of the scene collection, and after OBS said that it was not ready. While the collection
changes, requests wait: OBS answers them wrongly or not at all then [measured].
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from restrike_lab.obs import events as ev
from restrike_lab.obs.errors import ConnectionLost, NotReady, ObsError, RequestTimeout, anew
from restrike_lab.obs.events import Clock, Event, now
from restrike_lab.obs.instance import Instance
from restrike_lab.obs.link import Backoff, Link, LinkState, LinkStatus
from restrike_lab.obs.listeners import Listeners
from restrike_lab.obs.mirror import ObsState, read_items, read_state, reduce
from restrike_lab.obs.outputs import OutputCommands
from restrike_lab.obs.requests import GetStatistics, Request
from restrike_lab.obs.results import Item
from restrike_lab.obs.session import Session
from restrike_lab.obs.transport import DEFAULT_WAITS, Waits

__all__ = ["Client"]

log = logging.getLogger(__name__)

R = TypeVar("R")
E = TypeVar("E", bound=Event)

NOT_READY_SECONDS = 10.0
"""How long a request is repeated that OBS is not ready for."""

SETTLE_SECONDS = 0.05
"""How long a flood of changes to the scenes is let pass before they are read anew."""

AGAIN_SECONDS = 0.5
HELD_SECONDS = 30.0
"""After this a change of the collection is taken to be over even if OBS never said so."""

STATISTICS_SECONDS = 5.0


class Client(OutputCommands):
    """One OBS: ``await client.set_scene("Replay")``, ``client.state.scene``, ``client.subscribe(handler)``.

    Lives in one asyncio loop; ``start`` begins to connect and returns at once, ``stop`` ends it. Requests raise
    ``NotConnected`` while there is no session.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        waits: Waits = DEFAULT_WAITS,
        backoff: Backoff | None = None,
        statistics_seconds: float = STATISTICS_SECONDS,
        clock: Clock = now,
    ) -> None:
        super().__init__()
        self.instance = instance
        self.state = ObsState()
        self.clock = clock
        self._statistics_seconds = statistics_seconds
        self._link = Link(
            instance.target,
            self.take_event,
            self._come_up,
            self._link_changed,
            waits=waits,
            backoff=backoff,
            clock=clock,
        )
        self._handlers: Listeners[Event] = Listeners()
        self._watchers: Listeners[Client] = Listeners()
        self._expecting: list[tuple[Callable[[Event], None], Callable[[ObsError], None]]] = []
        self._gathering: list[Event] | None = None
        self._steady = asyncio.Event()
        self._steady.set()
        self._hold_ends: asyncio.TimerHandle | None = None
        self._stale_scenes: set[str] = set()
        self._all_stale = False
        self._refresher: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None

    # -- life ------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name of the instance."""
        return self.instance.name

    @property
    def status(self) -> LinkStatus:
        """The state of the link, with the error that led to it."""
        return self._link.status

    @property
    def connected(self) -> bool:
        """Whether there is a session and everything has been read."""
        return self._link.status.state is LinkState.CONNECTED

    def start(self) -> None:
        """Begin to connect; idempotent."""
        self._link.start()

    async def stop(self) -> None:
        """End the session and try no more; idempotent."""
        await self._link.stop()
        await self._end_tasks()

    async def use(self, instance: Instance) -> None:
        """Take changed settings; an address or a password that changed means a new session."""
        before, self.instance = self.instance, instance
        if instance.target != before.target:
            await self._link.retarget(instance.target)

    def reconnect(self) -> None:
        """Try to connect now, whatever it is waiting for."""
        self._link.try_now()

    async def until_connected(self, seconds: float) -> None:
        """Wait for a session; raises the error that stands in its way, or ``NotConnected``."""
        done = asyncio.Event()
        unwatch = self.watch(lambda _client: done.set())
        try:
            async with asyncio.timeout(seconds):
                while not self.connected:
                    if self.status.state is LinkState.HALTED and self.status.error:
                        raise anew(self.status.error)
                    done.clear()
                    await done.wait()
        except TimeoutError:
            raise self._link.not_connected() from None
        finally:
            unwatch()

    # -- listening -------------------------------------------------------------------------------------------------

    def subscribe(self, handler: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``handler`` in the loop's thread with every event, its state taken already; return the way out.

        A handler must not wait; what it raises is logged and hurts nobody else.
        """
        return self._handlers.add(handler)

    def watch(self, watcher: Callable[[Client], None]) -> Callable[[], None]:
        """Call ``watcher`` in the loop's thread whenever state or status changed; return the way out."""
        return self._watchers.add(watcher)

    @contextlib.contextmanager
    def expect(self, kind: type[E], test: Callable[[E], bool]) -> Iterator[asyncio.Future[E]]:
        """Give a future of the next event of a kind that passes a test; it fails when the connection ends."""
        heard: asyncio.Future[E] = asyncio.get_running_loop().create_future()

        def listen(event: Event) -> None:
            if not heard.done() and isinstance(event, kind) and test(event):
                heard.set_result(event)

        def fail(problem: ObsError) -> None:
            if not heard.done():
                heard.set_exception(problem)

        expectation = (listen, fail)
        self._expecting.append(expectation)
        try:
            yield heard
        finally:
            self._expecting.remove(expectation)
            if heard.done() and not heard.cancelled():
                heard.exception()  # looked at, whatever became of the command
            else:
                heard.cancel()

    def take_event(self, event: Event) -> None:
        """Take an event into the state and tell everybody (the session's reader, and commands that v4 leaves blind)."""
        if isinstance(event, ev.ItemVisibility) and event.item is None:
            event = replace(event, item=self._item_name(event.scene, event.item_id))
        if self._gathering is not None:
            self._gathering.append(event)
        before, self.state = self.state, reduce(self.state, event)
        self._follow(event)
        for listen, _fail in tuple(self._expecting):
            listen(event)
        self._handlers.tell(event)
        if self.state != before:
            self._watchers.tell(self)

    def _item_name(self, scene: str, number: int) -> str | None:
        return next((item.name for item in self.state.items.get(scene, ()) if item.number == number), None)

    def _follow(self, event: Event) -> None:
        """Do what an event asks for besides changing the state."""
        match event:
            case ev.CollectionChanging():
                self._steady.clear()
                self._hold_ends = asyncio.get_running_loop().call_later(HELD_SECONDS, self._release)
            case ev.CollectionChanged():
                self._release()
            case ev.ProfileChanged() | ev.ScenesChanged():
                self._read_again()
            case ev.ItemsChanged(scene=scene):
                self._read_again(scene)
            case ev.ItemVisibility(scene=scene, item=None):
                self._read_again(scene)

    # -- asking ----------------------------------------------------------------------------------------------------

    async def request(self, request: Request[R], seconds: float | None = None) -> R:
        """Send a request and return its result; ``seconds`` bounds the wait for the answer.

        While the scene collection changes the request waits, and one that OBS is not ready for is sent again, for at
        most 10 s. Raises ``NotConnected``, ``NotReady``, and all that ``Session.request`` raises.
        """
        if not self._steady.is_set():
            await self._until_steady()
        try:
            return await self._link.request(request, seconds)
        except NotReady:
            return await self._insist(request, seconds)

    async def _insist(self, request: Request[R], seconds: float | None) -> R:
        """Send a request again until OBS is ready for it."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + NOT_READY_SECONDS, SETTLE_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)
            try:
                result = await self._link.request(request, seconds)
            except NotReady:
                if loop.time() > deadline:
                    raise
            else:
                self._read_again()
                return result

    async def _until_steady(self) -> None:
        try:
            async with asyncio.timeout(NOT_READY_SECONDS):
                await self._steady.wait()
        except TimeoutError:
            raise NotReady("OBS has been changing its scene collection for too long") from None

    def _release(self) -> None:
        """Let the requests go that waited for the change of the collection, and read everything."""
        if self._hold_ends is not None:
            self._hold_ends.cancel()
            self._hold_ends = None
        self._steady.set()
        if self._link.session is not None:
            self._read_again()

    def remember_items(self, scene: str, items: tuple[Item, ...]) -> None:
        """Take freshly read items of a scene into the state."""
        self._set_state(replace(self.state, items={**self.state.items, scene: items}))

    # -- the state -------------------------------------------------------------------------------------------------

    def _set_state(self, state: ObsState) -> None:
        if state is not self.state and state != self.state:
            self.state = state
            self._watchers.tell(self)

    async def _come_up(self, session: Session) -> None:
        """Read everything over a new session (called by the link)."""
        self.state = replace(ObsState(), protocol=session.spoken, versions=session.versions)
        await self._end_tasks()
        self._steady.set()
        deadline = asyncio.get_running_loop().time() + NOT_READY_SECONDS
        while True:
            try:
                await self._read_all()
                return
            except NotReady:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(SETTLE_SECONDS * 4)

    async def _read_all(self) -> None:
        """Read everything; events that came meanwhile have the last word."""
        gathered: list[Event] = []
        self._gathering = gathered
        try:
            state = await read_state(self._link, self.state)
        finally:
            self._gathering = None
        for event in gathered:
            state = reduce(state, event)
        self._set_state(state)

    def _read_again(self, scene: str | None = None) -> None:
        """Have the items of a scene, or everything, read anew once the changes have settled."""
        if scene is None:
            self._all_stale = True
        else:
            self._stale_scenes.add(scene)
        if (self._refresher is None or self._refresher.done()) and self.connected:
            self._refresher = asyncio.create_task(self._refresh(), name="obs-refresh")

    async def _refresh(self) -> None:
        """Read anew what went stale (a task that ends when nothing is)."""
        while self.connected and (self._all_stale or self._stale_scenes):
            await asyncio.sleep(SETTLE_SECONDS)
            await self._steady.wait()
            everything, scenes = self._all_stale, frozenset(self._stale_scenes)
            self._all_stale = False
            self._stale_scenes.clear()
            try:
                if everything:
                    await self._read_all()
                else:
                    found = await read_items(self._link, tuple(scenes))
                    self._set_state(replace(self.state, items={**self.state.items, **found}))
            except (NotReady, RequestTimeout) as problem:
                log.info("%s: %s; it is read again", self.name, problem.message)
                self._all_stale = True
                await asyncio.sleep(AGAIN_SECONDS)
            except ObsError as problem:
                log.warning("%s could not be read: %s", self.name, problem.message)

    async def _look(self) -> None:
        """Ask for the statistics every few seconds, which also tells whether OBS still answers (a task)."""
        while True:
            try:
                statistics = await self._link.request(GetStatistics())
                self._set_state(replace(self.state, statistics=statistics, responding=True))
            except RequestTimeout:
                self._set_state(replace(self.state, responding=False))
            except ObsError as problem:
                log.debug("%s: no statistics: %s", self.name, problem.message)
            await asyncio.sleep(self._statistics_seconds)

    def _link_changed(self, status: LinkStatus) -> None:
        """Follow the link: begin to look when it is up, and know nothing when it is down."""
        if status.state is LinkState.CONNECTED:
            self._probe = asyncio.create_task(self._look(), name="obs-look")
            if self._all_stale or self._stale_scenes:
                self._read_again()
        else:
            problem = status.error or ConnectionLost("there is no connection to OBS")
            for _listen, fail in tuple(self._expecting):
                fail(problem)
            for task in (self._probe, self._refresher):
                if task is not None:
                    task.cancel()
            self._steady.set()
            self.state = replace(
                ObsState(), versions=self.state.versions, protocol=self.state.protocol, scenes=self.state.scenes
            )
        self._watchers.tell(self)

    async def _end_tasks(self) -> None:
        if self._hold_ends is not None:
            self._hold_ends.cancel()
            self._hold_ends = None
        self._all_stale = False
        self._stale_scenes.clear()
        tasks = [task for task in (self._probe, self._refresher) if task is not None]
        self._probe = self._refresher = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
