"""What a fake server of obs-websocket 5 answers about recording, stream and replay buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from restrike_lab.obs.fake.parts import FakeOutput, Refusal, timecode
from restrike_lab.obs.fake.registry import Answer, Data, Registry, text

if TYPE_CHECKING:
    from restrike_lab.obs.fake.five import FakeV5

__all__ = ["OUTPUTS"]

OUTPUTS: Registry[FakeV5] = Registry()


def _output(names: tuple[str, str, str], which: Callable[[FakeV5], FakeOutput]) -> None:
    """Enter start, stop and toggle of an output."""
    start, stop, toggle = names

    def started(obs: FakeV5, _data: Data) -> Answer:
        obs.studio.start(which(obs))
        return None

    def stopped(obs: FakeV5, _data: Data) -> Answer:
        path = which(obs).path
        obs.studio.stop(which(obs))
        return {"outputPath": path} if stop == "StopRecord" else None

    def toggled(obs: FakeV5, _data: Data) -> Answer:
        return {"outputActive": obs.studio.toggle(which(obs))}

    OUTPUTS.handlers[start], OUTPUTS.handlers[stop], OUTPUTS.handlers[toggle] = started, stopped, toggled


_output(("StartRecord", "StopRecord", "ToggleRecord"), lambda obs: obs.studio.record)
_output(("StartStream", "StopStream", "ToggleStream"), lambda obs: obs.studio.stream)
_output(("StartReplayBuffer", "StopReplayBuffer", "ToggleReplayBuffer"), lambda obs: obs.studio.replay)


@OUTPUTS("PauseRecord")
def _pause(obs: FakeV5, _data: Data) -> Answer:
    if obs.studio.record.active:  # where nothing runs it is a success of nothing [measured]
        obs.studio.pause()
    return None


@OUTPUTS("ResumeRecord")
def _resume(obs: FakeV5, _data: Data) -> Answer:
    obs.studio.resume()
    return None


@OUTPUTS("ToggleRecordPause")
def _toggle_pause(obs: FakeV5, _data: Data) -> Answer:
    paused = obs.studio.record.paused
    (obs.studio.resume if paused else obs.studio.pause)()
    return {"outputPaused": not paused}


@OUTPUTS("GetRecordStatus")
def _record_status(obs: FakeV5, _data: Data) -> Answer:
    record = obs.studio.record
    return {
        "outputActive": record.active,
        "outputBytes": record.timecode_ms() * 3,
        "outputDuration": record.timecode_ms(),
        "outputPaused": record.paused,
        "outputTimecode": timecode(record),
    }


@OUTPUTS("SplitRecordFile")
def _split(obs: FakeV5, _data: Data) -> Answer:
    obs.studio.split()
    return None


@OUTPUTS("CreateRecordChapter")
def _chapter(obs: FakeV5, data: Data) -> Answer:
    if not obs.studio.chapters_possible:
        raise Refusal("no chapters")
    obs.studio.chapters.append((data.get("chapterName", ""), obs.studio.record.timecode_ms()))
    return None


@OUTPUTS("GetRecordDirectory")
def _folder(obs: FakeV5, _data: Data) -> Answer:
    return {"recordDirectory": obs.studio.folder}


@OUTPUTS("SetRecordDirectory")
def _set_folder(obs: FakeV5, data: Data) -> Answer:
    obs.studio.folder = text(data, "recordDirectory")
    return None


@OUTPUTS("GetStreamStatus")
def _stream_status(obs: FakeV5, _data: Data) -> Answer:
    stream = obs.studio.stream
    return {
        "outputActive": stream.active,
        "outputBytes": 0,
        "outputCongestion": 0.0,
        "outputDuration": stream.timecode_ms(),
        "outputReconnecting": False,
        "outputSkippedFrames": 0,
        "outputTimecode": timecode(stream),
        "outputTotalFrames": 0,
    }


@OUTPUTS("GetStreamServiceSettings")
def _service(obs: FakeV5, _data: Data) -> Answer:
    kind, settings = obs.studio.service
    return {"streamServiceType": kind, "streamServiceSettings": dict(settings)}


@OUTPUTS("SetStreamServiceSettings")
def _set_service(obs: FakeV5, data: Data) -> Answer:
    obs.studio.service = (text(data, "streamServiceType"), data["streamServiceSettings"])
    return None


@OUTPUTS("GetReplayBufferStatus")
def _replay_status(obs: FakeV5, _data: Data) -> Answer:
    if not obs.studio.replay_enabled:
        raise Refusal("replay disabled")
    return {"outputActive": obs.studio.replay.active}


@OUTPUTS("SaveReplayBuffer")
def _save_replay(obs: FakeV5, _data: Data) -> Answer:
    obs.studio.save_replay()
    return None


@OUTPUTS("GetLastReplayBufferReplay")
def _last_replay(obs: FakeV5, _data: Data) -> Answer:
    return {"savedReplayPath": obs.studio.last_replay_path()}
