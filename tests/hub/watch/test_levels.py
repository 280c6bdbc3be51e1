"""Limits with a margin and a time: what raises an alarm, and what ends it."""

from __future__ import annotations

import pytest

from restrike_lab.hub.watch.catalogue import FIGURES, shown
from restrike_lab.hub.watch.levels import CRITICAL, FINE, THRESHOLDS, WARNING, Sentinel, Threshold
from restrike_lab.hub.watch.settings import WatchSettings, thresholds_by

BUSY = Threshold("cpu_percent", 80, 95, "busy: {value}", "wait", margin=0.1, hold_s=5)
SPACE = Threshold("disk_free_mb", 1000, 100, "left: {value}", "free some", below=True, margin=0.2, hold_s=0)


def levels(threshold: Threshold, values: list[float | None]) -> list[int]:
    """The level after each value, one a second."""
    sentinel = Sentinel(threshold)
    return [(sentinel.update(value, second), sentinel.level)[1] for second, value in enumerate(values)]


def test_a_peak_is_no_alarm() -> None:
    assert levels(BUSY, [10, 99, 99, 99, 10, 99, 99]) == [FINE] * 7


def test_what_lasts_is_one() -> None:
    assert levels(BUSY, [10, *[85] * 6]) == [FINE] * 6 + [WARNING]


def test_the_level_is_what_held_all_the_time() -> None:
    assert levels(BUSY, [97, 97, 85, 97, 97, 97])[-1] == WARNING


def test_a_figure_at_its_limit_raises_one_alarm_and_not_one_a_second() -> None:
    wobbling = [81, 79, 81, 79] * 10
    after = levels(BUSY, [*[85] * 6, *wobbling])
    assert set(after[6:]) == {WARNING}


def test_it_is_over_behind_the_margin() -> None:
    assert levels(BUSY, [*[85] * 6, *[71] * 6])[-1] == FINE
    assert levels(BUSY, [*[85] * 6, *[73] * 60])[-1] == WARNING


def test_a_low_figure_is_bad_where_it_is_meant() -> None:
    assert levels(SPACE, [2000, 900, 50, 110, 130, 1100, 1300]) == [
        FINE,
        WARNING,
        CRITICAL,
        CRITICAL,
        WARNING,
        WARNING,
        FINE,
    ]


def test_what_is_not_known_changes_nothing() -> None:
    assert levels(SPACE, [900, None, None, 2000]) == [WARNING, WARNING, WARNING, FINE]
    assert levels(BUSY, [85, 85, None, 85, 85, 85, 85])[-1] == FINE  # the time begins anew


def test_every_threshold_watches_a_figure_that_there_is() -> None:
    assert {each.figure for each in THRESHOLDS} <= set(FIGURES)
    assert all("{value}" in each.text and each.hint for each in THRESHOLDS)


def test_settings_move_limits_and_times() -> None:
    settings = WatchSettings(warning={"cpu_percent": 50.0}, hold_seconds=1.0)
    found = {each.figure: each for each in thresholds_by(settings)}
    assert (found["cpu_percent"].warning, found["cpu_percent"].critical) == (50.0, None)
    assert {each.hold_s for each in found.values()} == {1.0}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("cpu_percent", 87.0, "87 %"),
        ("disk_free_mb", 77_914.4, "77.9 GB"),
        ("hub_memory_mb", 61.2, "61 MB"),
        ("stored_p95_ms", 3.25, "3.2 ms"),
        ("stored_p95_ms", 2500.0, "2.5 s"),
        ("received_s", 1234.0, "1,234/s"),
        ("clients", 3, "3"),
    ],
)
def test_figures_are_shown_as_people_read_them(name: str, value: float, text: str) -> None:
    assert shown(name, value) == text
