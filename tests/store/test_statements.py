"""Timed statements: counted by their text, slow ones kept with a plan and a way out."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader
from restrike_lab.store.statements import KEPT_SLOW, KEPT_STATEMENTS, StatementLog, explain, suggestion
from restrike_lab.store.writer import Writer

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) FROM n"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    Writer.open(tmp_path).close()
    return tmp_path


def test_every_statement_of_a_reader_is_timed(data_dir: Path) -> None:
    log = StatementLog()
    reader = Reader.open(data_dir, log)
    for since in range(5):
        reader.events(since)
    reader.close()
    [events] = [each for each in log.busiest() if "FROM pss_events" in each.sql]
    assert events.count == 5
    assert 0 < events.longest_ms <= events.total_ms
    assert log.slow_count == 0


def test_a_slow_one_is_kept_with_its_time(data_dir: Path) -> None:
    log = StatementLog(slow_ms=20, clock=lambda: 77)
    reader = Reader.open(data_dir, log, "test")
    reader.query(SLOW, (300_000,))
    reader.close()
    [slow] = log.slowest()
    assert (slow.sql, slow.source, slow.at_ns) == (SLOW, "test", 77)
    assert slow.ms >= 20


def test_the_log_stays_small(data_dir: Path) -> None:
    log = StatementLog(slow_ms=0)
    for number in range(1000):
        log.add(f"SELECT {number}", 1.0, "test")
    assert (log.count, len(log.timings), len(log.slow)) == (1000, KEPT_STATEMENTS, KEPT_SLOW)


def test_a_plan_is_found_without_running_the_statement(data_dir: Path) -> None:
    path = database_path(data_dir)
    assert explain(path, "SELECT * FROM pss_events WHERE seq > ? LIMIT ?")[0].startswith("SEARCH pss_events")
    assert explain(path, "SELECT * FROM pss_events WHERE sender = :who")[0].startswith("SCAN pss_events")
    assert explain(path, "no sql at all") == []
    assert explain(path, "DELETE FROM pss_events") == []
    assert apsw.Connection(str(path)).execute("SELECT count(*) FROM hub_epochs").get == 0


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM pss_events WHERE sender = ? AND athlete = ?", "CREATE INDEX ON pss_events (sender, athlete)"),
        ("SELECT * FROM pss_events", "smaller range"),
        ("SELECT * FROM pss_events WHERE match_id = ? ORDER BY value", "ends with value"),
        ("SELECT sender, count(*) FROM pss_events GROUP BY sender", "smaller range"),
        ("SELECT * FROM pss_events WHERE seq = ?", "the plan is good"),
    ],
)
def test_the_advice_fits_the_plan(data_dir: Path, sql: str, words: str) -> None:
    assert words in suggestion(sql, explain(database_path(data_dir), sql))


def test_a_statement_without_a_plan_has_no_advice() -> None:
    assert suggestion("nonsense", []) == ""


def test_what_the_writer_does_for_people_is_timed_by_the_transaction(data_dir: Path) -> None:
    writer = Writer.open(data_dir)
    writer.statements = StatementLog()
    writer.run("SELECT 1")
    writer.change(lambda db: db.execute("SELECT 2"))
    assert sorted(each.sql for each in writer.statements.busiest()) == [f"-- a transaction of {__name__}", "SELECT 1"]
    writer.close()
