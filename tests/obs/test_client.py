"""One OBS as the lab uses it: the state stays true through everything that OBS does."""

from __future__ import annotations

import pytest

from restrike_lab.obs import LinkState, OutputState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    NotConnected,
    NotReady,
    ObsError,
)
from restrike_lab.obs.events import CollectionChanged, Event, ItemVisibility, SceneChanged
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from tests.obs.coroutines import until
from tests.obs.peers import BOTH, PASSWORD, SHORT, client_of, fake, pair

SECOND = {"Second": {"Warm-up": ("Camera", "Mat"), "Ring1": ("Mat",)}}


@BOTH
async def test_after_connecting_everything_is_known(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        state = client.state
        assert state.protocol == ("v4" if kind is FakeV4 else "v5")
        assert state.versions is not None
        assert state.versions.websocket == server.version
        assert (state.scenes, state.scene, state.preview) == (("Ring1", "Replay", "Idle"), "Ring1", None)
        assert [(item.name, item.number, item.visible) for item in state.items["Ring1"]] == [
            ("Overlay", 2, True),
            ("Mat", 1, True),
        ]
        assert (state.studio_mode, state.recording, state.streaming, state.replaying) == (False, False, False, False)
        assert (state.collection, state.profile) == ("Test", "Test")
        await until(lambda: client.state.statistics is not None)


@BOTH
async def test_what_others_do_in_obs_is_followed(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        studio = server.studio
        studio.set_scene("Idle")
        studio.set_visible("Ring1", "Overlay", False)
        studio.start(studio.record)
        studio.start(studio.replay)
        studio.start(studio.stream)
        await until(lambda: client.state.scene == "Idle" and client.state.replaying and client.state.streaming)
        assert client.state.record is OutputState.STARTED
        assert client.state.record_path == studio.record.path
        assert client.state.record_since is not None
        assert not next(item for item in client.state.items["Ring1"] if item.name == "Overlay").visible
        studio.pause()
        await until(lambda: client.state.paused)
        assert client.state.recording
        studio.set_studio_mode(True)
        studio.set_preview("Replay")
        await until(lambda: client.state.preview == "Replay" and client.state.studio_mode)
        studio.set_studio_mode(False)
        await until(lambda: client.state.preview is None)
        assert client.state.scene == "Idle"


@BOTH
async def test_a_state_already_there_is_read_when_connecting(kind: type[FakeObs]) -> None:
    async with fake(kind) as server:
        studio = server.studio
        studio.set_studio_mode(True)
        studio.set_preview("Replay")
        studio.start(studio.record)
        studio.start(studio.replay)
        await until(lambda: studio.record.active and studio.replay.active)
        studio.pause()
        await until(lambda: studio.record.paused)
        async with client_of(server) as client:
            state = client.state
            assert (state.studio_mode, state.preview, state.scene) == (True, "Replay", "Ring1")
            assert (state.record, state.record_since, state.replaying) == (OutputState.PAUSED, None, True)


@BOTH
async def test_a_visibility_event_names_the_item(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        server.studio.set_visible("Ring1", "Mat", False)
        await until(lambda: events)
        event = events[0]
        assert isinstance(event, ItemVisibility)
        assert (event.scene, event.item, event.item_id, event.visible) == ("Ring1", "Mat", 1, False)


async def test_an_item_that_is_not_known_yet_makes_the_scene_be_read_again() -> None:
    async with pair(FakeV5) as (server, client):
        studio = server.studio
        studio.scenes["Ring1"].insert(0, type(studio.scenes["Ring1"][0])(9, "New", True))
        studio.set_visible("Ring1", "New", False)
        await until(lambda: any(item.name == "New" for item in client.state.items["Ring1"]))


@BOTH
async def test_after_a_reconnect_everything_is_read_again(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        server.drop()
        server.studio.program = "Replay"
        server.studio.scenes["Late"] = []
        await until(lambda: client.status.connects == 2)
        assert (client.state.scene, client.state.scenes[-1]) == ("Replay", "Late")


@BOTH
async def test_while_there_is_no_connection_nothing_is_said_to_be_known(kind: type[FakeObs]) -> None:
    async with pair(kind) as (server, client):
        server.studio.start(server.studio.record)
        await until(lambda: client.state.recording)
        await server.stop()
        await until(lambda: not client.connected)
        assert (client.state.record, client.state.scene, client.state.statistics) == (None, None, None)
        with pytest.raises(NotConnected):
            await client.set_scene("Idle")


@BOTH
async def test_a_change_of_the_collection_is_waited_for_and_read(kind: type[FakeObs]) -> None:
    async with pair(kind, collections=SECOND) as (server, client):
        events: list[Event] = []
        client.subscribe(events.append)
        await client.set_collection("Second")
        await until(lambda: any(isinstance(event, CollectionChanged) for event in events))
        await until(lambda: client.state.scenes == ("Warm-up", "Ring1"))
        assert client.state.collection == "Second"
        assert [item.name for item in client.state.items["Warm-up"]] == ["Camera", "Mat"]
        await client.set_item_visible("Ring1", "Mat", False)
        assert server.studio.item("Ring1", "Mat").visible is False


@pytest.mark.parametrize("version", ["5.1.0", "5.5.2"])
async def test_requests_during_a_change_of_the_collection_get_the_truth_after_it(version: str) -> None:
    troubles = Troubles(removal_flood=50)
    async with pair(FakeV5, troubles, version=version, collections=SECOND) as (server, client):
        server.studio.pace = server.studio.pace.__class__(collection=0.2)
        server.studio.set_collection("Second")
        await until(lambda: client.state.changing)
        scenes = await client.request(rq.GetScenes())
        assert scenes.scenes == ("Warm-up", "Ring1")
        await until(lambda: client.state.scenes == ("Warm-up", "Ring1"))
        asked = sum(request["requestType"] == "GetSceneList" for request in server.requests)
        assert asked <= 5  # a flood of removals is no flood of questions


async def test_a_request_that_obs_is_not_ready_for_is_repeated_and_everything_read_again() -> None:
    async with pair(FakeV5) as (server, client):
        server.studio.program = "Idle"  # nobody told
        server.troubles.not_ready = 3
        assert await client.request(rq.GetStudioMode()) is False
        await until(lambda: client.state.scene == "Idle")


async def test_connecting_waits_until_obs_is_ready() -> None:
    async with pair(FakeV5) as (server, client):
        server.troubles.not_ready = 8
        server.drop()
        await until(lambda: client.status.connects == 2)
        assert server.troubles.not_ready == 0
        assert client.state.scene == "Ring1"


async def test_never_ready_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.obs.client.NOT_READY_SECONDS", 0.2)
    async with pair(FakeV5) as (server, client):
        server.troubles.not_ready = 1 << 30
        with pytest.raises(NotReady):
            await client.request(rq.GetStudioMode())


async def test_the_flood_before_the_end_of_obs_does_no_harm() -> None:
    async with pair(FakeV5, Troubles(removal_flood=500)) as (server, client):
        await server.stop()
        await until(lambda: not client.connected)
        assert isinstance(client.status.error, ObsError)


async def test_an_obs_that_answers_pings_but_no_requests_is_seen_as_not_responding() -> None:
    async with fake(FakeV5) as server, client_of(server, waits=SHORT) as client:
        client._statistics_seconds = 0.05
        await until(lambda: client.state.statistics is not None)
        server.troubles.unanswered = {"*"}
        await until(lambda: not client.state.responding, 15)
        assert client.connected
        server.troubles.unanswered = set()
        await until(lambda: client.state.responding, 15)


async def test_a_listener_that_fails_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with pair() as (server, client):
        seen: list[Event] = []
        client.subscribe(lambda event: 1 / 0)  # type: ignore[arg-type, return-value]
        unsubscribe = client.subscribe(seen.append)
        client.watch(lambda client: 1 / 0)  # type: ignore[arg-type, return-value]
        server.studio.set_scene("Idle")
        await until(lambda: client.state.scene == "Idle" and seen)
        unsubscribe()
        count = len(seen)
        server.studio.set_scene("Ring1")
        await until(lambda: client.state.scene == "Ring1")
        assert len(seen) == count
        assert "a listener to OBS failed" in caplog.text


async def test_a_listener_sees_the_state_after_its_event() -> None:
    async with pair() as (server, client):
        seen: list[str | None] = []
        client.subscribe(lambda event: seen.append(client.state.scene) if isinstance(event, SceneChanged) else None)
        server.studio.set_scene("Idle")
        await until(lambda: seen == ["Idle"])


async def test_a_congestion_that_is_no_number_is_not_known() -> None:
    async with pair(FakeV5, Troubles(answers={"GetStreamStatus": {"outputCongestion": None}})) as (_server, client):
        assert (await client.stream_status()).congestion is None


async def test_until_connected_says_what_stands_in_the_way() -> None:
    async with fake(FakeV5) as server, client_of(server) as client:
        await client.use(client.instance.__class__("ring1", port=server.port, password="wrong"))
        with pytest.raises(ObsError, match="refused the password"):
            await client.until_connected(10)
        assert client.status.state is LinkState.HALTED
        await client.use(client.instance.__class__("ring1", port=server.port, password=PASSWORD))
        await client.until_connected(10)
        client.reconnect()
        await client.stop()
        with pytest.raises(NotConnected):
            await client.until_connected(0.05)
