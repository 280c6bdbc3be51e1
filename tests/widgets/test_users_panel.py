"""The users panel's kernel side: read for an administrator, refused with the reason else, no password kept."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.widgets import UsersPanel
from tests.widgets.fake_lab import FakeBatch, FakeFeed, FakeLab


class UsersFeed(FakeFeed):
    def __init__(self) -> None:
        super().__init__()
        self.you: dict[str, Any] = {"name": "Ana"}
        self.access: dict[str, Any] = {}
        self.commands: list[tuple[str, Any]] = []
        self.refusal: CommandError | None = None
        self.asked = threading.Event()

    def command(self, name: str, args: dict[str, Any] | None = None, timeout: float = 10.0) -> Any:
        self.commands.append((name, args))
        if self.refusal is not None:
            raise self.refusal
        return []


@pytest.fixture
def feed() -> UsersFeed:
    return UsersFeed()


@pytest.fixture
def panel(feed: UsersFeed) -> Any:
    lab = FakeLab()
    lab.live = feed
    panel = UsersPanel(lab)  # type: ignore[arg-type]
    sent: list[dict[str, Any]] = []
    came = {name: threading.Event() for name in ("users", "refused", "answer")}

    def send(content: dict[str, Any], buffers: object = None) -> None:
        sent.append(content)
        if content["type"] in came:
            came[content["type"]].set()

    panel.send = send  # type: ignore[method-assign]
    yield panel, sent, came
    panel.close()


def test_users_and_record_are_read_when_somebody_signs_in(panel: Any, feed: UsersFeed) -> None:
    widget, sent, came = panel
    widget.follow(FakeBatch())
    assert came["users"].wait(10)
    assert sent[-1] == {"type": "users", "users": [], "entries": [], "you": "Ana"}
    widget.follow(FakeBatch())
    assert [name for name, _ in feed.commands] == ["users", "audit"]


def test_who_is_no_administrator_is_told_so(panel: Any, feed: UsersFeed) -> None:
    widget, sent, came = panel
    feed.refusal = CommandError("users needs an administrator", hint="sign in")
    widget.welcome("p", 0)
    assert came["refused"].wait(10)
    assert sent[-1] == {"type": "refused", "text": "users needs an administrator", "hint": "sign in"}


def test_a_password_that_was_typed_is_kept_nowhere(panel: Any, feed: UsersFeed) -> None:
    widget, sent, came = panel
    args = {"name": "Marko", "role": "operator", "password": "kyorugi-85"}
    widget.asked({"type": "ask", "page": "p", "number": 1, "command": "users.add", "args": args})
    assert came["answer"].wait(10)
    assert ("users.add", args) in feed.commands
    assert "kyorugi" not in str(sent) + str(widget.get_state())


@pytest.mark.parametrize("command", ["users", "audit", "stop", "sign_in", "settings.set", None])
def test_a_page_may_not_ask_for_anything_else(panel: Any, feed: UsersFeed, command: str | None) -> None:
    widget, _, _ = panel
    widget.asked({"type": "ask", "command": command, "args": {}})
    assert feed.commands == []
