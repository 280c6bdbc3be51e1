"""The desk: the fleet at work, what is asked of it, and what clients see of it.

Lives in the thread of the fleet. Other threads ask with the methods that return a ``Future``; the picture goes out
when something changed, the first change after a quiet moment at once, then at most ten times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from restrike_lab.bout import CourtState
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.obs_automation import Automation
from restrike_lab.hub.obs_instances import instance_view, trial_view
from restrike_lab.hub.obs_video import VideoClocks
from restrike_lab.obs.actions import Action, Context, perform
from restrike_lab.obs.automation import Rule
from restrike_lab.obs.client import Client
from restrike_lab.obs.errors import ObsError
from restrike_lab.obs.fleet import Fleet, FleetThread
from restrike_lab.obs.instance import Instance
from restrike_lab.obs.keepers import Keeper
from restrike_lab.obs.naming import bout_fields
from restrike_lab.obs.repository import ObsConnections, Run
from restrike_lab.obs.rule_book import RuleBook
from restrike_lab.obs.shipped_rules import SHIPPED

__all__ = ["Desk"]

SHOW_SECONDS = 0.1


class Desk:
    """Work the instances of a data directory.

    ``run`` carries out a statement and waits for its rows, ``keep`` carries one out with every row of values, some
    time; ``show`` takes every new picture to the clients, ``tell`` an alert. ``epoch`` is the term of the hub,
    ``shipped`` gives the rules that come with the lab, ``permit`` raises ``CommandError`` where rules may not work OBS.
    """

    def __init__(
        self,
        keeper: Keeper,
        run: Run,
        keep: Callable[[str, Sequence[Sequence[Any]]], None],
        show: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], int],
        epoch: int = 0,
        tell: Callable[[Mapping[str, Any]], None] = lambda _alert: None,
        shipped: Callable[[], Iterable[Rule]] = lambda: SHIPPED,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        self.permit = permit
        self.show = show
        self.clock = clock
        self.fleet = Fleet(ObsConnections(run, keeper, clock))
        self.thread = FleetThread(self.fleet)
        self.courts: dict[str, CourtState] = {}
        self.newest: dict[str, CourtState] = {}
        self.last_errors: dict[str, dict[str, str]] = {}
        self.before: dict[str, str] = {}
        self.automation = Automation(self, RuleBook(run, clock, shipped), keep)
        self.video = VideoClocks(self.fleet, epoch, run, keep, tell, self.changed)
        self.shown: dict[str, Any] = {"instances": [], "automation": None}
        self.shown_at = float("-inf")
        self.due: asyncio.TimerHandle | None = None
        self.fleet.watch(lambda _client: self.changed())

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self, courts: Mapping[str, CourtState]) -> None:
        """Load the instances and begin to connect."""
        self.newest.update(courts)
        self.courts.update(courts)
        self.automation.book.load()
        self.thread.start()
        self.thread.soon(self.automation.reload)
        self.thread.soon(self.changed)

    def stop(self) -> None:
        """End all sessions; what rules wait for is left."""
        if self.thread.alive:
            self.thread.run(self.automation.stop())
            self.thread.run(self.video.stop())
        self.thread.stop()

    # -- called from other threads -----------------------------------------------------------------------------------

    def heard(self, group: Group) -> None:
        """Take a stored group (the pipeline's thread): it is put down for the desk's own thread.

        While no rule works that thread is left asleep: waking it up for every group would cost datagrams time.
        """
        self.newest.update(group.courts)
        if not self.automation.streams:
            return
        with contextlib.suppress(RuntimeError):  # it may be ending
            self.thread.soon(self.take, group)

    def picture(self) -> Future[Any]:
        """Return how everything is now."""

        async def work() -> Any:
            return self.drawn()

        return self.ask(work())

    def do(self, name: str, request: str, args: Mapping[str, Any], court: object) -> Future[Any]:
        """Ask an instance for something; raises ``FleetError`` at once for what cannot be asked."""
        return self.ask(self.perform(name, Action(request, args), court))

    def add(self, name: str, settings: Mapping[str, Any]) -> Future[Any]:
        """Take an instance in and return how it is seen."""
        instance = Instance(name, **settings)

        async def work() -> Any:
            return self.view(await self.fleet.add(instance))

        return self.ask(work())

    def change(self, name: str, settings: Mapping[str, Any]) -> Future[Any]:
        """Change an instance and return how it is seen."""

        async def work() -> Any:
            self.last_errors.pop(name, None)
            return self.view(await self.fleet.change(name, **settings))

        return self.ask(work())

    def remove(self, name: str) -> Future[Any]:
        """Forget an instance."""

        async def work() -> Any:
            await self.fleet.remove(name)
            self.last_errors.pop(name, None)
            return {"name": name}

        return self.ask(work())

    def test(self, name: str | None, settings: Mapping[str, Any]) -> Future[Any]:
        """Try to reach an instance as it is kept, with other settings, or one that is not kept."""

        async def work() -> Any:
            kept = self.fleet[name].instance if name is not None and name in self.fleet else None
            base = {} if kept is None else {"host": kept.host, "port": kept.port, "password": kept.password}
            return trial_view(await self.fleet.test(Instance(name or "trial", **{**base, **settings})))

        return self.ask(work())

    def change_rules(self, change: Callable[[RuleBook], object]) -> Future[Any]:
        """Change the rules and return them as they are then."""

        async def work() -> Any:
            await asyncio.to_thread(change, self.automation.book)
            self.automation.reload()
            return self.automation.picture()["rules"]

        return self.ask(work())

    def ask(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Have something done in the fleet's thread; the clients see what came of it."""

        async def done() -> Any:
            try:
                return await work
            finally:
                self.changed()

        return asyncio.run_coroutine_threadsafe(done(), self.thread.loop)

    # -- the fleet's thread ------------------------------------------------------------------------------------------

    def take(self, group: Group) -> None:
        """Follow the courts, and let the rules hear."""
        self.courts.update(group.courts)
        self.automation.take(group)

    async def perform(self, name: str, action: Action, court: object) -> Any:
        """Do what a person asked for, and remember what went wrong."""
        client = self.fleet[name]
        try:
            result = await perform(
                client, action, Context(self.values(court if isinstance(court, str) else None), self.before)
            )
        except ObsError as problem:
            self.note_error(name, action.request, problem)
            raise
        self.last_errors.pop(name, None)
        return result

    def values(self, court: str | None) -> dict[str, str]:
        """Return what fills patterns for a person: the bout that is now on a court, or on the first one."""
        return self.values_of(self.newest, court)

    def values_of(self, courts: Mapping[str, CourtState], court: str | None) -> dict[str, str]:
        """Return what fills patterns: the bout on one of some courts."""
        chosen = court if court in courts else next(iter(courts), "")
        state = courts.get(chosen or "")
        when = datetime.fromtimestamp(self.clock() / 1e9)  # file names tell local time
        return bout_fields(state.match if state else None, chosen or "", when)

    def note_error(self, name: str, request: str, problem: ObsError) -> None:
        """Remember the last thing that went wrong with an instance."""
        self.last_errors[name] = {"request": request, "message": problem.message, "hint": problem.hint}

    def view(self, client: Client) -> dict[str, Any]:
        """Return how an instance is seen."""
        shown = instance_view(client, self.last_errors.get(client.name))
        return {**shown, "hazard": self.video.view(client.name)}

    def drawn(self) -> dict[str, Any]:
        """Return the picture as it is."""
        return {
            "instances": [self.view(client) for client in self.fleet],
            "automation": self.automation.picture(),
        }

    def changed(self) -> None:
        """Have the picture shown: now after a quiet moment, else as soon as the next one is due."""
        if self.due is None:
            loop = asyncio.get_running_loop()
            self.due = loop.call_at(max(loop.time(), self.shown_at + SHOW_SECONDS), self.show_now)

    def show_now(self) -> None:
        """Show the picture as it is."""
        self.due = None
        self.shown_at = asyncio.get_running_loop().time()
        picture = self.drawn()
        if picture != self.shown:
            self.shown = picture
            self.show(picture)
