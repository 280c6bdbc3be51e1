"""How obs-websocket 5 says what the lab asks, and what its events mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from restrike_lab.obs import events as ev
from restrike_lab.obs import requests as rq
from restrike_lab.obs.dialect import EventReader, Form, Forms
from restrike_lab.obs.fields import Fields
from restrike_lab.obs.results import (
    Input,
    Item,
    Output,
    RecordStatus,
    SceneList,
    Statistics,
    StreamService,
    StreamStatus,
    Transitions,
    Versions,
    VideoFormat,
)

__all__ = ["EVENTS", "FORMS"]


def _versions(f: Fields) -> Versions:
    return Versions(
        obs=f.text("obsVersion"),
        websocket=f.text("obsWebSocketVersion"),
        requests=frozenset(f.texts("availableRequests")),
        platform=f.text_or_none("platform"),
    )


def _statistics(f: Fields) -> Statistics:
    return Statistics(
        fps=f.number("activeFps"),
        cpu_percent=f.number("cpuUsage"),
        memory_mb=f.number("memoryUsage"),
        disk_free_mb=f.number("availableDiskSpace"),
        frame_ms=f.number("averageFrameRenderTime"),
        render_frames=f.integer("renderTotalFrames"),
        render_missed=f.integer("renderSkippedFrames"),
        output_frames=f.integer("outputTotalFrames"),
        output_skipped=f.integer("outputSkippedFrames"),
    )


def _scenes(f: Fields) -> SceneList:
    scenes = sorted(f.rows("scenes"), key=lambda row: -row.integer("sceneIndex"))  # the wire has the lowest first
    return SceneList(
        scenes=tuple(row.text("sceneName") for row in scenes),
        program=f.text_or_none("currentProgramSceneName"),
        preview=f.text_or_none("currentPreviewSceneName"),
    )


def _items(f: Fields) -> tuple[Item, ...]:
    rows = sorted(f.rows("sceneItems"), key=lambda row: -row.integer("sceneItemIndex"))
    return tuple(
        Item(
            row.integer("sceneItemId"),
            row.text("sourceName"),
            row.flag("sceneItemEnabled"),
            row.flag_or_none("isGroup") or False,
        )
        for row in rows
    )


def _record_status(f: Fields) -> RecordStatus:
    return RecordStatus(
        active=f.flag("outputActive"),
        paused=f.flag("outputPaused"),
        timecode_ms=f.timecode("outputTimecode"),
        bytes_written=f.integer("outputBytes"),
    )


def _stream_status(f: Fields) -> StreamStatus:
    return StreamStatus(
        active=f.flag("outputActive"),
        reconnecting=f.flag("outputReconnecting"),
        timecode_ms=f.timecode("outputTimecode"),
        congestion=f.number_or_none("outputCongestion"),
        frames=f.integer("outputTotalFrames"),
        skipped=f.integer("outputSkippedFrames"),
    )


def _video(f: Fields) -> VideoFormat:
    return VideoFormat(
        fps=f.number("fpsNumerator") / (f.number("fpsDenominator") or 1),
        base_width=f.integer("baseWidth"),
        base_height=f.integer("baseHeight"),
        output_width=f.integer("outputWidth"),
        output_height=f.integer("outputHeight"),
    )


def _parameter(f: Fields) -> str | None:
    value = f.text_or_none("parameterValue")
    return f.text_or_none("defaultParameterValue") if value is None else value


def _form(name: str, fields: Any = None, result: Any = None) -> tuple[Form, ...]:
    form = Form(name)
    return (Form(name, fields or form.fields, result or form.result),)


def _item(r: rq.GetItemVisible | rq.SetItemVisible) -> dict[str, Any]:
    if isinstance(r.item, str):
        raise TypeError("obs-websocket 5 takes the number of an item, not its name")
    return {"sceneName": r.scene, "sceneItemId": r.item}


FORMS: Forms = {
    rq.GetVersions: _form("GetVersion", result=_versions),
    rq.GetStatistics: _form("GetStats", result=_statistics),
    rq.GetVideoFormat: _form("GetVideoSettings", result=_video),
    rq.GetOutputs: _form(
        "GetOutputList",
        result=lambda f: tuple(
            Output(row.text("outputName"), row.text("outputKind"), row.flag("outputActive"))
            for row in f.rows("outputs")
        ),
    ),
    rq.TriggerHotkey: _form("TriggerHotkeyByName", lambda r: {"hotkeyName": r.name}),
    rq.SendCaption: _form("SendStreamCaption", lambda r: {"captionText": r.text}),
    rq.SendCustomMessage: _form(
        "BroadcastCustomEvent", lambda r: {"eventData": {"realm": r.realm, "data": dict(r.data)}}
    ),
    rq.GetScenes: _form("GetSceneList", result=_scenes),
    rq.GetScene: _form("GetCurrentProgramScene", result=lambda f: f.text("currentProgramSceneName")),
    rq.SetScene: _form("SetCurrentProgramScene", lambda r: {"sceneName": r.scene}),
    rq.GetPreview: _form("GetCurrentPreviewScene", result=lambda f: f.text("currentPreviewSceneName")),
    rq.SetPreview: _form("SetCurrentPreviewScene", lambda r: {"sceneName": r.scene}),
    rq.GetStudioMode: _form("GetStudioModeEnabled", result=lambda f: f.flag("studioModeEnabled")),
    rq.SetStudioMode: _form("SetStudioModeEnabled", lambda r: {"studioModeEnabled": r.enabled}),
    rq.TakePreview: _form("TriggerStudioModeTransition"),
    rq.GetTransitions: _form(
        "GetSceneTransitionList",
        result=lambda f: Transitions(
            tuple(row.text("transitionName") for row in f.rows("transitions")),
            f.text_or_none("currentSceneTransitionName"),
        ),
    ),
    rq.SetTransition: _form("SetCurrentSceneTransition", lambda r: {"transitionName": r.name}),
    rq.GetItems: _form("GetSceneItemList", lambda r: {"sceneName": r.scene}, _items),
    rq.FindItem: _form(
        "GetSceneItemId",
        lambda r: {"sceneName": r.scene, "sourceName": r.name},
        lambda f: f.integer("sceneItemId"),
    ),
    rq.GetItemVisible: _form("GetSceneItemEnabled", _item, lambda f: f.flag("sceneItemEnabled")),
    rq.SetItemVisible: _form("SetSceneItemEnabled", lambda r: {**_item(r), "sceneItemEnabled": r.visible}),
    rq.GetInputs: _form(
        "GetInputList",
        result=lambda f: tuple(Input(row.text("inputName"), row.text("inputKind")) for row in f.rows("inputs")),
    ),
    rq.GetInputSettings: _form(
        "GetInputSettings", lambda r: {"inputName": r.name}, lambda f: f.mapping("inputSettings")
    ),
    rq.SetInputSettings: _form("SetInputSettings", lambda r: {"inputName": r.name, "inputSettings": dict(r.settings)}),
    rq.GetMuted: _form("GetInputMute", lambda r: {"inputName": r.name}, lambda f: f.flag("inputMuted")),
    rq.SetMuted: _form("SetInputMute", lambda r: {"inputName": r.name, "inputMuted": r.muted}),
    rq.GetVolume: _form("GetInputVolume", lambda r: {"inputName": r.name}, lambda f: f.number("inputVolumeMul")),
    rq.SetVolume: _form("SetInputVolume", lambda r: {"inputName": r.name, "inputVolumeMul": r.volume}),
    rq.StartRecord: _form("StartRecord"),
    rq.StopRecord: _form("StopRecord", result=lambda f: f.text_or_none("outputPath")),
    rq.ToggleRecord: _form("ToggleRecord", result=lambda f: f.flag("outputActive")),
    rq.PauseRecord: _form("PauseRecord"),
    rq.ResumeRecord: _form("ResumeRecord"),
    rq.ToggleRecordPause: _form("ToggleRecordPause", result=lambda f: f.flag_or_none("outputPaused")),
    rq.GetRecordStatus: _form("GetRecordStatus", result=_record_status),
    rq.SplitRecord: _form("SplitRecordFile"),
    rq.AddChapter: _form("CreateRecordChapter", lambda r: {"chapterName": r.name}),
    rq.GetRecordFolder: _form("GetRecordDirectory", result=lambda f: f.text("recordDirectory")),
    rq.SetRecordFolder: _form("SetRecordDirectory", lambda r: {"recordDirectory": r.folder}),
    rq.GetFileName: _form(
        "GetProfileParameter",
        lambda r: {"parameterCategory": "Output", "parameterName": "FilenameFormatting"},
        lambda f: _parameter(f) or "",
    ),
    rq.SetFileName: _form(
        "SetProfileParameter",
        lambda r: {
            "parameterCategory": "Output",
            "parameterName": "FilenameFormatting",
            "parameterValue": r.pattern,
        },
    ),
    rq.StartStream: _form("StartStream"),
    rq.StopStream: _form("StopStream"),
    rq.ToggleStream: _form("ToggleStream", result=lambda f: f.flag("outputActive")),
    rq.GetStreamStatus: _form("GetStreamStatus", result=_stream_status),
    rq.GetStreamService: _form(
        "GetStreamServiceSettings",
        result=lambda f: StreamService(f.text("streamServiceType"), f.mapping("streamServiceSettings")),
    ),
    rq.SetStreamService: _form(
        "SetStreamServiceSettings",
        lambda r: {"streamServiceType": r.service.kind, "streamServiceSettings": dict(r.service.settings)},
    ),
    rq.StartReplay: _form("StartReplayBuffer"),
    rq.StopReplay: _form("StopReplayBuffer"),
    rq.ToggleReplay: _form("ToggleReplayBuffer", result=lambda f: f.flag("outputActive")),
    rq.GetReplayActive: _form("GetReplayBufferStatus", result=lambda f: f.flag("outputActive")),
    rq.SaveReplay: _form("SaveReplayBuffer"),
    rq.GetLastReplay: _form("GetLastReplayBufferReplay", result=lambda f: f.text("savedReplayPath")),
    rq.GetProfiles: _form("GetProfileList", result=lambda f: f.texts("profiles")),
    rq.GetProfile: _form("GetProfileList", result=lambda f: f.text("currentProfileName")),
    rq.SetProfile: _form("SetCurrentProfile", lambda r: {"profileName": r.name}),
    rq.GetCollections: _form("GetSceneCollectionList", result=lambda f: f.texts("sceneCollections")),
    rq.GetCollection: _form("GetSceneCollectionList", result=lambda f: f.text("currentSceneCollectionName")),
    rq.SetCollection: _form("SetCurrentSceneCollection", lambda r: {"sceneCollectionName": r.name}),
    rq.GetProfileParameter: _form(
        "GetProfileParameter",
        lambda r: {"parameterCategory": r.category, "parameterName": r.name},
        _parameter,
    ),
    rq.SetProfileParameter: _form(
        "SetProfileParameter",
        lambda r: {"parameterCategory": r.category, "parameterName": r.name, "parameterValue": r.value},
    ),
}
"""Each request as v5 puts it; checked against recorded sessions and a real OBS."""

_STATE_PREFIX = "OBS_WEBSOCKET_OUTPUT_"


def _state(f: Fields) -> ev.OutputState:
    word = f.text("outputState").removeprefix(_STATE_PREFIX).lower()
    return _STATES.get(word, ev.OutputState.UNKNOWN)


_STATES = {state.value: state for state in ev.OutputState}

EVENTS: Mapping[str, EventReader] = {
    "CurrentProgramSceneChanged": lambda at, f: ev.SceneChanged(at, f.text("sceneName")),
    "CurrentPreviewSceneChanged": lambda at, f: ev.PreviewChanged(at, f.text("sceneName")),
    "SceneListChanged": lambda at, f: ev.ScenesChanged(at),
    "SceneCreated": lambda at, f: ev.ScenesChanged(at),
    "SceneRemoved": lambda at, f: ev.ScenesChanged(at),
    "SceneNameChanged": lambda at, f: ev.ScenesChanged(at),
    "SceneItemCreated": lambda at, f: ev.ItemsChanged(at, f.text("sceneName")),
    "SceneItemRemoved": lambda at, f: ev.ItemsChanged(at, f.text("sceneName")),
    "SceneItemListReindexed": lambda at, f: ev.ItemsChanged(at, f.text("sceneName")),
    "SceneItemEnableStateChanged": lambda at, f: ev.ItemVisibility(
        at, f.text("sceneName"), f.integer("sceneItemId"), f.flag("sceneItemEnabled")
    ),
    "RecordStateChanged": lambda at, f: ev.RecordState(at, _state(f), f.text_or_none("outputPath")),
    "RecordFileChanged": lambda at, f: ev.RecordFile(at, f.text("newOutputPath")),
    "StreamStateChanged": lambda at, f: ev.StreamState(at, _state(f)),
    "ReplayBufferStateChanged": lambda at, f: ev.ReplayState(at, _state(f)),
    "ReplayBufferSaved": lambda at, f: ev.ReplaySaved(at, f.text_or_none("savedReplayPath")),
    "VirtualcamStateChanged": lambda at, f: ev.VirtualCamera(at, _state(f)),
    "StudioModeStateChanged": lambda at, f: ev.StudioMode(at, f.flag("studioModeEnabled")),
    "SceneTransitionStarted": lambda at, f: ev.Transition(at, "began", f.text_or_none("transitionName")),
    "SceneTransitionVideoEnded": lambda at, f: ev.Transition(at, "video ended", f.text_or_none("transitionName")),
    "SceneTransitionEnded": lambda at, f: ev.Transition(at, "ended", f.text_or_none("transitionName")),
    "CurrentSceneCollectionChanging": lambda at, f: ev.CollectionChanging(at, f.text_or_none("sceneCollectionName")),
    "CurrentSceneCollectionChanged": lambda at, f: ev.CollectionChanged(at, f.text_or_none("sceneCollectionName")),
    "CurrentProfileChanging": lambda at, f: ev.ProfileChanging(at, f.text_or_none("profileName")),
    "CurrentProfileChanged": lambda at, f: ev.ProfileChanged(at, f.text_or_none("profileName")),
    "CustomEvent": lambda at, f: ev.CustomMessage(at, f.data),
    "ExitStarted": lambda at, f: ev.Exiting(at),
}
"""Each event of v5 in the form that both protocols share."""
