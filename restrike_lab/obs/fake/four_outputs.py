"""What a fake server of obs-websocket 4 answers about recording, stream and replay buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from restrike_lab.obs.fake.parts import FakeOutput, timecode
from restrike_lab.obs.fake.registry import Answer, Data, Registry, text

if TYPE_CHECKING:
    from restrike_lab.obs.fake.four import FakeV4

__all__ = ["OUTPUTS"]

OUTPUTS: Registry[FakeV4] = Registry()


def _output(names: tuple[str, str, str], which: Callable[[FakeV4], FakeOutput]) -> None:
    """Enter start, stop and toggle of an output."""

    def started(obs: FakeV4, _data: Data) -> Answer:
        obs.studio.start(which(obs))
        return None

    def stopped(obs: FakeV4, _data: Data) -> Answer:
        obs.studio.stop(which(obs))
        return None

    def toggled(obs: FakeV4, _data: Data) -> Answer:
        obs.studio.toggle(which(obs))
        return None

    start, stop, toggle = names
    OUTPUTS.handlers[start], OUTPUTS.handlers[stop], OUTPUTS.handlers[toggle] = started, stopped, toggled


_output(("StartRecording", "StopRecording", "StartStopRecording"), lambda obs: obs.studio.record)
_output(("StartStreaming", "StopStreaming", "StartStopStreaming"), lambda obs: obs.studio.stream)
_output(("StartReplayBuffer", "StopReplayBuffer", "StartStopReplayBuffer"), lambda obs: obs.studio.replay)


@OUTPUTS("PauseRecording")
def _pause(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.pause()
    return None


@OUTPUTS("ResumeRecording")
def _resume(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.resume()
    return None


@OUTPUTS("GetRecordingStatus")
def _record_status(obs: FakeV4, _data: Data) -> Answer:
    record = obs.studio.record
    answer: dict[str, Any] = {"isRecording": record.active, "isRecordingPaused": record.paused}
    if record.active:
        answer |= {"recordTimecode": timecode(record), "recordingFilename": record.path}
    return answer


@OUTPUTS("GetStreamingStatus")
def _stream_status(obs: FakeV4, _data: Data) -> Answer:
    record, stream = obs.studio.record, obs.studio.stream
    answer: dict[str, Any] = {
        "preview-only": False,
        "recording": record.active,
        "recording-paused": record.paused,
        "streaming": stream.active,
        "virtualcam": False,
    }
    if record.active:
        answer["rec-timecode"] = timecode(record)
    if stream.active:
        answer["stream-timecode"] = timecode(stream)
    return answer


@OUTPUTS("GetRecordingFolder")
def _folder(obs: FakeV4, _data: Data) -> Answer:
    return {"rec-folder": obs.studio.folder}


@OUTPUTS("SetRecordingFolder")
def _set_folder(obs: FakeV4, data: Data) -> Answer:
    obs.studio.folder = text(data, "rec-folder")
    return None


@OUTPUTS("GetFilenameFormatting")
def _file_name(obs: FakeV4, _data: Data) -> Answer:
    return {"filename-formatting": obs.studio.parameters["Output", "FilenameFormatting"]}


@OUTPUTS("SetFilenameFormatting")
def _set_file_name(obs: FakeV4, data: Data) -> Answer:
    obs.studio.parameters["Output", "FilenameFormatting"] = text(data, "filename-formatting")
    return None


@OUTPUTS("GetStreamSettings")
def _service(obs: FakeV4, _data: Data) -> Answer:
    kind, settings = obs.studio.service
    return {"type": kind, "settings": dict(settings)}


@OUTPUTS("SetStreamSettings")
def _set_service(obs: FakeV4, data: Data) -> Answer:
    obs.studio.service = (text(data, "type"), data["settings"])
    return _service(obs, data)


@OUTPUTS("GetReplayBufferStatus")
def _replay_status(obs: FakeV4, _data: Data) -> Answer:
    return {"isReplayBufferActive": obs.studio.replay.active}


@OUTPUTS("SaveReplayBuffer")
def _save_replay(obs: FakeV4, _data: Data) -> Answer:
    obs.studio.save_replay()
    return None
