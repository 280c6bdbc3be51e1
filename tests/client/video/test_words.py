"""What people type about videos, on the command line and behind the magic."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.video import MatchVideo, VideoError, Videos
from restrike_lab.client.video.words import Wishes, obey, wishes_of
from tests.client.video.filmed import Filmed


def test_words_lead_to_what_python_gives(videos: Videos, tmp_path: Path, filmed: Filmed) -> None:
    none = Wishes()
    assert len(obey(videos, [], none)) == len(obey(videos, ["recordings"], none)) == 2  # type: ignore[arg-type]
    assert len(obey(videos, ["replays"], none)) == 1  # type: ignore[arg-type]
    assert isinstance(obey(videos, ["101"], none), MatchVideo)
    assert obey(videos, ["101", "csv"], none) == videos("101").csv()
    wide = Wishes(instance="wide")
    assert obey(videos, ["101", "youtube"], wide) == videos("101", instance="wide").youtube()
    assert str(obey(videos, ["101", "vtt"], wide)).startswith("WEBVTT")
    assert str(obey(videos, ["101", "ffmetadata"], wide)).startswith(";FFMETADATA1")
    to = Wishes(output=str(tmp_path / "c.txt"), instance="wide", before_ms=0.0)
    assert obey(videos, ["101", "ffmetadata"], to) == str(tmp_path / "c.txt")
    assert (tmp_path / "c.txt").read_text("utf-8") == videos("101", instance="wide").ffmetadata(lead_ms=0)
    clip = Wishes(output=str(tmp_path / "c.mp4"), instance="wide", before_ms=200.0, after_ms=200.0)
    assert obey(videos, ["101", "clip", str(filmed.point)], clip) == str(tmp_path / "c.mp4")


def test_a_match_in_several_files_asks_for_one(videos: Videos) -> None:
    with pytest.raises(VideoError, match="2 files") as several:
        videos("101").youtube()
    names = several.value.hint.removeprefix("Name one: ").removesuffix(".").split(", ")
    assert videos("101").youtube(names[0])
    with pytest.raises(VideoError, match="no file"):
        videos("101").youtube("other.mkv")


@pytest.mark.parametrize("words", [["101", "dance"], ["101", "clip"], ["101", "clip", "x"]])
def test_words_that_mean_nothing_are_answered_with_those_that_do(videos: Videos, words: list[str]) -> None:
    with pytest.raises(VideoError, match="mean") as asked:
        obey(videos, words, Wishes())
    assert "youtube" in asked.value.hint


def test_options_behind_the_magic() -> None:
    words, wishes = wishes_of(
        ["101", "clip", "7", "-o", "a.mp4", "--before=1.5", "--after", "2", "--obs-instance", "wide"]
    )
    assert words == ["101", "clip", "7"]
    assert wishes == Wishes(output="a.mp4", instance="wide", before_ms=1_500.0, after_ms=2_000.0)
    for wrong in (["--what", "1"], ["-o"], ["--before", "soon"]):
        with pytest.raises(VideoError):
            wishes_of(wrong)


def test_the_command(filmed: Filmed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = f"--data-dir={filmed.data_dir}"
    assert main(["video", where]) == 0
    assert "ring1" in capsys.readouterr().out
    assert main(["video", where, "101"]) == 0
    assert "events are in a recording" in capsys.readouterr().out
    assert main(["video", where, "--obs-instance=wide", "101", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["title"] for row in rows][:1] == ["Round 1"]
    assert main(["video", where, "101", "page", "-o", str(tmp_path / "p.html")]) == 0
    assert (tmp_path / "p.html").is_file()
    assert main(["video", where, "999"]) == 1
    assert "there is no match" in capsys.readouterr().err
