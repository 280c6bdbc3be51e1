"""Chapters as text: what players and sites ask for, and titles that try to be more than titles."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from pathlib import Path

import pytest

from restrike_lab.client.video.chapters import Chapter, clock_words, csv_text, ffmetadata, webvtt, youtube
from tests.obs.films import film, require_ffmpeg

HOSTILE = "=a;b#c\\d\n[CHAPTER]\r\nEND=1 <script>&amp; --> \x1b[2J \u2028x"


def chapters(*seconds: float, title: str = "") -> list[Chapter]:
    return [Chapter("/rec/a.mkv", at * 1000, title or f"T{n}", n, 83.0) for n, at in enumerate(seconds)]


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0:00"), (59_999, "0:59"), (61_000, "1:01"), (3_600_000, "1:00:00"), (36_061_000, "10:01:01")]
)
def test_a_position_is_written_as_players_do(ms: float, words: str) -> None:
    assert clock_words(ms) == words


def test_a_position_can_have_its_ms() -> None:
    assert clock_words(3_661_234.6, always_hours=True, fraction=True) == "01:01:01.235"
    assert clock_words(999.6, fraction=True) == "0:01.000"


def test_youtube_begins_at_zero_and_keeps_ten_seconds_apart() -> None:
    lines = youtube(chapters(12.9, 15, 21, 23.9, 40)).splitlines()
    assert lines == ["0:00 Start", "0:12 T0 · T1 · T2", "0:23 T3", "0:40 T4"]
    assert youtube(chapters(4, 30)).splitlines() == ["0:00 T0", "0:30 T1"]
    assert youtube([]) == ""


def test_youtube_titles_are_short_single_lines_without_angle_brackets() -> None:
    [line] = youtube(chapters(0, title=HOSTILE * 5)).splitlines()
    assert not re.search(r"[<>\x1b\u2028]", line)
    assert len(line) <= len("0:00 ") + 100


def test_ffmetadata_has_a_stretch_for_each_chapter_up_to_the_end() -> None:
    text = ffmetadata(chapters(1, 5), 9_000.0)
    assert text.startswith(";FFMETADATA1\n")
    assert re.findall(r"(?:START|END)=(\d+)", text) == ["1000", "5000", "5000", "9000"]
    assert re.findall(r"END=(\d+)", ffmetadata(chapters(1, 5)))[-1] == "8000"
    assert ffmetadata([]) == ";FFMETADATA1\n"


def test_chapters_at_one_place_still_have_a_length() -> None:
    assert re.findall(r"(?:START|END)=(\d+)", ffmetadata(chapters(5, 5), 5_000.0)) == ["5000", "5001", "5000", "5001"]


def test_ffmpeg_reads_a_hostile_title_as_a_title(tmp_path: Path) -> None:
    require_ffmpeg()
    film(str(tmp_path / "a.mkv"), 1.0)
    (tmp_path / "c.txt").write_text(ffmetadata(chapters(0, 0.5, title=HOSTILE), 1_000.0), "utf-8")
    put = ["ffmpeg", "-v", "error", "-i", "a.mkv", "-i", "c.txt", "-map_metadata", "1", "-codec", "copy", "b.mkv"]
    subprocess.run(put, check=True, cwd=tmp_path, stdin=subprocess.DEVNULL)
    ask = ["ffprobe", "-v", "error", "-show_entries", "chapter_tags=title", "-of", "default=nk=1:nw=1", "b.mkv"]
    told = subprocess.run(ask, check=True, cwd=tmp_path, capture_output=True, text=True).stdout.splitlines()
    assert told == ["=a;b#c\\d [CHAPTER] END=1 <script>&amp; --> [2J x"] * 2


def test_webvtt_has_a_cue_for_each_chapter_and_nothing_breaks_out_of_it() -> None:
    text = webvtt(chapters(1, 5, title=HOSTILE), 9_000.0)
    assert text.startswith("WEBVTT\n\n1\n00:00:01.000 --> 00:00:05.000\n")
    assert text.count("-->") == 2
    assert "<script" not in text
    assert "&lt;script&gt;&amp;amp; --&gt;" in text


def test_csv_has_uncertainties_and_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(chapters(1.5, title="=HYPERLINK(1)")))))
    assert rows[0] == ["file", "position", "position_ms", "uncertainty_ms", "title", "seq"]
    assert rows[1] == ["/rec/a.mkv", "00:00:01.500", "1500", "83", "'=HYPERLINK(1)", "0"]
