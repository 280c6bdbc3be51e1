"""A damaged database is set aside with all of its bytes, and the lab goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from restrike_lab.store import Reader, StoreError, Writer, database_path, integrity
from tests.store.events import Feed, event, events

NOW = 1_750_000_000_000_000_000


def filled(data_dir: Path, count: int = 2000) -> Path:
    writer = Writer.open(data_dir, clock=lambda: NOW)
    writer.begin_epoch("process", 1, 1)
    writer.append(events(1, count), {})
    writer.close()
    return database_path(data_dir)


def spoil(path: Path, start: int, length: int) -> bytes:
    data = bytearray(path.read_bytes())
    data[start : start + length] = b"\xa5" * length
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("start", [0, 100, 4096 * 3 + 8, 4096 * 40 + 1], ids=["header", "schema", "early", "late"])
def test_a_damaged_file_is_set_aside_as_it_was_and_a_new_one_begun(tmp_path: Path, start: int) -> None:
    spoiled = spoil(filled(tmp_path), start, 4096)
    writer = Writer.open(tmp_path, clock=lambda: NOW)
    (found,) = writer.set_aside
    assert (tmp_path / found.name).read_bytes() == spoiled
    assert found.name == "restrike.sqlite.damaged-20250615T150640Z"
    assert found.reason
    first = writer.next_seq()
    assert first > 2000
    assert writer.begin_epoch("process", 2, NOW) > 1
    writer.append([event(first)], {})
    writer.close()
    reader = Reader.open(tmp_path)
    assert [each["name"] for each in reader.set_aside()] == [found.name]
    assert reader.last_seq() == first
    reader.close()
    assert integrity(database_path(tmp_path)) == []


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    database_path(tmp_path).write_bytes(b"shopping list: gloves, water\n" * 50)
    writer = Writer.open(tmp_path, clock=lambda: NOW)
    (found,) = writer.set_aside
    assert (tmp_path / found.name).read_bytes().startswith(b"shopping list")
    writer.close()


def test_files_set_aside_in_the_same_second_keep_their_own_names(tmp_path: Path) -> None:
    for content in (b"first" * 200, b"second" * 200, b"third" * 200):
        database_path(tmp_path).write_bytes(content)
        Writer.open(tmp_path, clock=lambda: NOW).close()
    kept = sorted(each.read_bytes()[:5] for each in tmp_path.glob("restrike.sqlite.damaged-*"))
    assert kept == [b"first", b"secon", b"third"]


def test_the_log_goes_with_its_file(tmp_path: Path) -> None:
    path = filled(tmp_path)
    spoil(path, 0, 100)
    Path(f"{path}-wal").write_bytes(b"the log")
    writer = Writer.open(tmp_path, clock=lambda: NOW)
    (found,) = writer.set_aside
    assert (tmp_path / f"{found.name}-wal").read_bytes() == b"the log"
    assert writer.next_seq() > 2000
    writer.close()


def test_a_file_found_damaged_in_use_is_set_aside_and_no_group_is_lost(tmp_path: Path) -> None:
    filled(tmp_path, 30_000)
    writer = Writer.open(tmp_path, clock=lambda: NOW)
    epoch = writer.begin_epoch("process", 2, NOW)
    session = writer.begin_session("1", 6000, "2.3-live", NOW)
    path = database_path(tmp_path)
    size = path.stat().st_size
    with path.open("r+b") as file:  # in place, so that the writer has the very file open
        for page in range(1, size // 4096):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    writer._db.pragma("shrink_memory")  # what it has in memory is sound and would hide the damage
    feed = Feed(first_seq=30_001)
    group, courts, facts = feed.group([(n, b"clk;01:%02d" % (n % 60)) for n in range(3000)])
    writer.append(group, courts, facts)
    assert len(writer.set_aside) == 1
    writer.close()
    reader = Reader.open(tmp_path)
    assert reader.events(limit=10_000) == group
    assert reader.query("SELECT epoch FROM hub_epochs").rows == [(epoch,)]
    assert reader.query("SELECT session_id FROM pss_sessions").rows == [(session,)]
    reader.close()


def test_integrity_names_what_is_wrong(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert integrity(path) == []
    spoil(path, 4096 * 3 + 8, 4096)
    assert integrity(path)


def test_integrity_of_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        integrity(tmp_path / "nothing.sqlite")
