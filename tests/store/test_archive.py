"""The archive is written whole days at a time, from finished matches, and takes nothing away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.store.archive import (
    DAY_NS,
    FORMAT,
    VERSION_KEY,
    archive_dir,
    complement,
    damage,
    merged,
    read_archive,
    runs_of,
)
from restrike_lab.store.archiving import archive, main
from restrike_lab.store.errors import StoreError
from restrike_lab.store.schema import EVENT_COLUMNS
from tests.client.records import FIRST_NS, Made

LATER = FIRST_NS + 400 * DAY_NS


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"hl1;35", b"\xff\x00pt1;2", b"win;BLUE"], match_id=1)
    made.load(1, stage="decided")
    return made


def test_a_day_holds_every_column_as_it_is_stored(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    (file,) = read_archive(tmp_path).files
    table = pq.read_table(file.path, partitioning=None).sort_by("seq")
    stored = made.db.execute(f"SELECT {', '.join(EVENT_COLUMNS)} FROM pss_events ORDER BY seq").fetchall()
    assert [tuple(row.values()) for row in table.to_pylist()] == stored
    assert file.path.parent.name == "date=2025-07-20"
    metadata = pq.read_metadata(file.path)
    assert metadata.metadata[VERSION_KEY] == str(FORMAT).encode()
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_what_linking_reads_stands_in_row_groups_of_its_own(made: Made, tmp_path: Path) -> None:
    made.add([b"clk;01:59", b"hl2;40", b"pt2;2", b"wrd;rd1:0", b"rdy;FightReady", b"at1;a;b;c"], match_id=1)
    archive(tmp_path)
    (file,) = read_archive(tmp_path).files
    groups = [
        sorted(set(pq.ParquetFile(file.path).read_row_group(number, ["stream"])["stream"].to_pylist()))
        for number in range(pq.read_metadata(file.path).num_row_groups)
    ]
    assert [group for group in groups if "hl" in group] == [["hl", "pre", "pt", "rdy"]]
    assert {"at", "clk", "win", "wrd"} <= {stream for group in groups if "hl" not in group for stream in group}
    assert file.runs == ((1, 10),)


def test_a_running_match_waits_until_it_is_decided_or_quiet(made: Made, tmp_path: Path) -> None:
    made.add([b"pre;FightLoaded", b"clk;02:00;start"], match_id=5)
    made.load(5, stage="fighting")
    now = FIRST_NS + made.seq * 1_000_000
    assert archive(tmp_path, now_ns=now).new_rows == 4
    assert archive(tmp_path, now_ns=now).files == ()
    made.load(5, stage="decided")
    made.add([b"clk;01:59"], match_id=5)
    assert archive(tmp_path, now_ns=now).new_rows == 3
    assert read_archive(tmp_path).runs == ((1, 7),)


def test_a_match_that_was_left_is_archived_after_an_hour_of_silence(made: Made, tmp_path: Path) -> None:
    made.add([b"pre;FightLoaded", b"clk;02:00;start"], match_id=5)
    made.load(5, stage="fighting")
    assert archive(tmp_path, now_ns=FIRST_NS + 3_700 * 1_000_000_000).new_rows == 6


def test_a_day_is_rebuilt_from_the_database_and_keeps_what_has_left_it(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    made.db.execute("DELETE FROM pss_events WHERE seq = 1")
    made.db.execute("UPDATE pss_events SET event_type = 'rebuilt' WHERE seq = 2")
    archive(tmp_path, rebuild=[date(2025, 7, 20)])
    (file,) = read_archive(tmp_path).files
    kinds = pq.read_table(file.path, partitioning=None).sort_by("seq")["event_type"].to_pylist()
    assert (file.rows, kinds[1]) == (4, "rebuilt")


def test_a_deleted_file_is_made_again(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    content = read_archive(tmp_path).files[0].path.read_bytes()
    read_archive(tmp_path).files[0].path.unlink()
    assert archive(tmp_path).new_rows == 4
    assert read_archive(tmp_path).runs == ((1, 4),)
    assert damage(read_archive(tmp_path).files[0].path) is None
    assert len(content) > 0


def test_a_file_of_a_newer_lab_is_not_touched(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    path = read_archive(tmp_path).files[0].path
    table = pq.read_table(path, partitioning=None)
    keys = {**table.schema.metadata, VERSION_KEY: b"99"} if table.schema.metadata else {VERSION_KEY: b"99"}
    pq.write_table(table.replace_schema_metadata({**keys, b"restrike_archive": b"{}"}), path)
    with pytest.raises(StoreError, match="newer"):
        archive(tmp_path)
    assert path.exists()


def test_no_draft_is_left_and_the_module_runs_as_a_command(made: Made, tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert [each.suffix for each in archive_dir(tmp_path).glob("date=*/*")] == [".parquet"]
    assert main([str(tmp_path / "nowhere")]) == 1


RUNS = st.lists(st.integers(1, 60), max_size=30)


@given(numbers=RUNS, until=st.integers(0, 70))
def test_runs_and_their_complement_are_all_numbers_once(numbers: list[int], until: int) -> None:
    runs = runs_of(numbers)
    inside = [n for first, last in runs for n in range(first, last + 1)]
    outside = [n for first, last in complement(runs, until) for n in range(first, last + 1)]
    assert inside == sorted(set(numbers))
    assert outside == [n for n in range(1, until + 1) if n not in set(numbers)]
    assert merged(runs) == runs
