"""Settings that make sense are taken, others are refused with the reason; and what a restart makes of stored rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.frames import clock_text, iso_time, text_frame
from restrike_lab.hub.process import configured, parser
from restrike_lab.hub.restore import mono_shift, rebuild
from restrike_lab.pss import Recognizer
from restrike_lab.store.schema import EVENT_COLUMNS
from tests.hub.helpers import LOAD

SECOND = 1_000_000_000


def test_without_courts_there_is_one_on_the_console_port() -> None:
    assert HubConfig().ports == {"1": 6000}
    assert HubConfig(port=8888).ports == {"1": 8888}
    assert HubConfig(courts={"A": 6000, "B": 6001}).ports == {"A": 6000, "B": 6001}


@pytest.mark.parametrize(
    "settings",
    [
        {"courts": {"A": 6000, "B": 6000}},
        {"courts": {"": 6000}},
        {"courts": {"A": 70_000}},
        {"port": -1},
        {"ws_port": 70_000},
        {"allow": ["everybody"]},
        {"protocol_version": "9.9"},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(TraitError):
        HubConfig(**settings)


def test_every_setting_has_a_help_text() -> None:
    for name, trait in HubConfig.class_traits(config=True).items():
        if name not in ("parent", "config", "log"):
            assert trait.help, name


def test_the_command_line_goes_over_the_settings_variable() -> None:
    arguments = parser().parse_args(["--court", "A=6001", "--court", "B=6002", "--ws-port", "0"])
    config = configured(arguments, json.dumps({"port": 7000, "ws_port": 3005, "token": "t"}))
    assert (config.ports, config.ws_port, config.token) == ({"A": 6001, "B": 6002}, 0, "t")


@pytest.mark.parametrize("options", [["--court", "A"], ["--court", "A=x"], ["--allow", "x"], ["--port", "99999"]])
def test_a_command_line_that_makes_no_sense_is_refused_with_the_way_out(options: list[str]) -> None:
    with pytest.raises(HubError) as refusal:
        configured(parser().parse_args(options), None)
    assert refusal.value.hint


def row(seq: int, raw: bytes, wall_ns: int, mono_ns: int) -> list[Any]:
    values: dict[str, Any] = {"seq": seq, "raw": raw, "arrival_ns": wall_ns, "mono_ns": mono_ns}
    return [values.get(name) for name in EVENT_COLUMNS]


def test_a_state_is_rebuilt_from_the_rows_since_the_last_load() -> None:
    messages = [*LOAD, b"clk;02:00;start", b"clk;01:58", b"sc1;3;sc2;1"]
    rows = [row(100 + i, raw, i * SECOND, i * SECOND) for i, raw in enumerate(messages)]
    state = rebuild(rows, Recognizer(), 20 * SECOND, 20 * SECOND)
    assert (state.match_id, state.score, state.clock.time_ms) == (100, (3, 1), 118_000)
    assert rebuild([], Recognizer(), 0, 0).match_id is None


def test_monotonic_times_go_on_within_a_boot_and_are_moved_after_one() -> None:
    assert mono_shift(100 * SECOND, 50 * SECOND, 110 * SECOND, 60 * SECOND) == 0
    rebooted = mono_shift(100 * SECOND, 50_000 * SECOND, 160 * SECOND, 30 * SECOND)
    assert 50_000 * SECOND + rebooted == (30 - 60) * SECOND
    clock_set_back = mono_shift(100 * SECOND, 50_000 * SECOND, 90 * SECOND, 30 * SECOND)
    assert 50_000 * SECOND + clock_set_back == 30 * SECOND


def test_times_are_written_as_people_and_programs_read_them() -> None:
    assert [clock_text(ms) for ms in (120_000, 87_999, 500, 0)] == ["2:00", "1:27", "0:00", "0:00"]
    assert iso_time(1_751_362_200_123_999_999) == "2025-07-01T09:30:00.123Z"


@pytest.mark.parametrize(("size", "header"), [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_frames_say_their_length(size: int, header: int) -> None:
    frame = text_frame(b"x" * size)
    assert len(frame) == size + header
    assert frame[0] == 0x81


def test_no_path_of_the_settings_depends_on_where_a_process_was_started(tmp_path: Path) -> None:
    assert HubConfig(data_dir=str(tmp_path)).directory == tmp_path
    assert HubConfig(data_dir="x").directory.is_absolute()
