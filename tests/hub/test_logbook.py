"""The hub's log: JSON lines, rotated, with levels that change, and nobody who waits for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.hub.errors import CommandError, HubError
from restrike_lab.hub.logbook import LogBook, log_problem
from tests.hub.helpers import wait_until

log = logging.getLogger("restrike_lab.hub.receive")
other = logging.getLogger("restrike_lab.store.writer")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[LogBook]:
    book = LogBook(tmp_path / "logs", facts={"epoch": 7})
    book.start()
    yield book
    book.stop()


def lines(book: LogBook) -> list[dict[str, Any]]:
    book.stop()
    return [json.loads(line) for line in book.path.read_text("utf-8").splitlines()]


def test_a_line_says_when_who_what_and_what_came_with_it(book: LogBook) -> None:
    log.warning("%d datagrams of %s", 3, "Šimić", extra={"court": "1", "facts": {"a": Path("/x")}})
    [line] = lines(book)
    assert (line["level"], line["logger"], line["event"]) == ("warning", log.name, "3 datagrams of Šimić")
    assert (line["court"], line["facts"], line["epoch"]) == ("1", {"a": "/x"}, 7)
    assert line["timestamp"].endswith("+00:00")


def test_a_defect_comes_with_its_traceback_and_is_told(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    book = LogBook(tmp_path, on_defect=told.append)
    book.start()
    try:
        raise RuntimeError("a defect")
    except RuntimeError:
        log.exception("it failed")
    log.error("without a traceback")
    [line, _] = lines(book)
    assert "RuntimeError: a defect" in line["exception"]
    assert [each["event"] for each in told] == ["it failed"]


def test_an_error_of_the_family_says_everything_of_itself(book: LogBook) -> None:
    log_problem(log, HubError("no", hint="do this", port=6000), "binding")
    [line] = lines(book)
    assert line["event"] == "binding: no"
    assert (line["category"], line["severity"], line["hint"]) == ("hub", "error", "do this")
    assert (line["retryable"], line["context"]) == (False, {"port": 6000})


def test_levels_change_while_it_runs_and_are_given_back(book: LogBook) -> None:
    log.debug("1")
    book.set_level("hub.receive", "DEBUG")
    log.debug("2")
    other.debug("3")
    book.set_level("", "ERROR")
    log.debug("4")
    other.warning("5")
    book.set_level("hub.receive", "")
    log.warning("6")
    assert [line["event"] for line in lines(book)] == ["2", "4"]
    assert log.level == logging.NOTSET


@pytest.mark.parametrize(("subsystem", "level"), [("hub", "LOUD"), ("no such thing!", "INFO"), ("a..b", "INFO")])
def test_what_is_no_level_or_subsystem_is_refused(book: LogBook, subsystem: str, level: str) -> None:
    with pytest.raises(CommandError):
        book.set_level(subsystem, level)


def test_files_are_rotated_and_no_more_than_so_many_stay(tmp_path: Path) -> None:
    book = LogBook(tmp_path, largest_bytes=2_000, files=3)
    book.start()
    for number in range(200):
        log.warning("line %d", number)
    book.stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hub.jsonl", "hub.jsonl.1", "hub.jsonl.2"]
    assert all(path.stat().st_size <= 2_000 for path in tmp_path.iterdir())
    assert json.loads(book.path.read_text().splitlines()[-1])["event"] == "line 199"


def test_the_end_of_the_log_is_in_memory_by_level_and_subsystem(book: LogBook) -> None:
    log.info("a")
    other.warning("b")
    log.error("c")
    wait_until(lambda: len(book.lines) == 3)
    assert [line["event"] for line in book.tail()] == ["a", "b", "c"]
    assert [line["event"] for line in book.tail(level="WARNING")] == ["b", "c"]
    assert [line["event"] for line in book.tail(subsystem="hub")] == ["a", "c"]
    assert [line["event"] for line in book.tail(limit=1)] == ["c"]
    assert [line["event"] for line in book.tail(since=book.tail()[1]["number"])] == ["c"]


def test_a_disk_that_takes_nothing_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    book = LogBook(tmp_path / "logs")
    book.start()
    log.warning("kept in memory")
    wait_until(lambda: book.lost == 1)
    assert [line["event"] for line in book.tail()] == ["kept in memory"]
    book.stop()


def test_two_books_write_side_by_side(book: LogBook, tmp_path: Path) -> None:
    second = LogBook(tmp_path / "second")
    second.start()
    log.warning("for both")
    second.stop()
    log.warning("for one")
    assert [line["event"] for line in lines(book)] == ["for both", "for one"]
    assert len(second.path.read_text().splitlines()) == 1
