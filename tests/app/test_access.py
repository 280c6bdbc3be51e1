"""``restrike-lab users``, with a hub and without; and what is refused to be served to other machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.app.access import PASSWORD_VARIABLE, first_code, users_in
from restrike_lab.client.lab import Lab
from restrike_lab.hub.access_commands import setup_code
from tests.app.running import clean_environment, free_udp_port
from tests.hub.helpers import running_hub, wait_until

PASSWORD = "a long enough password"


def lab(*arguments: str, cwd: Path, password: str | None = PASSWORD) -> subprocess.CompletedProcess[str]:
    """Run the command with a password on standard input, as a script gives it."""
    return subprocess.run(
        [sys.executable, "-m", "restrike_lab.app", *arguments],
        cwd=cwd,
        env=clean_environment(cwd),
        input=f"{password}\n" if password else "",
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(params=["with a hub", "without a hub"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "restrike-data"
    if request.param == "without a hub":
        yield tmp_path
        return
    with running_hub(data):
        yield tmp_path


def test_users_are_added_listed_changed_and_removed_and_it_is_on_record(place: Path) -> None:
    refused = lab("users", "add", "Ola", "operator", cwd=place)
    assert (refused.returncode, "first user must be an administrator" in refused.stderr) == (1, True)
    steps = ["add Mina administrator", "add Ola operator", "role ola viewer", "disable Ola", "enable Ola"]
    steps += ["password Ola", "sign-out Ola", "remove Ola"]
    for step in steps:
        done = lab("users", *step.split(), cwd=place)
        assert done.returncode == 0, done.stderr
    found = json.loads(lab("users", "--json", cwd=place).stdout)
    assert [(each["name"], each["role"]) for each in found] == [("Mina", "admin")]
    wait_until(lambda: "users.remove" in lab("users", "audit", cwd=place).stdout)
    record = json.loads(lab("users", "audit", "--json", cwd=place).stdout)
    assert [each["action"] for each in record if each["result"] == "done"][:2] == ["users.remove", "users.sign_out"]
    assert all(each["who"] == "owner" for each in record)
    assert PASSWORD not in json.dumps(record)
    assert users_in(place / "restrike-data")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("add Mina", 2, "add needs NAME and ROLE"),
        ("add owner admin", 1, "a meaning of its own"),
        ("add Mina king", 1, "there is no role"),
        ("what", 2, "what is 'what'?"),
        ("remove Nobody", 1, "there is no user 'Nobody'"),
        ("code", 1, "no hub runs"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(tmp_path: Path, words: str, status: int, said: str) -> None:
    done = lab("users", *words.split(), cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_that_is_too_short_is_refused_wherever_it_comes_from(tmp_path: Path) -> None:
    assert "too short" in lab("users", "add", "Mina", "admin", cwd=tmp_path, password="short").stderr
    assert "too short" in lab("users", "add", "Mina", "admin", cwd=tmp_path, password=None).stderr
    environment = {**os.environ, **clean_environment(tmp_path), PASSWORD_VARIABLE: "short"}
    done = subprocess.run(
        [sys.executable, "-m", "restrike_lab.app", "users", "add", "Mina", "admin"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "too short" in done.stderr


def test_the_set_up_code_is_told_to_the_owner_until_there_is_a_user(tmp_path: Path) -> None:
    data = tmp_path / "restrike-data"
    with running_hub(data) as hub:
        assert hub.address is not None
        code = setup_code(hub.address.token)
        assert lab("users", "code", cwd=tmp_path).stdout.strip() == code
        assert first_code(data) == code
        with Lab(data, start="never") as owner:
            owner.users.add("Mina", "admin", PASSWORD)
        assert first_code(data) is None
    assert first_code(data) is None


@pytest.mark.parametrize("host", ["--jupyter-host", "--ws-host"])
def test_other_machines_are_served_only_with_tls_and_a_user(tmp_path: Path, host: str) -> None:
    up = ("up", "--no-browser", "--port", str(free_udp_port()), "--ws-port", "0", host, "0.0.0.0")
    for more, said in (((), "without encryption"), (("--open-without-tls",), "nobody has a password")):
        done = lab(*up, *more, cwd=tmp_path)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        assert "--open-without-" in done.stderr
