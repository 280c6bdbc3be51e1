"""Finding out what a server speaks, and proving the password: every peer has a typed outcome in bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from restrike_lab.obs.dialect import Spoken
from restrike_lab.obs.errors import (
    AuthFailed,
    AuthRequired,
    ConnectionLost,
    Kicked,
    NotObs,
    ObsError,
    ProtocolFault,
    ProtocolUnsupported,
    Silent,
    Unreachable,
)
from restrike_lab.obs.events import Event, SceneChanged
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.requests import GetScenes
from restrike_lab.obs.session import Session, open_session
from restrike_lab.obs.transport import Waits
from tests.obs.peers import FAST, PASSWORD, SHORT, fake, frame, free_port, read_request, tcp_server, upgrade


def ignore(_event: Event) -> None:
    """Take an event and do nothing."""


async def opened(
    port: int, password: str | None = PASSWORD, known: Spoken | None = None, waits: Waits = FAST
) -> Session:
    return await open_session("127.0.0.1", port, password, ignore, waits=waits, known=known)


async def outcome(port: int, password: str | None = PASSWORD, waits: Waits = FAST) -> ObsError:
    """Return the error of opening a session, which must come within the limits of all steps."""
    begun = time.monotonic()
    with pytest.raises(ObsError) as problem:
        await opened(port, password, waits=waits)
    assert time.monotonic() - begun < 4 * waits.opening
    assert PASSWORD not in f"{problem.value} {problem.value!r} {problem.value.context} {problem.value.hint}"
    return problem.value


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
@pytest.mark.parametrize("password", [None, PASSWORD, ""])
async def test_each_protocol_is_found_out_and_the_password_proved(kind: type[FakeObs], password: str | None) -> None:
    async with fake(kind, password=password or None) as server:
        session = await opened(server.port, password)
        try:
            assert session.spoken == ("v4" if kind is FakeV4 else "v5")
            assert session.versions.websocket == server.version
            assert (await session.request(GetScenes())).program == "Ring1"
        finally:
            await session.close()


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
async def test_a_wrong_password_and_a_missing_one_are_told_apart(kind: type[FakeObs]) -> None:
    async with fake(kind) as server:
        assert isinstance(await outcome(server.port, "wrong"), AuthFailed)
        assert isinstance(await outcome(server.port, None), AuthRequired)


async def test_v5_is_found_out_where_its_subprotocol_was_dropped() -> None:
    async with fake(FakeV5, Troubles(drop_subprotocol=True)) as server:
        session = await opened(server.port)
        assert session.spoken == "v5"
        await session.close()


async def test_v5_that_is_slow_and_lost_its_subprotocol_is_found_out_on_a_second_connection() -> None:
    async with fake(FakeV5, Troubles(drop_subprotocol=True, hello_seconds=FAST.hello * 4)) as server:
        session = await opened(server.port)
        assert session.spoken == "v5"
        assert server.connections in (1, 2)
        await session.close()


async def test_v4_known_from_the_last_time_is_asked_without_waiting() -> None:
    patient = Waits(opening=10.0, hello=60.0)
    async with fake(FakeV4) as server:
        session = await opened(server.port, known="v4", waits=patient)  # 60 s would be too long for any test
        await session.close()


@pytest.mark.parametrize(("real", "known"), [(FakeV5, "v4"), (FakeV4, "v5")])
async def test_what_was_known_may_be_wrong(real: type[FakeObs], known: Spoken) -> None:
    async with fake(real) as server:
        try:
            session = await opened(server.port, known=known, waits=SHORT)
        except Silent:  # a v4 server gives v5 no sign; the link forgets what it knew and finds out anew
            session = await opened(server.port)
        assert session.spoken == ("v5" if real is FakeV5 else "v4")
        await session.close()


async def test_a_shared_challenge_that_another_client_used_up_is_asked_for_again() -> None:
    async with fake(FakeV4) as server:
        assert isinstance(server, FakeV4)
        keep = server.authenticate
        tries: list[str] = []

        def spoilt(guest: object, data: object) -> object:
            tries.append("try")
            if len(tries) == 1:
                server.challenge = server.new_challenge()  # another client was faster
            return keep(guest, data)  # type: ignore[arg-type]

        server.authenticate = spoilt  # type: ignore[assignment]
        session = await opened(server.port)
        assert len(tries) == 2
        await session.close()


async def test_many_clients_of_one_v4_server_all_get_in() -> None:
    async with fake(FakeV4) as server:
        results = await asyncio.gather(*(opened(server.port) for _ in range(4)), return_exceptions=True)
        sessions = [result for result in results if isinstance(result, Session)]
        # With one challenge for all, two failures in a row are possible; a link tries again, nobody hangs.
        assert sessions
        assert all(isinstance(result, Session | AuthFailed) for result in results)
        await asyncio.gather(*(session.close() for session in sessions))


async def test_events_before_the_greeting_has_ended_are_not_lost() -> None:
    events: list[Event] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(upgrade(await read_request(reader), None))
        writer.write(frame({"update-type": "SwitchScenes", "scene-name": "Early", "sources": []}))
        versions = {
            "obs-websocket-version": "4.9.1",
            "obs-studio-version": "27.0",
            "available-requests": "",
            "status": "ok",
        }
        for number, said in (("1", versions), ("2", {"authRequired": False, "status": "ok"})):
            await reader.read(1)
            await asyncio.sleep(0.02)
            await reader.read(4096)
            writer.write(frame({"update-type": "SwitchScenes", "scene-name": number, "sources": []}))
            writer.write(frame({**said, "status": "ok", "message-id": number}))
        await reader.read(4096)

    async with tcp_server(talk) as port:
        session = await open_session("127.0.0.1", port, None, events.append, waits=FAST)
        await session.close()
    assert [event.scene for event in events if isinstance(event, SceneChanged)] == ["Early", "1", "2"]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, dead)
    monkeypatch.delenv("no_proxy", raising=False)
    async with fake(FakeV5) as server:
        await (await opened(server.port)).close()


# -- what is no OBS ----------------------------------------------------------------------------------------------------


async def test_nothing_at_the_address_is_unreachable() -> None:
    assert type(await outcome(free_port())) is Unreachable


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await open_session("no-such-host.invalid", 4455, None, ignore, waits=FAST)


async def test_a_port_that_takes_connections_and_says_nothing_is_unreachable() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with tcp_server(mute) as port:
        assert type(await outcome(port, waits=SHORT)) is Unreachable


async def test_a_web_server_is_not_obs() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await writer.drain()

    async with tcp_server(web) as port:
        problem = await outcome(port)
        assert isinstance(problem, NotObs)
        assert "HTTP 200" in problem.message


async def test_a_redirection_is_not_followed_to_another_place() -> None:
    async with fake(FakeV5, password=None) as server:

        async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            head = f"HTTP/1.1 302 Found\r\nLocation: ws://localhost:{server.port}/\r\nContent-Length: 0\r\n\r\n"
            writer.write(head.encode())
            await writer.drain()

        async with tcp_server(elsewhere) as port:
            assert isinstance(await outcome(port), NotObs)
        assert server.connections == 0


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01" * 50, b"\x00" * 100_000, b"a" * 1_000_000]
)
async def test_another_protocol_is_not_obs(noise: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(noise)
        await reader.read(4096)
        await asyncio.sleep(0.2)

    async with tcp_server(other) as port:
        assert isinstance(await outcome(port, waits=SHORT), NotObs | Unreachable)


async def test_a_web_server_that_never_ends_its_answer_takes_no_memory_and_no_time() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with tcp_server(endless) as port:
        assert isinstance(await outcome(port, waits=SHORT), NotObs | Unreachable)


async def test_a_silent_websocket_is_not_obs() -> None:
    async with fake(FakeV4, Troubles(silent=True)) as server:
        assert isinstance(await outcome(server.port, waits=SHORT), NotObs)


async def test_v5_that_never_speaks_is_silent() -> None:
    async with fake(FakeV5, Troubles(silent=True)) as server:
        assert type(await outcome(server.port, waits=SHORT)) is Silent


def speaking(*messages: object, subprotocol: str | None = None) -> Callable[..., object]:
    """Return a peer that says the same whatever it hears."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(upgrade(await read_request(reader), subprotocol))
        for message in messages:
            writer.write(frame(message))
        while await reader.read(4096):
            pass

    return talk


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say again whatever it hears, as a WebSocket server."""
    writer.write(upgrade(await read_request(reader), None))
    while len(head := await reader.readexactly(2)) == 2:
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2))
        mask = await reader.readexactly(4)
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(size)))
        if head[0] & 0x0F == 1:
            writer.write(frame(payload))


async def test_an_echo_is_not_obs() -> None:
    async with tcp_server(echo) as port:
        assert isinstance(await outcome(port, waits=SHORT), NotObs)


@pytest.mark.parametrize("subprotocol", [None, "obswebsocket.json"])
@pytest.mark.parametrize(
    "said",
    [
        {"hello": "world"},
        b"not json",
        {"op": 0, "d": {}},
        {"op": 0, "d": {"obsWebSocketVersion": 5, "rpcVersion": "1"}},
        {"op": 0, "d": None},
        {"op": 2, "d": {"negotiatedRpcVersion": 1}},
        {"message-id": "1", "status": "ok"},
        {"message-id": "1", "status": "ok", "obs-websocket-version": 49},
        {"message-id": "1", "status": "error", "error": "no"},
    ],
)
async def test_a_websocket_that_says_something_else_is_not_obs(said: object, subprotocol: str | None) -> None:
    async with tcp_server(speaking(said, subprotocol=subprotocol)) as port:  # type: ignore[arg-type]
        waits = FAST if subprotocol else SHORT  # without it, v4 is given the time to answer
        assert isinstance(await outcome(port, waits=waits), NotObs | ProtocolUnsupported)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1001, ConnectionLost),
        (4002, ProtocolFault),
        (4007, ProtocolFault),
        (4009, AuthFailed),
        (4010, ProtocolUnsupported),
        (4011, Kicked),
        (4012, ProtocolUnsupported),
    ],
)
@pytest.mark.parametrize("when", ["close_on_connect", "close_on_greeting"])
async def test_a_close_code_during_the_greeting_has_its_class(code: int, kind: type[ObsError], when: str) -> None:
    async with fake(FakeV5, Troubles(**{when: code})) as server:
        assert type(await outcome(server.port)) is kind
