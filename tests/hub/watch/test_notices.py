"""Notices: what repeats is one, what was seen stays seen, what lasts ends, and none is forgotten before it was seen."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.hub.watch.notices import KEPT, Notice, NoticeBook
from restrike_lab.store import notices
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer

FULL = {"source": "store", "key": "store.refused", "level": "critical", "lasting": True, "message": "full", "hint": "!"}


def lost(count: int, court: str = "1") -> dict[str, Any]:
    return {"source": "receive", "level": "error", "court": court, "message": f"{count} datagrams dropped", "hint": "x"}


@pytest.fixture
def book() -> NoticeBook:
    return NoticeBook()


def test_what_repeats_is_one_notice_with_the_newest_words(book: NoticeBook) -> None:
    for now in range(5):
        book.take(lost(10 + now), now)
    [notice] = book.open()
    assert (notice.count, notice.first_ns, notice.last_ns, notice.message) == (5, 0, 4, "14 datagrams dropped")


def test_another_court_is_another_notice(book: NoticeBook) -> None:
    book.take(lost(1, "1"), 0)
    book.take(lost(1, "2"), 0)
    assert len(book.open()) == 2


def test_what_only_informs_is_no_notice(book: NoticeBook) -> None:
    assert book.take({"level": "info", "message": "all is well"}, 0) is None
    assert book.open() == []


def test_what_happens_again_after_somebody_has_seen_it_is_new(book: NoticeBook) -> None:
    book.take(lost(1), 0)
    assert [each.acknowledged_by for each in book.acknowledge([1], "Ann (operator)", 5)] == ["Ann (operator)"]
    assert book.open() == []
    book.take(lost(2), 6)
    assert [each.notice_id for each in book.open()] == [2]
    assert book.acknowledge([1], "Bob", 7) == []  # who was first stays


def test_a_condition_stays_acknowledged_until_it_gets_worse(book: NoticeBook) -> None:
    book.take({**FULL, "level": "warning"}, 0)
    book.acknowledge(None, "Ann", 1)
    book.take({**FULL, "level": "warning"}, 2)
    assert book.open() == []
    book.take(FULL, 3)
    [notice] = book.open()
    assert (notice.notice_id, notice.count, notice.level) == (1, 3, "critical")


def test_a_condition_ends_and_can_come_again(book: NoticeBook) -> None:
    book.take(FULL, 0)
    book.take({**FULL, "level": "info", "over": True, "message": "there is room again"}, 4)
    [notice] = book.open()
    assert (notice.over_ns, notice.over_message, notice.message) == (4, "there is room again", "full")
    book.take(FULL, 9)
    assert len(book.open()) == 2


def test_the_end_of_what_never_began_is_nothing(book: NoticeBook) -> None:
    assert book.take({**FULL, "over": True}, 0) is None


def test_a_new_hub_ends_the_conditions_of_the_last_one(book: NoticeBook) -> None:
    book.take(FULL, 0)
    book.take(lost(1), 0)
    book.end_all("the hub was started again", 8)
    assert [(each.lasting, each.over_ns) for each in book.open()] == [(True, 8), (False, None)]


def test_the_gravest_stands_first_and_the_picture_counts(book: NoticeBook) -> None:
    book.take({"level": "warning", "message": "a"}, 9)
    book.take(FULL, 1)
    book.take({"level": "warning", "message": "b"}, 3)
    book.acknowledge([3], "Ann", 10)
    picture = book.picture()
    assert (picture["open"], picture["worst"]) == (2, "critical")
    assert [each["message"] for each in picture["list"]] == ["full", "a", "b"]


def test_no_more_than_so_many_are_kept_and_what_nobody_has_seen_longest(book: NoticeBook) -> None:
    for number in range(KEPT + 50):
        book.take({"level": "error", "source": f"part{'x' * number}", "message": "m"}, number)
        if number < 60:
            book.acknowledge([number + 1], "Ann", number)
    assert len(book.notices) == KEPT
    assert len(book.open()) == KEPT - 10
    assert len(book.live) == len(book.open())


def test_a_level_that_there_is_not_counts_as_an_error(book: NoticeBook) -> None:
    book.take({"level": "<script>", "message": "m"}, 0)
    assert book.open()[0].level == "error"


def test_notices_are_kept_and_read_back_as_they_were(tmp_path: Path, book: NoticeBook) -> None:
    writer = Writer.open(tmp_path)
    book.take(FULL, 10)
    book.take({**lost(3), "message": "bad \ud800 text"}, 11)
    book.acknowledge([1], "Ann", 12)
    writer.change(lambda db: notices.keep(db, [asdict(each) for each in book.changed.values()]))
    writer.change(lambda db: notices.keep(db, [asdict(book.notices[1])]))
    reader = Reader.open(tmp_path)
    kept = [Notice(**each) for each in notices.newest(reader)]
    assert kept[1] == book.notices[1]
    assert kept[0].message == "bad \\ud800 text"
    assert notices.next_id(reader) == 3
    again = NoticeBook(kept, notices.next_id(reader))
    assert set(again.live) == set(book.live)
    reader.close()
    writer.close()
