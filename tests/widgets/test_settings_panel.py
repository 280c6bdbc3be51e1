"""The settings panel's kernel side: read when the hub tells others, a wish becomes a command; and the common theme."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.widgets import EventTable, Scoreboard, SettingsPanel
from tests.widgets.fake_lab import FakeBatch, FakeFeed, FakeLab

LICENCE = {"holder": "Club", "valid_until": "2027-01-01"}


class SettingsFeed(FakeFeed):
    def __init__(self) -> None:
        super().__init__()
        self.commands: list[tuple[str, Any]] = []
        self.refusal: CommandError | None = None

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        self.commands.append((name, args))
        if self.refusal is not None:
            raise self.refusal
        answers: dict[str, Any] = {
            "settings": {"settings": [], "categories": {}, "revision": 1},
            "licence": {"state": "grace", "licence": LICENCE, "warning": "nobody answers", "reason": "nobody answers"},
        }
        return answers.get(name, [])


class Told:
    """What the panel sent, with an event for each type of message."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.came = {name: threading.Event() for name in ("settings", "answer", "problem")}

    def __call__(self, content: dict[str, Any], buffers: object = None) -> None:
        self.sent.append(content)
        if content["type"] in self.came:
            self.came[content["type"]].set()


@pytest.fixture
def feed() -> SettingsFeed:
    return SettingsFeed()


def panel_of(feed: SettingsFeed, **traits: Any) -> tuple[SettingsPanel, Told]:
    lab = FakeLab()
    lab.live = feed
    panel, told = SettingsPanel(lab, **traits), Told()  # type: ignore[arg-type]
    panel.send = told  # type: ignore[method-assign]
    return panel, told


def test_the_settings_are_read_when_the_hub_tells_others(feed: SettingsFeed) -> None:
    panel, told = panel_of(feed)
    feed.settings = {"revision": 1, "values": {}}
    panel.follow(FakeBatch())
    assert told.came["settings"].wait(10)
    panel.follow(FakeBatch())
    assert [name for name, _ in feed.commands] == ["settings", "settings.history", "licence"]
    assert told.sent[-1]["changes"] == []
    assert told.sent[-1]["notes"] == {"licence": "Licence: grace, of Club, until 2027-01-01; nobody answers."}
    panel.close()


def test_a_page_that_opens_gets_them(feed: SettingsFeed) -> None:
    panel, told = panel_of(feed)
    panel.welcome("p", 0)
    assert told.came["settings"].wait(10)
    panel.close()


def test_what_keeps_them_from_being_read_is_told(feed: SettingsFeed) -> None:
    feed.refusal = CommandError("no connection", hint="wait")
    panel, told = panel_of(feed)
    panel.welcome("p", 0)
    assert told.came["problem"].wait(10)
    assert told.sent[-1] == {"type": "problem", "text": "no connection", "hint": "wait"}
    panel.close()


def test_a_wish_becomes_a_command_and_the_answer_returns_to_the_page(feed: SettingsFeed) -> None:
    panel, told = panel_of(feed)
    args = {"values": {"screen.theme": "dark"}, "why": "evening"}
    panel.asked({"type": "ask", "page": "p", "number": 3, "command": "settings.set", "args": args})
    assert told.came["answer"].wait(10)
    assert feed.commands == [("settings.set", args)]
    assert (told.sent[-1]["page"], told.sent[-1]["number"], told.sent[-1]["error"]) == ("p", 3, None)


def test_a_refusal_returns_with_its_way_out(feed: SettingsFeed) -> None:
    panel, told = panel_of(feed)
    feed.refusal = CommandError("no", hint="do this")
    panel.asked({"type": "ask", "page": "p", "number": 4, "command": "settings.undo", "args": {"change_id": 1}})
    assert told.came["answer"].wait(10)
    assert told.sent[-1]["error"] == {"message": "no", "hint": "do this"}


@pytest.mark.parametrize("command", ["stop", "obs.do", "settings.history", "users.add", None])
def test_a_page_may_not_ask_for_anything_else(feed: SettingsFeed, command: str | None) -> None:
    panel, _ = panel_of(feed)
    panel.asked({"type": "ask", "command": command, "args": {}})
    assert feed.commands == []


def test_every_widget_takes_the_colours_that_are_set_for_all(feed: SettingsFeed) -> None:
    panel, _ = panel_of(feed, folded=True)
    feed.settings = {"values": {"screen.theme": "dark"}}
    panel._heard(FakeBatch())
    assert panel.theme == "dark"
    feed.settings = {"values": {"screen.theme": "auto"}}
    panel._heard(FakeBatch())
    assert panel.theme == "auto"
    panel.close()


def test_table_and_board_follow_what_is_set_for_all() -> None:
    lab = FakeLab()
    table, board = EventTable(lab), Scoreboard(lab)  # type: ignore[arg-type]
    lab.live.settings = {"values": {"screen.muted": ["tick", "plain"], "screen.hit_seconds": 8.0}}
    for widget in (table, board):
        widget.send = lambda *_args, **_more: None  # type: ignore[method-assign]
        widget._heard(FakeBatch())
    assert (table.muted, board.hit_seconds) == (["tick", "plain"], 8.0)
    table.close()
    board.close()


def test_a_widget_with_colours_of_its_own_keeps_them(feed: SettingsFeed) -> None:
    panel, _ = panel_of(feed, theme="light")
    feed.settings = {"values": {"screen.theme": "dark"}}
    panel._heard(FakeBatch())
    assert panel.theme == "light"
    panel.close()
