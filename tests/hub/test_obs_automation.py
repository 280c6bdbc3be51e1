"""Automation in the hub: what the console says works OBS, and everything it did can be looked up."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5
from tests.hub.helpers import LOAD, client, port_of, running_hub, send, settled, wait_until
from tests.hub.obs_stage import command, connected, done, fake_obs, fakes, until_shown

BOUT = (b"clk;02:00;start", b"clk;01:59", b"hl1;50", b"pt1;2", b"clk;01:50;stop", b"win;BLUE", b"wmh;A;2-0 PTF")
RECORDING = ["record-load", "record-ready", "record-winner"]


def switch(watcher: ClientConnection, *names: str, enabled: bool = True) -> None:
    done(watcher, "obs.rule.switch", names=list(names), enabled=enabled)


def hurry_winner(watcher: ClientConnection, delay_ms: int) -> None:
    rule = {
        "name": "record-winner",
        "when": {"stream": "win"},
        "do": [{"request": "record.stop"}],
        "delay_ms": delay_ms,
        "cancelled_by": ["pre"],
    }
    done(watcher, "obs.rule.put", rule=rule, enabled=True)


def outcomes(watcher: ClientConnection) -> list[tuple[str, str, str]]:
    firings = done(watcher, "obs.firings")
    return [(each["rule"], each["request"], each["outcome"]) for each in reversed(firings)]


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
def test_a_recording_follows_the_bout(tmp_path: Path, kind: type[FakeObs]) -> None:
    server = fake_obs(kind)
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        switch(watcher, *RECORDING)
        hurry_winner(watcher, 100)
        send(port_of(hub), LOAD)
        until_shown(watcher, lambda shown: shown["instances"][0]["recording"])
        send(port_of(hub), BOUT)
        until_shown(watcher, lambda shown: not shown["instances"][0]["recording"])
        wait_until(lambda: len(outcomes(watcher)) == 4)
        assert outcomes(watcher) == [
            ("record-load", "record.stop", "skipped"),
            ("record-ready", "file_name", "done"),
            ("record-ready", "record.start", "done"),
            ("record-winner", "record.stop", "done"),
        ]
        named = done(watcher, "obs.firings")[2]["result"]
        assert named.endswith("101 BLUE A-RED B")


def test_a_new_load_takes_the_waiting_stop_back_and_begins_a_new_file(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        switch(watcher, *RECORDING)
        send(port_of(hub), LOAD)
        until_shown(watcher, lambda shown: shown["instances"][0]["recording"])
        send(port_of(hub), BOUT)
        until_shown(watcher, lambda shown: shown["automation"]["waiting"])
        send(port_of(hub), LOAD)
        wait_until(lambda: len(outcomes(watcher)) == 6)
        assert outcomes(watcher)[3:] == [
            ("record-load", "record.stop", "done"),
            ("record-ready", "file_name", "done"),
            ("record-ready", "record.start", "done"),
        ]
        assert not done(watcher, "obs")["automation"]["waiting"]


def test_a_challenge_shows_the_replay_scene_and_its_decision_goes_back(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        done(watcher, "obs.do", name="ring1", request="replay.start")
        switch(watcher, "replay-challenge", "scene-challenge", "scene-accepted", "scene-closed")
        send(port_of(hub), (*LOAD, b"ch1;"))
        until_shown(watcher, lambda shown: shown["instances"][0]["scene"] == "Replay")
        wait_until(lambda: ("replay-challenge", "replay.save", "done") in outcomes(watcher))
        send(port_of(hub), (b"ch1;1", b"ch1;-1"))
        until_shown(watcher, lambda shown: shown["instances"][0]["scene"] == "Ring1")
        wait_until(lambda: len(outcomes(watcher)) == 4)
        assert ("scene-closed", "back", "skipped") in outcomes(watcher)


def test_nothing_happens_while_rules_are_off_or_paused_and_a_pause_outlives_a_restart(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server):
        with running_hub(tmp_path) as hub, connected(hub, server) as watcher:
            send(port_of(hub), LOAD)
            settled(hub, len(LOAD))
            switch(watcher, *RECORDING)
            done(watcher, "obs.pause", paused=True)
            send(port_of(hub), LOAD)
            settled(hub, 2 * len(LOAD))
            assert outcomes(watcher) == []
        with running_hub(tmp_path) as hub, client(hub.address) as watcher:
            wait_until(lambda: done(watcher, "obs")["automation"] is not None)
            wait_until(lambda: done(watcher, "obs")["instances"][0]["connected"])
            shown = done(watcher, "obs")["automation"]
            assert shown["paused"]
            assert [each["name"] for each in shown["rules"] if each["enabled"]] == RECORDING
            done(watcher, "obs.pause", paused=False)
            send(port_of(hub), LOAD)
            wait_until(lambda: len(outcomes(watcher)) == 3)


def test_a_rule_works_the_instances_of_its_role_alone(tmp_path: Path) -> None:
    first, second = fake_obs(), fake_obs()
    with fakes(first, second), running_hub(tmp_path) as hub, connected(hub, first, second) as watcher:
        done(watcher, "obs.change", name="ring2", role="board")
        rule = {
            "name": "own",
            "when": {"stream": "pt", "athlete": 1},
            "do": [{"request": "scene", "args": {"scene": "Idle"}}],
            "instance": "board",
        }
        done(watcher, "obs.rule.put", rule=rule, enabled=True)
        send(port_of(hub), (b"pt2;1", b"pt1;1"))
        until_shown(watcher, lambda shown: shown["instances"][1]["scene"] == "Idle")
        wait_until(lambda: outcomes(watcher) == [("own", "scene", "done")])
        assert first.studio.program == "Ring1"


def test_a_failure_is_kept_with_its_reason_and_the_other_instance_goes_on(tmp_path: Path) -> None:
    broken, well = fake_obs(), fake_obs()
    broken.troubles.statuses["SetCurrentProgramScene"] = (600, "gone")
    with fakes(broken, well), running_hub(tmp_path) as hub, connected(hub, broken, well) as watcher:
        switch(watcher, "scene-challenge")
        send(port_of(hub), (b"ch1;",))
        wait_until(lambda: len(outcomes(watcher)) == 2)
        found = {each["instance"]: each for each in done(watcher, "obs.firings")}
        assert (found["ring1"]["outcome"], found["ring2"]["outcome"]) == ("failed", "done")
        assert "gone" in found["ring1"]["result"]
        assert json.loads(found["ring1"]["args"]) == {"scene": "Replay"}
        shown = done(watcher, "obs")
        assert shown["automation"]["firings"][-1]["event"] == "Blue: challenge requested"
        assert shown["instances"][0]["last_error"]["hint"]


def test_rules_work_only_with_the_licence_that_the_policy_asks_for(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        switch(watcher, "scene-challenge")
        done(watcher, "settings.set", values={"licence.policy": ["obs"]})
        send(port_of(hub), (b"ch1;",))
        last = until_shown(watcher, lambda shown: shown["automation"]["firings"])["automation"]["firings"][-1]
        assert (last["outcome"], server.studio.program) == ("failed", "Ring1")
        assert last["result"].startswith("obs needs a licence here: ")


def test_a_stored_bout_is_rehearsed_without_doing_anything(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        send(port_of(hub), (*LOAD, *BOUT))
        settled(hub, len(LOAD) + len(BOUT))
        match_id = hub.court_states()["1"].match_id
        planned: list[dict[str, Any]] = done(
            watcher, "obs.rehearse", match_id=match_id, names=[*RECORDING, "chapter-round", "chapter-point"]
        )
        assert [each["request"] for each in planned] == [
            "record.stop", "file_name", "record.start", "chapter", "chapter", "record.stop",
        ]  # fmt: skip
        assert planned[-1]["at_ms"] >= 15_000
        assert outcomes(watcher) == []
        assert not server.studio.record.active
        assert not command(watcher, "obs.rehearse", match_id=999)["ok"]


def test_rules_are_changed_and_a_shipped_one_can_be_had_again(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as watcher:
        hurry_winner(watcher, 7)
        rules = {each["name"]: each for each in done(watcher, "obs.rule.switch", names=["record-load"], enabled=False)}
        assert (rules["record-winner"]["delay_ms"], rules["record-winner"]["shipped"]) == (7, False)
        done(watcher, "obs.rule.drop", name="record-winner")
        rules = {each["name"]: each for each in done(watcher, "obs.pause", paused=False)}
        assert (rules["record-winner"]["delay_ms"], rules["record-winner"]["shipped"]) == (15_000, True)
        for wrong in ({"names": ["nobody"]}, {"names": []}):
            assert not command(watcher, "obs.rule.switch", **wrong)["ok"]
        assert not command(watcher, "obs.rule.put", rule={"name": "x"})["ok"]


def test_what_a_frozen_obs_cannot_do_is_bounded_and_the_hub_ends_in_time(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server) as thread, running_hub(tmp_path) as hub:
        with connected(hub, server) as watcher:
            switch(watcher, "scene-challenge")
            thread.loop.call_soon_threadsafe(server.freeze)
            send(port_of(hub), (b"ch1;",) * 300)
            settled(hub, 300)
            wait_until(lambda: len(done(watcher, "obs.firings", limit=1000)) >= 200)
            assert all("given up" in each["result"] for each in done(watcher, "obs.firings", limit=1000))
            assert hub.running.obs.held is not None
            assert len(hub.running.obs.held.automation.workers) == 1
        begun = time.monotonic()
        hub.stop()
        assert time.monotonic() - begun < 10
