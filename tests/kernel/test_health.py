"""``%restrike system|alerts|trace|log``, without a shell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from restrike_lab.client.errors import NoHubError
from restrike_lab.kernel.commands import SUBCOMMANDS, Session
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.health import USAGES
from restrike_lab.kernel.notes import UsageProblem
from tests.client.recording import say
from tests.hub.helpers import wait_until


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    data_dir = tmp_path_factory.mktemp("health") / "data"
    session = Session(RestrikeLab(data_dir=str(data_dir), port=0, ws_port=0, bind="127.0.0.1"), {})
    session.run("start")
    say(session.opened(), ["rnd;1", "rnd;2"])
    yield session
    session.close()


def test_each_of_them_is_in_the_help_and_says_how_to_get_a_lab(session: Session) -> None:
    for name, usage in USAGES.items():
        assert SUBCOMMANDS[name].usage == usage
        with pytest.raises(NoHubError):
            Session(RestrikeLab(), {}).run(name)


def test_the_system_shows_itself_and_checks_the_database(session: Session) -> None:
    wait_until(lambda: "Hub's memory" in repr(session.run("system")))
    assert session.run("system check").startswith("Sound")
    assert list(session.run("system statements").columns) == ["ms", "source", "sql", "suggestion"]


def test_alerts_are_shown_and_seen(session: Session) -> None:
    hub = session.opened()._attachment._hub
    hub.running.tell({"source": "receive", "level": "error", "message": "a loss", "hint": "look"})
    [number] = session.run("alerts")["notice_id"]
    assert session.run(f"alerts seen {number}") == "Seen: 1 notice."
    assert session.run("alerts seen") == "Seen: 0 notices."
    wait_until(lambda: len(session.run("alerts all")) == 1)


def test_an_event_is_traced(session: Session) -> None:
    assert "event 1 (rnd, court 1" in repr(session.run("trace 1"))


def test_the_log_is_shown_and_its_level_changed(session: Session) -> None:
    assert session.run("log level DEBUG hub.receive").startswith("hub.receive is logged from DEBUG on")
    assert isinstance(session.run("log ERROR"), str)


@pytest.mark.parametrize("line", ["system now", "alerts seen x", "trace one", "log loud", "log level", "log a b"])
def test_a_wrong_use_is_told_with_the_right_one(session: Session, line: str) -> None:
    with pytest.raises(UsageProblem, match="no use of"):
        session.run(line)
