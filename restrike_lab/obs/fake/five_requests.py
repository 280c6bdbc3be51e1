"""What a fake server of obs-websocket 5 answers about OBS itself, scenes and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restrike_lab.obs.fake.parts import Refusal
from restrike_lab.obs.fake.registry import Answer, Data, Registry, text

if TYPE_CHECKING:
    from restrike_lab.obs.fake.five import FakeV5

__all__ = ["REQUESTS"]

REQUESTS: Registry[FakeV5] = Registry()


# -- OBS itself --------------------------------------------------------------------------------------------------------


@REQUESTS("GetVersion")
def _version(obs: FakeV5, _data: Data) -> Answer:
    edition = obs.edition
    return {
        "availableRequests": list(edition.requests),
        "obsVersion": edition.obs,
        "obsWebSocketVersion": edition.websocket,
        "platform": edition.platform,
        "platformDescription": edition.platform_text,
        "rpcVersion": 1,
        "supportedImageFormats": list(edition.images),
    }


@REQUESTS("GetStats")
def _stats(obs: FakeV5, _data: Data) -> Answer:
    return {
        "activeFps": 30.000000300000007,
        "availableDiskSpace": 65329.5,
        "averageFrameRenderTime": 1.04,
        "cpuUsage": 6.4,
        "memoryUsage": 187.4,
        "outputSkippedFrames": 0,
        "outputTotalFrames": 0,
        "renderSkippedFrames": 0,
        "renderTotalFrames": 116,
        "webSocketSessionIncomingMessages": len(obs.requests),
        "webSocketSessionOutgoingMessages": len(obs.requests),
    }


@REQUESTS("GetVideoSettings")
def _video(_obs: FakeV5, _data: Data) -> Answer:
    return {
        "baseHeight": 360,
        "baseWidth": 640,
        "fpsDenominator": 1,
        "fpsNumerator": 30,
        "outputHeight": 360,
        "outputWidth": 640,
    }


@REQUESTS("GetOutputList")
def _outputs(obs: FakeV5, _data: Data) -> Answer:
    flags = ("AUDIO", "ENCODED", "MULTI_TRACK", "VIDEO")
    record, replay = obs.studio.record, obs.studio.replay
    shown = [("ffmpeg_muxer", "simple_file_output", record), ("replay_buffer", "Replay Buffer", replay)]
    return {
        "outputs": [
            {
                "outputActive": output.active,
                "outputFlags": {**{f"OBS_OUTPUT_{flag}": True for flag in flags}, "OBS_OUTPUT_SERVICE": False},
                "outputHeight": 360,
                "outputKind": kind,
                "outputName": name,
                "outputWidth": 640,
            }
            for kind, name, output in shown
        ]
    }


@REQUESTS("BroadcastCustomEvent")
def _custom(obs: FakeV5, data: Data) -> Answer:
    obs.studio.tell("custom", data=data["eventData"])
    return None


@REQUESTS("TriggerHotkeyByName")
def _hotkey(_obs: FakeV5, data: Data) -> Answer:
    text(data, "hotkeyName")
    return None


@REQUESTS("SendStreamCaption")
def _caption(obs: FakeV5, data: Data) -> Answer:
    text(data, "captionText")
    if not obs.studio.stream.active:
        raise Refusal("stream inactive")
    return None


# -- scenes ------------------------------------------------------------------------------------------------------------


@REQUESTS("GetSceneList")
def _scenes(obs: FakeV5, _data: Data) -> Answer:
    studio = obs.studio
    if studio.changing:
        return {"currentPreviewSceneName": None, "currentProgramSceneName": None, "scenes": []}
    return {
        **obs.named("currentProgramScene", studio.program),
        **obs.named("currentPreviewScene", studio.preview if studio.studio_mode else None),
        "scenes": [{"sceneIndex": i, **obs.named("scene", name)} for i, name in enumerate(reversed(studio.scenes))],
    }


@REQUESTS("GetCurrentProgramScene")
def _program(obs: FakeV5, _data: Data) -> Answer:
    also = obs.named("scene", obs.studio.program) if obs.edition.uuids else {}
    return {**obs.named("currentProgramScene", obs.studio.program), **also}


@REQUESTS("SetCurrentProgramScene")
def _set_program(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_scene(text(data, "sceneName"))
    return None


@REQUESTS("GetCurrentPreviewScene")
def _preview(obs: FakeV5, _data: Data) -> Answer:
    obs.studio.require_studio_mode()
    also = obs.named("scene", obs.studio.preview) if obs.edition.uuids else {}
    return {**obs.named("currentPreviewScene", obs.studio.preview), **also}


@REQUESTS("SetCurrentPreviewScene")
def _set_preview(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_preview(text(data, "sceneName"))
    return None


@REQUESTS("GetStudioModeEnabled")
def _studio_mode(obs: FakeV5, _data: Data) -> Answer:
    return {"studioModeEnabled": obs.studio.studio_mode}


@REQUESTS("SetStudioModeEnabled")
def _set_studio_mode(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_studio_mode(data["studioModeEnabled"] is True)
    return None


@REQUESTS("TriggerStudioModeTransition")
def _take(obs: FakeV5, _data: Data) -> Answer:
    obs.studio.take()
    return None


@REQUESTS("GetSceneTransitionList")
def _transitions(obs: FakeV5, _data: Data) -> Answer:
    studio = obs.studio
    kinds = {name: f"{name.lower()}_transition" for name in studio.transitions}
    return {
        **obs.named("currentSceneTransition", studio.transition, "transition"),
        "currentSceneTransitionKind": kinds[studio.transition],
        "transitions": [
            {
                "transitionConfigurable": False,
                "transitionFixed": name == "Cut",
                "transitionKind": kind,
                **obs.named("transition", name, "transition"),
            }
            for name, kind in kinds.items()
        ],
    }


@REQUESTS("SetCurrentSceneTransition")
def _set_transition(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_transition(text(data, "transitionName"))
    return None


# -- items and inputs --------------------------------------------------------------------------------------------------


@REQUESTS("GetSceneItemList")
def _items(obs: FakeV5, data: Data) -> Answer:
    items = obs.studio.require_scene(text(data, "sceneName"))
    return {"sceneItems": [obs.item_fields(i, item) for i, item in enumerate(reversed(items))]}


@REQUESTS("GetSceneItemId")
def _item_id(obs: FakeV5, data: Data) -> Answer:
    return {"sceneItemId": obs.studio.item(text(data, "sceneName"), text(data, "sourceName")).number}


@REQUESTS("GetSceneItemEnabled")
def _item_enabled(obs: FakeV5, data: Data) -> Answer:
    return {"sceneItemEnabled": obs.studio.item(text(data, "sceneName"), data["sceneItemId"]).visible}


@REQUESTS("SetSceneItemEnabled")
def _set_item_enabled(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_visible(text(data, "sceneName"), data["sceneItemId"], data["sceneItemEnabled"] is True)
    return None


@REQUESTS("GetInputList")
def _inputs(obs: FakeV5, _data: Data) -> Answer:
    names = obs.studio.sources() if obs.edition.uuids else obs.studio.sources()[::-1]
    kind = {"inputKind": "color_source_v3", "unversionedInputKind": "color_source"}
    return {"inputs": [{**kind, **obs.named("input", name, "input")} for name in names]}


@REQUESTS("GetInputSettings")
def _input_settings(obs: FakeV5, data: Data) -> Answer:
    name = text(data, "inputName")
    return {"inputKind": "color_source_v3", "inputSettings": dict(obs.studio.settings_of(name))}


@REQUESTS("SetInputSettings")
def _set_input_settings(obs: FakeV5, data: Data) -> Answer:
    obs.studio.settings_of(text(data, "inputName")).update(data["inputSettings"])
    return None


@REQUESTS("GetInputMute")
def _muted(obs: FakeV5, data: Data) -> Answer:
    return {"inputMuted": obs.studio.sound_of(text(data, "inputName")).muted}


@REQUESTS("SetInputMute")
def _set_muted(obs: FakeV5, data: Data) -> Answer:
    obs.studio.sound_of(text(data, "inputName")).muted = data["inputMuted"] is True
    return None


@REQUESTS("GetInputVolume")
def _volume(obs: FakeV5, data: Data) -> Answer:
    return {"inputVolumeDb": 0.0, "inputVolumeMul": obs.studio.sound_of(text(data, "inputName")).volume}


@REQUESTS("SetInputVolume")
def _set_volume(obs: FakeV5, data: Data) -> Answer:
    obs.studio.sound_of(text(data, "inputName")).volume = float(data["inputVolumeMul"])
    return None


# -- profiles and collections ------------------------------------------------------------------------------------------


@REQUESTS("GetProfileList")
def _profiles(obs: FakeV5, _data: Data) -> Answer:
    return {"currentProfileName": obs.studio.profile, "profiles": list(obs.studio.profiles)}


@REQUESTS("SetCurrentProfile")
def _set_profile(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_profile(text(data, "profileName"))
    return None


@REQUESTS("GetSceneCollectionList")
def _collections(obs: FakeV5, _data: Data) -> Answer:
    return {
        "currentSceneCollectionName": obs.studio.collection,
        "sceneCollections": list(obs.studio.collections),
    }


@REQUESTS("SetCurrentSceneCollection")
def _set_collection(obs: FakeV5, data: Data) -> Answer:
    obs.studio.set_collection(text(data, "sceneCollectionName"))
    return None


@REQUESTS("GetProfileParameter")
def _parameter(obs: FakeV5, data: Data) -> Answer:
    key = (text(data, "parameterCategory"), text(data, "parameterName"))
    return {"defaultParameterValue": None, "parameterValue": obs.studio.parameters.get(key)}


@REQUESTS("SetProfileParameter")
def _set_parameter(obs: FakeV5, data: Data) -> Answer:
    key = (text(data, "parameterCategory"), text(data, "parameterName"))
    obs.studio.parameters[key] = text(data, "parameterValue")
    if key == ("SimpleOutput", "FilePath"):
        obs.studio.folder = obs.studio.parameters[key]
    return None
