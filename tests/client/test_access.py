"""Users from a notebook: the lab's own words for them, and a password that is asked for."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from restrike_lab.client.access import require
from restrike_lab.client.attach import is_screen, remote_of
from restrike_lab.client.errors import CommandError
from restrike_lab.client.lab import Lab
from restrike_lab.client.user_words import obey
from tests.hub.helpers import running_hub, wait_until

PASSWORD = "a long enough password"
VOILA = {"SERVER_SOFTWARE": "voila/0.5.13", "HTTP_X_RESTRIKE_REMOTE": "10.0.0.7"}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    with running_hub(tmp_path):
        yield tmp_path


@pytest.fixture
def lab(data: Path) -> Iterator[Lab]:
    with Lab(data, start="never") as lab:
        yield lab


@pytest.fixture
def screen(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return a lab in what looks like the kernel of a page."""
    with monkeypatch.context() as patch:
        for name, value in VOILA.items():
            patch.setenv(name, value)
        screen = Lab(data, start="never")
    yield screen
    screen.close()


def test_the_owner_of_the_directory_needs_no_password(lab: Lab) -> None:
    assert (lab.live.you["kind"], lab.live.you["role"]) == ("owner", "admin")
    assert lab.users.rows() == []
    assert list(lab.users().columns)[:3] == ["name", "role", "enabled"]


def test_the_kernel_of_a_page_attaches_as_a_screen(lab: Lab, screen: Lab) -> None:
    assert is_screen(VOILA)
    assert is_screen({"VOILA_PREHEAT": "True"})
    assert not is_screen({})
    assert remote_of(VOILA) == "10.0.0.7"
    assert (screen.live.you["kind"], screen.live.you["role"]) == ("screen", "operator")
    lab.users.add("Mina", "admin", PASSWORD)
    assert screen.live.wait(lambda feed: feed.you["role"] == "viewer", 20.0)
    with pytest.raises(CommandError, match="needs an administrator: sign in"):
        screen.users()
    assert screen.sign_in("mina", PASSWORD)["role"] == "admin"
    assert screen.users.rows()[0]["name"] == "Mina"
    assert screen.users.sessions()["remote"].tolist() == ["10.0.0.7"]
    assert lab.live.wait(lambda feed: bool(feed.access["signed_in"]), 20.0)
    assert lab.live.access["signed_in"][0]["name"] == "Mina"


def test_a_screen_that_only_looks_does_not_recognize_anew_in_its_own_kernel(lab: Lab, screen: Lab) -> None:
    lab.users.add("Mina", "admin", PASSWORD)
    assert screen.live.wait(lambda feed: feed.you["role"] == "viewer", 20.0)
    with pytest.raises(CommandError, match="sign in"):
        screen.recognize()
    require({}, "operator", "a hub of an older lab")


def test_a_password_that_is_not_given_is_asked_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, "a slip of the finger", PASSWORD, PASSWORD])
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(typed))
    lab.users.add("Mina", "admin")
    assert next(typed, None) is None
    assert lab.sign_in("mina", PASSWORD)["name"] == "Mina"
    assert lab.sign_out()["kind"] == "owner"


def test_words_do_everything(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: PASSWORD)
    assert obey(lab.users, ["add", "Mina", "admin"]) == "Mina may sign in as admin."
    assert obey(lab.users, ["add", "Ola", "operator"]) == "Ola may sign in as operator."
    for words in (["role", "Ola", "viewer"], ["disable", "Ola"], ["enable", "Ola"], ["password", "Ola"]):
        assert isinstance(obey(lab.users, words), str)
    assert isinstance(obey(lab.users, ["sign-out", "Ola"]), str)
    assert isinstance(obey(lab.users, ["remove", "Ola"]), str)
    shown = obey(lab.users, [])
    assert isinstance(shown, pd.DataFrame)
    assert shown["name"].tolist() == ["Mina"]
    assert str(shown["created"].dtype).startswith("datetime64[ns, UTC")
    for words in (["sessions"], ["audit"], ["list"]):
        assert isinstance(obey(lab.users, words), pd.DataFrame)
    for words in (["add", "x"], ["what"], ["list", "x"], ["remove"]):
        with pytest.raises(CommandError, match="not understood"):
            obey(lab.users, words)
    wait_until(lambda: len(lab.users.audit(action="users.add")) == 2)
    assert PASSWORD not in lab.users.audit().to_string()
