"""One conversation with one OBS, from its greeting to its end.

A session sends requests, gives each its answer by its number, hands events on the moment they are read, and, when the
connection ends, fails whatever was still waiting at once. It does not come back by itself: that is the link's work.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import TypeVar

from restrike_lab.obs.dialect import Reply, Spoken
from restrike_lab.obs.errors import ConnectionLost, ObsError, ProtocolUnsupported, RequestTimeout, anew
from restrike_lab.obs.events import Clock, Event, Stamp, now
from restrike_lab.obs.greeting import Greeting, greet
from restrike_lab.obs.requests import Request
from restrike_lab.obs.results import Versions
from restrike_lab.obs.transport import DEFAULT_WAITS, Transport, Waits, open_transport
from restrike_lab.obs.v5 import SUBSCRIPTIONS

__all__ = ["EventHandler", "Session", "open_session"]

log = logging.getLogger(__name__)

R = TypeVar("R")
EventHandler = Callable[[Event], None]


class Session:
    """An authenticated conversation; made by ``open_session``, ended by ``close`` or by OBS.

    ``on_event`` is called in the loop's thread for every event the moment its bytes are in; it must not wait.
    ``ended`` becomes the error that ended the session.
    """

    def __init__(self, transport: Transport, greeting: Greeting, on_event: EventHandler, waits: Waits) -> None:
        self.dialect = greeting.dialect
        self.waits = waits
        self.ended: asyncio.Future[ObsError] = asyncio.get_running_loop().create_future()
        self._transport = transport
        self._on_event = on_event
        self._pending: dict[str, asyncio.Future[Reply]] = {}
        self._numbers = itertools.count(100)  # apart from those of the greeting
        self._read = greeting.dialect.read
        for event in greeting.early:
            self._hand_on(event)
        transport.hand_over(self._take, self._finish)

    @property
    def spoken(self) -> Spoken:
        """Which protocol is spoken."""
        return self.dialect.spoken

    @property
    def versions(self) -> Versions:
        """What OBS said of itself."""
        assert self.dialect.versions is not None
        return self.dialect.versions

    async def request(self, request: Request[R], seconds: float | None = None) -> R:
        """Send a request and return its result; ``seconds`` bounds the wait for it.

        Raises ``RequestFailed`` where OBS refuses, ``Unsupported`` where it does not have it, ``RequestTimeout``,
        ``BadAnswer``, or the error that ended the session.
        """
        if self.ended.done():
            raise anew(self.ended.result())
        number = str(next(self._numbers))
        prepared = self.dialect.prepare(request, number)
        limit = self.waits.request if seconds is None else seconds
        waiting = self._pending[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(limit):
                await self._transport.send(prepared.frame)
                reply = await waiting
        except TimeoutError:
            hint = "OBS may be busy or frozen; whether it carried the request out is not known."
            raise RequestTimeout(f"OBS did not answer {prepared.name} within {limit:g} s", hint=hint) from None
        finally:
            del self._pending[number]
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # looked at, whatever became of this call
        return prepared.read(reply)

    async def close(self) -> None:
        """End the session; idempotent, never raises."""
        await self._transport.close()
        self._finish(ConnectionLost("the session was closed by the lab", code=1000))

    def _take(self, message: bytes, at: Stamp) -> None:
        """Take one message, in the moment it comes in."""
        try:
            said = self._read(message, at)
        except Exception:
            log.exception("a message of OBS could not be read")
            return
        if isinstance(said, Reply):
            waiting = self._pending.get(said.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)
        elif isinstance(said, Event):
            self._hand_on(said)
        else:
            log.debug("OBS sent a message that belongs to nothing: %s", said)

    def _hand_on(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("a handler of OBS events failed on %s", type(event).__name__)

    def _finish(self, problem: ObsError) -> None:
        """Fail what waits, and tell why."""
        if self.ended.done():
            return
        self.ended.set_result(problem)
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(anew(problem))


async def open_session(
    host: str,
    port: int,
    password: str | None,
    on_event: EventHandler,
    *,
    waits: Waits = DEFAULT_WAITS,
    known: Spoken | None = None,
    subscriptions: int = SUBSCRIPTIONS,
    clock: Clock = now,
) -> Session:
    """Connect, find out the protocol, authenticate and return the session.

    Raises ``Unreachable``, ``NotObs``, ``AuthRequired``, ``AuthFailed``, ``ProtocolUnsupported`` or
    ``ConnectionLost``; nothing stays open then.
    """
    try:
        return await _open(host, port, password, on_event, waits, known, subscriptions, clock)
    except ProtocolUnsupported:
        if known == "v5":
            raise
    # A v5 server that was slow to speak and took the question in v4 amiss: it is given all the time now.
    return await _open(host, port, password, on_event, waits, "v5", subscriptions, clock)


async def _open(
    host: str,
    port: int,
    password: str | None,
    on_event: EventHandler,
    waits: Waits,
    known: Spoken | None,
    subscriptions: int,
    clock: Clock,
) -> Session:
    transport = await open_transport(host, port, waits, clock)
    try:
        greeting = await greet(transport, password, waits, known, subscriptions)
    except BaseException:
        transport.abort()
        raise
    return Session(transport, greeting, on_event, waits)
