from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from traitlets import Bool, Dict, Int, TraitError, Unicode
from traitlets.config import Configurable

from restrike_lab.app.command import Command, UsageError


class Engine(Configurable):
    """Stands for a configurable of another room."""

    power = Int(5, help="How strong it is.").tag(config=True)
    fuel = Int(1, help="How much is left.").tag(config=True)
    fuels = Dict(value_trait=Int(), help="How much is left in each tank.").tag(config=True)
    courts = Dict(key_trait=Unicode(), value_trait=Int(), help="Courts by name.").tag(config=True)


class Drive(Command):
    """A command with settings of its own and borrowed ones."""

    name = "drive"
    arguments = "[ROAD]"
    most_arguments = 1
    borrowed: ClassVar = {Engine: None}

    quiet = Bool(False, help="Say nothing.").tag(config=True)
    target_speed = Int(50, help="In km/h.").tag(config=True)

    def run(self) -> int:
        return 0

    def engine(self) -> Engine:
        return Engine(parent=self)


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *a, **k: tmp_path / "user")

    def make(*arguments: str) -> Drive:
        command = Drive()
        command.initialize(list(arguments))
        return command

    return make


def test_a_trait_is_a_flag_with_dashes(drive: Any) -> None:
    assert drive("--target-speed", "80").target_speed == 80
    assert drive("--target-speed=90").target_speed == 90
    assert drive("--quiet").quiet is True
    assert drive("--power=7").engine().power == 7


def test_a_dict_option_is_repeated_as_name_and_value(drive: Any) -> None:
    assert drive("--court", "A=6000", "--court", "B=6001").engine().courts == {"A": 6000, "B": 6001}


def test_a_dict_beside_its_singular_keeps_its_own_name(drive: Any) -> None:
    engine = drive("--fuel", "3", "--fuels", "left=4").engine()
    assert (engine.fuel, engine.fuels) == (3, {"left": 4})


def test_a_dict_in_the_environment_is_separated_by_commas(drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTRIKE_LAB_COURTS", "A=6000,B=6001")
    assert drive().engine().courts == {"A": 6000, "B": 6001}


def test_flag_wins_over_environment_over_file_over_default(
    drive: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert drive().target_speed == 50
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "restrike_lab_config.py").write_text("c.Drive.target_speed = 55\nc.Engine.power = 1\n")
    assert (drive().target_speed, drive().engine().power) == (55, 1)
    (tmp_path / "restrike_lab_config.py").write_text("c.Drive.target_speed = 60\n")
    assert (drive().target_speed, drive().engine().power) == (60, 1)
    monkeypatch.setenv("RESTRIKE_LAB_TARGET_SPEED", "70")
    monkeypatch.setenv("RESTRIKE_LAB_POWER", "2")
    assert (drive().target_speed, drive().engine().power) == (70, 2)
    command = drive("--target-speed", "80", "--power", "3")
    assert (command.target_speed, command.engine().power) == (80, 3)


@pytest.mark.parametrize(
    ("wrong", "way_out"),
    [
        ("--target-sped=3", "did you mean --target-speed?"),
        ("--quite", "did you mean --quiet?"),
        ("--Drive.target_sped=3", "did you mean --Drive.target_speed?"),
        ("--zzz", "--help"),
    ],
)
def test_an_unknown_option_names_the_nearest(drive: Any, wrong: str, way_out: str) -> None:
    with pytest.raises(UsageError) as caught:
        drive(wrong)
    assert way_out in caught.value.hint


def test_an_option_without_its_value_is_refused(drive: Any) -> None:
    with pytest.raises(UsageError, match=r"^--target-speed: expected one argument"):
        drive("--target-speed")


def test_a_value_that_does_not_fit_is_refused(drive: Any) -> None:
    with pytest.raises(TraitError, match=r"expected an int, not the str 'fast'"):
        drive("--target-speed", "fast")
    with pytest.raises(TraitError, match="courts"):
        drive("--court", "A=six").engine()


def test_a_surplus_argument_is_refused_with_the_usage(drive: Any) -> None:
    assert drive("a1").extra_args == ["a1"]
    assert drive("-").extra_args == ["-"]
    with pytest.raises(UsageError) as caught:
        drive("a1", "b2")
    assert "restrike-lab drive [options] [ROAD]" in caught.value.hint


def test_a_broken_config_file_is_named(drive: Any, tmp_path: Path) -> None:
    (tmp_path / "restrike_lab_config.py").write_text("c.Drive.target_speed = nonsense\n")
    with pytest.raises(UsageError, match=r"restrike_lab_config\.py: NameError"):
        drive()
