"""What was observed goes into the database and comes back the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import apsw
import pytest

from restrike_lab.obs.video_fit import Behind, Encoder, Pause, Recorded, Replayed, VideoFile
from restrike_lab.obs.video_rows import Query, last_open, load_recordings, load_replays, statements
from restrike_lab.store.schema import migrate
from tests.obs.films import moment, recorded

FULL = recorded(
    told=False,
    encoder=Encoder.UNKNOWN,
    local=False,
    profile="Ring",
    files=(VideoFile("C:\\Vidéos\\a.mkv", moment(0), 5_000.0, 4_900.0), VideoFile(None)),
    pauses=(Pause(moment(1_000), moment(2_000)), Pause(moment(3_000))),
    behind=Behind(612.5, 20, moment(4_000)),
    later=Behind(613.5, 6, moment(60_000)),
    late=True,
    ended=moment(90_000),
    lost=True,
)


@pytest.fixture
def db() -> Iterator[apsw.Connection]:
    with apsw.Connection(":memory:") as db:
        migrate(db)
        yield db


@pytest.fixture
def query(db: apsw.Connection) -> Query:
    def ask(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return db.execute(sql, params).fetchall()

    return ask


def keep(db: apsw.Connection, *found: Recorded | Replayed) -> None:
    for each in found:
        for sql, rows in statements(each):
            db.executemany(sql, rows)


def test_a_recording_comes_back_as_it_was_kept(db: apsw.Connection, query: Query) -> None:
    keep(db, FULL, recorded(instance="ring2", files=()))
    begun = moment(0).wall_ns
    assert load_recordings(query, begun, begun) == [FULL, recorded(instance="ring2", files=())]


def test_what_is_known_later_takes_the_place_of_what_was_known_before(db: apsw.Connection, query: Query) -> None:
    running = recorded()
    keep(db, running, replace(running, pauses=(Pause(moment(1_000)),)))
    ended = replace(running, pauses=(Pause(moment(1_000), moment(2_000)),), ended=moment(9_000))
    keep(db, ended)
    assert load_recordings(query, 0, 1 << 62) == [ended]


def test_recordings_are_found_by_the_time_they_cover(db: apsw.Connection, query: Query) -> None:
    first, second = recorded(ended=moment(9_000)), recorded(begun=moment(20_000))
    keep(db, first, second)

    def between(from_ms: float, to_ms: float) -> list[Recorded]:
        return load_recordings(query, moment(from_ms).wall_ns, moment(to_ms).wall_ns)

    assert between(-5_000, -1) == []
    assert between(8_000, 10_000) == [first]
    assert between(10_000, 19_000) == []
    assert between(99_000, 99_000) == [second]
    assert between(0, 99_000) == [first, second]


def test_only_a_last_recording_without_an_end_goes_on(db: apsw.Connection, query: Query) -> None:
    assert last_open(query, "ring1") is None
    keep(db, recorded(), recorded(instance="ring2", ended=moment(1_000)))
    assert last_open(query, "ring1") == recorded()
    assert last_open(query, "ring2") is None
    keep(db, recorded(begun=moment(5_000), ended=moment(6_000)))
    assert last_open(query, "ring1") is None


def test_replays_come_back_as_they_were_kept(db: apsw.Connection, query: Query) -> None:
    asked = Replayed("ring1", "/r.mkv", moment(800), moment(0), 3, 30.0, 9_000.0, 8_900.0)
    others = Replayed("ring1", None, moment(2_000), epoch=3)
    keep(db, asked, others)
    assert load_replays(query, moment(0).wall_ns, moment(2_000).wall_ns) == [asked, others]
    assert load_replays(query, moment(801).wall_ns, moment(1_999).wall_ns) == []


def test_a_word_that_is_none_of_ours_is_an_unknown_encoder(db: apsw.Connection, query: Query) -> None:
    keep(db, recorded())
    db.execute("UPDATE obs_recordings SET encoder = 'quantum'")
    assert load_recordings(query, 0, 1 << 62)[0].encoder is Encoder.UNKNOWN
