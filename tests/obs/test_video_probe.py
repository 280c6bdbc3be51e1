"""Looking into video files: how long their picture is, and which were written when."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from restrike_lab.obs.video_probe import files_written, probe
from tests.obs.films import film, require_ffmpeg


@pytest.mark.parametrize("name", ["a.mkv", "b.mp4", "c.flv", "-d e'f.mkv", "file:g.mkv"])
def test_the_length_of_a_picture_is_found_in_every_container(tmp_path: Path, name: str) -> None:
    require_ffmpeg()
    made = tmp_path / "made" / f"x{Path(name).suffix}"
    film(str(made), 1.5)
    path = made.rename(tmp_path / name)
    found = probe(str(path))
    assert found is not None
    assert found.length_ms == pytest.approx(1_500, abs=40)
    assert found.written_ms == pytest.approx(1_500, abs=40)
    assert found.fps == pytest.approx(30)


def test_a_file_that_was_never_ended_is_as_long_as_its_frames(tmp_path: Path) -> None:
    require_ffmpeg()
    whole, cut = tmp_path / "a.mkv", tmp_path / "b.mkv"
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30"]
    source = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=30:d=4"]
    # as OBS writes it: nowhere back, so that the length is not known before the end
    command = ["ffmpeg", "-v", "error", *source, *encode, "-f", "matroska", "pipe:1"]
    whole.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = probe(str(cut))
    assert found is not None
    assert 500 < found.length_ms < 3_900


def test_a_file_without_a_picture_has_no_length(tmp_path: Path) -> None:
    require_ffmpeg()
    (tmp_path / "a.mkv").write_bytes(b"\x1aE\xdf\xa3" + bytes(700))
    found = probe(str(tmp_path / "a.mkv"))
    assert found is not None
    assert (found.length_ms, found.written_ms) == (0, 0)


def test_a_file_that_cannot_be_seen_is_unknown(tmp_path: Path) -> None:
    assert probe(str(tmp_path / "missing.mkv")) is None
    assert probe("https://example.invalid/a.mkv") is None


def test_without_ffprobe_everything_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mkv").write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert probe(str(tmp_path / "a.mkv")) is None


def test_files_are_found_by_when_they_were_last_written(tmp_path: Path) -> None:
    for name, second in (("old.mkv", 10), ("b.mkv", 30), ("a.mkv", 20), ("known.mkv", 25), ("notes.txt", 25)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, ns=(second * 10**9, second * 10**9))
    found = files_written(tmp_path, 15 * 10**9, 40 * 10**9, {str(tmp_path / "known.mkv")})
    assert found == [str(tmp_path / "a.mkv"), str(tmp_path / "b.mkv")]
    assert files_written(tmp_path / "missing", 0, 1, set()) == []
