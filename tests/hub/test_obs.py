"""OBS in the hub: instances come and go by command, everybody sees them, and no datagram waits for them."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from restrike_lab.hub.commands import Caller
from restrike_lab.hub.hub import Hub
from restrike_lab.obs.fake import FakeObs, FakeV4, FakeV5
from tests.hub.helpers import (
    LOAD,
    client,
    hub_config,
    port_of,
    receive,
    receive_until,
    running_hub,
    send,
    settled,
    stored,
    wait_until,
)
from tests.hub.obs_stage import PASSWORD, command, connected, done, fake_obs, fakes, until_shown

LOADED_LAZILY = """
import sys
from tests.hub.helpers import running_hub
from pathlib import Path
with running_hub(Path(sys.argv[1])) as hub:
    print([name for name in sys.modules if name.startswith("restrike_lab.obs") or name == "cryptography"])
"""


def test_a_hub_without_instances_loads_nothing_of_obs(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOADED_LAZILY, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", [FakeV4, FakeV5])
def test_an_instance_is_added_and_asked_for_everything(tmp_path: Path, kind: type[FakeObs]) -> None:
    server = fake_obs(kind)
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        done(watcher, "obs.do", name="ring1", request="scene", args={"scene": "Replay"})
        until_shown(watcher, lambda shown: shown["instances"][0]["scene"] == "Replay")
        done(watcher, "obs.do", name="ring1", request="record.start")
        until_shown(watcher, lambda shown: shown["instances"][0]["recording"])
        assert done(watcher, "obs.do", name="ring1", request="record.stop")
        done(
            watcher, "obs.do", name="ring1", request="visible", args={"scene": "Ring1", "item": "Mat", "visible": False}
        )
        done(watcher, "obs.do", name="ring1", request="studio", args={"enabled": True})
        done(watcher, "obs.do", name="ring1", request="preview", args={"scene": "Idle"})
        done(watcher, "obs.do", name="ring1", request="take")
        done(watcher, "obs.do", name="ring1", request="replay.start")
        done(watcher, "obs.do", name="ring1", request="replay.save")


def test_files_are_named_after_the_bout_that_is_loaded(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        pattern = {"pattern": "{number} {blue_country}-{red_country}"}
        assert done(watcher, "obs.do", name="ring1", request="file_name", args=pattern, court="1") == "101 CRO-ESP"
        folder = done(watcher, "obs.do", name="ring1", request="folder", args={"pattern": "/videos/{weight}"})
        assert folder == "/videos/M -68kg"


def test_a_folder_that_is_chosen_is_made_where_obs_runs_on_this_machine(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path / "data") as hub, connected(hub, server) as watcher:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        pattern = f"{tmp_path}/{{weight}}"
        assert done(watcher, "obs.do", name="ring1", request="folder", args={"pattern": pattern}) == str(
            tmp_path / "M -68kg"
        )
        assert (tmp_path / "M -68kg").is_dir()
        assert server.studio.folder == str(tmp_path / "M -68kg")
        (tmp_path / "file").touch()
        refused = command(watcher, "obs.do", name="ring1", request="folder", args={"pattern": f"{tmp_path}/file/x"})
        assert "cannot be made" in refused["error"]["message"]
        assert refused["error"]["hint"]


def test_while_no_rule_works_the_thread_of_obs_is_left_asleep(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        desk = hub.running.obs.desk()
        taken: list[object] = []
        desk.take = taken.append  # type: ignore[method-assign]
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        named = done(watcher, "obs.do", name="ring1", request="file_name", args={"pattern": "{number}"})
        assert (named, taken) == ("101", [])
        done(watcher, "obs.rule.switch", names=["record-load"], enabled=True)
        send(port_of(hub), [b"pt1;2"])
        wait_until(lambda: bool(taken))


def test_instances_are_there_again_after_a_restart_and_in_the_snapshot(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server):
        with running_hub(tmp_path) as hub, connected(hub, server):
            pass
        with running_hub(tmp_path) as hub:
            wait_until(lambda: hub.running.obs.held is not None)
            with client(hub.address) as watcher:
                wait_until(lambda: done(watcher, "obs")["instances"][0]["connected"])
            with client(hub.address) as newcomer:
                shown = receive(newcomer)["obs"]
                assert [each["name"] for each in shown["instances"]] == ["ring1"]
    assert PASSWORD.encode() not in (tmp_path / "restrike.sqlite").read_bytes()


def test_a_change_in_obs_is_told_to_everyone(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server) as thread, running_hub(tmp_path) as hub, connected(hub, server), client(hub.address) as other:
        assert receive(other)["obs"]["automation"]["rules"]
        thread.loop.call_soon_threadsafe(server.studio.set_scene, "Idle")
        receive_until(
            other,
            lambda message: message["type"] == "obs" and [each["scene"] for each in message["instances"]] == ["Idle"],
        )


def test_the_password_is_in_no_message(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        assert PASSWORD not in json.dumps([done(watcher, "obs"), done(watcher, "status"), done(watcher, "obs.test")])


def test_the_password_is_in_no_file_that_the_hub_leaves(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        done(watcher, "obs.test", name="ring1", password="another-85")
        done(watcher, "obs.change", name="ring1", password=PASSWORD)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert PASSWORD.encode() not in content, path
        assert b"another-85" not in content, path


def test_an_instance_is_changed_tested_switched_off_and_removed_live(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        assert done(watcher, "obs.test", name="ring1")["ok"]
        wrong = done(watcher, "obs.test", name="ring1", password="wrong")
        assert not wrong["ok"]
        assert "password" in wrong["error"]["message"]
        done(watcher, "obs.change", name="ring1", role="record")
        done(watcher, "obs.enable", name="ring1", enabled=False)
        shown = until_shown(watcher, lambda shown: not shown["instances"][0]["enabled"])
        assert (shown["instances"][0]["role"], shown["instances"][0]["connected"]) == ("record", False)
        done(watcher, "obs.remove", name="ring1")
        assert until_shown(watcher, lambda shown: not shown["instances"])


@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        ("obs.do", {"name": "ring9", "request": "take"}, "no OBS instance"),
        ("obs.do", {"name": "ring1", "request": "explode"}, "no request"),
        ("obs.do", {"name": "ring1", "request": "scene"}, "needs scene"),
        ("obs.do", {"name": "ring1", "request": "scene", "args": {"scene": "Nowhere"}}, "OBS refused"),
        ("obs.do", {"name": "ring1", "request": "scene", "args": {"scene": 7}}, "needs scene"),
        ("obs.do", {"name": "ring1", "request": "file_name", "args": {"pattern": "{nobody}"}}, "nobody"),
        ("obs.add", {"name": "ring1"}, "already"),
        ("obs.add", {"name": "x", "port": 99999}, "no port"),
        ("obs.add", {"name": "x", "colour": "red"}, "has no 'colour'"),
        ("obs.change", {"name": "ring1", "host": 7}, "host"),
        ("obs.remove", {"name": "ring9"}, "no OBS instance"),
        ("obs.remove", {}, "name is missing"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_way_out(
    tmp_path: Path, name: str, args: dict[str, object], said: str
) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        reply = command(watcher, name, **args)
        assert not reply["ok"]
        assert said in reply["error"]["message"]
        assert reply["error"]["hint"]


def test_a_refusal_is_shown_with_the_instance_until_something_succeeds(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server) as watcher:
        command(watcher, "obs.do", name="ring1", request="replay.save")
        shown = until_shown(watcher, lambda shown: shown["instances"][0]["last_error"])
        assert shown["instances"][0]["last_error"]["request"] == "replay.save"
        done(watcher, "obs.do", name="ring1", request="scene", args={"scene": "Idle"})
        until_shown(watcher, lambda shown: not shown["instances"][0]["last_error"])


def test_commands_about_obs_need_their_roles(tmp_path: Path) -> None:
    hub = Hub(hub_config(tmp_path))
    admins = dict.fromkeys(("obs.add", "obs.change", "obs.remove"), "admin")
    for name, role in {"obs": "viewer", "obs.do": "operator", "obs.enable": "operator", **admins}.items():
        assert hub.commands.by_name[name].role == role
    assert not hub.commands.answer({"command": "obs.add", "args": {}}, Caller("operator"))["ok"]


def test_an_operator_tries_what_is_kept_and_nothing_else(tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server), running_hub(tmp_path) as hub, connected(hub, server):
        for args in ({"host": "10.0.0.1"}, {"name": "ring1", "port": 22}, {}):
            answer = hub.commands.answer({"command": "obs.test", "args": args}, Caller("operator"))
            assert "only an admin" in answer["error"]["message"]
        tried = hub.commands.run("obs.test", {"name": "ring1"}, Caller("operator"))
        assert isinstance(tried, Future)
        assert tried.result(20)["ok"]


def test_a_frozen_obs_keeps_neither_events_nor_other_commands_waiting(tmp_path: Path) -> None:
    frozen, well = fake_obs(), fake_obs()
    with fakes(frozen, well) as thread, running_hub(tmp_path) as hub, connected(hub, frozen, well) as watcher:
        thread.loop.call_soon_threadsafe(frozen.freeze)
        for number in range(4):
            scene = {"name": "ring1", "request": "scene", "args": {"scene": "Idle"}}
            watcher.send(json.dumps({"id": f"slow{number}", "command": "obs.do", "args": scene}))
        done(watcher, "obs.do", name="ring2", request="scene", args={"scene": "Replay"})
        send(port_of(hub), LOAD * 20)
        settled(hub, len(LOAD) * 20)
        assert hub.running.obs.held is not None
        assert hub.running.obs.held.fleet["ring1"].connected
        well_shown = until_shown(watcher, lambda shown: shown["instances"][1]["scene"] == "Replay")
        assert well_shown["instances"][0]["scene"] == "Ring1"
    assert len(stored(tmp_path)) == len(LOAD) * 20
