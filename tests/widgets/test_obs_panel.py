"""The OBS panel's kernel side: the picture goes out when it is another one, a click becomes a command."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.widgets import ObsPanel
from tests.widgets.fake_lab import FakeBatch, FakeFeed, FakeLab


class ObsFeed(FakeFeed):
    def __init__(self) -> None:
        super().__init__()
        self.obs: dict[str, Any] = {"instances": []}
        self.commands: list[tuple[str, Any]] = []
        self.refusal: CommandError | None = None

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        self.commands.append((name, args))
        if self.refusal is not None:
            raise self.refusal
        return {"ok": True}


@pytest.fixture
def feed() -> ObsFeed:
    return ObsFeed()


@pytest.fixture
def panel(feed: ObsFeed) -> tuple[ObsPanel, list[dict[str, Any]], threading.Event]:
    lab = FakeLab()
    lab.live = feed
    panel, sent, answered = ObsPanel(lab), [], threading.Event()  # type: ignore[arg-type, var-annotated]

    def send(content: dict[str, Any], buffers: object = None) -> None:
        sent.append(content)
        if content["type"] == "answer":
            answered.set()

    panel.send = send  # type: ignore[method-assign]
    return panel, sent, answered


def test_the_picture_is_sent_when_it_is_another_one(panel: Any, feed: ObsFeed) -> None:
    widget, sent, _ = panel
    widget.follow(FakeBatch())
    widget.follow(FakeBatch())
    feed.obs = {"instances": [{"name": "ring1"}]}
    widget.follow(FakeBatch())
    assert [content["obs"] for content in sent] == [{"instances": []}, feed.obs]


def test_a_click_becomes_a_command_and_its_answer_returns_to_the_page(panel: Any, feed: ObsFeed) -> None:
    widget, sent, answered = panel
    args = {"name": "ring1", "request": "take", "args": {}}
    widget.asked({"type": "ask", "page": "p", "number": 4, "command": "obs.do", "args": args})
    assert answered.wait(10)
    assert feed.commands == [("obs.do", args)]
    assert sent == [{"type": "answer", "page": "p", "number": 4, "error": None, "result": {"ok": True}}]


def test_a_refusal_returns_with_its_way_out(panel: Any, feed: ObsFeed) -> None:
    widget, sent, answered = panel
    feed.refusal = CommandError("no", hint="do this")
    widget.asked({"type": "ask", "page": "p", "number": 5, "command": "obs.pause", "args": {}})
    assert answered.wait(10)
    assert sent[-1]["error"] == {"message": "no", "hint": "do this"}


@pytest.mark.parametrize("command", ["stop", "status", "obs.rule.put", "sql", None])
def test_a_page_may_not_ask_for_anything_else(panel: Any, feed: ObsFeed, command: str | None) -> None:
    widget, _, _ = panel
    widget.asked({"type": "ask", "command": command, "args": {}})
    assert feed.commands == []


def test_a_password_that_was_typed_stays_in_no_trait_and_comes_back_in_no_message(panel: Any, feed: ObsFeed) -> None:
    widget, sent, answered = panel
    args = {"name": "ring1", "password": "kyorugi-85"}
    widget.asked({"type": "ask", "page": "p", "number": 6, "command": "obs.add", "args": args})
    assert answered.wait(10)
    assert feed.commands == [("obs.add", args)]
    assert "kyorugi" not in str(sent)
    assert "kyorugi" not in str(widget.get_state())
