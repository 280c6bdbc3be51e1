"""Readers: what they return, and that they stand in nobody's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.store import Reader, StoreError, Writer, database_path
from tests.store.events import event, events


@pytest.fixture(name="writer")
def _writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer.open(tmp_path)
    yield writer
    writer.close()


@pytest.fixture(name="reader")
def _reader(writer: Writer, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader.open(tmp_path)
    yield reader
    reader.close()


def test_pages_follow_each_other_without_hole_or_repeat(writer: Writer, reader: Reader) -> None:
    writer.append(events(1, 2500), {})
    seqs: list[int] = []
    while page := reader.events(since=seqs[-1] if seqs else 0, limit=1000):
        seqs += [row[0] for row in page]
    assert seqs == list(range(1, 2501))


def test_the_recent_events_are_the_last_ones_newest_last(writer: Writer, reader: Reader) -> None:
    writer.append(events(1, 20), {})
    assert [row[0] for row in reader.recent(3)] == [18, 19, 20]
    assert [row[0] for row in reader.recent(100)] == list(range(1, 21))


def test_an_empty_database_answers(reader: Reader) -> None:
    assert (reader.events(), reader.recent(), reader.last_seq()) == ([], [], 0)
    assert (reader.gaps(), reader.matches(), reader.set_aside()) == ([], [], [])


def test_an_answer_without_rows_has_its_columns(reader: Reader) -> None:
    assert reader.query("SELECT seq, court FROM pss_events").columns == ("seq", "court")


def test_a_query_takes_parameters(writer: Writer, reader: Reader) -> None:
    writer.append(events(1, 5), {})
    assert reader.query("SELECT seq FROM pss_events WHERE seq > ? AND seq < ?", (2, 5)).rows == [(3,), (4,)]
    assert reader.query("SELECT :a + 1 AS b", {"a": 1}).rows == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM pss_events",
        "CREATE TABLE mine (x)",
        "ATTACH DATABASE 'other.sqlite' AS other",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA journal_mode = delete",
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT ?",
    ],
)
def test_a_query_that_would_write_or_is_wrong_is_refused(writer: Writer, reader: Reader, sql: str) -> None:
    writer.append(events(1, 5), {})
    with pytest.raises(StoreError) as refused:
        reader.query(sql)
    assert refused.value.hint
    assert reader.last_seq() == 5


def test_no_database_yet_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database") as refused:
        Reader.open(tmp_path / "nothing")
    assert "start the lab" in refused.value.hint
    assert not (tmp_path / "nothing").exists()


def test_a_database_that_is_only_being_made_is_none_yet(tmp_path: Path) -> None:
    database_path(tmp_path).touch()
    with pytest.raises(StoreError, match="no database") as refused:
        Reader.open(tmp_path)
    assert refused.value.retryable


def test_a_database_without_a_writer_can_be_read(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    writer.append(events(1, 5), {})
    writer.close()
    reader = Reader.open(tmp_path)
    assert reader.last_seq() == 5
    reader.close()


def test_readers_see_whole_groups_while_the_writer_writes(writer: Writer, tmp_path: Path) -> None:
    size, groups, done = 50, 120, threading.Event()
    torn: list[int] = []
    seen = [0, 0, 0]

    def read(place: int) -> None:
        reader = Reader.open(tmp_path)
        since = 0
        while True:
            ending = done.is_set()
            page = reader.events(since=since, limit=1_000_000)
            torn.extend(
                row[0]
                for row, expected in zip(page, range(since + 1, since + 1 + len(page)), strict=True)
                if row[0] != expected
            )
            if len(page) % size:
                torn.append(len(page))
            since = page[-1][0] if page else since
            seen[place] = since
            if ending:
                break
        reader.close()

    threads = [threading.Thread(target=read, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for group in range(groups):
        writer.append(events(1 + group * size, size), {})
    done.set()
    for thread in threads:
        thread.join(60)
    assert torn == []
    assert seen == [size * groups] * 3


def test_a_reader_follows_to_the_new_file_when_the_old_one_was_set_aside(
    writer: Writer, reader: Reader, tmp_path: Path
) -> None:
    writer.append(events(1, 5), {})
    assert reader.last_seq() == 5
    writer.close()
    database_path(tmp_path).write_bytes(b"no database at all " * 100)
    again = Writer.open(tmp_path)
    first = again.next_seq()
    again.append([event(first)], {})
    assert reader.last_seq() == first
    again.close()
