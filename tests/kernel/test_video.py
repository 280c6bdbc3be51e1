"""``%restrike video``, without a shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.errors import NoHubError
from restrike_lab.client.video import MatchVideo, VideoError
from restrike_lab.kernel.commands import SUBCOMMANDS, Session
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.video import USAGE
from restrike_lab.obs.fake import FakeThread, FakeV5, Pace, Studio
from tests.client.recording import say
from tests.hub.helpers import LOAD, wait_until


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("magic")
    servers = FakeThread([FakeV5(Studio(pace=Pace.quick(), folder=str(folder)), password="x")])
    [port] = servers.start()
    session = Session(RestrikeLab(data_dir=str(folder / "data"), port=0, ws_port=0, bind="127.0.0.1"), {})
    session.run("start")
    lab = session.opened()
    ring = lab.obs.add("ring1", port=port, password="x")
    wait_until(lambda: ring.connected)
    say(lab, LOAD)
    ring.start_record()
    say(lab, [b"clk;02:00;start", b"pt1;2"])
    yield session
    session.close()
    servers.stop()


def test_it_is_in_the_help(session: Session) -> None:
    assert SUBCOMMANDS["video"].usage == USAGE
    assert "%restrike video" in session.run("help")


def test_without_a_lab_it_says_how_to_get_one() -> None:
    with pytest.raises(NoHubError):
        Session(RestrikeLab(), {}).run("video")


def test_a_match_that_is_being_recorded_is_shown(session: Session, tmp_path: Path) -> None:
    assert list(session.run("video")["instance"]) == ["ring1"]
    video = session.run("video 101")
    assert isinstance(video, MatchVideo)
    assert "2 of 13 events are in a recording" in repr(video)
    assert session.run("video 101 events")["file"].notna().sum() == 2
    text = session.run("video 101 youtube --before 0")
    assert "Round 1" in text
    assert session.run(f"video 101 vtt -o '{tmp_path}/a b.vtt'") == f"{tmp_path}/a b.vtt"
    with pytest.raises(VideoError):
        session.run("video 101 dance")
