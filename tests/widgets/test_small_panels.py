"""Live data, hit levels and help: what they send, when, and to whom."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from restrike_lab.bout.importance import Importance
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.streams import STREAMS
from restrike_lab.widgets import Help, HitLevels, LiveData
from restrike_lab.widgets.help_text import parts
from restrike_lab.widgets.live_data import MOST_AT_ONCE
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, FakeLab, event

Page = Callable[[Any, dict[str, Any]], None]
LIMIT_S = 30.0


class PanelLab(FakeLab):
    """A fake lab that knows hits and commands."""

    hits: dict[str, Any] = {"hits": [{"seq": 1, "level": 57}]}  # noqa: RUF012
    away = False

    def round_hits(self, court: str) -> dict[str, Any]:
        if self.away:
            raise RestrikeError("the database is not there")
        return {**self.hits, "court": court}

    def command(self, name: str, /, timeout: float = 10.0, **args: Any) -> Any:
        if self.away:
            raise RestrikeError("no hub")
        return [{"name": "ping", "role": "viewer", "help": "Answer."}]


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


def test_live_data_sends_nothing_until_a_page_has_it_open(line: Line, page: Page) -> None:
    lab = PanelLab()
    panel = LiveData(lab)
    page(panel, {"type": "hello"})
    lab.live.deliver(FakeBatch(events=[event(1)]))
    assert line.of("lines") == []
    lab.stored = [event(1)]
    page(panel, {"type": "show"})
    until(lambda: line.of("lines"))
    lab.live.deliver(FakeBatch(events=[event(2)]))
    assert [each["rows"][0][0] for each in line.of("lines")] == [1, 2]
    page(panel, {"type": "shut"})
    lab.live.deliver(FakeBatch(events=[event(3)]))
    assert len(line.of("lines")) == 2


def test_in_a_flood_live_data_sends_the_end_and_says_how_much_it_left_out(line: Line, page: Page) -> None:
    lab = PanelLab()
    panel = LiveData(lab)
    page(panel, {"type": "hello"})
    page(panel, {"type": "show"})
    until(lambda: line.of("lines"))
    lab.live.deliver(FakeBatch(events=[event(seq) for seq in range(1, MOST_AT_ONCE + 8)]))
    last = line.of("lines")[-1]
    assert (last["missed"], len(last["rows"]), last["rows"][-1][0]) == (7, MOST_AT_ONCE, MOST_AT_ONCE + 7)


def test_live_data_is_asked_for_again_when_the_history_was_replaced(line: Line, page: Page) -> None:
    lab = PanelLab()
    panel = LiveData(lab)
    page(panel, {"type": "hello"})
    page(panel, {"type": "show"})
    lab.live.deliver(FakeBatch(snapshot=True))
    assert line.of("again")


def test_hit_levels_follow_hits_and_send_what_changed(line: Line, page: Page) -> None:
    lab = PanelLab()
    lab.live.courts = {"1": {}}
    panel = HitLevels(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("hits"))
    lab.live.deliver(FakeBatch(events=[event(2, stream="clk")]))
    lab.hits = {"hits": [{"seq": 2, "level": 31}]}
    lab.live.deliver(FakeBatch(events=[event(3, stream="hl")]))
    until(lambda: len(line.of("hits")) == 2)
    assert line.of("hits")[-1]["courts"]["1"]["hits"] == [{"seq": 2, "level": 31}]
    panel.close()


def test_hit_levels_outlive_a_database_that_is_away(line: Line, page: Page) -> None:
    lab = PanelLab()
    lab.away = True
    lab.live.courts = {"1": {}}
    panel = HitLevels(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("hits"))
    assert line.of("hits")[-1]["courts"] == {"1": None}
    panel.close()


def test_help_tells_the_hubs_commands_and_does_without(line: Line, page: Page) -> None:
    lab = PanelLab()
    panel = Help(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("help"))
    assert "Commands of the hub" in [part["title"] for part in line.of("help")[-1]["parts"]]
    lab.away = True
    page(panel, {"type": "hello"})
    until(lambda: len(line.of("help")) == 2)
    assert "Commands of the hub" not in [part["title"] for part in line.of("help")[-1]["parts"]]


def test_help_has_every_stream_every_importance_and_full_rows() -> None:
    told = {part.title: part for part in parts()}
    assert [row[0] for row in told["Messages of the console"].rows] == [each.stream for each in STREAMS]
    assert [row[0] for row in told["What matters"].rows] == [str(each) for each in Importance]
    assert all(len(row) == len(part.columns) and all(row) for part in told.values() for row in part.rows)
