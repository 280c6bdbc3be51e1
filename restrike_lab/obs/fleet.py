"""All the OBS of a venue: named instances that come and go while everything runs, and do not harm one another.

``Fleet`` lives in an asyncio loop; ``FleetThread`` gives it a thread and a loop of its own, so that nothing OBS does
ever delays a datagram, and lets other threads call in.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from restrike_lab.obs.client import Client
from restrike_lab.obs.dialect import Spoken
from restrike_lab.obs.errors import FleetError, ObsError
from restrike_lab.obs.events import Clock, Event, now
from restrike_lab.obs.instance import Instance
from restrike_lab.obs.listeners import Listeners
from restrike_lab.obs.repository import Repository
from restrike_lab.obs.results import Versions
from restrike_lab.obs.session import open_session
from restrike_lab.obs.transport import DEFAULT_WAITS, Waits

__all__ = ["Fleet", "FleetThread", "Trial"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying to reach an instance: protocol and versions, or the error."""

    spoken: Spoken | None = None
    versions: Versions | None = None
    error: ObsError | None = None


class Fleet:
    """The instances by name: ``fleet["ring1"]`` is a ``Client``.

    ``subscribe`` gives every event of every instance with its name, ``watch`` every change of state.
    """

    def __init__(self, repository: Repository, *, waits: Waits = DEFAULT_WAITS, clock: Clock = now) -> None:
        self._repository = repository
        self._waits = waits
        self._clock = clock
        self._clients: dict[str, Client] = {}
        self._handlers: Listeners[tuple[str, Event]] = Listeners()
        self._watchers: Listeners[Client] = Listeners()
        self._changing = asyncio.Lock()

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load the instances and begin to connect those that are enabled."""
        for instance in await asyncio.to_thread(self._repository.load):
            self._take_in(instance)

    async def stop(self) -> None:
        """End all sessions."""
        async with self._changing:
            await asyncio.gather(*(client.stop() for client in self._clients.values()))
            self._clients.clear()

    def __getitem__(self, name: str) -> Client:
        """Return an instance; raises ``FleetError`` for a name that is not there."""
        client = self._clients.get(name)
        if client is None:
            known = ", ".join(self._clients) or "none yet"
            raise FleetError(f"there is no OBS instance {name!r}", hint=f"Instances: {known}.")
        return client

    def __contains__(self, name: object) -> bool:
        return name in self._clients

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._clients.values()))

    def __len__(self) -> int:
        return len(self._clients)

    def with_role(self, role: str) -> list[Client]:
        """Return the instances of a role."""
        return [client for client in self if client.instance.role == role]

    # -- listening -------------------------------------------------------------------------------------------------

    def subscribe(self, handler: Callable[[str, Event], None]) -> Callable[[], None]:
        """Call ``handler`` with the name of the instance and each of its events; return the way out."""
        return self._handlers.add(lambda told: handler(*told))

    def watch(self, watcher: Callable[[Client], None]) -> Callable[[], None]:
        """Call ``watcher`` with each instance that is new or whose state or status changed; return the way out."""
        return self._watchers.add(watcher)

    # -- changing the fleet ----------------------------------------------------------------------------------------

    async def add(self, instance: Instance) -> Client:
        """Take an instance in and keep it; raises ``FleetError`` for a name that is taken."""
        async with self._changing:
            if instance.name in self._clients:
                raise FleetError(f"there is an OBS instance {instance.name!r} already", hint="Choose another name.")
            await asyncio.to_thread(self._repository.save, instance)
            return self._take_in(instance)

    async def change(self, name: str, **changes: Any) -> Client:
        """Change host, port, password, role or enabled of an instance; raises ``FleetError`` for what cannot be."""
        async with self._changing:
            client = self[name]
            try:
                instance = replace(client.instance, **changes, name=name)
            except TypeError:
                hint = "Change host, port, password, role or enabled; for another name add a new instance."
                raise FleetError(f"an instance has no {', '.join(changes)}", hint=hint) from None
            await asyncio.to_thread(self._repository.save, instance)
            await client.use(instance)
            if instance.enabled:
                client.start()
            else:
                await client.stop()
            return client

    async def enable(self, name: str, enabled: bool = True) -> Client:
        """Connect an instance, or leave it alone; kept for the next start."""
        return await self.change(name, enabled=enabled)

    async def remove(self, name: str) -> None:
        """End an instance and forget it."""
        async with self._changing:
            client = self[name]
            await asyncio.to_thread(self._repository.remove, name)
            del self._clients[name]
            await client.stop()

    async def test(self, instance: Instance) -> Trial:
        """Try to reach an instance, whether it is in the fleet or not; never raises."""
        try:
            session = await open_session(
                instance.host, instance.port, instance.password, lambda _event: None, waits=self._waits
            )
        except ObsError as problem:
            return Trial(error=problem)
        await session.close()
        return Trial(session.spoken, session.versions)

    def _take_in(self, instance: Instance) -> Client:
        client = Client(instance, waits=self._waits, clock=self._clock)
        client.subscribe(lambda event: self._handlers.tell((instance.name, event)))
        client.watch(self._watchers.tell)
        self._clients[instance.name] = client
        if instance.enabled:
            client.start()
        self._watchers.tell(client)
        return client


class FleetThread:
    """A fleet with a thread and a loop of its own. ``run`` is for other threads; inside the loop use ``fleet``."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="restrike-obs", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; returns when the instances are loaded. Raises what loading them raises."""
        self._thread.start()
        try:
            self.run(self.fleet.start(), None)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all sessions and the thread; idempotent."""
        if self._thread.is_alive():
            self.run(self.fleet.stop(), None)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        elif not self.loop.is_closed():
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, R], seconds: float | None = 60.0) -> R:
        """Do something in the loop and wait for its result (never from the loop's own thread).

        Raises what it raises, or TimeoutError after ``seconds``; it is cancelled then.
        """
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def soon(self, work: Callable[..., object], *args: object) -> None:
        """Have a function called in the loop, without waiting; without effect once the fleet has ended."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(work, *args)

    def _work(self) -> None:
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()
