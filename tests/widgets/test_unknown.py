"""The panel about unknown events: the list follows, questions are answered to whom asked, decisions can be undone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from restrike_lab.client.errors import QueryError
from restrike_lab.widgets import UnknownEvents
from restrike_lab.widgets.live import watch_of
from restrike_lab.widgets.unknown import MAX_SAMPLE, MAX_SHOWN
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import event
from tests.widgets.fake_recognition import FakeRecognitionLab, pattern

Page = Callable[[Any, dict[str, Any]], None]
LIMIT_S = 30.0
THRUST = '[stream.thrust]\ndescription = "A push"\nexample = "thr1"\ncodes = ["thr1"]\n'


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRecognitionLab]:
    monkeypatch.setattr("restrike_lab.widgets.unknown.EVERY_S", 0.05)
    lab = FakeRecognitionLab()
    lab.unknown.patterns = [pattern()]
    yield lab
    watch_of(lab).close()


@pytest.fixture
def panel(lab: FakeRecognitionLab, line: Line, page: Page) -> Iterator[UnknownEvents]:
    panel = UnknownEvents(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("patterns"))
    yield panel
    panel.close()


def asked(panel: UnknownEvents, line: Line, page: Page, kind: str, /, **content: Any) -> dict[str, Any]:
    """Ask as a page does and return the answer."""
    number = len(line.of("answer")) + 1
    page(panel, {"type": kind, "number": number, **content})
    until(lambda: any(each["number"] == number for each in line.of("answer")))
    return next(each for each in line.of("answer") if each["number"] == number)


def test_a_page_gets_the_patterns_and_their_numbers(panel: UnknownEvents, line: Line) -> None:
    (sent,) = line.of("patterns")
    assert (sent["total"], sent["messages"]) == (1, 3)
    assert sent["patterns"][0]["sample"] == "kds1;40"
    assert "samples" not in sent["patterns"][0]


def test_the_list_is_bounded_and_its_numbers_are_not(lab: FakeRecognitionLab, line: Line, page: Page) -> None:
    lab.unknown.patterns = [
        pattern(f"k{number};int", samples=[{"text": "x" * 9999}]) for number in range(MAX_SHOWN + 5)
    ]
    panel = UnknownEvents(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("patterns"))
    sent = line.of("patterns")[0]
    assert (len(sent["patterns"]), sent["total"]) == (MAX_SHOWN, MAX_SHOWN + 5)
    assert len(sent["patterns"][0]["sample"]) == MAX_SAMPLE
    panel.close()


def test_unknown_messages_lead_to_another_look_also_when_the_hub_counts_them_later(
    lab: FakeRecognitionLab, panel: UnknownEvents, line: Line
) -> None:
    rows = lab.unknown.rows

    def rows_before_they_are_counted() -> list[dict[str, Any]]:
        found = rows()
        lab.unknown.patterns = [pattern(count=4)]
        return found

    lab.unknown.rows = rows_before_they_are_counted  # type: ignore[method-assign]
    lab.publish(event(1, status="unknown"))
    until(lambda: len(line.of("patterns")) == 2)
    until(lambda: panel._turns._thread is None)


def test_messages_that_were_understood_lead_to_nothing(lab: FakeRecognitionLab, panel: UnknownEvents) -> None:
    until(lambda: panel._turns._thread is None)
    lab.publish(event(1))
    assert panel._turns._thread is None


def test_bytes_that_are_no_text_are_listed_in_hexadecimal(lab: FakeRecognitionLab, line: Line, page: Page) -> None:
    lab.unknown.patterns = [pattern("<bytes>", samples=[{"base64": "/wAB"}])]
    panel = UnknownEvents(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("patterns"))
    assert line.of("patterns")[0]["patterns"][0]["sample"] == "ff 00 01"
    panel.close()


def test_an_explanation_is_answered_to_the_page_that_asked(
    lab: FakeRecognitionLab, panel: UnknownEvents, line: Line, page: Page
) -> None:
    answer = asked(panel, line, page, "explain", hash=lab.unknown.patterns[0]["pattern_hash"], page="p7")
    assert (answer["ok"], answer["page"]) == (True, "p7")
    assert answer["explained"]["pattern"]["samples"][0]["seq"] == 7
    refused = asked(panel, line, page, "explain", hash="nothing")
    assert refused["error"] == {"message": "there is no unknown pattern 'nothing'", "hint": "lab.unknown() lists them"}


def test_a_note_is_kept_and_shown(lab: FakeRecognitionLab, panel: UnknownEvents, line: Line, page: Page) -> None:
    assert asked(panel, line, page, "note", hash=lab.unknown.patterns[0]["pattern_hash"], notes="new sensor")["ok"]
    until(lambda: line.of("patterns")[-1]["patterns"][0]["notes"] == "new sensor")


def test_a_definition_is_checked_with_the_place_of_what_is_wrong(panel: UnknownEvents, line: Line, page: Page) -> None:
    assert asked(panel, line, page, "check", toml=THRUST)["names"] == ["thrust"]
    error = asked(panel, line, page, "check", toml=THRUST.replace("example", "exampel"))["error"]
    assert (error["line"], error["column"]) == (3, 1)
    assert not error["message"].startswith("definition:")
    assert asked(panel, line, page, "check", toml=None)["names"] == []


def test_a_definition_is_tried_accepted_and_undone(
    lab: FakeRecognitionLab, panel: UnknownEvents, line: Line, page: Page
) -> None:
    assert "3 of 3" in asked(panel, line, page, "preview", toml=THRUST)["preview"]["text"]
    accepted = asked(panel, line, page, "accept", toml=THRUST, why="from the manual")
    assert (accepted["names"], accepted["before"], accepted["run"]) == (["thrust"], {"thrust": None}, 5)
    assert lab.definitions.held == {"thrust": THRUST}
    undone = asked(panel, line, page, "undo", run=5, before=accepted["before"], why="wrong")
    assert undone["ok"]
    assert lab.undone == [(5, "wrong")]
    assert lab.definitions.held == {}


def test_an_undo_puts_back_what_was_defined_before(
    lab: FakeRecognitionLab, panel: UnknownEvents, line: Line, page: Page
) -> None:
    lab.definitions.put(THRUST, "first")
    changed = THRUST.replace("A push", "A hard push")
    accepted = asked(panel, line, page, "accept", toml=changed, why="mended")
    assert lab.definitions.held == {"thrust": changed}
    asked(panel, line, page, "undo", run=None, before=accepted["before"], why="wrong")
    assert lab.definitions.held == {"thrust": THRUST}
    assert lab.undone == []


def test_what_is_refused_says_why_and_changes_nothing(
    lab: FakeRecognitionLab, panel: UnknownEvents, line: Line, page: Page
) -> None:
    refused = asked(panel, line, page, "accept", toml=THRUST, why="")
    assert refused["error"] == {"message": "a decision needs a reason", "hint": "Say why."}
    assert lab.definitions.held == {}


def test_a_record_that_cannot_be_read_is_told(lab: FakeRecognitionLab, line: Line, page: Page) -> None:
    lab.unknown.problem = QueryError("there is no database", hint="Start a hub.")
    panel = UnknownEvents(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("problem"))
    assert line.of("problem")[0]["hint"] == "Start a hub."
    panel.close()


def test_a_closed_panel_leaves_no_thread(panel: UnknownEvents) -> None:
    panel.close()
    until(lambda: not any(each.name in ("restrike-follow", "restrike-ask") for each in threading.enumerate()))
