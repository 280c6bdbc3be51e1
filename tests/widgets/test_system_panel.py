"""The system panel's kernel side: it asks the hub only while somebody has it open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.hub.watch.catalogue import FIGURES
from restrike_lab.widgets import SystemPanel
from tests.widgets.fake_lab import FakeBatch, FakeFeed, FakeLab

LIMIT_S = 20.0


class SystemFeed(FakeFeed):
    def __init__(self) -> None:
        super().__init__()
        self.metrics: dict[str, Any] = {}
        self.commands: list[tuple[str, Any]] = []
        self.refused: set[str] = set()

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        self.commands.append((name, args))
        if name in self.refused:
            raise CommandError(f"{name} is refused", hint="sign in")
        if name == "system.history":
            return {"waiting": {"seconds": [1, 2], "minutes": [], "per_hour": None}}
        return {"lines": [{"number": 1}]} if name == "logs" else {"stages": {}}


class Setting:
    def __init__(self) -> None:
        self.feed = SystemFeed()
        lab = FakeLab()
        lab.live = self.feed
        self.panel = SystemPanel(lab)  # type: ignore[arg-type]
        self.sent: list[dict[str, Any]] = []
        self.guard = threading.Condition()
        self.panel.send = self.send  # type: ignore[method-assign]

    def send(self, content: dict[str, Any], buffers: object = None) -> None:
        with self.guard:
            self.sent.append(content)
            self.guard.notify_all()

    def second(self, level: str = "fine") -> None:
        self.feed.metrics = {"system": {"figures": {"waiting": 3}, "levels": {"queue_percent": level}}}
        self.panel.follow(FakeBatch())

    def wait(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        limit = time.monotonic() + LIMIT_S
        with self.guard:
            while not (hits := [content for content in self.sent if found(content)]):
                assert self.guard.wait(limit - time.monotonic()), "the panel did not send it"
        return hits[-1]


@pytest.fixture
def setting() -> Iterator[Setting]:
    setting = Setting()
    yield setting
    setting.panel.close()


def test_a_page_learns_names_and_units_first(setting: Setting) -> None:
    setting.panel.welcome("p", 0)
    assert [content["type"] for content in setting.sent] == ["catalogue", "now"]
    assert setting.sent[0]["catalogue"]["waiting"]["label"] == FIGURES["waiting"].label


def test_folded_it_speaks_when_a_level_changed_and_asks_the_hub_nothing(setting: Setting) -> None:
    for level in ("fine", "fine", "critical", "critical", "fine"):
        setting.second(level)
    assert [content["levels"]["queue_percent"] for content in setting.sent] == ["fine", "critical", "fine"]
    assert setting.feed.commands == []


def test_open_it_gets_every_second_the_past_the_rest_and_the_log(setting: Setting) -> None:
    setting.panel.asked({"type": "show", "page": "p", "level": "WARNING"})
    assert setting.wait(lambda it: it["type"] == "past")["past"] == {"waiting": [1, 2]}
    assert setting.wait(lambda it: it["type"] == "detail")["system"] == {"stages": {}}
    assert setting.wait(lambda it: it["type"] == "log")["page"] == "p"
    assert ("logs", {"level": "WARNING", "limit": 200}) in setting.feed.commands
    before = sum(content["type"] == "now" for content in setting.sent)
    setting.second()
    setting.second()
    assert sum(content["type"] == "now" for content in setting.sent) == before + 2


def test_shut_it_asks_no_more(setting: Setting) -> None:
    setting.panel.asked({"type": "show", "page": "p"})
    setting.wait(lambda it: it["type"] == "log")
    setting.panel.asked({"type": "shut", "page": "p"})
    asked = len(setting.feed.commands)
    for _ in range(5):
        setting.second()
    assert len(setting.feed.commands) == asked


def test_who_may_not_read_the_log_is_told_why_and_sees_the_rest(setting: Setting) -> None:
    setting.feed.refused = {"logs"}
    setting.panel.asked({"type": "show", "page": "p"})
    assert setting.wait(lambda it: it["type"] == "log")["problem"] == {"message": "logs is refused", "hint": "sign in"}
    assert setting.wait(lambda it: it["type"] == "detail")["problem"] is None


@pytest.mark.parametrize("command", ["stop", "alert.acknowledge", "logs", None])
def test_a_page_may_not_ask_for_anything_else(setting: Setting, command: str | None) -> None:
    setting.panel.asked({"type": "ask", "command": command, "args": {}})
    assert setting.feed.commands == []
