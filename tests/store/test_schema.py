"""Tables, migrations, and files that are refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import apsw
import pytest

from restrike_lab.bout.rows import ATHLETE_COLUMNS, MATCH_COLUMNS, ROUND_COLUMNS
from restrike_lab.store import EVENT_COLUMNS, SCHEMA_VERSION, Reader, StoreError, Writer, database_path
from restrike_lab.store.schema import require_safe_sqlite
from tests.store.events import events


def columns(data_dir: Path, table: str) -> list[str]:
    return [row[1] for row in Reader.open(data_dir).query(f"PRAGMA table_info({table})").rows]


def test_the_tables_have_the_columns_that_tools_outside_rely_on(tmp_path: Path) -> None:
    Writer.open(tmp_path).close()
    assert tuple(columns(tmp_path, "pss_events")) == EVENT_COLUMNS
    assert set(MATCH_COLUMNS) | {"court", "epoch", "session_id"} == set(columns(tmp_path, "pss_matches"))
    assert list(ATHLETE_COLUMNS) == columns(tmp_path, "pss_athletes")
    assert list(ROUND_COLUMNS) == columns(tmp_path, "pss_rounds")


def test_a_new_file_is_of_this_schema_and_in_wal_mode(tmp_path: Path) -> None:
    with_writer = Writer.open(tmp_path)
    with apsw.Connection(str(database_path(tmp_path)), flags=apsw.SQLITE_OPEN_READONLY) as db:
        assert (db.pragma("user_version"), db.pragma("journal_mode")) == (SCHEMA_VERSION, "wal")
    with_writer.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    writer.append(events(1, 3), {})
    writer.close()
    writer = Writer.open(tmp_path)
    assert (writer.next_seq(), writer.set_aside) == (4, [])
    writer.close()


def test_a_file_of_a_newer_lab_is_refused_and_left_alone(tmp_path: Path) -> None:
    Writer.open(tmp_path).close()
    path = database_path(tmp_path)
    db = apsw.Connection(str(path))
    db.pragma("user_version", SCHEMA_VERSION + 1)
    db.close()
    before = path.read_bytes()
    for opener in (Writer.open, Reader.open):
        with pytest.raises(StoreError, match="newer restrike_lab") as refused:
            opener(tmp_path)
        assert "update restrike_lab" in refused.value.hint
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} <= {path.name, path.name + "-wal", path.name + "-shm"}


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(database_path(tmp_path))
    other.execute("CREATE TABLE theirs (x)")
    other.execute("INSERT INTO theirs VALUES (1)")
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="another program"):
        Writer.open(tmp_path)
    other = sqlite3.connect(database_path(tmp_path))
    assert other.execute("SELECT x FROM theirs").fetchall() == [(1,)]
    other.close()


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    database_path(tmp_path).touch()
    writer = Writer.open(tmp_path)
    assert (writer.next_seq(), writer.set_aside) == (1, [])
    writer.close()


@pytest.mark.parametrize("version", ["3.51.2", "3.40.1"])
def test_an_sqlite_that_could_damage_the_file_is_refused(version: str) -> None:
    with pytest.raises(StoreError, match="can damage"):
        require_safe_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "4.0.0"])
def test_a_safe_sqlite_is_taken(version: str) -> None:
    require_safe_sqlite(version)
