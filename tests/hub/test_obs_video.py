"""The video clock in the hub: what OBS records is kept, survives a restart, and hazards are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from restrike_lab.hub.hub import Hub
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5, Troubles
from restrike_lab.obs.video_fit import Recorded, Replayed
from restrike_lab.obs.video_rows import load_recordings, load_replays
from restrike_lab.store.reader import Reader
from tests.hub.helpers import client, receive_until, running_hub, wait_until
from tests.hub.obs_stage import connected, done, fake_obs, fakes, until_shown

EVER = (0, 1 << 62)


def recordings(data_dir: Path) -> list[Recorded]:
    with closing(Reader.open(data_dir)) as reader:
        return load_recordings(lambda sql, params: reader.query(sql, params).rows, *EVER)


def replays(data_dir: Path) -> list[Replayed]:
    with closing(Reader.open(data_dir)) as reader:
        return load_replays(lambda sql, params: reader.query(sql, params).rows, *EVER)


@contextmanager
def again(hub: Hub) -> Iterator[ClientConnection]:
    """A client of a hub that knows its instances already, once they are connected."""
    with client(hub.address) as connection:
        until_shown(connection, lambda shown: [each["connected"] for each in shown["instances"]] == [True])
        yield connection


def ask(watcher: ClientConnection, request: str, name: str = "ring1") -> Any:
    return done(watcher, "obs.do", name=name, request=request)


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
def test_a_recording_is_in_the_database_while_it_runs_and_when_it_is_over(tmp_path: Path, kind: type[FakeObs]) -> None:
    server = fake_obs(kind)
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        ask(watcher, "record.start")
        wait_until(lambda: len(recordings(tmp_path)) == 1)
        [running] = recordings(tmp_path)
        assert (running.instance, running.told, running.ended, running.epoch) == ("ring1", True, None, 1)
        ask(watcher, "record.pause")
        ask(watcher, "record.resume")
        ask(watcher, "record.stop")
        wait_until(lambda: recordings(tmp_path)[0].ended is not None)
        [ended] = recordings(tmp_path)
        assert len(ended.pauses) == 1
        assert ended.pauses[0].ended
        assert not ended.lost


def test_each_obs_has_recordings_of_its_own(tmp_path: Path) -> None:
    pair = fake_obs(FakeV5), fake_obs(FakeV4)
    with fakes(*pair), running_hub(tmp_path) as hub, connected(hub, *pair) as watcher:
        ask(watcher, "record.start", "ring1")
        ask(watcher, "record.start", "ring2")
        ask(watcher, "record.stop", "ring1")
        wait_until(lambda: [each.ended is None for each in recordings(tmp_path)] == [False, True])
        assert [each.instance for each in recordings(tmp_path)] == ["ring1", "ring2"]


def test_a_replay_is_in_the_database_with_the_moment_it_was_asked_for(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        ask(watcher, "replay.start")
        path = ask(watcher, "replay.save")
        wait_until(lambda: len(replays(tmp_path)) == 1)
        [replay] = replays(tmp_path)
        assert replay.path == path
        assert replay.asked
        assert replay.asked.mono_ns <= replay.saved.mono_ns


def test_a_late_start_is_an_alert_and_stands_in_the_picture_until_the_next_recording(tmp_path: Path) -> None:
    server = fake_obs(troubles=Troubles(late_start_seconds=60.0))
    with (
        fakes(server),
        running_hub(tmp_path) as hub,
        client(hub.address) as listener,
        connected(hub, server) as watcher,
    ):
        assert done(watcher, "obs")["instances"][0]["hazard"] is None
        ask(watcher, "replay.start")
        ask(watcher, "record.start")
        alert = receive_until(listener, lambda message: message["type"] == "alert" and message["source"] == "obs")[-1]
        assert alert["level"] == "warning"
        assert "no picture for 1.5 s" in alert["message"]
        assert "key frame interval to 1 s" in alert["hint"]
        shown = until_shown(watcher, lambda picture: picture["instances"][0]["hazard"])["instances"][0]["hazard"]
        assert (shown["message"], shown["hint"]) == (alert["message"], alert["hint"])
        wait_until(lambda: recordings(tmp_path)[0].late)
        ask(watcher, "record.stop")
        server.studio.troubles.late_start_seconds = 0.0
        ask(watcher, "record.start")
        until_shown(watcher, lambda picture: picture["instances"][0]["hazard"] is None)


def test_a_recording_that_outlives_the_hub_goes_on_in_the_next(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server):
        with running_hub(tmp_path) as hub, connected(hub, server) as watcher:
            ask(watcher, "record.start")
            wait_until(lambda: bool(recordings(tmp_path) and recordings(tmp_path)[0].behind))
        [before] = recordings(tmp_path)
        assert before.ended is None
        with running_hub(tmp_path) as hub, again(hub) as watcher:
            wait_until(lambda: recordings(tmp_path)[0].epoch == 2)
            ask(watcher, "record.stop")
            wait_until(lambda: recordings(tmp_path)[0].ended is not None)
        [after] = recordings(tmp_path)
        assert (after.begun.wall_ns, after.told, after.lost) == (before.begun.wall_ns, True, False)


def test_a_recording_that_ended_while_no_hub_ran_is_ended_as_lost(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server):
        with running_hub(tmp_path) as hub, connected(hub, server) as watcher:
            ask(watcher, "record.start")
            wait_until(lambda: len(recordings(tmp_path)) == 1)
        server.studio.record.active = False
        with running_hub(tmp_path) as hub, again(hub):
            wait_until(lambda: recordings(tmp_path)[0].ended is not None)
        assert recordings(tmp_path)[0].lost
