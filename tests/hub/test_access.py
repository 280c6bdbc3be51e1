"""Signing in over a real WebSocket: what it gives, what it leaves behind, and how it ends."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from restrike_lab.access.passwords import Passwords
from restrike_lab.client.errors import CommandError
from restrike_lab.client.lab import Lab
from restrike_lab.hub.access_commands import setup_code
from restrike_lab.hub.callers import REMOTE_HEADER, Caller, who
from restrike_lab.hub.hub import Hub
from restrike_lab.store.errors import StoreError
from tests.hub.helpers import receive_until, running_hub, wait_until

PASSWORD = "a long enough password"
NUMBER = itertools.count()


class Screen:
    """A connection with the screen's token, or another one."""

    def __init__(self, hub: Hub, token: str = "", remote: str = "") -> None:
        assert hub.address is not None
        headers = {REMOTE_HEADER: remote} if remote else {}
        token = token or hub.address.screen
        self.stack = ExitStack()
        self.line = self.stack.enter_context(
            connect(
                f"{hub.address.url}/?token={token}",
                additional_headers=headers,
                proxy=None,
                max_size=None,
                max_queue=None,
            )
        )
        self.snapshot = receive_until(self.line, lambda message: message["type"] == "snapshot")[-1]
        self.frames: list[dict[str, Any]] = []

    def ask(self, command: str, **args: Any) -> dict[str, Any]:
        request = f"r{next(NUMBER)}"
        self.line.send(json.dumps({"id": request, "command": command, "args": args}))
        found = receive_until(self.line, lambda message: message.get("id") == request)
        self.frames += found[:-1]
        return found[-1]

    def done(self, command: str, **args: Any) -> Any:
        reply = self.ask(command, **args)
        assert reply["ok"], reply
        return reply["result"]

    def refused(self, command: str, **args: Any) -> str:
        reply = self.ask(command, **args)
        assert not reply["ok"], reply
        return str(reply["error"]["message"])

    def you(self) -> dict[str, Any]:
        """Return the next frame that tells who this connection is."""
        for frame in self.frames:
            if frame["type"] == "you":
                self.frames.remove(frame)
                return frame
        return receive_until(self.line, lambda message: message["type"] == "you")[-1]

    def close(self) -> None:
        self.stack.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path / "data") as hub:
        hub.running.access.passwords = Passwords(memory_kib=64, passes=1)
        yield hub


@pytest.fixture
def owner(hub: Hub) -> Iterator[Screen]:
    assert hub.address is not None
    owner = Screen(hub, hub.address.token)
    yield owner
    owner.close()


@pytest.fixture
def people(owner: Screen) -> Screen:
    for name, role in (("Mina", "admin"), ("Ola", "operator"), ("Vic", "viewer")):
        owner.done("users.add", name=name, role=role, password=PASSWORD)
    return owner


@pytest.fixture
def screen(hub: Hub) -> Iterator[Screen]:
    screen = Screen(hub)
    yield screen
    screen.close()


# -- before there is a user --------------------------------------------------------------------------------------------


def test_a_screen_acts_as_operator_until_there_is_a_user_and_then_only_looks(screen: Screen, owner: Screen) -> None:
    assert screen.snapshot["you"]["role"] == "operator"
    assert screen.snapshot["access"] == {"users": False, "screen_role": "operator", "signed_in": []}
    assert "needs an administrator" in screen.refused("users")
    assert "pattern_hash" in screen.refused("pattern.note")  # it may, only that it says too little
    owner.done("users.add", name="Mina", role="admin", password=PASSWORD)
    assert screen.you()["role"] == "viewer"
    assert "needs an operator: sign in" in screen.refused("pattern.note")


def test_the_first_administrator_is_set_on_a_screen_with_the_code_of_the_owner(hub: Hub, screen: Screen) -> None:
    assert hub.address is not None
    code = setup_code(hub.address.token)
    assert hub.address.token not in code
    assert "too short" in screen.refused("access.first", name="Mina", password="short", code=code)
    assert "code is wrong" in screen.refused("access.first", name="Mina", password=PASSWORD, code="AAAA-BBBB-CCCC")
    typed = code.lower().replace("-", " ")
    assert screen.done("access.first", name="Mina", password=PASSWORD, code=typed)["role"] == "admin"
    assert "already" in screen.refused("access.first", name="Eve", password=PASSWORD, code=code)
    assert screen.done("sign_in", name="mina", password=PASSWORD)["role"] == "admin"


def test_a_set_up_code_cannot_be_guessed_for_long(screen: Screen) -> None:
    said = [screen.refused("access.first", name="Eve", password=PASSWORD, code=f"AAAA-AAAA-{n}") for n in range(6)]
    assert said[0] == "the set-up code is wrong"
    assert said[-1].startswith("too many tries")


# -- signing in --------------------------------------------------------------------------------------------------------


def test_signing_in_raises_the_role_of_this_connection_alone(people: Screen, screen: Screen, hub: Hub) -> None:
    other = Screen(hub)
    result = screen.done("sign_in", name="ola", password=PASSWORD)
    assert (result["name"], result["role"], result["signed_in"]) == ("Ola", "operator", True)
    assert 890 < result["idle_s"] <= 900
    assert "pattern_hash" in screen.refused("pattern.note")
    assert "needs an operator" in other.refused("pattern.note")
    assert [each["name"] for each in other.done("whoami") and hub.running.access.picture()["signed_in"]] == ["Ola"]
    screen.done("sign_out")
    assert "needs an operator" in screen.refused("pattern.note")
    other.close()


def test_what_is_done_is_kept_under_the_name_of_the_session_whatever_the_arguments_say() -> None:
    signed_in = Caller("operator", name="Ola", session=3)
    assert who({"who": "Mina"}, signed_in) == "Ola (operator)"
    assert who({"who": "Mina"}, Caller("admin", kind="owner")) == "Mina (admin)"
    assert who({"who": "Mina"}, Caller("operator", kind="screen")) == "screen (operator)"


@pytest.mark.parametrize(
    ("name", "password"), [("ola", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("Ola'--", "x"), ("ola\0", PASSWORD)]
)
def test_a_wrong_name_and_a_wrong_password_are_told_in_the_same_words(
    people: Screen, screen: Screen, name: str, password: str
) -> None:
    said = screen.refused("sign_in", name=name, password=password)
    assert said == ("the name or the password is wrong" if name else "name is missing")


def test_misses_make_wait_and_a_new_password_from_the_owner_forgives(people: Screen, hub: Hub) -> None:
    guesser = Screen(hub, remote="10.0.0.66")
    said = [guesser.refused("sign_in", name="ola", password=f"guess {number}") for number in range(8)]
    assert said[0] == "the name or the password is wrong"
    assert said[-1].startswith("too many tries: wait ")
    assert guesser.refused("sign_in", name="ola", password=PASSWORD).startswith("too many tries")
    guesser.close()
    people.done("users.password", name="ola", password=PASSWORD + "!")
    ola = Screen(hub, remote="10.0.0.66")
    assert ola.done("sign_in", name="ola", password=PASSWORD + "!")["name"] == "Ola"
    ola.close()


def test_the_owner_is_never_shut_out(people: Screen, hub: Hub) -> None:
    screen = Screen(hub)
    for number in range(12):
        screen.refused("sign_in", name="mina", password=f"guess {number}")
    assert len(people.done("users")) == 3  # the hub's own token asks for no password
    screen.close()


def test_a_user_who_is_disabled_cannot_sign_in(people: Screen, screen: Screen) -> None:
    people.done("users.enable", name="ola", enabled=False)
    assert screen.refused("sign_in", name="ola", password=PASSWORD) == "the name or the password is wrong"


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_page_that_comes_again_goes_on_in_its_session_even_with_another_hub(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        hub.running.access.passwords = Passwords(memory_kib=64, passes=1)
        with Lab(tmp_path, start="never") as lab:
            lab.users.add("Mina", "admin", PASSWORD)
        screen = Screen(hub)
        secret = screen.done("sign_in", name="mina", password=PASSWORD)["session"]
        screen.close()
        again = Screen(hub)
        assert again.snapshot["you"]["role"] == "viewer"
        assert again.done("session.resume", session=secret)["name"] == "Mina"
        again.close()
    with running_hub(tmp_path) as hub:
        later = Screen(hub)
        assert later.done("session.resume", session=secret)["role"] == "admin"
        assert "session is over" in later.refused("session.resume", session=secret + "x")
        assert later.done("whoami")["name"] == "Mina"
        later.done("sign_out")
        assert "session is over" in later.refused("session.resume", session=secret)
        later.close()


def test_a_lab_that_reconnects_goes_on_in_its_session(people: Screen, hub: Hub) -> None:
    assert hub.address is not None
    with Lab(hub.config.directory, url=hub.address.url, token=hub.address.screen, start="never") as lab:
        assert lab.sign_in("ola", PASSWORD)["role"] == "operator"
        before = lab.live.last_heard
        for client in list(hub.running.fanout.present):
            hub.running.fanout.call(client.connection.transport.abort)
        assert lab.live.wait(lambda feed: feed.last_heard != before and feed.you.get("signed_in") is True, 20.0)
        assert lab.live.you["name"] == "Ola"
        lab.sign_out()
        with pytest.raises(CommandError, match="needs an operator"):
            lab.command("pattern.note")


def test_nobody_there_for_a_while_ends_the_session_in_sight(people: Screen, hub: Hub, screen: Screen) -> None:
    hub.config.session_idle_s = 5
    clock = Clock()
    hub.running.access.clock = clock
    screen.done("sign_in", name="ola", password=PASSWORD)
    assert screen.you()["signed_in"]
    clock.now += 4
    assert screen.done("session.touch")["idle_s"] == 5.0
    screen.refused("pattern.note")  # what an operator does is a sign of the person, too
    clock.now += 4
    screen.done("status")  # what any panel asks by itself is none
    clock.now += 1
    ended = screen.you()
    assert (ended["signed_in"], ended["role"], ended["ending"]) == (False, "viewer", "idle")
    assert "needs an operator" in screen.refused("pattern.note")
    # The right is gone first, and put down behind it.
    wait_until(lambda: people.done("users.sessions")[0]["ending"] == "idle")


def test_a_session_ends_when_it_is_too_old_whatever_was_done(people: Screen, hub: Hub, screen: Screen) -> None:
    hub.config.session_hours = 1
    clock = Clock()
    hub.running.access.clock = clock
    screen.done("sign_in", name="ola", password=PASSWORD)
    assert screen.you()["signed_in"]
    for _ in range(4):
        clock.now += 890
        screen.done("session.touch")
    clock.now += 100
    assert screen.you()["ending"] == "too old"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("users.password", {"password": PASSWORD + "!"}),
        ("users.role", {"role": "viewer"}),
        ("users.enable", {"enabled": False}),
        ("users.remove", {}),
        ("users.sign_out", {}),
    ],
)
def test_what_changes_a_user_takes_their_rights_away_at_once(
    people: Screen, screen: Screen, command: str, args: dict[str, Any]
) -> None:
    screen.done("sign_in", name="ola", password=PASSWORD)
    assert screen.you()["signed_in"]
    people.done(command, name="ola", **args)
    ended = screen.you()
    assert not ended["signed_in"]
    assert ended["ending"]
    assert "needs an operator" in screen.refused("pattern.note")


def test_one_s_own_new_password_ends_the_other_sessions_and_not_this_one(people: Screen, hub: Hub) -> None:
    here, there = Screen(hub), Screen(hub)
    for each in (here, there):
        each.done("sign_in", name="ola", password=PASSWORD)
        assert each.you()["signed_in"]
    assert "wrong" in here.refused("password.change", old="not it", new=PASSWORD + "!")
    assert "too short" in here.refused("password.change", old=PASSWORD, new="x")
    assert here.done("password.change", old=PASSWORD, new=PASSWORD + "!")["signed_in"]
    assert there.you()["ending"] == "the password was changed"
    assert here.done("whoami")["name"] == "Ola"
    for each in (here, there):
        each.close()


def test_a_screen_without_a_person_can_be_given_a_role_live(people: Screen, hub: Hub, screen: Screen) -> None:
    hub.config.screen_role = "operator"
    assert screen.you()["role"] == "operator"
    hub.config.screen_role = "auto"
    assert screen.you()["role"] == "viewer"


def test_a_database_that_takes_nothing_keeps_nobody_out_and_gives_nobody_more(
    people: Screen, hub: Hub, screen: Screen
) -> None:
    writer = hub.running.writer
    change = writer.change

    def full(work: Any, *rest: Any) -> Any:
        def refuse(db: Any) -> Any:
            before = db.total_changes()
            result = work(db)
            if db.total_changes() != before:
                raise StoreError("the disk is full")
            return result

        return change(refuse, *rest)

    writer.change = full  # type: ignore[method-assign]
    assert screen.done("sign_in", name="ola", password=PASSWORD)["role"] == "operator"
    hub.running.access.open[screen_session(hub)].noted = -1e9
    assert "pattern_hash" in screen.refused("pattern.note")
    screen.done("sign_out")
    assert "needs an operator" in screen.refused("pattern.note")
    writer.change = change  # type: ignore[method-assign]
    people.done("obs.pause", paused=True)
    wait_until(lambda: len(people.done("audit", action="sign_in")) == 1)  # what could not be written came later
    assert len(people.done("audit", action="pattern.note")) == 1


def screen_session(hub: Hub) -> int:
    return next(iter(hub.running.access.open))


# -- the record --------------------------------------------------------------------------------------------------------


def test_every_change_is_on_record_with_who_when_from_where_and_result(people: Screen, hub: Hub) -> None:
    screen = Screen(hub, remote="10.0.0.7")
    screen.refused("sign_in", name="ola", password="hunter2-wrong")
    screen.done("sign_in", name="ola", password=PASSWORD)
    screen.refused("pattern.note", who="Mina")
    screen.done("obs.pause", paused=True)
    screen.done("status")
    wait_until(lambda: len(people.done("audit")) >= 7)
    record = people.done("audit")
    lines = [(each["who"], each["remote"], each["action"], each["result"]) for each in reversed(record)]
    assert lines[3:] == [
        ("screen", "10.0.0.7", "sign_in", "the name or the password is wrong"),
        ("screen", "10.0.0.7", "sign_in", "done"),
        ("Ola", "10.0.0.7", "pattern.note", "pattern_hash is missing"),
        ("Ola", "10.0.0.7", "obs.pause", "done"),
    ]
    assert [each["action"] for each in reversed(record)][:3] == ["users.add"] * 3
    assert PASSWORD not in json.dumps(record)
    assert "hunter2" not in json.dumps(record)
    screen.close()


def test_no_password_and_no_session_secret_is_in_any_file_of_the_data_directory(people: Screen, hub: Hub) -> None:
    screen = Screen(hub)
    secret = screen.done("sign_in", name="ola", password=PASSWORD)["session"]
    screen.refused("sign_in", name="ola", password="hunter2-wrong")
    wait_until(lambda: len(people.done("audit")) >= 5)
    for path in hub.config.directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in (PASSWORD, secret, "hunter2-wrong"):
                assert word.encode() not in content, path
    screen.close()


# -- many at once ------------------------------------------------------------------------------------------------------


def test_who_tries_two_hundred_passwords_at_once_is_answered_and_keeps_nobody_waiting(people: Screen, hub: Hub) -> None:
    hub.running.access.passwords = Passwords()  # the real cost
    answers: list[str] = []

    def guess() -> None:
        screen = Screen(hub, remote="10.0.0.66")
        answers.extend(screen.refused("sign_in", name="mina", password=f"guess {number}") for number in range(25))
        screen.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert people.done("ping")["seq"] == 0
    for thread in threads:
        thread.join()
    assert len(answers) == 200
    looked_at = answers.count("the name or the password is wrong")
    assert 3 <= looked_at < 30
    assert sum(answer.startswith("too many tries") for answer in answers) == 200 - looked_at
