"""The database read through: sound, damaged, and not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from restrike_lab.store import health
from restrike_lab.store.errors import StoreError
from restrike_lab.store.files import database_path
from restrike_lab.store.writer import Writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    writer = Writer.open(tmp_path)
    writer.change(lambda db: db.executemany("INSERT INTO gaps VALUES (?, 1, NULL, 0, 0, ?)", rows()))
    writer.close()
    return database_path(tmp_path)


def rows() -> list[tuple[int, str]]:
    return [(number, "x" * 900) for number in range(1, 400)]


@pytest.mark.parametrize("full", [False, True])
def test_a_sound_database_is_found_sound(path: Path, full: bool) -> None:
    found = health.check(path, full)
    assert found["ok"]
    assert found["findings"] == []
    assert found["full"] is full
    assert found["page_count"] > 10


def test_damage_is_found_beside_the_writer(path: Path) -> None:
    writer = Writer.open(path.parent)
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[-20 * page : -10 * page] = b"\xff" * (10 * page)
    path.write_bytes(data)
    found = health.check(path)
    assert not found["ok"]
    assert found["findings"]
    writer.close()


def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "restrike.sqlite"
    path.write_bytes(b"not a database" * 1000)
    assert not health.check(path)["ok"]


def test_a_check_can_be_given_up(path: Path) -> None:
    with pytest.raises(StoreError):
        health.check(path, full=True, stopping=lambda: True)


def test_sizes_are_known_where_the_files_are(path: Path) -> None:
    assert health.sizes(path)["database_mb"] == pytest.approx(path.stat().st_size / 1e6)
    assert health.sizes(path)["wal_mb"] is None
