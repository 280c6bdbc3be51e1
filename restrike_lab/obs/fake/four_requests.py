"""What a fake server of obs-websocket 4 answers about OBS itself, scenes and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restrike_lab.obs.fake.parts import Refusal
from restrike_lab.obs.fake.registry import Answer, Data, Registry, text
from restrike_lab.obs.fake.studio import Studio

if TYPE_CHECKING:
    from restrike_lab.obs.fake.four import FakeV4

__all__ = ["REQUESTS", "scene_sources"]

REQUESTS: Registry[FakeV4] = Registry()


def scene_sources(studio: Studio, scene: str) -> list[dict[str, Any]]:
    """Return the items of a scene as v4 shows them, topmost first."""
    return [
        {
            "alignment": 5,
            "cx": 640.0,
            "cy": 360.0,
            "id": item.number,
            "locked": False,
            "muted": False,
            "name": item.source,
            "render": item.visible,
            "source_cx": 640,
            "source_cy": 360,
            "type": "color_source_v3",
            "volume": 1.0,
            "x": 0.0,
            "y": 0.0,
        }
        for item in studio.scenes.get(scene, ())
    ]


# -- OBS itself --------------------------------------------------------------------------------------------------------


@REQUESTS("GetVersion")
def _version(obs: FakeV4, _data: Data) -> Answer:
    return {
        "available-requests": ",".join(obs.edition.requests),
        "obs-studio-version": obs.edition.obs,
        "obs-websocket-version": obs.edition.websocket,
        "supported-image-export-formats": ",".join(obs.edition.images),
        "version": 1.1,
    }


@REQUESTS("GetStats")
def _stats(_obs: FakeV4, _data: Data) -> Answer:
    return {
        "stats": {
            "average-frame-time": 0.45,
            "cpu-usage": 7.2,
            "fps": 30.000000300000007,
            "free-disk-space": 65329.5,
            "memory-usage": 228.3,
            "output-skipped-frames": 0,
            "output-total-frames": 153,
            "render-missed-frames": 0,
            "render-total-frames": 1133,
        }
    }


@REQUESTS("GetVideoInfo")
def _video(_obs: FakeV4, _data: Data) -> Answer:
    return {
        "baseHeight": 360,
        "baseWidth": 640,
        "colorRange": "VIDEO_RANGE_PARTIAL",
        "colorSpace": "VIDEO_CS_709",
        "fps": 30.0,
        "outputHeight": 360,
        "outputWidth": 640,
        "scaleType": "VIDEO_SCALE_FAST_BILINEAR",
        "videoFormat": "VIDEO_FORMAT_NV12",
    }


@REQUESTS("ListOutputs")
def _outputs(obs: FakeV4, _data: Data) -> Answer:
    flags = {"audio": True, "encoded": True, "multiTrack": True, "rawValue": 55, "service": False, "video": True}
    common = {"congestion": 0.0, "droppedFrames": 0, "flags": flags, "height": 360, "width": 640, "reconnecting": False}
    studio = obs.studio
    file = {
        "active": studio.record.active,
        "name": "simple_file_output",
        "settings": {"muxer_settings": "", "path": studio.record.path or ""},
        "totalBytes": 2454,
        "totalFrames": 32,
        "type": "ffmpeg_muxer",
    }
    buffer = {
        "active": studio.replay.active,
        "name": "Replay Buffer",
        "settings": {
            "allow_spaces": True,
            "directory": studio.folder,
            "extension": "mkv",
            "format": f"Replay {studio.parameters['Output', 'FilenameFormatting']}",
            "max_size_mb": 64,
            "max_time_sec": 10,
            "muxer_settings": "",
        },
        "totalBytes": 3778,
        "totalFrames": 136,
        "type": "replay_buffer",
    }
    return {"outputs": [{**common, **file}, {**common, **buffer}]}


@REQUESTS("BroadcastCustomMessage")
def _custom(obs: FakeV4, data: Data) -> Answer:
    obs.studio.tell("custom", data={"realm": text(data, "realm"), "data": data["data"]})
    return None


@REQUESTS("TriggerHotkeyByName")
def _hotkey(_obs: FakeV4, data: Data) -> Answer:
    text(data, "hotkeyName")
    return None


@REQUESTS("SendCaptions")
def _caption(obs: FakeV4, data: Data) -> Answer:
    text(data, "text")
    if not obs.studio.stream.active:
        raise Refusal("stream inactive")
    return None


# -- scenes ------------------------------------------------------------------------------------------------------------


@REQUESTS("GetSceneList")
def _scenes(obs: FakeV4, _data: Data) -> Answer:
    studio = obs.studio
    scenes = [{"name": name, "sources": scene_sources(studio, name)} for name in studio.scenes]
    return {"current-scene": studio.program, "scenes": scenes}


@REQUESTS("GetCurrentScene")
def _program(obs: FakeV4, _data: Data) -> Answer:
    return {"name": obs.studio.program, "sources": scene_sources(obs.studio, obs.studio.program)}


@REQUESTS("SetCurrentScene")
def _set_program(obs: FakeV4, data: Data) -> Answer:
    obs.studio.set_scene(text(data, "scene-name"))
    return None


@REQUESTS("GetPreviewScene")
def _preview(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.require_studio_mode()
    return {"name": obs.studio.preview, "sources": scene_sources(obs.studio, obs.studio.preview)}


@REQUESTS("SetPreviewScene")
def _set_preview(obs: FakeV4, data: Data) -> Answer:
    obs.studio.set_preview(text(data, "scene-name"))
    return None


@REQUESTS("GetStudioModeStatus")
def _studio_mode(obs: FakeV4, _data: Data) -> Answer:
    return {"studio-mode": obs.studio.studio_mode}


@REQUESTS("EnableStudioMode")
def _studio_on(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.set_studio_mode(True)
    return None


@REQUESTS("DisableStudioMode")
def _studio_off(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.set_studio_mode(False)
    return None


@REQUESTS("TransitionToProgram")
def _take(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.take()
    return None


@REQUESTS("GetTransitionList")
def _transitions(obs: FakeV4, _data: Data) -> Answer:
    studio = obs.studio
    return {"current-transition": studio.transition, "transitions": [{"name": name} for name in studio.transitions]}


@REQUESTS("SetCurrentTransition")
def _set_transition(obs: FakeV4, data: Data) -> Answer:
    obs.studio.set_transition(text(data, "transition-name"))
    return None


# -- items and inputs --------------------------------------------------------------------------------------------------


@REQUESTS("GetSceneItemList")
def _items(obs: FakeV4, data: Data) -> Answer:
    name = data.get("sceneName") or obs.studio.program
    items = [
        {"itemId": item.number, "sourceKind": "color_source_v3", "sourceName": item.source, "sourceType": "input"}
        for item in reversed(obs.studio.require_scene(name))
    ]
    return {"sceneItems": items, "sceneName": name}


@REQUESTS("GetSceneItemProperties")
def _item(obs: FakeV4, data: Data) -> Answer:
    key = data.get("item", "")
    item = obs.studio.item(data.get("scene-name") or obs.studio.program, key["id"] if isinstance(key, dict) else key)
    return {
        "bounds": {"alignment": 0, "type": "OBS_BOUNDS_NONE", "x": 0.0, "y": 0.0},
        "crop": {"bottom": 0, "left": 0, "right": 0, "top": 0},
        "height": 360.0,
        "itemId": item.number,
        "locked": False,
        "name": item.source,
        "position": {"alignment": 5, "x": 0.0, "y": 0.0},
        "rotation": 0.0,
        "scale": {"filter": "OBS_SCALE_DISABLE", "x": 1.0, "y": 1.0},
        "sourceHeight": 360,
        "sourceWidth": 640,
        "visible": item.visible,
        "width": 640.0,
    }


@REQUESTS("SetSceneItemRender")
def _set_visible(obs: FakeV4, data: Data) -> Answer:
    key = data["source"] if "source" in data else data.get("item", "")
    obs.studio.set_visible(data.get("scene-name") or obs.studio.program, key, data.get("render") is True)
    return None


@REQUESTS("GetSourcesList")
def _inputs(obs: FakeV4, _data: Data) -> Answer:
    names = obs.studio.sources()[::-1]
    return {"sources": [{"name": name, "type": "input", "typeId": "color_source_v3"} for name in names]}


@REQUESTS("GetSourceSettings")
def _input_settings(obs: FakeV4, data: Data) -> Answer:
    name = text(data, "sourceName")
    return {"sourceName": name, "sourceType": "color_source_v3", "sourceSettings": dict(obs.studio.settings_of(name))}


@REQUESTS("SetSourceSettings")
def _set_input_settings(obs: FakeV4, data: Data) -> Answer:
    obs.studio.settings_of(text(data, "sourceName")).update(data["sourceSettings"])
    return _input_settings(obs, data)


@REQUESTS("GetMute")
def _muted(obs: FakeV4, data: Data) -> Answer:
    name = text(data, "source")
    return {"name": name, "muted": obs.studio.sound_of(name).muted}


@REQUESTS("SetMute")
def _set_muted(obs: FakeV4, data: Data) -> Answer:
    obs.studio.sound_of(text(data, "source")).muted = data["mute"] is True
    return None


@REQUESTS("GetVolume")
def _volume(obs: FakeV4, data: Data) -> Answer:
    name = text(data, "source")
    sound = obs.studio.sound_of(name)
    return {"name": name, "volume": sound.volume, "muted": sound.muted}


@REQUESTS("SetVolume")
def _set_volume(obs: FakeV4, data: Data) -> Answer:
    obs.studio.sound_of(text(data, "source")).volume = float(data["volume"])
    return None


# -- profiles and collections ------------------------------------------------------------------------------------------


@REQUESTS("ListProfiles")
def _profiles(obs: FakeV4, _data: Data) -> Answer:
    return {"profiles": [{"profile-name": name} for name in obs.studio.profiles]}


@REQUESTS("GetCurrentProfile")
def _profile(obs: FakeV4, _data: Data) -> Answer:
    return {"profile-name": obs.studio.profile}


@REQUESTS("SetCurrentProfile")
def _set_profile(obs: FakeV4, data: Data) -> Answer:
    obs.studio.set_profile(text(data, "profile-name"))
    return None


@REQUESTS("ListSceneCollections")
def _collections(obs: FakeV4, _data: Data) -> Answer:
    return {"scene-collections": [{"sc-name": name} for name in obs.studio.collections]}


@REQUESTS("GetCurrentSceneCollection")
def _collection(obs: FakeV4, _data: Data) -> Answer:
    return {"sc-name": obs.studio.collection}


@REQUESTS("SetCurrentSceneCollection")
def _set_collection(obs: FakeV4, data: Data) -> Answer:
    obs.studio.set_collection(text(data, "sc-name"))
    return None
