"""One conversation: answers find their requests, and whatever ends it or holds it up ends every wait, typed, soon."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    BadAnswer,
    ConnectionLost,
    NotFound,
    NotReady,
    ObsError,
    RequestFailed,
    RequestTimeout,
    Retry,
    anew,
)
from restrike_lab.obs.events import Event, SceneChanged, UnknownEvent
from restrike_lab.obs.fake import FakeObs, FakeV5, Troubles
from restrike_lab.obs.session import Session, open_session
from restrike_lab.obs.transport import Waits
from tests.obs.coroutines import until
from tests.obs.peers import BOTH, FAST, PASSWORD, SHORT, fake, tcp_server
from tests.obs.raw_v5 import greet_v5, read_frame, reply_v5
from tests.obs.test_errors import CLOSE_CODES


async def session_of(server: FakeObs, events: list[Event] | None = None, waits: Waits = FAST) -> Session:
    handler = (lambda _event: None) if events is None else events.append
    return await open_session("127.0.0.1", server.port, PASSWORD, handler, waits=waits)


@BOTH
@pytest.mark.parametrize("order", ["reply first", "events first", "mixed"])
async def test_answers_and_events_come_through_in_any_order(kind: type[FakeObs], order: Any) -> None:
    events: list[Event] = []
    async with fake(kind, Troubles(order=order)) as server:
        session = await session_of(server, events)
        for number in range(20):
            await session.request(rq.SetScene(("Idle", "Ring1")[number % 2]))
        await until(lambda: sum(isinstance(event, SceneChanged) for event in events) == 20)
        scenes = [event.scene for event in events if isinstance(event, SceneChanged)]
        assert scenes == ["Idle", "Ring1"] * 10
        stamps = [event.at.mono_ns for event in events]
        assert stamps == sorted(stamps)
        await session.close()


async def test_answers_that_come_in_another_order_find_their_requests() -> None:
    async def backwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet_v5(reader, writer)
        asked = [await read_frame(reader) for _ in range(3)]
        for message in reversed(asked):
            item = {"sceneItemId": int(message["d"]["requestData"]["sourceName"])}
            writer.write(reply_v5(message, item))
        await reader.read()

    async with tcp_server(backwards) as port:
        session = await open_session("127.0.0.1", port, None, lambda _event: None, waits=FAST)
        numbers = await asyncio.gather(*(session.request(rq.FindItem("A", str(n))) for n in range(3)))
        assert numbers == [0, 1, 2]
        await session.close()


@BOTH
async def test_when_the_connection_breaks_everything_that_waits_fails_at_once(kind: type[FakeObs]) -> None:
    async with fake(kind, Troubles(unanswered={"GetStats"})) as server:
        session = await session_of(server)
        waiting = [asyncio.ensure_future(session.request(rq.GetStatistics())) for _ in range(10)]
        await until(lambda: len(server.requests) >= 11)
        begun = time.monotonic()
        server.drop()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert time.monotonic() - begun < FAST.request / 2
        assert all(type(result) is ConnectionLost for result in results)
        assert len({id(result) for result in results}) == 10
        with pytest.raises(ConnectionLost):
            await session.request(rq.GetScenes())
        assert isinstance(session.ended.result(), ConnectionLost)
        await session.close()


@pytest.mark.parametrize(("code", "kind", "retry"), [case for case in CLOSE_CODES if case[0] != 1006])
async def test_every_close_code_fails_what_waits_with_its_class(code: int, kind: type[ObsError], retry: Retry) -> None:
    async with fake(FakeV5) as server:
        session = await session_of(server)
        server.troubles.close_on_request = code
        with pytest.raises(kind) as problem:
            await session.request(rq.GetScenes())
        assert type(problem.value) is kind
        assert problem.value.retry is retry
        await session.close()


@BOTH
async def test_no_answer_in_time_is_a_time_out_and_the_session_goes_on(kind: type[FakeObs]) -> None:
    async with fake(kind, Troubles(unanswered={"GetStats"})) as server:
        session = await session_of(server, waits=SHORT)
        with pytest.raises(RequestTimeout, match=r"GetStats within 0\.5 s"):
            await session.request(rq.GetStatistics())
        assert (await session.request(rq.GetScenes(), FAST.request)).program == "Ring1"
        await session.close()


async def test_an_answer_that_comes_too_late_is_given_to_nobody() -> None:
    async with fake(FakeV5, Troubles(late_seconds=0.3)) as server:
        session = await session_of(server)
        with pytest.raises(RequestTimeout):
            await session.request(rq.FindItem("Ring1", "Overlay"), 0.1)
        server.troubles.late_seconds = 0
        assert await session.request(rq.FindItem("Ring1", "Mat")) == 1
        await session.close()


async def test_a_caller_who_gives_up_leaves_nothing_behind() -> None:
    async with fake(FakeV5, Troubles(unanswered={"GetStats"})) as server:
        session = await session_of(server)
        task = asyncio.ensure_future(session.request(rq.GetStatistics()))
        await until(lambda: len(server.requests) == 2)
        task.cancel()
        await asyncio.wait([task])
        assert session._pending == {}
        await session.close()


async def test_a_frozen_obs_is_noticed_by_its_silence() -> None:
    async with fake(FakeV5) as server:
        session = await session_of(server, waits=Waits(opening=10, request=60, ping=0.2, closing=0.2))
        server.freeze()
        with pytest.raises(ConnectionLost, match="stopped answering"):
            await session.request(rq.GetScenes())
        server.thaw()
        await session.close()


@BOTH
async def test_refusals_keep_their_code_and_text(kind: type[FakeObs]) -> None:
    async with fake(kind) as server:
        session = await session_of(server)
        with pytest.raises(NotFound) as refusal:
            await session.request(rq.SetScene("Missing"))
        assert refusal.value.text == (
            "No source was found by the name of `Missing`." if kind is FakeV5 else "requested scene does not exist"
        )
        await session.close()


async def test_not_ready_is_told_as_such() -> None:
    async with fake(FakeV5) as server:
        session = await session_of(server)
        server.troubles.not_ready = 1
        with pytest.raises(NotReady) as refusal:
            await session.request(rq.GetScenes())
        assert refusal.value.retryable
        await session.close()


@BOTH
async def test_a_number_where_a_text_belongs_is_a_bad_answer(kind: type[FakeObs]) -> None:
    wrong = {"currentProgramSceneName": 7, "current-scene": 7}
    async with fake(kind, Troubles(answers={"GetSceneList": wrong})) as server:
        session = await session_of(server)
        with pytest.raises(BadAnswer, match="should be a text and is a number"):
            await session.request(rq.GetScenes())
        await session.request(rq.GetStudioMode())
        await session.close()


@BOTH
async def test_frames_that_belong_to_nothing_hurt_nobody(kind: type[FakeObs]) -> None:
    events: list[Event] = []
    async with fake(kind) as server:
        session = await session_of(server, events)
        for text in ("", "no json", "[]", "7", "null", '{"op":99,"d":{}}', '{"op":7,"d":{"requestId":"none"}}',
                     '{"error":"invalid JSON payload","status":"error"}', '{"message-id":5,"status":"ok"}',
                     '{"message-id":"nobody","status":"ok"}', "[" * 5000):  # fmt: skip
            server.say(text)
        server.say('{"op":5,"d":{"eventType":"FromTheFuture","eventIntent":1,"eventData":{"a":1}}}')
        server.say('{"update-type":"FromTheFuture","a":1}')
        assert (await session.request(rq.GetScenes())).program == "Ring1"
        unknown = [event for event in events if isinstance(event, UnknownEvent)]
        assert [event.kind for event in unknown] == ["FromTheFuture"]
        assert unknown[0].raw["a"] == 1
        await session.close()


async def test_a_handler_that_fails_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_event: Event) -> None:
        raise RuntimeError("a listener's own mistake")

    async with fake(FakeV5) as server:
        session = await open_session("127.0.0.1", server.port, PASSWORD, fail, waits=FAST)
        await session.request(rq.SetScene("Idle"))
        await session.request(rq.GetScenes())
        await until(lambda: "a handler of OBS events failed" in caplog.text)
        await session.close()


@pytest.mark.parametrize("kind", [RequestFailed, ConnectionLost])
def test_the_same_error_for_several_callers_is_one_each(kind: type[ObsError]) -> None:
    error = kind("why", hint="do that", code=5)  # type: ignore[call-arg]
    twin = anew(error)
    assert twin is not error
    assert (type(twin), str(twin), twin.hint, twin.context) == (kind, "why", error.hint, error.context)
