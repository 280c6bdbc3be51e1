"""From observations to a clock: which of them is believed, and how far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from restrike_lab.obs.events import Stamp
from restrike_lab.obs.video_clock import How
from restrike_lab.obs.video_fit import (
    Behind,
    Encoder,
    Lag,
    Lags,
    Pause,
    Recorded,
    Replayed,
    VideoFile,
    fit,
    fit_replay,
    measured_lag,
    rebased,
)
from tests.obs.films import MS, moment, recorded

FRAME = 1000 / 30
KNOWN = Lag(600.0, 40.0)
ASSUMED = Lag(400.0, 300.0, measured=False)


def behind(ms: float, looks: int = 20) -> Behind:
    return Behind(ms, looks, moment(5_000))


def position(seen: Recorded, lag: Lag, ms: float) -> float:
    place = fit(seen, lag).place(moment(ms).mono_ns)
    assert place is not None
    return place.position_ms


def test_with_an_idle_encoder_the_start_is_the_first_frame() -> None:
    seen = recorded(behind=behind(610))
    clock = fit(seen, ASSUMED)
    assert (clock.how, clock.bound_ms) == (How.START, pytest.approx(FRAME + 50))
    assert position(seen, ASSUMED, 10_000) == pytest.approx(10_000 - FRAME / 2)


def test_start_end_and_time_code_are_held_against_each_other() -> None:
    def ended(ms: float, **facts: object) -> Recorded:
        """A recording of 10 s whose file says that it begins ``ms`` after the start."""
        file = VideoFile("/a", moment(0), 10_000 - ms + 0.6 * FRAME, 10_000 - ms + 0.6 * FRAME)
        return recorded(files=(file,), ended=moment(10_000), **facts)

    start, base = FRAME / 2, FRAME + 50
    alone = fit(ended(start + 100, behind=behind(600)), ASSUMED)
    assert (alone.onset_ms, alone.bound_ms) == (pytest.approx(start + 50), pytest.approx(base + 50))
    two_of_three = fit(ended(start + 100, behind=behind(710)), KNOWN)
    assert (two_of_three.onset_ms, two_of_three.bound_ms) == (pytest.approx(start + 100), pytest.approx(base + 5))
    far_off = fit(ended(start + 3_000, behind=behind(600)), KNOWN)
    assert (far_off.onset_ms, far_off.bound_ms) == (pytest.approx(start), pytest.approx(base))
    assert {each.how for each in (alone, two_of_three, far_off)} == {How.START}


def test_a_busy_encoder_that_began_on_time_is_seen_by_its_time_code() -> None:
    assert fit(recorded(encoder=Encoder.BUSY, behind=behind(650)), KNOWN).how is How.START


def test_a_late_start_is_told_by_the_time_code_and_the_lag() -> None:
    seen = recorded(encoder=Encoder.BUSY, behind=behind(4_600), late=True)
    assert fit(seen, KNOWN).how is How.TIME_CODE
    assert position(seen, KNOWN, 10_000) == pytest.approx(6_000 - FRAME / 2)


def test_without_a_measured_lag_one_is_assumed_and_the_bound_says_so() -> None:
    clock = fit(recorded(encoder=Encoder.BUSY, behind=behind(4_600)), ASSUMED)
    assert clock.how is How.ASSUMED_LAG
    assert clock.bound_ms > 300


def test_a_busy_start_of_which_nothing_more_is_known_may_be_off_by_a_key_interval() -> None:
    clock = fit(recorded(encoder=Encoder.BUSY), KNOWN)
    assert (clock.how, clock.bound_ms) == (How.UNCERTAIN_START, 10_000)


def test_the_frames_that_were_written_tell_the_start_of_a_finished_file() -> None:
    file = VideoFile("/a", moment(0), length_ms=6_100.0, written_ms=6_000.0)
    seen = recorded(encoder=Encoder.BUSY, files=(file,), ended=moment(10_000), late=True)
    assert fit(seen, ASSUMED).how is How.END
    assert position(seen, ASSUMED, 10_000) == pytest.approx(6_000 - 0.6 * FRAME)


def test_an_end_that_contradicts_a_measured_time_code_is_not_believed() -> None:
    file = VideoFile("/a", moment(0), length_ms=2_000.0, written_ms=2_000.0)  # the disk was full, for instance
    seen = recorded(encoder=Encoder.BUSY, behind=behind(4_600), files=(file,), ended=moment(10_000))
    assert fit(seen, KNOWN).how is How.TIME_CODE


def test_an_idle_start_that_the_file_contradicts_is_not_believed_where_no_time_code_was_seen() -> None:
    file = VideoFile("/a", moment(0), length_ms=6_000.0, written_ms=6_000.0)
    assert fit(recorded(files=(file,), ended=moment(10_000)), KNOWN).how is How.END
    assert fit(recorded(files=(file,), ended=moment(10_000), behind=behind(600)), KNOWN).how is How.START


def test_a_recording_whose_end_was_lost_says_nothing_by_its_length() -> None:
    file = VideoFile("/a", moment(0), length_ms=6_000.0)
    seen = recorded(encoder=Encoder.BUSY, files=(file,), ended=moment(10_000), lost=True)
    assert fit(seen, KNOWN).how is How.UNCERTAIN_START


def test_a_recording_that_was_found_running_is_placed_by_its_time_code() -> None:
    seen = recorded(told=False, encoder=Encoder.UNKNOWN, behind=behind(-59_400))
    assert position(seen, KNOWN, 1_000) == pytest.approx(61_000 - FRAME / 2)


def test_each_pause_widens_the_bound() -> None:
    pauses = (Pause(moment(1_000), moment(2_000)), Pause(moment(3_000), moment(4_000)))
    assert fit(recorded(pauses=pauses), KNOWN).bound_ms == pytest.approx(FRAME + 50 + 30)


def test_parts_follow_one_another_by_their_lengths() -> None:
    files = (VideoFile("/a", moment(0), 2_500.0), VideoFile("/b", None, 4_000.0), VideoFile("/c", None, 1_000.0))
    parts = fit(recorded(files=files, ended=moment(7_500)), KNOWN).parts
    assert [(each.path, each.from_ms, each.to_ms) for each in parts] == [
        ("/a", 0, 2_500),
        ("/b", 2_500, 6_500),
        ("/c", 6_500, 7_500),
    ]


def test_a_part_that_obs_told_of_begins_a_lag_before_the_news() -> None:
    files = (VideoFile("/a", moment(0)), VideoFile("/b", moment(3_600)))
    first, second = fit(recorded(files=files), KNOWN).parts
    assert first.to_ms == second.from_ms == pytest.approx(3_000 - FRAME / 2)
    assert second.bound_ms == pytest.approx(40 + FRAME)


def test_a_part_of_which_neither_length_nor_beginning_is_known_has_no_useful_bound() -> None:
    files = (VideoFile("/a", moment(0)), VideoFile("/b"))
    assert fit(recorded(files=files), KNOWN).parts[1].bound_ms == 10_000


def test_a_recording_is_no_witness_for_itself_but_knows_its_own_lag() -> None:
    idle = recorded(behind=behind(700), files=(VideoFile("/a", moment(0)), VideoFile("/b", moment(3_700))))
    assert not measured_lag(idle, [idle]).measured
    assert fit(idle, ASSUMED).parts[1].from_ms == pytest.approx(3_000 - FRAME / 2)


def test_the_lag_comes_from_recordings_that_began_with_an_idle_encoder() -> None:
    late = recorded(encoder=Encoder.BUSY, behind=behind(4_000))
    others = [
        late,
        replace(late, encoder=Encoder.IDLE, behind=behind(600), begun=moment(-60_000)),
        replace(late, encoder=Encoder.IDLE, behind=behind(620), begun=moment(-120_000)),
        replace(late, encoder=Encoder.IDLE, behind=behind(900), instance="ring2"),
        replace(late, encoder=Encoder.IDLE, behind=behind(901), profile="other"),
        replace(late, encoder=Encoder.IDLE, behind=behind(902), fps=60.0),
        replace(late, encoder=Encoder.IDLE, behind=behind(903), told=False),
        replace(late, encoder=Encoder.IDLE, behind=behind(904), late=True),
    ]
    assert measured_lag(late, others) == Lags(others).of(late) == Lag(610.0, 40.0)
    assert not measured_lag(late, others[:1]).measured


def test_another_machines_clock_is_followed_by_later_looks() -> None:
    first, later = Behind(600, 20, moment(5_000)), Behind(420, 6, moment(3_605_000))
    away = recorded(local=False, behind=first)
    assert (fit(away, KNOWN).drift, fit(away, KNOWN).unsure) == (0.0, pytest.approx(100e-6))
    corrected = fit(replace(away, later=later), KNOWN)
    assert corrected.drift == pytest.approx(50e-6)
    assert corrected.unsure < 100e-6
    jumped = fit(replace(away, later=replace(later, ms=-10_000.0)), KNOWN)
    assert jumped.drift == 0.0


def test_a_replay_ends_where_it_was_asked_for() -> None:
    asked = Replayed("ring1", "/r", moment(60_700), moment(60_000), length_ms=8_000.0, written_ms=7_950.0, fps=30.0)
    clock = fit_replay(asked)
    place = clock.place(moment(60_000).mono_ns)
    assert place is not None
    assert (place.how, place.bound_ms) == (How.REQUEST, pytest.approx(75))
    assert place.position_ms == pytest.approx(7_950 - 1.5 * FRAME)


def test_a_replay_that_others_saved_is_placed_by_the_news_with_a_wider_bound() -> None:
    clock = fit_replay(Replayed("ring1", "/r", moment(60_850), length_ms=8_000.0, fps=30.0))
    assert clock.how is How.SAVED
    assert clock.bound_ms > 300
    assert clock.last_ns == pytest.approx(moment(60_000 + 1.5 * FRAME).mono_ns, abs=MS)


def test_a_moment_of_another_term_is_placed_by_the_wall_clock() -> None:
    seen = recorded()
    here, there = moment(7_000), Stamp(moment(7_000).wall_ns, 42)
    assert seen.axis(here.wall_ns, here.mono_ns, 1) == here.mono_ns
    assert seen.axis(there.wall_ns, there.mono_ns, 2) == here.mono_ns


def test_a_recording_goes_on_in_the_next_term_on_its_clock() -> None:
    seen = recorded(pauses=(Pause(moment(1_000), moment(2_000)),), behind=behind(600), ended=moment(9_000))
    now = Stamp(moment(20_000).wall_ns, 1_000 * MS)
    moved = rebased(seen, now, 7)
    assert moved.epoch == 7
    assert moved.begun.mono_ns == (1_000 - 20_000) * MS
    assert moved.recorded(Stamp(now.wall_ns, now.mono_ns)) == pytest.approx(19_000)
    assert moved.ended
    assert moved.recorded(moved.ended) == pytest.approx(8_000)
