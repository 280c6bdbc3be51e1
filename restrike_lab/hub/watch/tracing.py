"""Following one event from its datagram to every client, with the time at each step.

The steps of the last groups are remembered anyway, so an event of the last minutes can be followed afterwards. For
the last step, the arrival at each client, a trace is ordered beforehand (``next``): the group is then followed by a
ping to every client, and the answer, which comes behind the event on the same connection, tells when it was there.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from restrike_lab.hub.clients import Client
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.frames import iso_time
from restrike_lab.hub.watch.stages import Stages, Steps

__all__ = ["Event", "Tracer"]

ANSWER_SECONDS = 5.0
MOST_ORDERS = 16
KEPT = 32


@dataclass(frozen=True, slots=True)
class Event:
    """What is stored of an event that a trace needs."""

    seq: int
    court: str
    stream: str
    arrival_ns: int
    mono_ns: int
    this_term: bool


@dataclass(slots=True)
class Order:
    """A trace that somebody waits for; ``seq`` None: of the next event."""

    seq: int | None
    until: float
    done: Future[dict[str, Any]] = field(default_factory=Future)

    def fits(self, steps: Steps) -> bool:
        """Tell whether a group holds what was ordered."""
        return steps.first_seq <= (steps.last_seq if self.seq is None else self.seq) <= steps.last_seq


class Tracer:
    """Make traces; ``event_of(seq)`` reads an event and may be called from any worker thread."""

    def __init__(self, stages: Stages, event_of: Callable[[int], Event | None]) -> None:
        self.stages = stages
        self.event_of = event_of
        self.orders: list[Order] = []
        self.kept: dict[int, list[dict[str, Any]]] = {}
        self.errands: set[asyncio.Task[None]] = set()

    # -- any thread ------------------------------------------------------------------------------------------------

    def past(self, seq: int) -> dict[str, Any]:
        """Return the trace of an event that was stored; raises ``HubError`` when there is none."""
        event = self.event_of(seq)
        if event is None:
            raise HubError(f"there is no event {seq}", hint="`restrike-lab status` tells the last one.")
        steps = self.stages.of(seq) if event.this_term else None
        return drawn(event, steps, self.kept.get(steps.last_seq, []) if steps else [])

    def order(self, seq: int | None, seconds: float) -> Future[dict[str, Any]]:
        """Order the trace of an event that is still to come; it raises ``HubError`` when none came in time."""
        now = time.monotonic()
        self.orders = [each for each in self.orders if each.until > now and not each.done.done()]
        if len(self.orders) >= MOST_ORDERS:
            raise HubError("too many traces are waiting for an event", hint="Try again in a moment.", retryable=True)
        order = Order(seq, now + seconds)
        self.orders = [*self.orders, order]
        return order.done

    # -- the fan-out's thread --------------------------------------------------------------------------------------

    def told(self, steps: Steps, clients: Sequence[Client]) -> None:
        """Take note of a group that was handed to the connections of ``clients``."""
        self.stages.told(steps, time.monotonic_ns(), len(clients))
        if self.orders:
            fitting = [order for order in self.orders if order.fits(steps)]
            if fitting:
                self.orders = [order for order in self.orders if order not in fitting]
                errand = asyncio.get_running_loop().create_task(self.confirm(fitting, steps, list(clients)))
                self.errands.add(errand)
                errand.add_done_callback(self.errands.discard)

    def expire(self) -> None:
        """Tell those who waited in vain."""
        now = time.monotonic()
        for order in [each for each in self.orders if each.until <= now]:
            self.orders = [each for each in self.orders if each is not order]
            refuse(order, "no event came in time", "Send something, or wait longer.")

    async def confirm(self, orders: Sequence[Order], steps: Steps, clients: Sequence[Client]) -> None:
        """Wait until each client has the group, then hand the traces out."""
        answers = await asyncio.gather(*(self.arrival(client) for client in clients))
        told = [
            {
                "remote": client.caller.remote,
                "role": client.caller.role,
                "who": client.caller.called,
                "written_ns": steps.told_ns,
                "confirmed_ns": answer,
            }
            for client, answer in zip(clients, answers, strict=True)
        ]
        while len(self.kept) >= KEPT:
            del self.kept[next(iter(self.kept))]
        self.kept[steps.last_seq] = told
        for order in orders:
            seq = steps.last_seq if order.seq is None else order.seq
            event = await asyncio.to_thread(self.event_of, seq)
            if event is None:
                refuse(order, f"there is no event {seq}", "It may have been archived.")
            elif order.done.set_running_or_notify_cancel():
                order.done.set_result(drawn(event, steps, told))

    async def arrival(self, client: Client) -> int | None:
        """Return when a client answered a ping sent behind the group (ns, monotonic), None when it did not."""
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            waiter = await client.connection.ping()
            await asyncio.wait_for(waiter, ANSWER_SECONDS)
            return time.monotonic_ns()
        return None


def refuse(order: Order, message: str, hint: str) -> None:
    """End an order without a trace."""
    if order.done.set_running_or_notify_cancel():
        order.done.set_exception(HubError(message, hint=hint))


def drawn(event: Event, steps: Steps | None, clients: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a trace for people and programs; ``ms`` counts from the arrival of the event's own datagram."""

    def at(ns: int) -> dict[str, Any]:
        since = ns - event.mono_ns
        return {"ms": round(since / 1e6, 3), "at": iso_time(event.arrival_ns + since)}

    path = [{"step": "arrived", **at(event.mono_ns)}]
    if steps is not None:
        moments = (
            ("taken", steps.taken_ns),
            ("recognized", steps.known_ns),
            ("stored", steps.stored_ns),
            ("told", steps.told_ns),
        )
        path += [{"step": name, **at(ns)} for name, ns in moments if ns]
    return {
        "seq": event.seq,
        "court": event.court,
        "stream": event.stream,
        "group": None if steps is None else [steps.first_seq, steps.last_seq],
        "steps": path,
        "clients": [
            {
                "remote": each["remote"],
                "role": each["role"],
                "who": each["who"],
                "written": at(each["written_ns"]),
                "confirmed": None if each["confirmed_ns"] is None else at(each["confirmed_ns"]),
            }
            for each in clients
        ],
        "told_to": 0 if steps is None else steps.clients,
        "remembered": steps is not None,
    }
