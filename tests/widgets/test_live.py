"""A widget greets a page with everything, follows the feed while it is watched, and says how the hub is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from restrike_lab.widgets import EventTable, Scoreboard
from restrike_lab.widgets.event_table import CHUNK_ROWS, FIRST_ROWS, FLOOD_ROWS, chunks
from restrike_lab.widgets.live import CellProbe, watch_of
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, FakeLab, event

Page = Callable[[Any, dict[str, Any]], None]
LIMIT_S = 30.0


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


def seqs(line: Line) -> list[int]:
    return [row[0] for row in line.rows()]


def opened(lab: FakeLab, page: Page, line: Line, **traits: Any) -> EventTable:
    table = EventTable(lab, **traits)
    page(table, {"type": "hello"})
    until(lambda: line.of("complete"))
    return table


def test_the_newest_rows_come_first_and_every_row_once() -> None:
    pieces = list(chunks([event(seq) for seq in range(1, 12_001)], first=400, size=5000))
    assert [len(piece) for piece in pieces] == [400, 5000, 5000, 1600]
    assert [piece[0]["seq"] for piece in pieces] == [11_601, 6_601, 1_601, 1]


def test_nothing_is_published_before_a_page_asks(lab: FakeLab, line: Line) -> None:
    EventTable(lab)
    assert lab.live.subscribers == []
    lab.publish(event(1))
    assert line.sent == []


def test_a_page_gets_what_is_stored_and_what_follows(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(seq) for seq in range(1, 6)]
    opened(lab, page, line)
    lab.publish(event(6), event(7))
    assert sorted(set(seqs(line))) == [1, 2, 3, 4, 5, 6, 7]


def test_a_long_history_arrives_whole_with_its_end_first(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(seq) for seq in range(1, CHUNK_ROWS + FIRST_ROWS + 11)]
    opened(lab, page, line)
    first = line.of("rows")[0]["rows"]
    assert [row[0] for row in first] == [each["seq"] for each in lab.stored[-FIRST_ROWS:]]
    assert set(seqs(line)) == {each["seq"] for each in lab.stored}


def test_no_more_than_the_limit_is_sent(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(seq) for seq in range(1, 2001)]
    opened(lab, page, line, limit=1000)
    assert set(seqs(line)) == set(range(1001, 2001))


def test_a_second_page_is_answered_alone(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(1)]
    table = opened(lab, page, line)
    line.sent.clear()
    page(table, {"type": "hello", "page": "p2"})
    until(lambda: line.of("complete"))
    assert {each["page"] for each in line.sent if "page" in each} == {"p2"}


def test_a_page_that_was_away_keeps_what_it_has(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    lab.publish(event(1), event(2), event(3))
    line.sent.clear()
    page(table, {"type": "hello", "seq": 2})
    until(lambda: line.of("complete"))
    assert line.of("begin")[0]["fresh"] is False
    assert 3 in seqs(line)


def test_a_page_that_has_more_than_there_is_begins_afresh(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    lab.publish(event(1))
    line.sent.clear()
    page(table, {"type": "hello", "seq": 900})
    assert line.of("begin")[0]["fresh"] is True


def test_a_record_that_cannot_be_read_now_is_read_a_moment_later(
    lab: FakeLab, line: Line, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restrike_lab.widgets.event_table.RETRY_S", 0.01)
    lab.stored = [event(1)]
    lab.refusals = 2
    opened(lab, page, line)
    assert seqs(line) == [1]


def test_a_running_cell_is_told_from_an_idle_kernel() -> None:
    async def kernel() -> tuple[list[bool], list[bool]]:
        probe = CellProbe()

        def look() -> list[bool]:
            answers = [probe()]
            time.sleep(0.02)
            return [*answers, probe()]

        idle = await asyncio.to_thread(look)
        with ThreadPoolExecutor(1) as pool:
            busy = pool.submit(look).result()  # blocks the loop, as a cell does
        return idle, busy

    assert asyncio.run(kernel()) == ([False, False], [False, True])


def test_without_a_loop_nothing_counts_as_a_running_cell() -> None:
    probe = CellProbe()
    assert not probe()
    assert not probe()


def test_two_greetings_follow_the_feed_once(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    page(table, {"type": "hello"})
    assert len(lab.live.subscribers) == 1


def test_a_replaced_history_is_sent_afresh(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(seq) for seq in range(1, 4)]
    opened(lab, page, line)
    line.sent.clear()
    lab.stored = [event(1, raw_data="rnd;1")]
    lab.live.deliver(FakeBatch(snapshot=True))
    until(lambda: line.of("complete"))
    assert line.of("begin") == [{"type": "begin", "page": "", "fresh": True}]
    assert seqs(line) == [1]


def test_a_flood_shows_its_end_and_is_filled_in_when_calm(lab: FakeLab, line: Line, page: Page) -> None:
    opened(lab, page, line)
    line.sent.clear()
    flood = [event(seq) for seq in range(1, FLOOD_ROWS + 501)]
    lab.publish(*flood)
    assert seqs(line) == [each["seq"] for each in flood[-FIRST_ROWS:]]
    until(lambda: line.of("complete"))
    assert set(seqs(line)) == {each["seq"] for each in flood}
    assert not line.of("begin")[0]["fresh"]


def test_a_reader_who_opens_a_row_gets_the_event(lab: FakeLab, line: Line, page: Page) -> None:
    lab.stored = [event(1), event(2)]
    table = opened(lab, page, line)
    page(table, {"type": "detail", "seq": 2})
    assert line.of("detail")[0]["event"]["raw_data"] == "pt1;2;"


def test_a_question_about_no_event_is_answered_with_nothing(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    page(table, {"type": "detail", "seq": 99})
    page(table, {"type": "detail", "seq": "1; DROP TABLE"})
    assert [each["event"] for each in line.of("detail")] == [None]


def test_the_pulse_tells_that_the_hub_is_away_and_for_how_long_it_was(lab: FakeLab, line: Line, page: Page) -> None:
    opened(lab, page, line)
    lab.live.deliver(FakeBatch(connected=False))
    away = line.of("pulse")[-1]
    assert (away["connected"], away["lastAway"]) == (False, None)
    assert away["away"] >= 0
    lab.live.deliver(FakeBatch(connected=True))
    back = line.of("pulse")[-1]
    assert (back["connected"], back["away"]) == (True, None)
    assert back["lastAway"] >= 0


def test_a_page_that_leaves_ends_the_publishing(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    page(table, {"type": "bye"})
    until(lambda: lab.live.subscribers == [])
    line.sent.clear()
    lab.publish(event(9))
    assert line.sent == []


def test_a_page_that_was_counted_out_gets_everything_when_it_is_heard_again(
    lab: FakeLab, line: Line, page: Page
) -> None:
    table = opened(lab, page, line)
    table.rest()
    lab.publish(event(1))
    lab.stored = [event(1)]
    page(table, {"type": "alive"})
    until(lambda: seqs(line) == [1])
    page(table, {"type": "alive"})
    assert len(line.of("begin")) == 2


def test_two_widgets_of_a_lab_share_one_watch(lab: FakeLab, line: Line) -> None:
    assert EventTable(lab)._watch is Scoreboard(lab)._watch is watch_of(lab)


def test_a_closed_widget_follows_nothing(lab: FakeLab, line: Line, page: Page) -> None:
    table = opened(lab, page, line)
    table.close()
    assert lab.live.subscribers == []


def test_the_scoreboard_greets_with_every_court_and_follows_with_the_changed(
    lab: FakeLab, line: Line, page: Page
) -> None:
    lab.live.courts = {"1": {"score": [0, 0]}, "2": {"score": [3, 1]}}
    page(Scoreboard(lab), {"type": "hello"})
    assert line.of("courts")[0]["courts"] == lab.live.courts
    lab.live.deliver(FakeBatch(courts={"2": {"score": [3, 2]}}))
    assert line.of("courts")[1] == {"type": "courts", "fresh": False, "courts": {"2": {"score": [3, 2]}}}


def test_a_batch_without_courts_leaves_the_scoreboard_alone(lab: FakeLab, line: Line, page: Page) -> None:
    page(Scoreboard(lab), {"type": "hello"})
    seen = len(line.of("courts"))
    lab.publish(event(1))
    assert len(line.of("courts")) == seen


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_theme_can_be_chosen_from_python(lab: FakeLab, line: Line, theme: str) -> None:
    assert EventTable(lab, theme=theme).get_state()["theme"] == theme


def test_a_status_set_by_hand_goes_to_every_page_and_the_event_is_told_anew(
    lab: FakeLab, line: Line, page: Page
) -> None:
    table = EventTable(lab)
    lab.publish(event(1))
    page(table, {"type": "hello", "seq": 0})
    page(table, {"type": "judge", "seq": 1, "status": "partial", "why": "a bag was kicked"})
    until(lambda: line.of("judgement"))
    assert [(each["seq"], each["status"]) for each in line.of("judged")] == [(1, "partial")]
    until(lambda: line.of("detail"))
    assert line.of("detail")[-1]["event"]["seq"] == 1
    page(table, {"type": "judge", "seq": 1, "status": "unknown", "why": ""})
    until(lambda: len(line.of("judgement")) == 2)
    assert [each["refused"] for each in line.of("judgement")] == [None, "a decision needs a reason Say why."]


def test_a_status_set_in_the_batch_of_its_event_is_told_behind_it(lab: FakeLab, line: Line, page: Page) -> None:
    page(EventTable(lab), {"type": "hello", "seq": 0})
    until(lambda: line.of("complete"))
    before = len(line.sent)
    lab.live.deliver(FakeBatch(events=[event(1)], judged=[{"seq": 1, "status": "partial", "confidence": 0.5}]))
    assert [each["type"] for each in line.sent[before:] if each["type"] in ("rows", "judged")] == ["rows", "judged"]


def test_all_rows_come_again_when_everything_was_recognized_anew(lab: FakeLab, line: Line, page: Page) -> None:
    table = EventTable(lab)
    page(table, {"type": "hello", "seq": 0})
    until(lambda: line.of("complete"))
    lab.live.deliver(FakeBatch(anew=True))
    until(lambda: len(line.of("complete")) == 2)
    assert line.of("begin")[-1]["fresh"]


def test_the_scoreboard_sends_the_flags_of_the_athletes_once(line: Line, lab: FakeLab, page: Page) -> None:
    lab.live.courts = {"1": {"match": {"blue": {"country": "CRO"}, "red": {"country": "XQX"}}}}
    board = Scoreboard(lab)
    page(board, {"type": "hello"})
    until(lambda: any(each["flags"] for each in line.of("flags")))
    assert line.of("flags")[-1]["flags"] == {
        "CRO": {"uri": "data:image/svg+xml;base64,PHN2Zy8+", "name": "Croatia"},
        "XQX": {"uri": "", "name": ""},
    }
