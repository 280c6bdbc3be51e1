"""Staying in touch: a session whenever there can be one, and a rule for coming back when it ended.

After a lost connection the link tries again after a random pause of up to 0.25 s, doubling up to 5 s (full jitter, so
that many labs do not come back as one), and starts afresh once a session has held for 10 s. What another try cannot
mend waits for a person: a wrong password, a session ended by hand in OBS. Which it is, every error says itself
(``Retry``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from restrike_lab.obs.dialect import Spoken
from restrike_lab.obs.errors import NotConnected, ObsError, Retry, Unreachable
from restrike_lab.obs.events import Clock, now
from restrike_lab.obs.requests import Request
from restrike_lab.obs.session import EventHandler, Session, open_session
from restrike_lab.obs.transport import DEFAULT_WAITS, Waits

__all__ = ["Backoff", "Link", "LinkState", "LinkStatus", "Target"]

log = logging.getLogger(__name__)

R = TypeVar("R")


class LinkState(Enum):
    """What a link is doing."""

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    """For the next try."""
    HALTED = "halted"
    """Until a person asks for a try, or mends what is wrong."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The state of a link, the error that led to it, and how many seconds it waits for the next try."""

    state: LinkState = LinkState.OFF
    error: ObsError | None = None
    wait_seconds: float | None = None
    connects: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """Where OBS listens, and the password, which is never shown."""

    host: str
    port: int
    password: str | None = None

    def __repr__(self) -> str:
        return f"Target(host={self.host!r}, port={self.port})"


class Backoff:
    """Pauses between tries: random between nothing and a bound that doubles; ``shortest`` rules out a busy loop."""

    def __init__(
        self,
        first: float = 0.25,
        longest: float = 5.0,
        shortest: float = 0.05,
        slow: float = 30.0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.first = first
        self.longest = longest
        self.shortest = shortest
        self.slow = slow
        self.bound = first
        self._uniform = uniform

    def reset(self) -> None:
        """Start afresh."""
        self.bound = self.first

    def pause(self, rule: Retry) -> float | None:
        """Return how many seconds to wait before the next try, ``None`` for no try at all."""
        if rule is Retry.NEVER:
            return None
        if rule is Retry.SLOWLY:
            return self._uniform(self.slow / 2, self.slow)
        bound, self.bound = self.bound, min(self.bound * 2, self.longest)
        return max(self.shortest, self._uniform(0.0, bound))


class Link:
    """Keep a session with one OBS.

    ``on_up`` is awaited with each new session before it counts as connected; an ``ObsError`` from it ends the session.
    ``on_status`` is called whenever ``status`` changed, ``on_event`` for each event. All in the loop's thread.
    """

    def __init__(
        self,
        target: Target,
        on_event: EventHandler,
        on_up: Callable[[Session], Awaitable[None]],
        on_status: Callable[[LinkStatus], None],
        *,
        waits: Waits = DEFAULT_WAITS,
        backoff: Backoff | None = None,
        stable_seconds: float = 10.0,
        clock: Clock = now,
    ) -> None:
        self.target = target
        self.status = LinkStatus()
        self.session: Session | None = None
        self._on_event = on_event
        self._on_up = on_up
        self._on_status = on_status
        self._waits = waits
        self._backoff = backoff or Backoff()
        self._stable_seconds = stable_seconds
        self._clock = clock
        self._known: Spoken | None = None
        self._task: asyncio.Task[None] | None = None
        self._nudge = asyncio.Event()
        self._connects = 0

    def start(self) -> None:
        """Begin to connect; without effect when begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="obs-link")

    async def stop(self) -> None:
        """End the session and try no more; idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._set(LinkStatus(connects=self._connects))

    async def retarget(self, target: Target) -> None:
        """Go to another address, or come with another password."""
        running = self._task is not None
        await self.stop()
        self.target = target
        self._known = None
        self._backoff.reset()
        if running:
            self.start()

    def try_now(self) -> None:
        """Cut the wait for the next try short."""
        self._backoff.reset()
        self._nudge.set()

    async def request(self, request: Request[R], seconds: float | None = None) -> R:
        """Send a request over the present session; raises ``NotConnected`` where there is none."""
        if self.session is None:
            raise self.not_connected()
        return await self.session.request(request, seconds)

    def not_connected(self) -> NotConnected:
        """Return the error that says why there is no session."""
        why = self.status.error
        reason = f": {why.message}" if why else ""
        hint = why.hint if why else "Enable the instance, or wait until it is connected."
        return NotConnected(f"there is no connection to OBS{reason}", hint=hint)

    # -- the task --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._set(LinkStatus(LinkState.CONNECTING, self.status.error, connects=self._connects))
            try:
                error = await self._converse()
            except ObsError as problem:
                error = problem
            except Exception as defect:
                log.exception("a session with OBS failed by a defect")
                error = ObsError(f"the lab failed: {type(defect).__name__}", hint="The log says more; report it.")
                error.retry = Retry.SLOWLY
            await self._pause(error)

    async def _converse(self) -> ObsError:
        """Hold one session from its beginning to its end and return what ended it; raises why there was none."""
        target = self.target
        try:
            session = await open_session(
                target.host,
                target.port,
                target.password,
                self._on_event,
                waits=self._waits,
                known=self._known,
                clock=self._clock,
            )
        except ObsError as problem:
            if type(problem) is not Unreachable:  # another kind of answer than the last time: find out anew
                self._known = None
            raise
        self._known = session.spoken
        begun = self._clock().mono_ns
        try:
            self.session = session
            await self._on_up(session)
            self._connects += 1
            self._set(LinkStatus(LinkState.CONNECTED, connects=self._connects))
            return await asyncio.shield(session.ended)
        finally:
            self.session = None
            if self._clock().mono_ns - begun > self._stable_seconds * 1e9:
                self._backoff.reset()
            await session.close()

    async def _pause(self, error: ObsError) -> None:
        """Wait as the error's rule says."""
        if error.retry is Retry.DETECT:
            self._known = None
        seconds = self._backoff.pause(error.retry)
        state = LinkState.HALTED if seconds is None else LinkState.WAITING
        self._nudge.clear()
        self._set(LinkStatus(state, error, seconds, self._connects))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._nudge.wait()

    def _set(self, status: LinkStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_status(status)
