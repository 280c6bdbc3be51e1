"""Where a moment is: pauses, parts, what is not in the picture, and how far clocks run apart."""

from __future__ import annotations

import pytest

from restrike_lab.obs.video_clock import How, Part, RecordingClock, ReplayClock, recorded_ms
from tests.obs.films import MS

PAUSES = ((10_000 * MS, 15_000 * MS), (20_000 * MS, None))


@pytest.mark.parametrize(
    ("at", "wanted"),
    [(5_000, 5_000), (10_000, 10_000), (12_000, 10_000), (15_000, 10_000), (19_000, 14_000), (99_000, 15_000)],
)
def test_what_was_recorded_stands_still_in_a_pause(at: int, wanted: float) -> None:
    assert recorded_ms(at * MS, 0, PAUSES) == wanted


def clock(**facts: object) -> RecordingClock:
    known = {
        "instance": "ring1", "begun_ns": 0, "onset_ms": 0.0, "bound_ms": 80.0, "how": How.START,
        "parts": (Part("/rec/a.mkv"),),
    }  # fmt: skip
    return RecordingClock(**{**known, **facts})  # type: ignore[arg-type]


def test_a_moment_before_or_after_a_recording_has_no_place() -> None:
    ended = clock(end_ns=5_000 * MS)
    assert ended.place(-1) is None
    assert ended.place(5_001 * MS) is None
    assert ended.place(5_000 * MS) is not None


def test_a_running_recording_has_a_place_for_every_moment_since_it_began() -> None:
    place = clock().place(3_600_000 * MS)
    assert place is not None
    assert place.position_ms == 3_600_000


def test_a_moment_in_a_pause_has_the_place_of_the_cut_and_is_not_shown() -> None:
    place = clock(pauses=PAUSES).place(12_000 * MS)
    assert place is not None
    assert (place.position_ms, place.shown) == (10_000, False)
    after = clock(pauses=PAUSES).place(16_000 * MS)
    assert after is not None
    assert (after.position_ms, after.shown) == (11_000, True)


def test_a_moment_before_the_first_frame_of_a_late_start_is_not_shown() -> None:
    late = clock(onset_ms=3_000.0)
    nearly = late.place(2_950 * MS)
    assert nearly is not None
    assert (nearly.position_ms, nearly.shown) == (0, True)  # within the bound
    before, in_it = late.place(2_000 * MS), late.place(4_000 * MS)
    assert before is not None
    assert in_it is not None
    assert (before.position_ms, before.shown) == (0, False)
    assert (in_it.position_ms, in_it.shown) == (1_000, True)


def test_a_recording_that_ran_already_is_further_on_than_it_was_seen() -> None:
    place = clock(onset_ms=-60_000.0).place(1_000 * MS)
    assert place is not None
    assert place.position_ms == 61_000


def test_each_part_holds_its_own_stretch() -> None:
    parts = (Part("/a", 0, 2_000), Part("/b", 2_000, 5_000, bound_ms=40), Part("/c", 5_000))
    split = clock(parts=parts)
    found = [split.place(at * MS) for at in (1_999, 2_000, 4_000, 6_000)]
    assert [(p.path, p.position_ms, p.bound_ms) for p in found if p] == [
        ("/a", 1_999, 80),
        ("/b", 0, 120),
        ("/b", 2_000, 120),
        ("/c", 1_000, 80),
    ]


def test_a_moment_beyond_the_length_of_the_file_is_not_shown() -> None:
    short = clock(parts=(Part("/a", 0, 2_000),), end_ns=5_000 * MS)
    place, at_its_end = short.place(4_000 * MS), short.place(2_050 * MS)
    assert place is not None
    assert at_its_end is not None
    assert (place.position_ms, place.shown) == (2_000, False)
    assert at_its_end.shown


def test_two_machines_clocks_widen_the_bound_with_time_and_a_known_drift_moves_the_place() -> None:
    apart = clock(unsure=0.0001).place(1_000_000 * MS)
    assert apart is not None
    assert apart.bound_ms == pytest.approx(180)
    drifting = clock(drift=0.0002).place(1_000_000 * MS)
    assert drifting is not None
    assert drifting.position_ms == pytest.approx(1_000_200)


def test_a_replay_counts_back_from_its_last_frame() -> None:
    replay = ReplayClock("ring1", "/r", 60_000 * MS, 8_000.0, 75.0, How.REQUEST)
    place = replay.place(58_000 * MS)
    assert place is not None
    assert (place.position_ms, place.kind) == (6_000, "replay")
    assert replay.place(51_999 * MS) is None
    assert replay.place(60_001 * MS) is None


def test_a_replay_of_unknown_length_has_no_places() -> None:
    assert ReplayClock("ring1", "/r", 60_000 * MS, None, 75.0, How.REQUEST).place(58_000 * MS) is None
