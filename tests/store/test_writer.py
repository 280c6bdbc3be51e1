"""The one writer: groups, terms, numbers, and what happens when the world does not play along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

from restrike_lab.store import Reader, StoreError, Writer, database_path
from restrike_lab.store.writer import CHECKPOINT_PAGES, PAGE_SIZE, RESTART_PAGES
from tests.store.events import Event, event, events


@pytest.fixture(name="writer")
def _writer(tmp_path: Path) -> Any:
    writer = Writer.open(tmp_path, clock=lambda: 5_000)
    writer.begin_epoch("process", 1, 1000)
    yield writer
    writer.close()


@pytest.fixture(name="reader")
def _reader(writer: Writer, tmp_path: Path) -> Any:
    reader = Reader.open(tmp_path)
    yield reader
    reader.close()


def test_a_group_is_there_as_soon_as_append_returns(writer: Writer, reader: Reader) -> None:
    group = events(1, 3)
    writer.append(group, {})
    assert reader.events() == group


def test_any_bytes_come_back_as_they_were(writer: Writer, reader: Reader) -> None:
    raws = [b"", bytes(range(256)), b"\xff\xfe\0;;", "at1;Četvrtić".encode(), b"x" * 8192]
    writer.append([event(seq, raw) for seq, raw in enumerate(raws, start=1)], {})
    assert [row[12] for row in reader.events()] == raws


def test_the_full_range_of_numbers_comes_back(writer: Writer, reader: Reader) -> None:
    row: Event = (2**53, *event(1)[1:])
    writer.append([row], {})
    assert reader.events() == [row]


def test_numbers_go_on_where_they_ended(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    assert writer.next_seq() == 1
    writer.append(events(1, 7), {})
    writer.close()
    writer = Writer.open(tmp_path)
    assert writer.next_seq() == 8
    writer.close()


def test_a_group_that_fails_leaves_nothing_and_can_be_tried_again(writer: Writer, reader: Reader) -> None:
    writer.append(events(1, 1), {})
    with pytest.raises(StoreError):
        writer.append([*events(2, 5), event(1)], {})
    assert reader.last_seq() == 1
    writer.append(events(2, 5), {})
    assert reader.last_seq() == 6


def test_a_row_that_cannot_be_bound_leaves_nothing(writer: Writer, reader: Reader) -> None:
    with pytest.raises(OverflowError):
        writer.append([*events(1, 3), (4, 2**70, *event(4)[2:])], {})
    assert reader.last_seq() == 0
    writer.append(events(1, 3), {})
    assert reader.last_seq() == 3


def test_a_lock_held_by_another_program_is_told_and_can_be_waited_out(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    other = apsw.Connection(str(database_path(tmp_path)))
    writer._db.set_busy_timeout(20)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as refused:
        writer.append(events(1, 1), {})
    assert (refused.value.retryable, refused.value.category) == (True, "store")
    assert refused.value.hint
    other.execute("ROLLBACK")
    other.close()
    writer.append(events(1, 1), {})
    writer.close()


def test_epochs_count_up_and_the_time_between_is_a_gap(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path, clock=lambda: 9_000)
    assert writer.begin_epoch("process", 11, 1_000) == 1
    writer.end_epoch(clean=True)
    writer.close()
    writer = Writer.open(tmp_path)
    assert writer.begin_epoch("thread", 12, 20_000) == 2
    reader = Reader.open(tmp_path)
    assert reader.gaps() == [
        {"epoch": 2, "court": None, "from_ns": 9_000, "to_ns": 20_000, "reason": "no hub was running"}
    ]
    assert reader.query("SELECT epoch, mode, pid, started_ns, ended_ns, clean FROM hub_epochs").rows == [
        (1, "process", 11, 1_000, 9_000, 1),
        (2, "thread", 12, 20_000, None, 0),
    ]
    reader.close()
    writer.close()


def test_a_term_that_died_ends_with_its_last_event(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    writer.begin_epoch("process", 11, 1_000)
    writer.begin_session("1", 6000, "2.3-live", 1_000)
    last = event(1)
    writer.append([last], {})
    writer.close()
    writer = Writer.open(tmp_path)
    writer.begin_epoch("process", 12, last[7] + 50)
    reader = Reader.open(tmp_path)
    assert [(gap["from_ns"], gap["to_ns"], gap["reason"]) for gap in reader.gaps()] == [
        (last[7], last[7] + 50, "the hub died")
    ]
    assert reader.query("SELECT ended_ns FROM pss_sessions").rows == [(last[7],)]
    reader.close()
    writer.close()


def test_sessions_belong_to_a_court_and_a_term(writer: Writer, reader: Reader) -> None:
    assert [writer.begin_session(court, port, "2.3-live", 2_000) for court, port in (("1", 6000), ("2", 6001))] == [
        1,
        2,
    ]
    writer.end_epoch()
    assert reader.query("SELECT session_id, epoch, court, port, started_ns, ended_ns FROM pss_sessions").rows == [
        (1, 1, "1", 6000, 2_000, 5_000),
        (2, 1, "2", 6001, 2_000, 5_000),
    ]


def test_a_gap_on_one_court_is_recorded(writer: Writer, reader: Reader) -> None:
    writer.record_gap(1, 2, "17 datagrams dropped by the kernel", court="2")
    assert reader.gaps() == [
        {"epoch": 1, "court": "2", "from_ns": 1, "to_ns": 2, "reason": "17 datagrams dropped by the kernel"}
    ]


def test_a_file_where_the_directory_should_be_is_told_with_the_way_out(tmp_path: Path) -> None:
    in_the_way = tmp_path / "restrike-data"
    in_the_way.write_text("not a directory")
    for path in (in_the_way, in_the_way / "below"):
        with pytest.raises(StoreError) as refused:
            Writer.open(path)
        assert str(path) in str(refused.value)
        assert "--data-dir" in refused.value.hint
    assert in_the_way.read_text() == "not a directory"


def test_a_directory_where_the_file_should_be_is_told_with_the_way_out(tmp_path: Path) -> None:
    database_path(tmp_path).mkdir()
    with pytest.raises(StoreError) as refused:
        Writer.open(tmp_path)
    assert refused.value.hint
    assert database_path(tmp_path).is_dir()


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no limit on the size of files to stand for a full disk"
)
def test_a_disk_that_is_full_is_told_and_the_group_can_be_tried_again(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the kernel refuses to write beyond it."""
    script = """
import resource, signal, sys
from pathlib import Path
from restrike_lab.store import Reader, StoreError, Writer
from tests.store.events import event
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = Writer.open(Path(sys.argv[1]))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
group = [event(seq, b"x" * 4000) for seq in range(1, 1001)]
try:
    writer.append(group, {})
except StoreError as error:
    print(error.hint)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(Reader.open(Path(sys.argv[1])).last_seq())
writer.append(group, {})
print(Reader.open(Path(sys.argv[1])).last_seq())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    hint, *seqs = done.stdout.splitlines()
    assert "disk" in hint
    assert seqs == ["0", "1000"]


def test_the_log_is_used_again_while_readers_come_and_go(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    reader = Reader.open(tmp_path)
    log = Path(f"{database_path(tmp_path)}-wal")
    largest = seq = 0
    for _ in range(60):
        writer.append([event(seq + n, b"x" * 4000) for n in range(1, 1001)], {})
        seq += 1000
        assert reader.last_seq() == seq
        largest = max(largest, log.stat().st_size)
    written = database_path(tmp_path).stat().st_size
    assert written > 3 * RESTART_PAGES * PAGE_SIZE
    assert largest < (CHECKPOINT_PAGES + 3000) * PAGE_SIZE
    reader.close()
    writer.close()


def test_a_reader_that_never_leaves_its_snapshot_stops_no_group(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    writer.append(events(1, 1), {})
    lingering = apsw.Connection(str(database_path(tmp_path)), flags=apsw.SQLITE_OPEN_READONLY)
    lingering.execute("BEGIN")
    assert lingering.execute("SELECT count(*) FROM pss_events").get == 1
    for group in range(20):
        writer.append([event(2 + group * 1000 + n, b"x" * 4000) for n in range(1000)], {})
    assert lingering.execute("SELECT count(*) FROM pss_events").get == 1
    lingering.close()
    assert writer.next_seq() == 20_002
    writer.close()


def test_a_closed_writer_leaves_one_file(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    writer.append(events(1, 10), {})
    writer.close()
    assert [each.name for each in tmp_path.iterdir()] == ["restrike.sqlite"]
