"""``lab.settings`` and the words of the command line: read as attributes, changed with a reason, taken back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.errors import CommandError, SettingError
from restrike_lab.client.lab import Lab
from restrike_lab.client.settings_words import obey
from restrike_lab.hub.config import HubConfig
from restrike_lab.pss.errors import RestrikeError

from .test_feed import until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    config = HubConfig(data_dir=str(tmp_path), port=0, bind="127.0.0.1", ws_port=0)
    with Lab(config=config) as lab:
        yield lab


def test_a_setting_is_an_attribute_and_an_item(lab: Lab) -> None:
    lab.settings.screen.theme = "dark"
    until(lambda: lab.settings.screen.theme == "dark")
    lab.settings["network.allow"] = ["10.0.0.0/8"]
    until(lambda: lab.settings["network.allow"] == ["10.0.0.0/8"])
    assert {"screen", "network"} <= set(dir(lab.settings))
    assert "theme" in dir(lab.settings.screen)
    assert len(lab.settings) == len(list(lab.settings))


def test_what_there_is_not_is_told(lab: Lab) -> None:
    with pytest.raises(AttributeError):
        _ = lab.settings.nothing
    with pytest.raises(AttributeError, match="no setting"):
        _ = lab.settings.screen.nothing
    with pytest.raises(SettingError):
        _ = lab.settings["screen.nothing"]
    with pytest.raises(CommandError, match="no setting"):
        lab.settings.screen.nothing = 3
    with pytest.raises(CommandError, match="cannot be") as refusal:
        lab.settings.screen.theme = "pink"
    assert "auto, light, dark" in refusal.value.hint


def test_a_change_has_its_reason_and_is_taken_back(lab: Lab) -> None:
    assert lab.settings.set("screen.theme", "dark", why="evening") == ["screen.theme = dark"]
    (change,) = lab.settings.history("screen.theme")
    assert (change["why"], change["new"]) == ("evening", "dark")
    assert lab.settings.undo(change["change_id"]) == ["screen.theme = default"]
    until(lambda: lab.settings.screen.theme == "auto")


def test_what_does_not_count_yet_is_a_warning(lab: Lab) -> None:
    with pytest.warns(UserWarning, match="starts next"):
        lab.settings.network.receive_buffer = 8192
    with pytest.warns(UserWarning, match="the program that started the hub says otherwise"):
        lab.settings.network.port = 7001


def test_settings_go_through_a_file(lab: Lab, tmp_path: Path) -> None:
    lab.settings.update({"screen.theme": "dark", "recording.group_size": 100})
    file = tmp_path / "settings.toml"
    lab.settings.export(file)
    held = {name: table for name, table in tomllib.loads(file.read_text()).items() if table}
    assert held == {"screen": {"theme": "dark"}, "recording": {"group_size": 100}}
    lab.settings.reset("screen.theme", "recording.group_size")
    assert len(lab.settings.load(file, why="as before")) == 2
    until(lambda: lab.settings.screen.theme == "dark")


def test_the_words_of_the_command_line_do_the_same(lab: Lab, tmp_path: Path) -> None:
    settings = lab.settings
    assert obey(settings, ["set", "screen.theme", "dark", "because", "it", "is", "late"]) == "screen.theme = dark"
    assert "it is late" in obey(settings, ["history"])
    assert "stored by" in obey(settings, ["list", "screen"])
    assert "Colours of every screen" in obey(settings, ["get", "screen.theme"])
    assert obey(settings, ["set", "network.allow", "10.0.0.0/8,", "127.0.0.1"]).startswith("network.allow = 10.")
    assert obey(settings, ["export", str(tmp_path / "s.toml")]).startswith("Written")
    assert obey(settings, ["reset", "screen.theme", "network.allow"]).count("default") == 2
    assert "screen.theme = dark" in obey(settings, ["import", str(tmp_path / "s.toml")])
    newest = settings.history(limit=1)[0]["change_id"]
    assert obey(settings, ["undo-all", str(newest)]).count("default") == 2
    assert obey(settings, ["history", "access.session_hours"]) == "access.session_hours was never changed."


@pytest.mark.parametrize(
    "words", [["paint"], ["set", "screen.theme"], ["undo", "x"], ["import", "/nowhere/at/all"], ["get", "nothing"]]
)
def test_words_that_make_no_sense_are_refused_with_the_way_out(lab: Lab, words: list[str]) -> None:
    with pytest.raises(RestrikeError) as refusal:
        obey(lab.settings, words)
    assert refusal.value.hint


def test_a_file_that_is_wrong_is_refused_to_the_column(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("[screen]\ntheme = 'pink'\n")
    with pytest.raises(CommandError, match="line 2, column 9"):
        lab.settings.load(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="UTF-8"):
        obey(lab.settings, ["import", str(file)])
