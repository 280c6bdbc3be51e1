"""OBS in the demo: pretended ones where none runs, the real one where there is one, and nothing left afterwards."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from restrike_lab.app.demo_obs import RECORDING_RULES, REPLAY_RULES, demo_obs, real_obs_port
from restrike_lab.client.lab import Lab
from restrike_lab.obs.fake import FakeThread, FakeV5, Pace, Studio
from restrike_lab.obs.shipped_rules import SHIPPED
from tests.app.running import Running, free_udp_port
from tests.hub.helpers import LOAD, port_of, running_hub, send, wait_until
from tests.obs.peers import free_port

PASSWORD = "kyorugi-85"


def test_pretended_ones_of_both_protocols_record_the_bout_and_are_gone_with_the_demo(tmp_path: Path) -> None:
    said: list[str] = []
    with running_hub(tmp_path) as hub, Lab(tmp_path, start="never") as lab:
        with demo_obs(tmp_path, said.append, ports=(free_port(),)):
            wait_until(lambda: [each.connected for each in lab.obs.values()] == [True, True])
            assert {each.state["protocol"] for each in lab.obs.values()} == {"v4", "v5"}
            assert {rule["name"] for rule in lab.obs.rules() if rule["enabled"]} == {*RECORDING_RULES, *REPLAY_RULES}
            send(port_of(hub), LOAD)
            wait_until(lambda: lab.obs["film"].recording)
            send(port_of(hub), [b"ch1;"])
            wait_until(lambda: lab.obs["wall"].scene == "Replay")
            send(port_of(hub), [b"ch1;1"])
            wait_until(lambda: lab.obs["wall"].scene == "Ring")
            wait_until(lambda: {"replay-challenge", "scene-accepted"} <= set(lab.obs.rules.firings()["rule"]))
            assert set(lab.obs.rules.firings()["outcome"]) <= {"done", "skipped"}
        wait_until(lambda: len(lab.obs) == 0)
        assert all(rule["shipped"] and not rule["enabled"] for rule in lab.obs.rules())
    assert "Two pretended ones" in said[0]


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    with running_hub(tmp_path), Lab(tmp_path, start="never") as lab:
        lab.obs.add("film", port=free_port(), enabled=False)
        with demo_obs(tmp_path, lambda _said: None, ports=(free_port(),)):
            wait_until(lambda: set(lab.obs) == {"film", "film 2", "wall"})
        wait_until(lambda: set(lab.obs) == {"film"})


def test_rules_that_somebody_has_changed_are_left_alone(tmp_path: Path) -> None:
    with running_hub(tmp_path), Lab(tmp_path, start="never") as lab:
        lab.obs.rules.put(lab.obs.rules.rule("record-winner") | {"delay_ms": 5})
        with demo_obs(tmp_path, lambda _said: None, ports=(free_port(),)):
            assert "record-winner" not in {rule["name"] for rule in lab.obs.rules() if rule["enabled"]}
        assert lab.obs.rules.rule("record-winner")["delay_ms"] == 5


def test_an_obs_that_runs_here_is_shown_and_no_rule_works_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTRIKE_LAB_OBS_PASSWORD", PASSWORD)
    host = FakeThread([FakeV5(Studio(pace=Pace.quick()), password=PASSWORD)])
    ports = host.start()
    said: list[str] = []
    try:
        with running_hub(tmp_path), Lab(tmp_path, start="never") as lab, demo_obs(tmp_path, said.append, ports=ports):
            wait_until(lambda: [each.connected for each in lab.obs.values()] == [True])
            assert not any(rule["enabled"] for rule in lab.obs.rules())
    finally:
        host.stop()
    assert str(ports[0]) in said[0]


def test_without_a_hub_the_demo_goes_on_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.app.demo_obs.ANSWER_SECONDS", 0.1)
    said: list[str] = []
    with demo_obs(tmp_path, said.append, ports=(free_port(),)):
        said.append("on it goes")
    assert said[0].startswith("The demo goes on without OBS")
    assert said[1] == "on it goes"


def test_a_port_on_which_nothing_listens_is_no_obs() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert real_obs_port((free_port(), listener.getsockname()[1])) == listener.getsockname()[1]
    assert real_obs_port((free_port(),)) is None


def test_the_rules_of_the_demo_are_shipped_ones() -> None:
    assert {*RECORDING_RULES, *REPLAY_RULES} <= {rule.name for rule in SHIPPED}


def test_the_demo_command_brings_obs_along(tmp_path: Path) -> None:
    options = ("--no-browser", "--ws-port", "0", "--port", str(free_udp_port()), "--data-dir", "data", "--obs")
    with Running("demo", *options, cwd=tmp_path) as demo:
        demo.line("OBS: ")
        demo.line("Operator screen: ")
        with Lab(tmp_path / "data", start="never") as lab:
            wait_until(lambda: len(lab.obs) > 0 and all(each.connected for each in lab.obs.values()))
        assert demo.interrupt() == 0
