"""``lab.video``: every event of a recorded bout has file, position and uncertainty."""

from __future__ import annotations

import subprocess
from pathlib import Path

import apsw
import pytest

from restrike_lab.client.report import ReportError
from restrike_lab.client.video import VideoError, Videos
from tests.client.video.filmed import Filmed, videos_of


def test_every_event_of_the_bout_is_in_the_recording_of_each_obs(videos: Videos, filmed: Filmed) -> None:
    events = videos("101").events
    during = events[(events["seq"] >= filmed.started) & (events["seq"] <= filmed.winner)]
    assert during["file"].notna().all()
    assert set(during["instance"]) == {"ring1", "wide"}
    assert during.groupby("seq").size().eq(2).all()
    assert (during["uncertainty_ms"] < 120).all()
    assert set(during["how"]) == {"start"}


def test_events_before_the_recording_and_after_it_have_a_row_without_a_file(videos: Videos, filmed: Filmed) -> None:
    events = videos("101").events
    outside = events[(events["seq"] < filmed.started - 3) | (events["seq"] > filmed.winner)]
    assert len(outside) > 5
    assert outside["file"].isna().all()
    assert outside["position_ms"].isna().all()
    assert outside["seq"].is_unique


def test_positions_follow_the_clock_and_pauses_are_left_out(videos: Videos, filmed: Filmed) -> None:
    events = videos("101").events
    one, two = (events[events["instance"] == name].set_index("seq")["position_ms"] for name in ("ring1", "wide"))
    at = events[events["instance"] == "wide"].set_index("seq")["timestamp"]
    for first, second in ((filmed.started, filmed.point), (filmed.point, filmed.winner)):
        passed = (at[second] - at[first]).total_seconds() * 1000
        assert two[second] - two[first] == pytest.approx(passed, abs=2)
        away = passed - (one[second] - one[first])
        assert away == pytest.approx(0 if second == filmed.point else paused_ms(filmed), abs=2)


def paused_ms(filmed: Filmed) -> float:
    with apsw.Connection(str(filmed.data_dir / "restrike.sqlite"), flags=apsw.SQLITE_OPEN_READONLY) as db:
        return float(db.execute("SELECT (resumed_ns - paused_ns) / 1e6 FROM obs_recording_pauses").get)


def test_what_happened_in_a_pause_is_not_shown(videos: Videos, filmed: Filmed) -> None:
    shown = videos("101").events.set_index(["instance", "seq"])["shown"]
    assert not shown["ring1", filmed.paused_hit]
    assert shown["wide", filmed.paused_hit]


def test_positions_are_true_in_the_file(videos: Videos, filmed: Filmed) -> None:
    """The pretended files are as long as what was recorded: from an event to their end is as long as it was."""
    video = videos("101", instance="wide")
    file, event = video.files.iloc[0], video.events.set_index("seq").loc[filmed.winner]
    left = (file["ended"] - event["timestamp"]).total_seconds() * 1000
    assert file["length_ms"] - event["position_ms"] == pytest.approx(left, abs=event["uncertainty_ms"])


def test_one_obs_can_be_chosen_and_a_number_names_the_match(videos: Videos, filmed: Filmed) -> None:
    video = videos(int(videos("101").match["match_id"]), instance="wide")
    assert set(video.events["instance"].dropna()) == {"wide"}
    assert list(video.files["instance"]) == ["wide"]
    with pytest.raises(ReportError):
        videos("999")


def test_replays_have_places_too(videos: Videos, filmed: Filmed) -> None:
    replays = videos("101").replays.set_index("seq")
    assert set(replays["kind"]) == {"replay"}
    assert set(replays["how"]) == {"request"}
    assert replays.loc[filmed.point, "position_ms"] >= 0
    assert filmed.winner not in replays.index


def test_a_single_event_is_found(videos: Videos, filmed: Filmed) -> None:
    places = videos.at(filmed.point)
    assert sorted({place.instance for place in places}) == ["ring1", "wide"]
    assert videos.at(10**9) == []


def test_the_dtypes_do_not_depend_on_the_rows(videos: Videos) -> None:
    full, none = videos("101").events, videos("101", instance="nobody").events
    assert list(full.dtypes) == list(none.dtypes)
    assert str(full["timestamp"].dtype) == "datetime64[us, UTC]"
    assert list(videos("101").files.dtypes) == list(videos("101", instance="nobody").files.dtypes)


def test_recordings_and_replays_are_listed(videos: Videos, filmed: Filmed) -> None:
    recordings, replays = videos.recordings(), videos.replays()
    assert list(recordings["instance"]) == ["ring1", "wide"]
    assert list(recordings["pauses"]) == [1, 0]
    assert not recordings["running"].any()
    assert list(replays["kind"]) == ["replay"]
    assert all(Path(file).is_file() for file in recordings["file"])


def test_folders_of_another_machine_are_found_on_this_one(videos: Videos, filmed: Filmed) -> None:
    video = videos("101", folders={f"{filmed.films}/one/": "/mnt/rec"})
    assert set(video.files.query("kind == 'recording'")["file"].map(lambda path: str(Path(path).parent))) == {
        "/mnt/rec",
        str(filmed.films / "two"),
    }
    assert video.local("C:\\rec\\a.mkv") == "C:\\rec\\a.mkv"
    windows = videos("101", folders={"C:\\rec": "/mnt/rec"})
    assert windows.local("C:\\rec\\day 1\\a.mkv") == "/mnt/rec/day 1/a.mkv"
    assert windows.local("C:\\recordings\\a.mkv") == "C:\\recordings\\a.mkv"


def test_a_camera_that_is_behind_moves_every_position(videos: Videos, filmed: Filmed) -> None:
    plain, late = (
        videos("101", instance="wide", delay_ms=delay).events.set_index("seq")["position_ms"] for delay in (0, 120)
    )
    assert late[filmed.point] - plain[filmed.point] == pytest.approx(120)


def test_an_obs_whose_role_is_another_court_shows_nothing_of_this_one(copied: Path) -> None:
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute("UPDATE obs_connections SET role = '2' WHERE name = 'wide'")
        db.execute("UPDATE obs_connections SET role = '1' WHERE name = 'ring1'")
    with videos_of(copied) as videos:
        assert set(videos("101").events["instance"].dropna()) == {"ring1", "wide"}  # there is no court 2
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute(
            "INSERT INTO pss_matches (match_id, court, loaded_ns, loaded_by, stage, fought, rounds_blue, rounds_red) "
            "VALUES (900, '2', 0, 'pre', 'loading', 0, 0, 0)"
        )
    with videos_of(copied) as videos:
        assert set(videos("101").events["instance"].dropna()) == {"ring1"}


def test_a_recording_that_has_no_end_is_over_when_its_hub_is(copied: Path, filmed: Filmed) -> None:
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute("UPDATE obs_recordings SET ended_ns = NULL, ended_mono = NULL WHERE instance = 'wide'")
    with videos_of(copied) as videos:
        video = videos("101", instance="wide")
        assert video.files["lost"].all()
        assert not video.files["running"].any()
        assert "the end of the recording was not heard" in "; ".join(video.warnings)
        assert video.events.set_index("seq")["file"].notna()[filmed.winner]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("late = 1", "begins late"),
        ("encoder = 'busy', behind_ms = NULL, behind_ns = NULL, ended_ns = NULL, ended_mono = NULL", "off by seconds"),
    ],
)
def test_what_is_wrong_with_a_recording_is_told(copied: Path, change: str, words: str) -> None:
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute(f"UPDATE obs_recordings SET {change}")
    with videos_of(copied) as videos:
        assert words in "; ".join(videos("101").warnings)
        assert words in repr(videos("101"))


def test_files_that_the_hub_could_not_look_into_are_looked_into_here(copied: Path, filmed: Filmed) -> None:
    with videos_of(copied) as videos:
        known, replays = videos("101").files["length_ms"], videos("101").replays["position_ms"]
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        for table in ("obs_recording_files", "obs_replays"):
            db.execute(f"UPDATE {table} SET length_ms = NULL, written_ms = NULL")
            db.execute(f"UPDATE {table} SET path = replace(path, ?, 'D:/rec')", (str(filmed.films),))
    with videos_of(copied) as videos:
        assert videos("101").files["length_ms"].isna().all()
        assert videos("101").replays.empty
        here = videos("101", folders={"D:\\rec": str(filmed.films)})
        assert list(here.files["length_ms"]) == list(known)
        assert list(here.replays["position_ms"]) == list(replays)


def test_a_match_that_nobody_recorded_says_so(copied: Path) -> None:
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        for table in ("obs_recordings", "obs_recording_files", "obs_recording_pauses", "obs_replays"):
            db.execute(f"DELETE FROM {table}")
    with videos_of(copied) as videos:
        video = videos("101")
        assert video.warnings == ["no recording of this match is known"]
        assert video.events["file"].isna().all()
        for ask in (video.youtube, video.ffmetadata, video.webvtt, video.page, lambda: video.clip(1)):
            with pytest.raises(VideoError):
                ask()


def test_a_clip_shows_what_was_around_an_event(videos: Videos, filmed: Filmed, tmp_path: Path) -> None:
    video = videos("101", instance="wide")
    clip = video.clip(filmed.point, tmp_path / "clip.mp4", before_ms=400, after_ms=600)
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", clip]
    seconds = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert seconds == pytest.approx(1.0, abs=0.08)
    with pytest.raises(VideoError, match="already"):
        video.clip(filmed.point, clip)
    assert video.clip(filmed.point, clip, overwrite=True) == clip
    assert list(tmp_path.iterdir()) == [clip]


def test_a_clip_has_a_name_that_every_file_system_takes(
    videos: Videos, filmed: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = videos("101", instance="wide").clip(filmed.point, before_ms=100, after_ms=100)
    assert clip.name == f"101 {filmed.point} Blue_ body kick, +2.mp4"


def test_what_is_not_in_the_picture_is_not_cut(videos: Videos, filmed: Filmed, tmp_path: Path) -> None:
    video = videos("101", instance="ring1")
    with pytest.raises(VideoError, match="not in the picture"):
        video.clip(filmed.paused_hit, tmp_path / "a.mp4")
    with pytest.raises(VideoError, match="is in no recording"):
        video.clip(1, tmp_path / "a.mp4")
    with pytest.raises(VideoError, match="has no event"):
        video.clip(10**9, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_without_ffmpeg_or_without_the_file_the_way_out_is_told(
    videos: Videos, filmed: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VideoError, match="on this machine") as elsewhere:
        videos("101", folders={str(filmed.films): "/nowhere"}).clip(filmed.point, tmp_path / "a.mp4")
    assert "folders" in elsewhere.value.hint
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VideoError, match="no ffmpeg") as missing:
        videos("101").clip(filmed.point, tmp_path / "a.mp4")
    assert "apt-get install ffmpeg" in missing.value.hint


def test_a_file_that_cannot_be_cut_leaves_nothing_behind(copied: Path, filmed: Filmed, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no video")
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute("UPDATE obs_recording_files SET path = ?", (str(broken),))
    with videos_of(copied) as videos, pytest.raises(VideoError, match="could not cut"):
        videos("101").clip(filmed.point, tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()
    assert not list(tmp_path.glob(".*part*"))
