"""Events leave the database of a running hub some days after they were archived, if that is set; never before."""

from __future__ import annotations

import threading
from pathlib import Path

import apsw
import pytest

from restrike_lab.hub.archivist import Archivist, archiver
from restrike_lab.hub.callers import Caller
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.expiry import Expiry
from restrike_lab.store.archive import read_archive
from restrike_lab.store.archiving import archive
from restrike_lab.store.retention import main
from tests.client.records import Made
from tests.hub.helpers import running_hub, wait_until


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Make a record of three matches of July 2025."""
    made = Made(tmp_path / "restrike.sqlite")
    for match_id in (1, 4, 7):
        made.add([b"pre;FightLoaded", b"hl1;35", b"win;BLUE"], match_id=match_id)
        made.load(match_id, stage="decided")
    made.db.execute("UPDATE accounting SET seq = 9")
    return made


def stored(tmp_path: Path) -> list[int]:
    db = apsw.Connection(str(tmp_path / "restrike.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [seq for (seq,) in db.execute("SELECT seq FROM pss_events ORDER BY seq")]
    finally:
        db.close()


def test_a_running_hub_takes_out_what_is_archived_and_old(made: Made, tmp_path: Path) -> None:
    made.db.close()
    with running_hub(tmp_path) as hub:
        archivist = hub.running.archivist
        archivist.settling = 0.0
        archivist.due.set()
        wait_until(lambda: archivist.runs >= 1)
        assert len(stored(tmp_path)) == 9
        hub.commands.run("settings.set", {"values": {"recording.keep_days": 30}}, Caller("admin"))
        archivist.due.set()
        wait_until(lambda: stored(tmp_path) == [7, 8, 9])
        before = archivist.runs
        archivist.due.set()
        wait_until(lambda: archivist.runs > before)
    assert read_archive(tmp_path).rows == 9


def expiry(made: Made, tmp_path: Path, days: int) -> tuple[Expiry, Archivist, list[str]]:
    told: list[str] = []
    lock = threading.Lock()

    def change(work: object) -> object:
        with lock, made.db:
            return work(made.db)  # type: ignore[operator]

    config = HubConfig(data_dir=str(tmp_path), keep_days=days)
    archivist = Archivist(archiver(tmp_path), lambda *words: told.append(words[1]))
    return Expiry(config, change, pause=lambda _seconds: None), archivist, told


def test_nothing_goes_where_it_is_not_asked_for(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    kept, archivist, _ = expiry(made, tmp_path, 0)
    kept.tidy(archivist.run)
    assert len(stored(tmp_path)) == 9
    assert archivist.runs == 0


def test_nothing_goes_that_is_not_archived_or_not_old(made: Made, tmp_path: Path) -> None:
    kept, archivist, _ = expiry(made, tmp_path, 30)
    kept.tidy(archivist.run)
    assert len(stored(tmp_path)) == 9
    archive(tmp_path)
    kept, archivist, _ = expiry(made, tmp_path, 36_500)
    kept.tidy(archivist.run)
    assert len(stored(tmp_path)) == 9


def test_it_is_looked_at_once_a_day(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    kept, archivist, _ = expiry(made, tmp_path, 30)
    kept.tidy(archivist.run)
    kept.tidy(archivist.run)
    assert (archivist.runs, kept.removed) == (1, 6)
    assert stored(tmp_path) == [7, 8, 9]


def test_what_was_changed_since_the_comparison_stays(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    kept, archivist, _ = expiry(made, tmp_path, 30)

    def run(command: object) -> str | None:
        printed = archivist.run(command)  # type: ignore[arg-type]
        history = "INSERT INTO pss_event_recognition_history (seq, changed_ns, who, why, before, after) "
        made.db.execute(f"{history} VALUES (2, ?, 'Ana', 'w', '{{}}', '{{}}')", (int(kept.clock() * 1e9),))
        return printed

    kept.tidy(run)
    assert stored(tmp_path) == [2, 7, 8, 9]


def test_nothing_goes_where_a_file_is_not_what_the_database_holds(made: Made, tmp_path: Path) -> None:
    archive(tmp_path)
    made.db.execute("UPDATE pss_events SET value = 99 WHERE seq = 2")
    kept, archivist, told = expiry(made, tmp_path, 30)
    kept.tidy(archivist.run)
    assert len(stored(tmp_path)) == 9
    assert "nothing was removed" in told[0]


def test_the_comparer_ends_with_1_and_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere"), "2026-01-01"]) == 1
    assert capsys.readouterr().err
