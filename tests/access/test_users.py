"""Users, sessions and the record of changes in a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from restrike_lab.access import audit, sessions, users
from restrike_lab.access.errors import AccessError
from restrike_lab.access.sessions import NS, Deadline
from restrike_lab.store.schema import migrate

NOW = 1_700_000_000 * NS
IDLE_S, ABSOLUTE_S = 900.0, 43_200.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[apsw.Connection]:
    db = apsw.Connection(str(tmp_path / "restrike.sqlite"))
    migrate(db)
    yield db
    db.close()


@pytest.fixture
def people(db: apsw.Connection) -> apsw.Connection:
    users.add(db, "Mina", "admin", "hash 1", NOW)
    users.add(db, "Ola", "operator", "hash 2", NOW)
    return db


def session(db: apsw.Connection, name: str, secret: str, now: int = NOW) -> int:
    return sessions.begin(db, users.known(db, name).user_id, secret, "10.0.0.1", now)


def resumed(db: apsw.Connection, secret: str, now: int = NOW) -> sessions.Kept | None:
    return sessions.resume(db, secret, now, IDLE_S, ABSOLUTE_S)


# -- users -------------------------------------------------------------------------------------------------------------


def test_the_first_user_must_be_an_administrator(db: apsw.Connection) -> None:
    assert not users.any_users(db)
    with pytest.raises(AccessError, match="administrator"):
        users.add(db, "Ola", "operator", "hash", NOW)
    users.add(db, "Mina", "admin", "hash", NOW)
    assert users.any_users(db)


@pytest.mark.parametrize("name", ["", "  ", "owner", "Screen", "x" * 65, "a\nb", "a\x1b[31m", None, 7])
def test_a_name_that_means_something_else_or_cannot_be_printed_is_refused(
    people: apsw.Connection, name: object
) -> None:
    with pytest.raises(AccessError):
        users.add(people, name, "viewer", "hash", NOW)


@pytest.mark.parametrize("name", ["mina", " Mina ", "MINA"])
def test_a_name_is_taken_however_it_is_written(people: apsw.Connection, name: str) -> None:
    with pytest.raises(AccessError, match="already"):
        users.add(people, name, "viewer", "hash", NOW)


def test_a_role_that_there_is_not_is_refused(people: apsw.Connection) -> None:
    for role in ("root", "", None, "Admin"):
        with pytest.raises(AccessError, match="role"):
            users.add(people, "Pia", role, "hash", NOW)


def test_the_last_administrator_stays(people: apsw.Connection) -> None:
    for leave in (
        lambda: users.remove(people, "Mina", NOW),
        lambda: users.set_enabled(people, "Mina", False, NOW),
        lambda: users.set_role(people, "Mina", "operator", NOW),
    ):
        with pytest.raises(AccessError, match="last administrator"):
            leave()
    users.set_role(people, "Ola", "admin", NOW)
    users.remove(people, "Mina", NOW)
    assert [each["name"] for each in users.listed(people)] == ["Ola"]


def test_a_user_who_is_alone_may_go_and_then_there_is_none(db: apsw.Connection) -> None:
    users.add(db, "Mina", "admin", "hash", NOW)
    users.remove(db, "Mina", NOW)
    assert not users.any_users(db)


def test_a_list_of_users_shows_no_password(people: apsw.Connection) -> None:
    session(people, "Ola", "secret")
    found = users.listed(people)
    assert "hash" not in json.dumps(found)
    assert {each["name"]: each["sessions"] for each in found} == {"Mina": 0, "Ola": 1}


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_session_is_found_by_its_secret_which_the_database_does_not_hold(people: apsw.Connection) -> None:
    session(people, "Ola", "the secret")
    kept = resumed(people, "the secret")
    assert kept is not None
    assert (kept.name, kept.role) == ("Ola", "operator")
    assert resumed(people, "the secreT") is None
    assert b"the secret" not in Path(people.filename).read_bytes()


@pytest.mark.parametrize(
    ("later_s", "alive"), [(0, True), (899, True), (900, False), (-1, False), (43_200, False), (10**9, False)]
)
def test_a_session_ends_by_idleness_age_and_a_clock_that_was_set_back(
    people: apsw.Connection, later_s: int, alive: bool
) -> None:
    session(people, "Ola", "secret")
    assert (resumed(people, "secret", NOW + later_s * NS) is not None) is alive
    if not alive:
        assert resumed(people, "secret") is None  # ended for good, whatever the clock says then
        assert sessions.listed(people)[0]["ending"] in ("idle", "too old")


def test_a_sign_of_the_person_keeps_a_session_until_it_is_too_old(people: apsw.Connection) -> None:
    number = session(people, "Ola", "secret")
    for minutes in range(10, 720, 10):
        sessions.touch(people, number, NOW + minutes * 60 * NS)
        assert resumed(people, "secret", NOW + (minutes * 60 + 1) * NS) is not None
    sessions.touch(people, number, NOW + 43_199 * NS)
    assert resumed(people, "secret", NOW + 43_200 * NS) is None


@pytest.mark.parametrize("change", ["password", "role", "disable", "remove"])
def test_what_changes_a_user_ends_their_sessions_and_nobody_else_s(people: apsw.Connection, change: str) -> None:
    session(people, "Ola", "first")
    session(people, "Ola", "second")
    session(people, "Mina", "other")
    match change:
        case "password":
            users.set_password(people, "ola", "hash 3", NOW)
        case "role":
            users.set_role(people, "ola", "viewer", NOW)
        case "disable":
            users.set_enabled(people, "ola", False, NOW)
        case _:
            users.remove(people, "ola", NOW)
    assert [resumed(people, secret) is None for secret in ("first", "second", "other")] == [True, True, False]


def test_one_s_own_new_password_keeps_the_session_in_which_it_was_set(people: apsw.Connection) -> None:
    mine = session(people, "Ola", "here")
    session(people, "Ola", "there")
    users.set_password(people, "Ola", "hash 3", NOW, keep=mine)
    assert resumed(people, "here") is not None
    assert resumed(people, "there") is None


def test_the_number_of_a_removed_user_is_never_given_again(people: apsw.Connection) -> None:
    before = users.known(people, "Ola").user_id
    session(people, "Ola", "secret")
    users.remove(people, "Ola", NOW)
    assert users.add(people, "Pia", "operator", "hash", NOW).user_id > before
    assert resumed(people, "secret") is None


def test_a_deadline_moves_with_signs_of_the_person_and_not_past_its_end() -> None:
    deadline = Deadline(idle_s=10, begun=0.0, absolute_s=25, seen=0.0)
    assert deadline.over(9.9) is None
    assert deadline.over(10.0) == "idle"
    deadline.touch(9.0)
    deadline.touch(5.0)  # an old sign that came late takes nothing away
    assert deadline.over(18.9) is None
    deadline.touch(18.0)
    assert deadline.over(25.0) == "too old"


# -- the record --------------------------------------------------------------------------------------------------------


def test_the_record_keeps_everything_but_secrets() -> None:
    args = {
        "name": "Ola",
        "password": "hunter2",
        "old": "x",
        "nested": [{"api_token": "hunter2", "host": "obs"}, {"private_key": "hunter2"}],
        "keys": ["screen.theme"],
        "enabled": True,
        "session": "hunter2",
        "token": "",
    }
    kept = audit.details_of(args)
    assert "hunter2" not in kept
    assert json.loads(kept)["name"] == "Ola"
    assert json.loads(kept)["nested"][0]["host"] == "obs"
    assert json.loads(kept)["token"] == ""
    assert json.loads(kept)["keys"] == ["screen.theme"]


def test_the_record_cuts_what_is_long_and_takes_what_is_odd() -> None:
    assert len(audit.details_of({"text": "x" * 100_000})) < 1000
    assert len(audit.details_of({str(number): "x" * 100 for number in range(1000)})) < 10_000
    assert json.loads(audit.details_of({"odd": "\ud800", "set": {1}}))
    assert audit.details_of({}) == "{}"


def test_the_record_is_read_newest_first_by_person_and_by_command(people: apsw.Connection) -> None:
    lines = [
        audit.Entry(NOW + number, ("Mina", "Ola")[number % 2], "admin", "", f"act {number % 3}", "{}", "done")
        for number in range(12)
    ]
    audit.record(people, lines)
    assert [each["at_ns"] - NOW for each in audit.entries(people, limit=3)] == [11, 10, 9]
    assert {each["who"] for each in audit.entries(people, who="Ola")} == {"Ola"}
    assert len(audit.entries(people, action="act 0")) == 4
