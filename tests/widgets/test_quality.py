"""The panel about data quality: cheap while folded, drawn anew when something came, and only what changed is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from restrike_lab.client.errors import QueryError
from restrike_lab.widgets import DataQuality, UnknownEvents, panels
from restrike_lab.widgets.live import watch_of
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, event
from tests.widgets.fake_recognition import FakeRecognitionLab

Page = Callable[[Any, dict[str, Any]], None]
LIMIT_S = 30.0


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


def match(match_id: int, court: str = "1", *, running: bool = False, lost: int = 0) -> dict[str, Any]:
    level = "error" if lost else "good"
    return {"match_id": match_id, "court": court, "running": running, "lost": lost, "level": level, "title": "M"}


class AlertBatch(FakeBatch):
    """A batch with alerts."""

    alerts: tuple[dict[str, Any], ...] = ()


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRecognitionLab]:
    monkeypatch.setattr("restrike_lab.widgets.quality.EVERY_S", 0.05)
    lab = FakeRecognitionLab()
    lab.quality.matches = [match(9, running=True), match(4)]
    lab.quality.reports = {9: {"match_id": 9, "findings": []}, 4: {"match_id": 4, "findings": []}}
    yield lab
    watch_of(lab).close()


@pytest.fixture
def panel(lab: FakeRecognitionLab, line: Line, page: Page) -> Iterator[DataQuality]:
    panel = DataQuality(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("matches"))
    yield panel
    panel.close()


def test_folded_it_sends_the_list_of_matches_and_reads_no_report(panel: DataQuality, line: Line) -> None:
    (sent,) = line.of("matches")
    assert [each["match_id"] for each in sent["matches"]] == [9, 4]
    assert panel._quality.reads == 0  # type: ignore[attr-defined]


def test_open_it_sends_the_running_match_of_a_court_or_the_one_that_was_chosen(
    panel: DataQuality, line: Line, page: Page
) -> None:
    page(panel, {"type": "show", "court": "1", "match_id": None})
    until(lambda: line.of("report"))
    assert (line.of("report")[0]["report"]["match_id"], line.of("report")[0]["page"]) == (9, "p1")
    page(panel, {"type": "show", "court": None, "match_id": 4})
    until(lambda: len(line.of("report")) == 2)
    assert line.of("report")[1]["report"]["match_id"] == 4
    assert line.of("report")[1]["wanted"] == {"court": None, "match_id": 4}


def test_a_court_at_which_nothing_goes_on_has_no_report(panel: DataQuality, line: Line, page: Page) -> None:
    page(panel, {"type": "show", "court": "7", "match_id": None})
    until(lambda: line.of("report"))
    assert line.of("report")[0]["report"] is None


def test_events_lead_to_another_look_and_only_what_changed_is_sent(
    lab: FakeRecognitionLab, panel: DataQuality, line: Line, page: Page
) -> None:
    page(panel, {"type": "show", "court": "1", "match_id": None})
    until(lambda: line.of("report"))
    reads = lab.quality.reads
    lab.publish(event(1))
    until(lambda: lab.quality.reads > reads)
    assert (len(line.of("matches")), len(line.of("report"))) == (1, 1)
    lab.quality.matches[0] = match(9, running=True, lost=2)
    lab.publish(event(2))
    until(lambda: len(line.of("matches")) == 2)
    assert len(line.of("report")) == 1


def test_a_finding_is_shown_before_its_turn(
    lab: FakeRecognitionLab, line: Line, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restrike_lab.widgets.quality.EVERY_S", 600.0)
    panel = DataQuality(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("matches"))
    lab.quality.matches[0] = match(9, running=True, lost=1)
    batch = AlertBatch()
    batch.alerts = ({"type": "alert", "source": "quality", "finding": {}},)
    lab.live.deliver(batch)
    until(lambda: len(line.of("matches")) == 2)
    panel.close()


def test_folded_again_it_reads_no_more(lab: FakeRecognitionLab, panel: DataQuality, line: Line, page: Page) -> None:
    page(panel, {"type": "show", "court": "1", "match_id": None})
    until(lambda: line.of("report"))
    page(panel, {"type": "shut"})
    until(lambda: panel._turns._thread is None)
    reads = lab.quality.reads
    lab.quality.matches.append(match(1))
    lab.publish(event(1))
    until(lambda: len(line.of("matches")) == 2)
    assert lab.quality.reads == reads


def test_a_hub_that_came_back_and_what_silence_decides_are_looked_for(
    lab: FakeRecognitionLab, panel: DataQuality, line: Line
) -> None:
    until(lambda: panel._turns._thread is None)
    lab.live.deliver(FakeBatch(connected=False))
    assert panel._turns._thread is None
    lab.live.deliver(FakeBatch())
    time.sleep(0.06)  # the first look finds nothing new
    lab.quality.matches[0] = match(9, running=True, lost=1)
    until(lambda: len(line.of("matches")) == 2)


def test_nobody_looking_means_that_nothing_is_shown(panel: DataQuality, page: Page) -> None:
    page(panel, {"type": "show", "court": "1", "match_id": None})
    panel.rest()
    assert panel._shown == {}


def test_evidence_goes_to_the_page_that_asked(panel: DataQuality, line: Line, page: Page) -> None:
    page(panel, {"type": "evidence", "page": "p2", "key": "k", "seqs": [3, "x", 5]})
    until(lambda: line.of("evidence"))
    (sent,) = line.of("evidence")
    assert (sent["page"], sent["key"], [row[0] for row in sent["rows"]]) == ("p2", "k", [3, 5])


def test_what_cannot_be_read_is_told(lab: FakeRecognitionLab, panel: DataQuality, line: Line, page: Page) -> None:
    lab.quality.problem = QueryError("there is no match 4", hint="lab.matches() lists them")
    page(panel, {"type": "show", "court": None, "match_id": 4})
    until(lambda: line.of("problem"))
    assert line.of("problem")[0]["text"] == "there is no match 4"
    page(panel, {"type": "evidence", "key": "k", "seqs": [3]})
    until(lambda: line.of("evidence"))
    assert line.of("evidence")[0]["rows"] == []


def test_panels_stand_in_one_row_folded(lab: FakeRecognitionLab, line: Line) -> None:
    row = panels(DataQuality(lab), UnknownEvents(lab))
    assert [each.folded for each in row.children] == [True, True]
    assert not DataQuality(lab).folded
