"""How obs-websocket 4 says what the lab asks, what its events mean, and what it does not have."""

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

__all__ = ["EVENTS", "FORMS", "LACKS"]


def _versions(f: Fields) -> Versions:
    names = f.text_or_none("available-requests") or ""
    return Versions(
        obs=f.text_or_none("obs-studio-version") or "",
        websocket=f.text("obs-websocket-version"),
        requests=frozenset(filter(None, names.split(","))),
    )


def _statistics(f: Fields) -> Statistics:
    f = f.object("stats")
    return Statistics(
        fps=f.number("fps"),
        cpu_percent=f.number("cpu-usage"),
        memory_mb=f.number("memory-usage"),
        disk_free_mb=f.number("free-disk-space"),
        frame_ms=f.number("average-frame-time"),
        render_frames=f.integer("render-total-frames"),
        render_missed=f.integer("render-missed-frames"),
        output_frames=f.integer("output-total-frames"),
        output_skipped=f.integer("output-skipped-frames"),
    )


def _scenes(f: Fields) -> SceneList:
    rows = list(f.rows("scenes"))
    items = {
        row.text("name"): tuple(
            Item(item.integer("id"), item.text("name"), item.flag("render"), item.text_or_none("type") == "group")
            for item in row.rows("sources")
        )
        for row in rows
    }
    return SceneList(tuple(row.text("name") for row in rows), f.text_or_none("current-scene"), None, items)


def _items(f: Fields) -> tuple[Item, ...]:
    rows = list(f.rows("sceneItems"))[::-1]  # the wire has the lowest first
    return tuple(
        Item(row.integer("itemId"), row.text("sourceName"), None, row.text_or_none("sourceType") == "group")
        for row in rows
    )


def _record_status(f: Fields) -> RecordStatus:
    active = f.flag("isRecording")
    return RecordStatus(
        active=active,
        paused=f.flag("isRecordingPaused"),
        timecode_ms=f.timecode_or_none("recordTimecode") if active else None,
        path=f.text_or_none("recordingFilename"),
    )


def _record_status_old(f: Fields) -> RecordStatus:
    active = f.flag("recording")
    return RecordStatus(
        active=active,
        paused=f.flag_or_none("recording-paused") or False,
        timecode_ms=f.timecode_or_none("rec-timecode") if active else None,  # garbage while idle in compat builds
    )


def _stream_status(f: Fields) -> StreamStatus:
    return StreamStatus(active=f.flag("streaming"), timecode_ms=f.timecode_or_none("stream-timecode"))


def _video(f: Fields) -> VideoFormat:
    return VideoFormat(
        fps=f.number("fps"),
        base_width=f.integer("baseWidth"),
        base_height=f.integer("baseHeight"),
        output_width=f.integer("outputWidth"),
        output_height=f.integer("outputHeight"),
    )


def _form(name: Any, fields: Any = None, result: Any = None) -> tuple[Form, ...]:
    form = Form(name)
    return (Form(name, fields or form.fields, result or form.result),)


def _set_visible(r: rq.SetItemVisible) -> dict[str, Any]:
    key = "source" if isinstance(r.item, str) else "item"
    return {"scene-name": r.scene, key: r.item, "render": r.visible}


def _properties(r: rq.GetItemVisible) -> dict[str, Any]:
    return {"scene-name": r.scene, "item": r.item if isinstance(r.item, str) else {"id": r.item}}


FORMS: Forms = {
    rq.GetVersions: _form("GetVersion", result=_versions),
    rq.GetStatistics: _form("GetStats", result=_statistics),
    rq.GetVideoFormat: _form("GetVideoInfo", result=_video),
    rq.GetOutputs: _form(
        "ListOutputs",
        result=lambda f: tuple(
            Output(row.text("name"), row.text("type"), row.flag("active")) for row in f.rows("outputs")
        ),
    ),
    rq.TriggerHotkey: _form("TriggerHotkeyByName", lambda r: {"hotkeyName": r.name}),
    rq.SendCaption: _form("SendCaptions", lambda r: {"text": r.text}),
    rq.SendCustomMessage: _form("BroadcastCustomMessage", lambda r: {"realm": r.realm, "data": dict(r.data)}),
    rq.GetScenes: _form("GetSceneList", result=_scenes),
    rq.GetScene: _form("GetCurrentScene", result=lambda f: f.text("name")),
    rq.SetScene: _form("SetCurrentScene", lambda r: {"scene-name": r.scene}),
    rq.GetPreview: _form("GetPreviewScene", result=lambda f: f.text("name")),
    rq.SetPreview: _form("SetPreviewScene", lambda r: {"scene-name": r.scene}),
    rq.GetStudioMode: _form("GetStudioModeStatus", result=lambda f: f.flag("studio-mode")),
    rq.SetStudioMode: _form(lambda r: "EnableStudioMode" if r.enabled else "DisableStudioMode"),
    rq.TakePreview: _form("TransitionToProgram"),
    rq.GetTransitions: _form(
        "GetTransitionList",
        result=lambda f: Transitions(
            tuple(row.text("name") for row in f.rows("transitions")), f.text_or_none("current-transition")
        ),
    ),
    rq.SetTransition: _form("SetCurrentTransition", lambda r: {"transition-name": r.name}),
    rq.GetItems: _form("GetSceneItemList", lambda r: {"sceneName": r.scene}, _items),
    rq.FindItem: _form(
        "GetSceneItemProperties",
        lambda r: {"scene-name": r.scene, "item": r.name},
        lambda f: f.integer("itemId"),
    ),
    rq.GetItemVisible: _form("GetSceneItemProperties", _properties, lambda f: f.flag("visible")),
    rq.SetItemVisible: _form("SetSceneItemRender", _set_visible),
    rq.GetInputs: _form(
        "GetSourcesList",
        result=lambda f: tuple(Input(row.text("name"), row.text("typeId")) for row in f.rows("sources")),
    ),
    rq.GetInputSettings: _form(
        "GetSourceSettings", lambda r: {"sourceName": r.name}, lambda f: f.mapping("sourceSettings")
    ),
    rq.SetInputSettings: _form(
        "SetSourceSettings", lambda r: {"sourceName": r.name, "sourceSettings": dict(r.settings)}
    ),
    rq.GetMuted: _form("GetMute", lambda r: {"source": r.name}, lambda f: f.flag("muted")),
    rq.SetMuted: _form("SetMute", lambda r: {"source": r.name, "mute": r.muted}),
    rq.GetVolume: _form("GetVolume", lambda r: {"source": r.name}, lambda f: f.number("volume")),
    rq.SetVolume: _form("SetVolume", lambda r: {"source": r.name, "volume": r.volume}),
    rq.StartRecord: _form("StartRecording"),
    rq.StopRecord: _form("StopRecording"),
    rq.ToggleRecord: _form("StartStopRecording"),
    rq.PauseRecord: _form("PauseRecording"),
    rq.ResumeRecord: _form("ResumeRecording"),
    rq.GetRecordStatus: (
        *_form("GetRecordingStatus", result=_record_status),
        *_form("GetStreamingStatus", result=_record_status_old),  # before 4.9
    ),
    rq.GetRecordFolder: _form("GetRecordingFolder", result=lambda f: f.text("rec-folder")),
    rq.SetRecordFolder: _form("SetRecordingFolder", lambda r: {"rec-folder": r.folder}),
    rq.GetFileName: _form("GetFilenameFormatting", result=lambda f: f.text("filename-formatting")),
    rq.SetFileName: _form("SetFilenameFormatting", lambda r: {"filename-formatting": r.pattern}),
    rq.StartStream: _form("StartStreaming"),
    rq.StopStream: _form("StopStreaming"),
    rq.ToggleStream: _form("StartStopStreaming"),
    rq.GetStreamStatus: _form("GetStreamingStatus", result=_stream_status),
    rq.GetStreamService: _form(
        "GetStreamSettings", result=lambda f: StreamService(f.text("type"), f.mapping("settings"))
    ),
    rq.SetStreamService: _form(
        "SetStreamSettings",
        lambda r: {"type": r.service.kind, "settings": dict(r.service.settings), "save": True},
    ),
    rq.StartReplay: _form("StartReplayBuffer"),
    rq.StopReplay: _form("StopReplayBuffer"),
    rq.ToggleReplay: _form("StartStopReplayBuffer"),
    rq.GetReplayActive: _form("GetReplayBufferStatus", result=lambda f: f.flag("isReplayBufferActive")),
    rq.SaveReplay: _form("SaveReplayBuffer"),
    rq.GetProfiles: _form(
        "ListProfiles", result=lambda f: tuple(row.text("profile-name") for row in f.rows("profiles"))
    ),
    rq.GetProfile: _form("GetCurrentProfile", result=lambda f: f.text("profile-name")),
    rq.SetProfile: _form("SetCurrentProfile", lambda r: {"profile-name": r.name}),
    rq.GetCollections: _form(
        "ListSceneCollections", result=lambda f: tuple(row.text("sc-name") for row in f.rows("scene-collections"))
    ),
    rq.GetCollection: _form("GetCurrentSceneCollection", result=lambda f: f.text("sc-name")),
    rq.SetCollection: _form("SetCurrentSceneCollection", lambda r: {"sc-name": r.name}),
}
"""Each request as v4 puts it; checked against a recorded session with a real server."""

LACKS: Mapping[type[rq.Request[Any]], str] = {
    rq.ToggleRecordPause: "obs-websocket 4 has no toggle for the pause, only pause and resume",
    rq.SplitRecord: "obs-websocket 4 cannot split a recording",
    rq.AddChapter: "obs-websocket 4 knows no chapters",
    rq.GetLastReplay: "obs-websocket 4 does not tell where a replay was saved",
    rq.GetProfileParameter: "obs-websocket 4 does not show the parameters of a profile",
    rq.SetProfileParameter: "obs-websocket 4 does not change the parameters of a profile",
}
"""What v4 does not have, and the reason that people are told."""


def _recording(state: ev.OutputState) -> EventReader:
    # Where nothing is recorded the time code is an uninitialised variable of some builds [measured, source].
    timed = state in ev.RUNNING_STATES

    def read(at: ev.Stamp, f: Fields) -> ev.Event:
        timecode = f.timecode_or_none("rec-timecode") if timed else None
        return ev.RecordState(at, state, f.text_or_none("recordingFilename"), timecode)

    return read


EVENTS: Mapping[str, EventReader] = {
    "SwitchScenes": lambda at, f: ev.SceneChanged(at, f.text("scene-name")),
    "PreviewSceneChanged": lambda at, f: ev.PreviewChanged(at, f.text("scene-name")),
    "ScenesChanged": lambda at, f: ev.ScenesChanged(at),
    "SourceRenamed": lambda at, f: ev.ScenesChanged(at),
    "SceneItemAdded": lambda at, f: ev.ItemsChanged(at, f.text("scene-name")),
    "SceneItemRemoved": lambda at, f: ev.ItemsChanged(at, f.text("scene-name")),
    "SourceOrderChanged": lambda at, f: ev.ItemsChanged(at, f.text("scene-name")),
    "SceneItemVisibilityChanged": lambda at, f: ev.ItemVisibility(
        at, f.text("scene-name"), f.integer("item-id"), f.flag("item-visible"), f.text("item-name")
    ),
    "RecordingStarting": _recording(ev.OutputState.STARTING),
    "RecordingStarted": _recording(ev.OutputState.STARTED),
    "RecordingStopping": _recording(ev.OutputState.STOPPING),
    "RecordingStopped": _recording(ev.OutputState.STOPPED),
    "RecordingPaused": _recording(ev.OutputState.PAUSED),
    "RecordingResumed": _recording(ev.OutputState.RESUMED),
    "StreamStarting": lambda at, f: ev.StreamState(at, ev.OutputState.STARTING),
    "StreamStarted": lambda at, f: ev.StreamState(at, ev.OutputState.STARTED),
    "StreamStopping": lambda at, f: ev.StreamState(at, ev.OutputState.STOPPING),
    "StreamStopped": lambda at, f: ev.StreamState(at, ev.OutputState.STOPPED),
    "ReplayStarting": lambda at, f: ev.ReplayState(at, ev.OutputState.STARTING),
    "ReplayStarted": lambda at, f: ev.ReplayState(at, ev.OutputState.STARTED),
    "ReplayStopping": lambda at, f: ev.ReplayState(at, ev.OutputState.STOPPING),
    "ReplayStopped": lambda at, f: ev.ReplayState(at, ev.OutputState.STOPPED),
    "VirtualCamStarted": lambda at, f: ev.VirtualCamera(at, ev.OutputState.STARTED),
    "VirtualCamStopped": lambda at, f: ev.VirtualCamera(at, ev.OutputState.STOPPED),
    "StudioModeSwitched": lambda at, f: ev.StudioMode(at, f.flag("new-state")),
    "TransitionBegin": lambda at, f: ev.Transition(at, "began", f.text_or_none("name")),
    "TransitionVideoEnd": lambda at, f: ev.Transition(at, "video ended", f.text_or_none("name")),
    "TransitionEnd": lambda at, f: ev.Transition(at, "ended", f.text_or_none("name")),
    "SceneCollectionChanged": lambda at, f: ev.CollectionChanged(at, f.text_or_none("sceneCollection")),
    "ProfileChanged": lambda at, f: ev.ProfileChanged(at, f.text_or_none("profile")),
    "BroadcastCustomMessage": lambda at, f: ev.CustomMessage(
        at, {"realm": f.text("realm"), "data": dict(f.mapping("data"))}
    ),
    "Exiting": lambda at, f: ev.Exiting(at),
}
"""Each event of v4 in the form that both protocols share; ``StreamStatus`` and ``Heartbeat`` tell nothing of it."""
