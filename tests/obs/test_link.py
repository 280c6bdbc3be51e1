"""Coming back: after which end, how soon, and what waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from restrike_lab.obs import LinkState, LinkStatus
from restrike_lab.obs.errors import (
    AuthFailed,
    AuthRequired,
    ConnectionLost,
    Kicked,
    NotConnected,
    NotObs,
    ProtocolFault,
    ProtocolUnsupported,
    Retry,
)
from restrike_lab.obs.events import Event
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.link import Backoff, Link, Target
from restrike_lab.obs.requests import GetScenes
from restrike_lab.obs.session import Session
from tests.obs.coroutines import until
from tests.obs.peers import FAST, PASSWORD, fake, free_port, hurried, read_request, tcp_server


class Watched:
    """A link with everything it told."""

    def __init__(self, port: int, password: str | None = PASSWORD, backoff: Backoff | None = None) -> None:
        self.statuses: list[LinkStatus] = []
        self.sessions: list[Session] = []
        self.link = Link(
            Target("127.0.0.1", port, password),
            self.take,
            self.up,
            self.statuses.append,
            waits=FAST,
            backoff=backoff or hurried(),
        )

    def take(self, event: Event) -> None:
        """Take an event and do nothing."""

    async def up(self, session: Session) -> None:
        self.sessions.append(session)

    @property
    def state(self) -> LinkState:
        return self.link.status.state

    async def reaches(self, state: LinkState) -> LinkStatus:
        await until(lambda: self.state is state, 10, lambda: f"{self.link.status} instead of {state}")
        return self.link.status


@asynccontextmanager
async def linked(port: int, password: str | None = PASSWORD, backoff: Backoff | None = None) -> AsyncIterator[Watched]:
    watched = Watched(port, password, backoff)
    watched.link.start()
    try:
        yield watched
    finally:
        await watched.link.stop()
        assert watched.state is LinkState.OFF


def test_pauses_double_up_to_five_seconds_and_are_random() -> None:
    bounds: list[float] = []

    def highest(low: float, high: float) -> float:
        bounds.append(high)
        return high

    backoff = Backoff(uniform=highest)
    pauses = [backoff.pause(Retry.SOON) for _ in range(7)]
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.pause(Retry.SOON) == 0.25


def test_the_shortest_pause_rules_out_a_busy_loop_and_some_errors_have_no_next_try() -> None:
    backoff = Backoff(uniform=lambda low, high: low)
    assert backoff.pause(Retry.SOON) == 0.05
    assert backoff.pause(Retry.DETECT) == 0.05
    assert backoff.pause(Retry.SLOWLY) == 15.0
    assert backoff.pause(Retry.NEVER) is None


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
async def test_a_restarted_obs_is_found_again(kind: type[FakeObs]) -> None:
    async with fake(kind) as server:
        port = server.port
        async with linked(port) as watched:
            await watched.reaches(LinkState.CONNECTED)
            await server.stop()
            await until(lambda: watched.state is not LinkState.CONNECTED)
            with pytest.raises(NotConnected):
                await watched.link.request(GetScenes())
            again = kind(password=PASSWORD)
            await again.start(port)
            await until(lambda: watched.link.status.connects == 2, 10)
            assert (await watched.link.request(GetScenes())).program == "Ring1"
            await again.stop()


async def test_an_obs_that_comes_back_with_another_protocol_is_found_out() -> None:
    async with fake(FakeV4) as old, linked(old.port) as watched:
        await watched.reaches(LinkState.CONNECTED)
        await old.stop()
        new = FakeV5(password=PASSWORD)
        await new.start(old.port)
        await until(lambda: watched.link.status.connects == 2, 10)
        assert [session.spoken for session in watched.sessions] == ["v4", "v5"]
        await new.stop()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000, 4010])
async def test_after_these_close_codes_it_comes_back(code: int) -> None:
    async with fake(FakeV5) as server, linked(server.port) as watched:
        await watched.reaches(LinkState.CONNECTED)
        await server.close_guests(code)
        await until(lambda: watched.link.status.connects == 2, 10)


async def test_after_a_broken_connection_it_comes_back() -> None:
    async with fake(FakeV5) as server, linked(server.port) as watched:
        await watched.reaches(LinkState.CONNECTED)
        server.drop()
        await until(lambda: watched.link.status.connects == 2, 10)
        assert any(isinstance(status.error, ConnectionLost) for status in watched.statuses)


@pytest.mark.parametrize(("code", "kind"), [(4009, AuthFailed), (4011, Kicked), (4012, ProtocolUnsupported)])
async def test_after_these_close_codes_it_waits_for_a_person(code: int, kind: type[Exception]) -> None:
    async with fake(FakeV5) as server, linked(server.port) as watched:
        await watched.reaches(LinkState.CONNECTED)
        await server.close_guests(code)
        status = await watched.reaches(LinkState.HALTED)
        assert type(status.error) is kind
        assert status.wait_seconds is None
        connections = server.connections
        await asyncio.sleep(0.2)
        assert server.connections == connections
        watched.link.try_now()
        await watched.reaches(LinkState.CONNECTED)


@pytest.mark.parametrize("code", range(4002, 4009))
async def test_after_a_defect_of_the_lab_it_comes_back_slowly(code: int) -> None:
    async with fake(FakeV5) as server, linked(server.port, backoff=Backoff(first=0.01, slow=60)) as watched:
        await watched.reaches(LinkState.CONNECTED)
        await server.close_guests(code)
        status = await watched.reaches(LinkState.WAITING)
        assert isinstance(status.error, ProtocolFault)
        assert status.wait_seconds is not None
        assert status.wait_seconds >= 30


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
async def test_a_wrong_password_is_tried_once_and_a_new_one_at_once(kind: type[FakeObs]) -> None:
    async with fake(kind) as server, linked(server.port, "wrong") as watched:
        status = await watched.reaches(LinkState.HALTED)
        assert isinstance(status.error, AuthFailed)
        connections = server.connections
        await asyncio.sleep(0.2)
        assert server.connections == connections
        await watched.link.retarget(Target("127.0.0.1", server.port, PASSWORD))
        await watched.reaches(LinkState.CONNECTED)


async def test_a_missing_password_waits_for_one() -> None:
    async with fake(FakeV5) as server, linked(server.port, None) as watched:
        assert isinstance((await watched.reaches(LinkState.HALTED)).error, AuthRequired)


async def test_a_web_server_is_asked_slowly() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with tcp_server(web) as port, linked(port, backoff=Backoff(first=0.01, slow=60)) as watched:
        status = await watched.reaches(LinkState.WAITING)
        assert isinstance(status.error, NotObs)
        assert status.wait_seconds is not None
        assert status.wait_seconds >= 30


async def test_a_server_that_refuses_everybody_makes_no_busy_loop() -> None:
    async with fake(FakeV5, Troubles(close_on_connect=1001)) as server:
        async with linked(server.port, backoff=Backoff(first=0.25, longest=5, shortest=0.05)):
            await asyncio.sleep(1.0)
        assert server.connections <= 20


async def test_what_stands_in_the_way_is_said_to_who_asks() -> None:
    watched = Watched(free_port())
    with pytest.raises(NotConnected):
        await watched.link.request(GetScenes())
    watched.link.start()
    await watched.reaches(LinkState.WAITING)
    with pytest.raises(NotConnected, match="cannot be reached"):
        await watched.link.request(GetScenes())
    await watched.link.stop()


async def test_a_first_reading_that_fails_ends_the_session_and_is_tried_again() -> None:
    async with fake(FakeV5) as server:
        watched = Watched(server.port)
        failures = [ConnectionLost("not this time"), RuntimeError("a defect")]

        async def up(session: Session) -> None:
            if failures:
                raise failures.pop(0)

        watched.link._on_up = up
        watched.link.start()
        await watched.reaches(LinkState.CONNECTED)
        assert not failures
        assert server.connections == 3
        await watched.link.stop()
        await until(lambda: not server.guests)


async def test_a_password_is_in_no_representation() -> None:
    target = Target("127.0.0.1", 4455, PASSWORD)
    assert PASSWORD not in repr(target)
    assert "4455" in repr(target)


async def test_a_thousand_reconnects_leave_nothing_behind() -> None:
    async with fake(FakeV5, password=None) as server:
        backoff = Backoff(first=0, longest=0, shortest=0)
        async with linked(server.port, None, backoff) as watched:
            await watched.reaches(LinkState.CONNECTED)
            tasks = len(asyncio.all_tasks())
            for number in range(1, 1001):
                server.drop()
                await until(lambda n=number: watched.link.status.connects > n, 10)
            await until(lambda: len(asyncio.all_tasks()) <= tasks)
            assert len(server.guests) == 1
