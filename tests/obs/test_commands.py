"""Commands to OBS do the same in both protocols, and what a protocol lacks is refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from restrike_lab.obs import OutputState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import (
    ActionFailed,
    NotFound,
    Unsupported,
    WrongState,
)
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.results import StreamService, Transitions
from tests.obs.coroutines import until
from tests.obs.peers import BOTH, pair


@BOTH
@pytest.mark.parametrize("order", ["reply first", "events first", "mixed"])
async def test_every_operation_that_v4_has_does_the_same_in_v5(kind: type[FakeObs], order: Any, tmp_path: Path) -> None:
    async with pair(kind, Troubles(order=order), folder=str(tmp_path)) as (server, client):
        await client.set_scene("Idle")
        await client.set_scene("Idle")
        await client.set_studio_mode(True)
        await client.set_studio_mode(True)
        await client.set_preview("Replay")
        await client.set_preview("Replay")
        await client.take()
        await until(lambda: (client.state.scene, client.state.preview) == ("Replay", "Idle"))
        assert await client.transitions() == Transitions(("Cut", "Fade"), "Cut")
        await client.set_transition("Fade")
        assert (await client.transitions()).current == "Fade"
        await client.set_studio_mode(False)
        await client.set_item_visible("Ring1", "Overlay", False)
        assert await client.item_visible("Ring1", "Overlay") is False
        await client.set_item_visible("Ring1", 2, True)
        assert await client.item_visible("Ring1", 2) is True
        assert [(i.name, i.visible) for i in await client.items("Ring1")] == [("Overlay", True), ("Mat", True)]

        await client.set_record_folder(str(tmp_path / "rec"))
        assert await client.record_folder() == str(tmp_path / "rec")
        await client.set_file_name("Bout 101 CRO-KOR")
        assert await client.file_name() == "Bout 101 CRO-KOR"
        await client.start_record()
        assert client.state.record is OutputState.STARTED
        assert (await client.record_status()).active
        await client.pause_record()
        assert client.state.paused
        assert (await client.record_status()).paused
        await client.resume_record()
        assert not client.state.paused
        path = await client.stop_record()
        assert path
        assert path.startswith(str(tmp_path / "rec"))
        assert client.state.record is OutputState.STOPPED

        await client.start_replay()
        assert client.state.replaying
        await client.stop_replay()
        await client.start_stream()
        assert (await client.stream_status()).active
        await client.request(rq.SendCaption("Round 1"))
        await client.stop_stream()
        assert not client.state.streaming

        assert {i.name for i in await client.request(rq.GetInputs())} == {"Mat", "Overlay", "Black"}
        await client.request(rq.SetInputSettings("Mat", {"color": 7}))
        assert await client.request(rq.GetInputSettings("Mat")) == {"color": 7}
        await client.request(rq.SetMuted("Mat", True))
        assert await client.request(rq.GetMuted("Mat")) is True
        await client.request(rq.SetVolume("Mat", 0.5))
        assert await client.request(rq.GetVolume("Mat")) == 0.5
        await client.request(rq.SetStreamService(StreamService("rtmp_custom", {"server": "rtmp://x", "key": "k"})))
        assert await client.request(rq.GetStreamService()) == StreamService(
            "rtmp_custom", {"server": "rtmp://x", "key": "k"}
        )
        assert await client.collections() == ("Test",)
        assert await client.profiles() == ("Test",)
        await client.set_profile("Test")
        await client.request(rq.TriggerHotkey("OBSBasic.Screenshot"))
        assert (await client.statistics()).fps > 29
        assert server.studio.program == "Replay"


@BOTH
async def test_the_same_mistakes_are_the_same_errors(kind: type[FakeObs]) -> None:
    async with pair(kind) as (_server, client):
        for mistake, error in [
            (client.set_scene("Missing"), NotFound),
            (client.set_item_visible("Ring1", "Missing", True), NotFound),
            (client.items("Missing"), NotFound),
            (client.item_visible("Missing", "Mat"), NotFound),
            (client.set_preview("Idle"), WrongState),
            (client.take(), WrongState),
            (client.stop_record(), WrongState),
            (client.pause_record(), WrongState),
            (client.resume_record(), WrongState),
            (client.stop_stream(), WrongState),
            (client.stop_replay(), WrongState),
            (client.save_replay(), WrongState),
            (client.set_transition("Missing"), NotFound),
            (client.set_collection("Missing"), NotFound),
            (client.set_profile("Missing"), NotFound),
            (client.request(rq.Call("NoSuchRequest")), Unsupported),
        ]:
            with pytest.raises(error):
                await mistake
        await client.start_record()
        with pytest.raises(WrongState):
            await client.start_record()
        await client.pause_record()
        with pytest.raises(WrongState):
            await client.pause_record()


async def test_what_v4_does_not_have_is_refused_with_the_reason() -> None:
    async with pair(FakeV4) as (_server, client):
        for command, reason in [
            (client.add_chapter("R1"), "knows no chapters"),
            (client.split_record(), "cannot split"),
            (client.last_replay(), "where a replay was saved"),
            (client.request(rq.GetProfileParameter("Output", "Mode")), "parameters of a profile"),
            (client.request(rq.ToggleRecordPause()), "no toggle"),
        ]:
            with pytest.raises(Unsupported, match=reason):
                await command


async def test_chapters_where_obs_has_them() -> None:
    async with pair(FakeV5, version="5.5.2") as (server, client):
        await client.start_record()
        with pytest.raises(ActionFailed, match="chapter markers"):
            await client.add_chapter("Round 1")
        server.studio.chapters_possible = True
        await client.add_chapter("Round 1")
        assert [name for name, _ in server.studio.chapters] == ["Round 1"]
