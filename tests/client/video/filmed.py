"""A bout that was filmed: a real hub, two pretended OBS that write real video files, and a record to ask afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.client.video import Videos
from restrike_lab.obs.fake import FakeThread, FakeV4, FakeV5, Pace, Studio
from tests.client.recording import hosted, say
from tests.hub.helpers import LOAD, wait_until
from tests.obs.films import film, require_ffmpeg

__all__ = ["PASSWORD", "Filmed", "film_a_bout", "videos_of"]

PASSWORD = "kyorugi-85"


@dataclass(frozen=True)
class Filmed:
    """Where the record and the videos are, and the numbers of the events that matter."""

    data_dir: Path
    films: Path
    started: int
    point: int
    paused_hit: int
    winner: int


def film_a_bout(folder: Path) -> Filmed:
    """Film a bout with two OBS: one of v5 with a pause in it and a replay, one of v4 without."""
    require_ffmpeg()
    studios = [Studio(pace=Pace.quick(), folder=str(folder / name)) for name in ("one", "two")]
    for studio in studios:
        studio.film = film
    servers = FakeThread([FakeV5(studios[0], password=PASSWORD), FakeV4(studios[1], password=PASSWORD)])
    ports = servers.start()
    try:
        with hosted(folder / "data") as lab:
            one, two = (
                lab.obs.add(name, port=port, password=PASSWORD)
                for name, port in zip(("ring1", "wide"), ports, strict=True)
            )
            wait_until(lambda: one.connected and two.connected)
            say(lab, LOAD)
            one.start_record()
            two.start_record()
            time.sleep(0.5)
            started = say(lab, [b"clk;02:00;start"])
            one.start_replay()
            time.sleep(0.5)
            point = say(lab, [b"hl1;50", b"pt1;2", b"wg1;0;wg2;1"]) - 1
            time.sleep(0.3)
            one.save_replay()
            one.stop_replay()
            one.pause_record()
            time.sleep(0.3)
            paused_hit = say(lab, [b"hl2;40"])
            time.sleep(0.2)
            one.resume_record()
            time.sleep(0.3)
            winner = say(lab, [b"clk;01:00;stop", b"win;BLUE"])
            time.sleep(0.2)
            one.stop_record()
            two.stop_record()
            after = say(lab, [b"clk;02:00"])
            assert after > winner
            wait_until(lambda: not lab.video.recordings()["length_ms"].isna().any())
            wait_until(lambda: not lab.video.replays()["length_ms"].isna().any())
    finally:
        servers.stop()
    return Filmed(folder / "data", folder, started, point, paused_hit, winner)


@contextmanager
def videos_of(data_dir: Path) -> Iterator[Videos]:
    """The videos of a record that no hub works on any more."""
    query = Query(lambda: Record(data_dir / "restrike.sqlite"))
    try:
        yield Videos(data_dir, lambda: query)
    finally:
        query.close()
