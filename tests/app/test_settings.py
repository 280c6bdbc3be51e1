"""``restrike-lab settings``: what counts where several say something, and changes with a hub and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.hub import Hub
from tests.app.test_main import lab


def shown(tmp_path: Path, key: str, *options: str, **environment: str) -> str:
    done = lab("settings", "list", key, *options, cwd=tmp_path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    line = next(line for line in done.stdout.splitlines() if line.startswith(key))
    return " ".join(line.split()[1:])


def test_the_command_line_goes_before_the_environment_before_the_file_before_what_is_stored(tmp_path: Path) -> None:
    assert shown(tmp_path, "network.port") == "6000 default"
    lab("settings", "set", "network.port", "7000", cwd=tmp_path)
    assert shown(tmp_path, "network.port").startswith("7000 stored by ")
    (tmp_path / "restrike_lab_config.py").write_text("c.HubConfig.port = 7001\n")
    assert shown(tmp_path, "network.port") == "7001 config file; stored: 7000"
    assert shown(tmp_path, "network.port", RESTRIKE_LAB_PORT="7002") == "7002 environment; stored: 7000"
    by_line = shown(tmp_path, "network.port", "--port", "7003", RESTRIKE_LAB_PORT="7002")
    assert by_line == "7003 command line; stored: 7000"


def test_each_setting_by_its_key_counts_by_itself(tmp_path: Path) -> None:
    (tmp_path / "restrike_lab_config.py").write_text("c.HubConfig.settings = {'screen.theme': 'light'}\n")
    assert shown(tmp_path, "screen.theme") == "light config file"
    assert shown(tmp_path, "screen.theme", RESTRIKE_LAB_SETTINGS="screen.theme=dark") == "dark environment"
    chosen = shown(
        tmp_path, "screen.theme", "--setting", "screen.theme=auto", RESTRIKE_LAB_SETTINGS="screen.theme=dark"
    )
    assert chosen == "auto command line"


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (["set", "screen.theme", "pink"], "auto, light, dark"),
        (["set", "screen.them", "dark"], "did you mean screen.theme?"),
        (["--setting", "screen.theme=pink", "list"], "auto, light, dark"),
        (["--setting", "network.port=1", "list"], "--port"),
        (["undo", "7"], "history"),
        (["dance"], "settings [list"),
    ],
)
def test_what_makes_no_sense_ends_with_1_and_the_way_out(tmp_path: Path, arguments: list[str], way_out: str) -> None:
    done = lab("settings", *arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert way_out.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_settings_go_through_a_pipe(tmp_path: Path) -> None:
    lab("settings", "set", "recording.group_size", "70", cwd=tmp_path)
    text = lab("settings", "export", cwd=tmp_path).stdout
    done = lab("settings", "import", "-", "because", "pipe", cwd=tmp_path, given=text.replace("= 70", "= 71"))
    assert (done.returncode, done.stdout) == (0, "recording.group_size = 71\n")


def test_a_running_hub_hears_of_a_change_at_once(tmp_path: Path) -> None:
    hub = Hub(HubConfig(data_dir=str(tmp_path / "data"), port=0, bind="127.0.0.1", ws_port=0))
    hub.start()
    try:
        done = lab(
            "settings", "set", "recording.group_size", "77", "because", "test", "--data-dir", "data", cwd=tmp_path
        )
        assert (done.returncode, done.stdout) == (0, "recording.group_size = 77\n")
        assert hub.running.pipeline.group_size == 77
        listed = lab("settings", "list", "recording.group_size", "--data-dir", "data", cwd=tmp_path)
        assert "77" in listed.stdout
    finally:
        hub.stop()
