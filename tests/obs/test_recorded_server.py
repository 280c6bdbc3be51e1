"""Recorded sessions played by a server: the lab sends what the recorded client sent and understands all that came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    ActionFailed,
    NotFound,
    ObsError,
    Unsupported,
    WrongState,
)
from restrike_lab.obs.events import (
    Event,
    ItemVisibility,
    OutputState,
    PreviewChanged,
    RecordState,
    ReplaySaved,
    ReplayState,
    SceneChanged,
    Stamp,
    StudioMode,
    Transition,
    UnknownEvent,
)
from restrike_lab.obs.session import Session, open_session
from restrike_lab.obs.v4 import V4
from restrike_lab.obs.v5 import V5
from tests.obs.recorded import ALL, Recording, Step, is_reply, recording, text
from tests.obs.recorded import V4 as V4_NAME
from tests.obs.recorded import V5 as V5_NAMES

Data = dict[str, Any]
AT = Stamp(0, 0)

REQUESTS: dict[str, Callable[[Data], rq.Request[Any]]] = {
    "GetVersion": lambda d: rq.GetVersions(),
    "GetStats": lambda d: rq.GetStatistics(),
    "GetSceneList": lambda d: rq.GetScenes(),
    "GetCurrentProgramScene": lambda d: rq.GetScene(),
    "GetCurrentScene": lambda d: rq.GetScene(),
    "SetCurrentProgramScene": lambda d: rq.SetScene(d["sceneName"]),
    "SetCurrentScene": lambda d: rq.SetScene(d["scene-name"]),
    "GetSceneItemList": lambda d: rq.GetItems(d["sceneName"]),
    "GetSceneItemId": lambda d: rq.FindItem(d["sceneName"], d["sourceName"]),
    "GetSceneItemEnabled": lambda d: rq.GetItemVisible(d["sceneName"], d["sceneItemId"]),
    "GetSceneItemProperties": lambda d: rq.GetItemVisible(d["scene-name"], d["item"]),
    "SetSceneItemEnabled": lambda d: rq.SetItemVisible(d["sceneName"], d["sceneItemId"], d["sceneItemEnabled"]),
    "SetSceneItemRender": lambda d: rq.SetItemVisible(d["scene-name"], d.get("source", d.get("item")), d["render"]),
    "GetRecordDirectory": lambda d: rq.GetRecordFolder(),
    "GetRecordingFolder": lambda d: rq.GetRecordFolder(),
    "GetRecordStatus": lambda d: rq.GetRecordStatus(),
    "GetRecordingStatus": lambda d: rq.GetRecordStatus(),
    "StopRecord": lambda d: rq.StopRecord(),
    "StopRecording": lambda d: rq.StopRecord(),
    "StartRecord": lambda d: rq.StartRecord(),
    "StartRecording": lambda d: rq.StartRecord(),
    "PauseRecord": lambda d: rq.PauseRecord(),
    "PauseRecording": lambda d: rq.PauseRecord(),
    "ResumeRecord": lambda d: rq.ResumeRecord(),
    "ResumeRecording": lambda d: rq.ResumeRecord(),
    "ToggleRecordPause": lambda d: rq.ToggleRecordPause(),
    "ToggleRecord": lambda d: rq.ToggleRecord(),
    "StartStopRecording": lambda d: rq.ToggleRecord(),
    "SplitRecordFile": lambda d: rq.SplitRecord(),
    "CreateRecordChapter": lambda d: rq.AddChapter(d["chapterName"]),
    "GetReplayBufferStatus": lambda d: rq.GetReplayActive(),
    "SaveReplayBuffer": lambda d: rq.SaveReplay(),
    "StartReplayBuffer": lambda d: rq.StartReplay(),
    "StopReplayBuffer": lambda d: rq.StopReplay(),
    "GetLastReplayBufferReplay": lambda d: rq.GetLastReplay(),
    "GetStreamStatus": lambda d: rq.GetStreamStatus(),
    "GetStreamingStatus": lambda d: rq.GetStreamStatus(),
    "StopStream": lambda d: rq.StopStream(),
    "StopStreaming": lambda d: rq.StopStream(),
    "GetStudioModeEnabled": lambda d: rq.GetStudioMode(),
    "GetStudioModeStatus": lambda d: rq.GetStudioMode(),
    "SetStudioModeEnabled": lambda d: rq.SetStudioMode(d["studioModeEnabled"]),
    "EnableStudioMode": lambda d: rq.SetStudioMode(True),
    "DisableStudioMode": lambda d: rq.SetStudioMode(False),
    "GetCurrentPreviewScene": lambda d: rq.GetPreview(),
    "GetPreviewScene": lambda d: rq.GetPreview(),
    "SetCurrentPreviewScene": lambda d: rq.SetPreview(d["sceneName"]),
    "SetPreviewScene": lambda d: rq.SetPreview(d["scene-name"]),
    "TriggerStudioModeTransition": lambda d: rq.TakePreview(),
    "TransitionToProgram": lambda d: rq.TakePreview(),
    "GetInputList": lambda d: rq.GetInputs(),
    "GetSourcesList": lambda d: rq.GetInputs(),
    "GetOutputList": lambda d: rq.GetOutputs(),
    "ListOutputs": lambda d: rq.GetOutputs(),
    "GetProfileList": lambda d: rq.GetProfiles(),
    "ListProfiles": lambda d: rq.GetProfiles(),
    "GetSceneCollectionList": lambda d: rq.GetCollections(),
    "ListSceneCollections": lambda d: rq.GetCollections(),
    "GetVideoSettings": lambda d: rq.GetVideoFormat(),
    "GetVideoInfo": lambda d: rq.GetVideoFormat(),
    "NoSuchRequest": lambda d: rq.Call("NoSuchRequest"),
}


def name_of(frame: Data) -> str:
    return str(frame.get("request-type") or frame["d"].get("requestType") or "Identify")


def request_of(frame: Data) -> rq.Request[Any]:
    return REQUESTS[name_of(frame)](frame.get("d", {}).get("requestData") or frame)


def asked(session: Recording) -> list[Step]:
    """Return the steps after the greeting, which each client does in its own way."""
    names = [name_of(step.out) if step.out else "" for step in session.steps]
    return session.steps[names.index("GetVersion") + 1 :]


@pytest.mark.parametrize("name", ALL)
def test_requests_are_put_as_the_recorded_client_put_them(name: str) -> None:
    dialect = V4() if name == V4_NAME else V5()
    for step in asked(recording(name)):
        assert step.out is not None
        prepared = dialect.prepare(request_of(step.out), "1")
        assert text(json.loads(prepared.frame)) == text(step.out)


@asynccontextmanager
async def server_of(session: Recording) -> AsyncIterator[int]:
    """Play a recorded server: the greeting by what is asked, then step by step, each frame held to the recorded one."""
    greeting = {name_of(step.out): step for step in session.steps if step.out}
    failures: list[str] = []

    async def play(connection: ServerConnection) -> None:
        for frame in session.steps[0].came:
            await connection.send(json.dumps(frame))
        steps = iter(asked(session))
        greeted = False
        async for sent in connection:
            frame = json.loads(sent)
            greeted = greeted or name_of(frame) not in ("Identify", "GetVersion", "GetAuthRequired", "Authenticate")
            step = next(steps) if greeted else greeting[name_of(frame)]
            if text(frame) != text(step.out or {}):
                failures.append(f"{text(frame)} instead of {text(step.out or {})}")
            for came in step.came:
                await connection.send(json.dumps(answered(came, frame)))

    chosen = [Subprotocol(session.subprotocol)] if session.subprotocol else None
    async with serve(play, "127.0.0.1", 0, subprotocols=chosen, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]
    assert not failures


def answered(came: Data, to: Data) -> Data:
    """Return a recorded frame with the number of the request that was really sent."""
    if "message-id" in came:
        return {**came, "message-id": to["message-id"]}
    if came.get("op") == 7:
        return {**came, "d": {**came["d"], "requestId": to["d"]["requestId"]}}
    return came


@asynccontextmanager
async def played(name: str) -> AsyncIterator[tuple[Recording, Session, list[Event]]]:
    recorded = recording(name)
    events: list[Event] = []
    async with server_of(recorded) as port:
        session = await open_session("127.0.0.1", port, "testpass", events.append, subscriptions=2047)
        try:
            yield recorded, session, events
        finally:
            await session.close()


REFUSED = {
    "SetCurrentProgramScene": NotFound,
    "SetCurrentScene": NotFound,
    "NoSuchRequest": Unsupported,
    "SplitRecordFile": (Unsupported, ActionFailed),
    "CreateRecordChapter": (Unsupported, ActionFailed),
}
"""The class of each recorded refusal; all others are ``WrongState``."""


@pytest.mark.parametrize("name", ALL)
async def test_every_answer_of_a_real_server_is_understood(name: str) -> None:
    async with played(name) as (recorded, session, events):
        assert session.versions.websocket == recorded.version
        for step in asked(recorded):
            assert step.out is not None
            said = next(frame for frame in step.came if is_reply(frame))
            fine = said.get("status") == "ok" or said.get("d", {}).get("requestStatus", {}).get("result")
            # What this version does not have is refused before it is sent: then the recorded question is asked raw.
            request = request_of(step.out)
            if not session.dialect.knows(type(request)) and not isinstance(request, rq.Call):
                with pytest.raises(Unsupported):
                    await session.request(request)
                request = rq.Call(name_of(step.out), step.out["d"].get("requestData", {}))
            if fine:
                await session.request(request)
                continue
            with pytest.raises(REFUSED.get(name_of(step.out), WrongState)) as refusal:
                await session.request(request)
            assert refusal.value.text
            assert refusal.value.code == said.get("d", {}).get("requestStatus", {}).get("code")
        recorded_events = [frame for frame in recorded.frames_in if not is_reply(frame)]
        async with asyncio.timeout(2):
            while len(events) < len(recorded_events):
                await asyncio.sleep(0.01)
        assert [event for event in events if isinstance(event, UnknownEvent)] == []


@pytest.mark.parametrize("name", ALL)
def test_events_of_both_protocols_come_out_in_one_form(name: str) -> None:
    dialect = V4() if name == V4_NAME else V5()
    read = [dialect.read(json.dumps(frame), AT) for frame in recording(name).frames_in if not is_reply(frame)]
    told = [event for event in read if not isinstance(event, Transition)]
    states = [event.state for event in told if isinstance(event, RecordState)]
    first = states[: states.index(OutputState.STOPPED) + 1]
    assert [first[0], first[1], first[-2], first[-1]] == [
        OutputState.STARTING,
        OutputState.STARTED,
        OutputState.STOPPING,
        OutputState.STOPPED,
    ]
    assert first[2:4] == [OutputState.PAUSED, OutputState.RESUMED]
    started = next(e for e in told if isinstance(e, RecordState) and e.state is OutputState.STARTED)
    assert started.path
    assert started.path.startswith("/obs/rec/")
    assert [e.state for e in told if isinstance(e, ReplayState)] == list(OutputState)[:4]
    assert [(e.scene, e.item_id, e.visible) for e in told if isinstance(e, ItemVisibility)] == [
        ("Ring1", 2, False),
        ("Ring1", 2, True),
    ]
    assert [e.enabled for e in told if isinstance(e, StudioMode)] == [True, False]
    assert [e.scene for e in told if isinstance(e, PreviewChanged)] == ["Replay", "Ring1", "Replay"]
    scenes = [e.scene for e in told if isinstance(e, SceneChanged)]
    assert scenes == ["Idle", "Ring1", "Replay", "Ring1", "Replay", "Ring1"]
    saved = [e.path for e in told if isinstance(e, ReplaySaved)]
    assert bool(saved) == (name in V5_NAMES)


@pytest.mark.parametrize("name", ALL)
def test_what_the_answers_say_comes_out_in_one_form(name: str) -> None:
    dialect = V4() if name == V4_NAME else V5()
    results: dict[str, Any] = {}
    for step in recording(name).steps:
        if step.out is None or name_of(step.out) in ("Identify", "GetAuthRequired", "Authenticate"):
            continue
        request = request_of(step.out)
        reply = dialect.read(json.dumps(next(frame for frame in step.came if is_reply(frame))), AT)
        try:
            results.setdefault(type(request).__name__, []).append(dialect.prepare(request, "1").read(reply))  # type: ignore[arg-type]
        except ObsError:
            continue
    scenes = results["GetScenes"][0]
    assert (scenes.scenes, scenes.program, scenes.preview) == (("Ring1", "Replay", "Idle"), "Ring1", None)
    assert [(item.number, item.name) for item in results["GetItems"][0]] == [(2, "Overlay"), (1, "Mat")]
    assert results["GetItemVisible"] == [True]
    assert results["GetScene"][0] == "Ring1"
    assert [(s.active, s.paused) for s in results["GetRecordStatus"]] == [
        (False, False),
        (True, False),
        (True, True),
        (False, False),
    ]
    assert results["GetRecordStatus"][2].timecode_ms == 766
    assert results["GetRecordFolder"] == ["/obs/rec"]
    assert results["GetStreamStatus"][0].active is False
    assert results["GetStudioMode"] == [False]
    assert results["GetReplayActive"] == [False]
    assert {i.name for i in results["GetInputs"][0]} == {"Mat", "Overlay", "Black"}
    assert [o.name for o in results["GetOutputs"][0]] == ["simple_file_output", "Replay Buffer"]
    assert results["GetProfiles"] == [("Test",)]
    assert results["GetCollections"] == [("Test",)]
    video = results["GetVideoFormat"][0]
    assert (video.fps, video.base_width, video.output_height) == (30.0, 640, 360)
    assert round(results["GetStatistics"][0].fps) == 30
    assert results["GetStatistics"][0].disk_free_mb > 1000
