"""Capture files: what is read, what is reported, and that nothing is lost."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.simulate.capture import (
    CaptureError,
    CaptureUnreadable,
    capture_lines,
    iter_capture,
    read_capture,
    write_capture,
)
from restrike_lab.simulate.timed import Timed

STARTED = datetime(2025, 3, 1, 23, 59, 59, 500_000)


def lines(*texts: bytes) -> tuple[list[Timed], list[CaptureError]]:
    errors: list[CaptureError] = []
    return list(iter_capture((text + b"\n" for text in texts), errors.append)), errors


def test_the_real_capture_is_read_whole(live_capture: Path, live_messages: list[tuple[int, bytes]]) -> None:
    capture = read_capture(live_capture)
    assert capture.errors == []
    assert [(timed.at_ms, timed.payload) for timed in capture.messages] == live_messages
    assert capture.started == datetime.fromisoformat("2025-07-20 19:16:28.952")


def test_foreign_bytes_are_taken_as_they_are() -> None:
    read, errors = lines(b"2025-01-01 10:00:00.000\t\\x41 \xff;\tmore\tcolumns", b"2025-01-01T10:00:00.250Z\tsup;1\r")
    assert read == [Timed(0, b"\\x41 \xff;"), Timed(250, b"sup;1")]
    assert errors == []


def test_times_of_day_cross_midnight() -> None:
    read, errors = lines(b"23:59:59.900\ta", b"00:00:00.100\tb", b"13:00:00\tc", b"00:00:01,5\td")
    assert [timed.at_ms for timed in read] == [0, 200, 46_800_100, 86_401_600]
    assert errors == []


def test_a_small_step_back_is_held() -> None:
    read, _ = lines(b"10:00:01.000\ta", b"10:00:00.990\tb", b"10:00:02\tc")
    assert [timed.at_ms for timed in read] == [0, 0, 1_000]


def test_lines_that_cannot_be_read_are_reported_with_their_number_and_text() -> None:
    read, errors = lines(
        b"# a comment", b"10:00:00\ta", b"no tab at all", b"25:61:00\tb", b"", b"10:00:01\tc", b"\xff\td"
    )
    assert [timed.payload for timed in read] == [b"a", b"c"]
    assert [(error.line, error.text) for error in errors] == [
        (3, "no tab at all"),
        (4, "25:61:00\tb"),
        (7, "\\xff\td"),
    ]
    assert all(error.reason for error in errors)


def test_a_broken_escape_is_reported() -> None:
    read, errors = lines(b"# restrike-lab capture 1", b"10:00:00\tok\t1", b"10:00:01\tbad\\q\t1")
    assert read == [Timed(0, b"ok")]
    assert [error.line for error in errors] == [3]
    assert "backslash" in errors[0].reason


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.binary(max_size=60), st.sampled_from(["1", "A", "Mat 3", "Цех"])),
        max_size=20,
    )
)
def test_the_labs_own_form_gives_everything_back(rows: list[tuple[int, bytes, str]]) -> None:
    messages = sorted((Timed(*row) for row in rows), key=lambda timed: timed.at_ms)
    written = [line.encode() for line in capture_lines(messages, started=STARTED, comments=["a note"])]
    errors: list[CaptureError] = []
    assert list(iter_capture(written, errors.append)) == messages
    assert errors == []


@pytest.mark.parametrize("name", ["session.tsv", "session.tsv.gz"])
def test_a_written_file_is_read_back_and_always_has_the_same_bytes(tmp_path: Path, name: str) -> None:
    messages = [Timed(0, b"hel;", "1"), Timed(750, b"a\tb\n\xff", "2"), Timed(90_000, b"", "1")]
    first, second = tmp_path / name, tmp_path / f"again-{name}"
    assert write_capture(first, messages, started=STARTED) == 3
    write_capture(second, iter(messages), started=STARTED)
    assert first.read_bytes() == second.read_bytes()
    capture = read_capture(first)
    assert capture.messages == messages
    assert capture.errors == []
    assert capture.started == STARTED


def test_dates_with_an_offset_are_kept() -> None:
    read, errors = lines(b"2025-07-20T19:16:28.952123456+02:00\ta", b"2025-07-20T17:16:29.952Z\tb")
    assert [timed.at_ms for timed in read] == [0, 1_000]
    assert errors == []


def test_a_time_zone_in_the_beginning_survives(tmp_path: Path) -> None:
    path = tmp_path / "utc.tsv"
    write_capture(path, [Timed(5, b"x")], started=STARTED.replace(tzinfo=UTC))
    assert read_capture(path).started == STARTED.replace(tzinfo=UTC)


def test_a_missing_file_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(CaptureUnreadable) as raised:
        read_capture(tmp_path / "nothing.tsv")
    assert "nothing.tsv" in str(raised.value)
    assert raised.value.hint


def test_a_damaged_archive_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "damaged.tsv.gz"
    path.write_bytes(gzip.compress(b"10:00:00\ta\n" * 1000)[:40])
    with pytest.raises(CaptureUnreadable):
        read_capture(path)
