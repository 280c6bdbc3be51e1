"""Notes on their way between a page and the lab, in the table of events and in the panel of notes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from restrike_lab.widgets import EventTable, Notes
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, FakeLab

Page = Callable[[Any, dict[str, Any]], None]
LIMIT_S = 30.0
NOTE = {"annotation_id": 1, "revision": 1, "kind": "note", "text": "late", "seq": 5, "match_id": 1}


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


@pytest.mark.parametrize("widget", [EventTable, Notes])
def test_a_page_gets_all_notes_and_those_that_follow(line: Line, lab: FakeLab, page: Page, widget: Any) -> None:
    lab.annotations.kept = [NOTE]
    shown = widget(lab)
    page(shown, {"type": "hello"})
    until(lambda: line.of("notes"))
    assert line.of("notes")[0]["notes"] == [NOTE]
    lab.live.deliver(FakeBatch(desk=[{"type": "flags"}, {"type": "annotations", "last": {**NOTE, "revision": 2}}]))
    assert [each["note"]["revision"] for each in line.of("note")] == [2]


@pytest.mark.parametrize("widget", [EventTable, Notes])
def test_a_note_that_comes_while_all_are_read_is_told_behind_them(
    line: Line, lab: FakeLab, page: Page, widget: Any
) -> None:
    rows, may_answer, asked = lab.annotations.rows, threading.Event(), threading.Event()

    def rows_late(*, limit: int = 1000) -> list[dict[str, Any]]:
        found = rows(limit=limit)
        asked.set()
        assert may_answer.wait(LIMIT_S)
        return found

    lab.annotations.rows = rows_late  # type: ignore[method-assign]
    page(widget(lab), {"type": "hello"})
    assert asked.wait(LIMIT_S)
    lab.live.deliver(FakeBatch(desk=[{"type": "annotations", "last": NOTE}]))
    may_answer.set()
    until(lambda: len(line.of("note")) == 2)
    told = [each["type"] for each in line.sent if each["type"] in ("note", "notes")]
    assert told == ["note", "notes", "note"]


@pytest.mark.parametrize("widget", [EventTable, Notes])
def test_notes_are_read_again_when_a_lost_connection_is_back(line: Line, lab: FakeLab, page: Page, widget: Any) -> None:
    page(widget(lab), {"type": "hello"})
    until(lambda: line.of("notes"))
    lab.annotations.kept = [NOTE]
    lab.live.deliver(FakeBatch(resumed=True))
    until(lambda: len(line.of("notes")) == 2)
    assert line.of("notes")[1]["notes"] == [NOTE]


@pytest.mark.parametrize("widget", [EventTable, Notes])
def test_a_page_writes_changes_and_takes_back(line: Line, lab: FakeLab, page: Page, widget: Any) -> None:
    shown = widget(lab)
    page(shown, {"type": "note.add", "text": "late", "kind": "tag", "seq": 5, "number": 1})
    until(lambda: line.of("note.answer"))
    assert lab.annotations.kept == [{"text": "late", "seq": 5, "match_id": None, "court": None, "tag": True}]
    page(shown, {"type": "note.change", "annotation_id": 1, "text": "early", "number": 2})
    until(lambda: len(line.of("note.answer")) == 2)
    assert lab.annotations.kept[0]["text"] == "early"
    page(shown, {"type": "note.drop", "annotation_id": 1, "number": 3})
    until(lambda: len(line.of("note.answer")) == 3)
    assert lab.annotations.kept == []
    assert [(each["number"], each["error"]) for each in line.of("note.answer")] == [(1, None), (2, None), (3, None)]


def test_a_refusal_comes_back_to_the_page_that_asked(line: Line, lab: FakeLab, page: Page) -> None:
    page(Notes(lab), {"type": "note.add", "text": "refuse", "seq": True, "number": 7})
    until(lambda: line.of("note.answer"))
    (answer,) = line.of("note.answer")
    assert (answer["page"], answer["number"]) == ("p1", 7)
    assert answer["error"] == {"message": "no", "hint": "Sign in."}


def test_the_panel_tells_which_bouts_go_on(line: Line, lab: FakeLab, page: Page) -> None:
    lab.live.courts = {"1": {"match_id": 12, "match": {"number": "101"}}, "2": {"match_id": None, "match": None}}
    page(Notes(lab), {"type": "hello"})
    assert line.of("bouts")[0]["bouts"] == [
        {"court": "1", "match_id": 12, "number": "101"},
        {"court": "2", "match_id": None, "number": None},
    ]
