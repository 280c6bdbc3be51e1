"""The live feed: one WebSocket connection to the hub, in its own thread, that never loses its place.

The thread runs its own asyncio loop, so a busy notebook cell delays nothing but the interpreter itself. When the
connection ends, the feed asks ``locate`` for the address again (it changes at a takeover), connects and resumes with
``since=last_seq``: nothing is missed and nothing comes twice. Frames that have arrived are delivered together, the
first after a quiet moment at once, then at most ``rate`` times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from restrike_lab.client.errors import CommandError, NoHubError
from restrike_lab.client.intake import Batch, Intake
from restrike_lab.hub.callers import REMOTE_HEADER
from restrike_lab.pss.errors import RestrikeError

__all__ = ["Address", "LiveFeed", "backoff"]

log = logging.getLogger(__name__)

FLUSHES_PER_SECOND = 30
GATHER_S = 0.001  # a court's state follows its event by 0 to 0.5 ms; alone it would cost the next event a whole turn
PING_S = 5.0
OPEN_TIMEOUT_S = 3.0
CLOSE_TIMEOUT_S = 1.0
FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 2.0
QUEUED_FRAMES = 4096

Subscriber = Callable[[Batch], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Say where a hub listens and with which token; ``pid`` and ``mode`` of its process where they are known.

    ``certificate`` is the file with the one certificate to trust; else the system's authorities decide. ``remote`` is
    where the page behind this kernel is looked at.
    """

    url: str
    token: str = field(default="", repr=False)
    pid: int | None = None
    mode: str = ""
    certificate: str = ""
    remote: str = ""

    def uri(self, since: int | None) -> str:
        """Return the address to connect to, resuming after ``since`` if given."""
        query: dict[str, str] = {"token": self.token} if self.token else {}
        if since is not None:
            query["since"] = str(since)
        base = self.url.rstrip("/") + "/"
        return f"{base}?{urlencode(query)}" if query else base

    def options(self) -> dict[str, Any]:
        """Return what a connection to this address needs beside it."""
        options: dict[str, Any] = {"additional_headers": {REMOTE_HEADER: self.remote}} if self.remote else {}
        if self.url.startswith("wss:"):
            options["ssl"] = trust(self.certificate)
        return options


def trust(certificate: str) -> ssl.SSLContext:
    """Return how to trust a hub: by one certificate of this machine, whatever names it is for, or by authorities."""
    context = ssl.create_default_context(cafile=certificate or None)
    if certificate:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to wait after failed attempt number ``attempt`` (0-based): 0.1 doubling to 2, with jitter.

    ``chance`` in 0..1 spreads clients that lost the same hub over the upper half of the interval.
    """
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt, 10))
    return longest * (0.5 + 0.5 * chance)


class LiveFeed:
    """Keep a connection to the hub and tell subscribers, in batches, what happens.

    ``locate()`` returns the address to try. It runs in the feed's thread, may block for a moment and raises
    :class:`RestrikeError` when there is nothing to connect to.
    Attributes ``courts``, ``metrics``, ``gaps``, ``connected``, ``last_seq`` and ``epoch`` show the newest state;
    ``last_heard`` is the monotonic time of the last frame (None before the first).
    """

    def __init__(
        self,
        locate: Callable[[], Address],
        *,
        since: int | None = None,
        rate: float = FLUSHES_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._locate = locate
        self._interval = 1.0 / rate
        self._clock = clock
        self._chance = chance
        self._intake = Intake()
        self._intake.last_seq = since
        self._subscribers: tuple[Subscriber, ...] = ()
        self._guard = threading.RLock()  # a forgotten lab may be collected, and closed, in the middle of anything
        self._ready = threading.Condition()
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._socket: ClientConnection | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._last_flush = float("-inf")
        self._closed = False
        self._thread: threading.Thread | None = None
        self.last_heard: float | None = None
        self.problem: RestrikeError | None = None
        self.address: Address | None = None
        self.session = ""  # the secret of a sign-in, to go on in it on the next connection

    # -- what anybody may read ------------------------------------------------------------------------------------

    @property
    def courts(self) -> dict[str, dict[str, Any]]:
        """Return the newest state of every court by name."""
        return self._intake.courts

    @property
    def metrics(self) -> dict[str, Any]:
        """Return the hub's newest figures."""
        return self._intake.metrics

    @property
    def obs(self) -> dict[str, Any]:
        """Return the newest picture of OBS; empty where the hub has no instance."""
        return self._intake.obs

    @property
    def notices(self) -> dict[str, Any]:
        """Return the newest picture of what needs a person: how many are ``open``, the ``worst``, the ``list``."""
        return self._intake.notices

    @property
    def settings(self) -> dict[str, Any]:
        """Return the newest picture of the settings: ``values`` by key, and the ``revision`` they stand at."""
        return self._intake.settings

    @property
    def you(self) -> dict[str, Any]:
        """Return who this connection is to the hub: name, role, and how long a sign-in lasts yet."""
        return self._intake.you

    @property
    def access(self) -> dict[str, Any]:
        """Return who has signed in anywhere, and what a page may do on which nobody has."""
        return self._intake.access

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """Return the known times without an owner."""
        return self._intake.gaps

    @property
    def connected(self) -> bool:
        """Tell whether the snapshot of the current connection has arrived."""
        return self._intake.connected

    @property
    def last_seq(self) -> int:
        """Return the number of the last event heard, 0 before the first."""
        return self._intake.last_seq or 0

    @property
    def epoch(self) -> int | None:
        """Return the ownership term of the hub heard last."""
        return self._intake.epoch

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        with self._guard:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="restrike-feed", daemon=True)
                self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Close the connection and end the thread; safe to call twice and from a subscriber."""
        with self._guard:
            self._closed = True
            loop, stopping, thread = self._loop, self._stopping, self._thread
        if loop is not None and stopping is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop closed in between: the thread is ending by itself
                loop.call_soon_threadsafe(stopping.set)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call ``callback(batch)`` from the feed's thread from now on; the returned function ends it."""
        with self._guard:
            self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            with self._guard:
                self._subscribers = tuple(each for each in self._subscribers if each is not callback)

        return unsubscribe

    def wait(self, condition: Callable[[LiveFeed], bool], timeout: float) -> bool:
        """Wait until ``condition(feed)`` holds after a delivered batch; tell whether it did within ``timeout`` s."""
        with self._ready:
            return self._ready.wait_for(lambda: self._closed or condition(self), timeout) and condition(self)

    # -- commands -------------------------------------------------------------------------------------------------

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        """Send a command to the hub and return its result.

        Raises :class:`CommandError` when the hub refuses, is not connected, or is silent for ``timeout`` seconds.
        """
        if threading.current_thread() is self._thread:
            raise CommandError(
                f"the command {name!r} was called from a subscriber of the feed, which would wait for itself",
                hint="Send commands from another thread than the one that delivers batches.",
            )
        loop = self._loop
        if loop is None or loop.is_closed() or self._closed:
            raise self._not_connected(name)
        try:
            call = asyncio.run_coroutine_threadsafe(self._ask(name, args or {}, timeout), loop)
        except RuntimeError:
            raise self._not_connected(name) from None
        try:
            return call.result(timeout + 1.0)
        except (TimeoutError, CancelledError):
            call.cancel()
            raise CommandError(
                f"the hub did not answer {name!r} within {timeout:g} s",
                hint="Look at `restrike-lab status`; the command may still have been carried out.",
                command=name,
            ) from None

    async def _ask(self, name: str, args: dict[str, Any], timeout: float) -> Any:
        socket = self._socket
        if socket is None:
            raise self._not_connected(name)
        request = str(next(self._ids))
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[request] = future
        try:
            await socket.send(msgspec.json.encode({"id": request, "command": name, "args": args}).decode())
            reply = await asyncio.wait_for(future, timeout)
        except TimeoutError:  # also an OSError, but it means another thing
            raise
        except (WebSocketException, OSError):
            raise self._not_connected(name) from None
        finally:
            self._replies.pop(request, None)
        if reply.get("ok"):
            return reply.get("result")
        error = reply.get("error") or {}
        refusal = CommandError(
            str(error.get("message") or f"the hub refused {name!r}"),
            hint=str(error.get("hint") or ""),
            command=name,
            category=error.get("category"),
            wait_s=error.get("wait_s"),
        )
        refusal.retryable, refusal.severity = bool(error.get("retryable")), str(error.get("severity") or "error")
        raise refusal

    def _not_connected(self, name: str) -> CommandError:
        return CommandError(
            f"the command {name!r} could not be sent: there is no connection to a hub",
            hint=self.problem.hint if self.problem else "The feed reconnects by itself; try again in a moment.",
            command=name,
        )

    # -- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._loop = None
            with self._ready:
                self._ready.notify_all()

    async def _main(self) -> None:
        stopping = asyncio.Event()
        with self._guard:
            self._loop, self._stopping = asyncio.get_running_loop(), stopping
            if self._closed:
                return
        worker = asyncio.create_task(self._stay_connected())
        await stopping.wait()
        if self._socket is not None:
            await self._socket.close()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        if self._flush is not None:
            self._flush.cancel()

    async def _stay_connected(self) -> None:
        attempt = 0
        while True:
            heard = False
            try:
                self.address = self._locate()
                heard = await self._listen(self.address)
                self.problem = None
            except RestrikeError as problem:
                self.problem = problem
            except (OSError, TimeoutError, WebSocketException) as reason:
                self.problem = NoHubError(_explain(reason), hint="The feed keeps trying.")
            except Exception as reason:  # a frame that is no frame: the thread must outlive it
                log.exception("the live feed met something unexpected and connects again")
                self.problem = NoHubError(f"the hub sent something unexpected: {reason}", hint="The feed keeps trying.")
            attempt = 0 if heard else attempt + 1
            # One immediate second look: a dead owner's address refuses at once, and the takeover must not wait.
            if attempt > 1:
                await asyncio.sleep(backoff(attempt - 2, self._chance()))

    async def _listen(self, address: Address) -> bool:
        """Follow one connection to its end; tell whether its snapshot arrived."""
        since = self._intake.last_seq
        options: dict[str, Any] = {"max_size": None, "max_queue": QUEUED_FRAMES, "compression": None, "proxy": None}
        options |= {"ping_interval": PING_S, "ping_timeout": PING_S}
        options |= {"open_timeout": OPEN_TIMEOUT_S, "close_timeout": CLOSE_TIMEOUT_S, **address.options()}
        decoder = msgspec.json.Decoder(dict[str, Any])
        heard = False
        async with connect(address.uri(since), **options) as socket:
            self._intake.opening(since)
            if self.session:
                await socket.send(resuming(self.session))
            self._socket = socket
            try:
                async for text in socket:
                    self._receive(decoder.decode(text))
                    heard = True
            except WebSocketException:
                pass
            finally:
                self._socket = None
                self._disconnected()
        return heard

    def _receive(self, frame: dict[str, Any]) -> None:
        self.last_heard = self._clock()
        if frame.get("type") == "reply":
            future = self._replies.get(str(frame.get("id")))
            if future is not None and not future.done():
                future.set_result(frame)
            return
        self._intake.take(frame)
        self._schedule()

    def _disconnected(self) -> None:
        for future in self._replies.values():
            if not future.done():
                future.set_exception(ConnectionError("the connection to the hub ended"))
        self._intake.lost()
        self._schedule()

    def _schedule(self) -> None:
        """Deliver as soon as the reader has taken what is already here, but not more often than the rate allows."""
        if self._intake.pending and self._flush is None:
            loop = asyncio.get_running_loop()
            wait = max(GATHER_S, self._last_flush + self._interval - loop.time())
            self._flush = loop.call_later(wait, self._deliver)

    def _deliver(self) -> None:
        self._flush = None
        self._last_flush = asyncio.get_running_loop().time()
        batch = self._intake.drain()
        for callback in self._subscribers:
            try:
                callback(batch)
            except Exception:
                log.exception("a subscriber of the live feed failed; the others go on")
        with self._ready:
            self._ready.notify_all()


def resuming(session: str) -> str:
    """Return the message by which a new connection goes on in a session; nobody waits for its reply."""
    request = {"id": "resume", "command": "session.resume", "args": {"session": session}}
    return msgspec.json.encode(request).decode()


def _explain(reason: Exception) -> str:
    if isinstance(reason, InvalidHandshake):
        return f"the hub refused the connection: {reason}"
    return f"no hub answers: {reason or type(reason).__name__}"
