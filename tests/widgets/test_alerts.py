"""The alert panel's kernel side: notices go out when they are others; "Seen" becomes a command, nothing else does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.widgets import Alerts
from tests.widgets.fake_lab import FakeBatch, FakeFeed, FakeLab


class NoticeFeed(FakeFeed):
    def __init__(self) -> None:
        super().__init__()
        self.notices: dict[str, Any] = {"open": 0, "worst": None, "list": []}
        self.commands: list[tuple[str, Any]] = []
        self.refusal: CommandError | None = None

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        self.commands.append((name, args))
        if self.refusal is not None:
            raise self.refusal
        return {"acknowledged": []}


class Setting:
    def __init__(self) -> None:
        self.feed = NoticeFeed()
        lab = FakeLab()
        lab.live = self.feed
        self.panel = Alerts(lab)  # type: ignore[arg-type]
        self.sent: list[dict[str, Any]] = []
        self.answered = threading.Event()
        self.panel.send = self.send  # type: ignore[method-assign]

    def send(self, content: dict[str, Any], buffers: object = None) -> None:
        self.sent.append(content)
        if content["type"] == "answer":
            self.answered.set()


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_the_notices_are_sent_when_they_are_others(setting: Setting) -> None:
    for _ in range(2):
        setting.panel.follow(FakeBatch())
    setting.feed.notices = {"open": 1, "worst": "error", "list": [{"notice_id": 1}]}
    setting.panel.follow(FakeBatch())
    assert [content["notices"]["open"] for content in setting.sent] == [0, 1]


def test_seen_becomes_a_command_and_its_answer_returns_to_the_page(setting: Setting) -> None:
    args = {"ids": [7]}
    setting.panel.asked({"type": "ask", "page": "p", "number": 4, "command": "alert.acknowledge", "args": args})
    assert setting.answered.wait(10)
    assert setting.feed.commands == [("alert.acknowledge", args)]
    assert (setting.sent[-1]["page"], setting.sent[-1]["error"]) == ("p", None)


def test_a_refusal_returns_with_its_way_out(setting: Setting) -> None:
    setting.feed.refusal = CommandError("needs an operator", hint="sign in")
    setting.panel.asked(
        {"type": "ask", "page": "p", "number": 5, "command": "alert.acknowledge", "args": {"all": True}}
    )
    assert setting.answered.wait(10)
    assert setting.sent[-1]["error"] == {"message": "needs an operator", "hint": "sign in"}


@pytest.mark.parametrize("command", ["stop", "database.check", "log.level", None])
def test_a_page_may_not_ask_for_anything_else(setting: Setting, command: str | None) -> None:
    setting.panel.asked({"type": "ask", "command": command, "args": {}})
    assert setting.feed.commands == []
