"""Settings of OBS automation: the rules that come with the lab follow them, also while they are switched on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from restrike_lab.hub.callers import Caller
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.obs_settings import ObsSettings, rules_by
from restrike_lab.obs.shipped_rules import SHIPPED
from restrike_lab.store.settings_group import SettingError
from tests.hub.helpers import running_hub, wait_until


def run(hub: Hub, command: str, **args: Any) -> Any:
    done = hub.commands.run(command, args, Caller("admin"))
    return done.result(30) if hasattr(done, "result") else done


def test_by_default_the_rules_are_as_they_come() -> None:
    assert rules_by(ObsSettings()) == SHIPPED


def test_a_rule_that_works_follows_the_settings_at_once_and_after_a_restart(tmp_path: Path) -> None:
    def pattern(hub: Hub) -> Any:
        working = {each.name: each for each in hub.running.obs.desk().automation.rules}
        return working["record-ready"].do[0].args["pattern"] if "record-ready" in working else None

    with running_hub(tmp_path) as hub:
        run(hub, "obs.rule.switch", names=["record-ready"], enabled=True)
        run(hub, "settings.set", values={"obs.file_name": "{court} {number}"})
        wait_until(lambda: pattern(hub) == "{court} {number}")
    with running_hub(tmp_path) as hub:
        wait_until(lambda: pattern(hub) == "{court} {number}")
        run(hub, "settings.reset", keys=["obs.file_name"])
        wait_until(lambda: pattern(hub) == "{date} {number} {blue}-{red}")


def test_scene_and_delay_are_the_settings(tmp_path: Path) -> None:
    settings = ObsSettings(replay_scene="VAR", winner_seconds=3.5)
    by_name = {each.name: each for each in rules_by(settings)}
    assert by_name["scene-challenge"].do[0].args == {"scene": "VAR"}
    assert by_name["record-winner"].delay_ms == 3500
    assert "3.5 s" in by_name["record-winner"].help


def test_a_rule_that_was_changed_by_hand_keeps_what_it_says(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        mine = {
            "name": "scene-challenge",
            "when": {"stream": "ch"},
            "do": [{"request": "scene", "args": {"scene": "M"}}],
        }
        run(hub, "obs.rule.put", rule=mine, enabled=True)
        run(hub, "settings.set", values={"obs.replay_scene": "VAR"})
        book = hub.running.obs.desk().automation.book
        wait_until(lambda: book.rules["scene-closed"].shipped)
        assert book.rules["scene-challenge"].rule.do[0].args == {"scene": "M"}


@pytest.mark.parametrize(
    "values", [{"obs.file_name": "{winner}"}, {"obs.file_name": "{"}, {"obs.file_name": " "}, {"obs.replay_scene": ""}]
)
def test_what_cannot_name_a_file_or_a_scene_is_refused(tmp_path: Path, values: dict[str, str]) -> None:
    with running_hub(tmp_path) as hub, pytest.raises(SettingError):
        run(hub, "settings.set", values=values)
