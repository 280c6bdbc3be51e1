"""Archived events leave the database only when asked for, and only after a comparison."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.store.archive import read_archive
from restrike_lab.store.archiving import archive
from restrike_lab.store.errors import StoreError
from restrike_lab.store.retention import delete_archived
from restrike_lab.store.writer import Writer
from tests.client.records import Made

DAY = date(2025, 7, 21)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "restrike.sqlite")
    for match_id in (1, 4, 7):
        made.add([b"pre;FightLoaded", b"hl1;35", b"win;BLUE"], match_id=match_id)
        made.load(match_id, stage="decided")
    made.db.execute("UPDATE accounting SET seq = 9")
    made.db.close()
    return made


def stored(tmp_path: Path) -> list[int]:
    record = Record(tmp_path / "restrike.sqlite")
    try:
        return [seq for (seq,) in record.rows("SELECT seq FROM pss_events ORDER BY seq")]
    finally:
        record.close()


def test_the_last_match_of_a_court_stays_and_no_number_is_given_twice(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    assert delete_archived(tmp_path, DAY).rows == 6
    assert stored(tmp_path) == [7, 8, 9]
    writer = Writer.open(tmp_path)
    assert writer.next_seq() == 10
    writer.close()
    query = Query(lambda: Record(made.path))
    assert query.sql("SELECT seq FROM events ORDER BY seq")["seq"].tolist() == list(range(1, 10))
    query.close()
    assert archive(tmp_path).new_rows == 0


def test_days_from_the_date_on_and_what_is_not_archived_stay(made: Made, tmp_path: Path) -> None:
    assert delete_archived(tmp_path, DAY).rows == 0
    archive(tmp_path)
    assert delete_archived(tmp_path, date(2025, 7, 20)).rows == 0
    assert len(stored(tmp_path)) == 9


def test_nothing_is_removed_where_file_and_database_differ(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    writer = Writer.open(tmp_path)
    writer.run("UPDATE pss_events SET value = 99 WHERE seq = 2")
    writer.close()
    with pytest.raises(StoreError, match="differ"):
        delete_archived(tmp_path, DAY)
    assert len(stored(tmp_path)) == 9


def test_nothing_is_removed_where_the_file_is_damaged(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    path = read_archive(tmp_path).files[0].path
    content = bytearray(path.read_bytes())
    content[100:140] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        delete_archived(tmp_path, DAY)
    assert len(stored(tmp_path)) == 9


def test_the_command_deletes_only_when_confirmed(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = f"--data-dir={tmp_path}"
    assert main(["archive", here]) == 0
    assert len(stored(tmp_path)) == 9
    assert main(["archive", here, "--delete-before", "2025-07-21"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert main(["archive", here, "--delete-before", "yesterday", "--yes"]) == 2
    assert main(["archive", here, "--delete-before", "2025-07-21", "--yes"]) == 0
    assert "6 archived events of 1 days left the database" in capsys.readouterr().out
    assert stored(tmp_path) == [7, 8, 9]
