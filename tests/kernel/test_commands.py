"""The sub-commands of ``%restrike``, without a shell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from restrike_lab.client.errors import NoHubError, QueryError
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.kernel.commands import SUBCOMMANDS, Session, UsageProblem
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.simulate.capture import CaptureUnreadable
from tests.client.test_feed import until

CAPTURE = "".join(
    f"2025-07-20 19:16:{20 + n // 1000:02d}.{n % 1000:03d}\thl1;{1 + n % 100}\n" for n in range(0, 300, 3)
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    config = RestrikeLab(data_dir=str(tmp_path / "data"), port=0, ws_port=0, bind="127.0.0.1")
    session = Session(config, {})
    yield session
    session.close()


@pytest.fixture
def names(session: Session) -> dict[str, Any]:
    return session._names  # type: ignore[return-value]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "a bout.tsv"
    path.write_text(CAPTURE)
    return path


def test_start_hosts_a_hub_and_names_the_lab(session: Session, names: dict[str, Any]) -> None:
    assert "This kernel hosts the hub" in session.run("start")
    assert names["lab"] is session.lab
    assert session.run("start") == session.run("start")


def test_a_variable_of_the_user_is_never_overwritten(session: Session, names: dict[str, Any]) -> None:
    names["lab"] = "mine"
    session.run("start")
    session.run("stop")
    assert names["lab"] == "mine"


def test_stop_stops_what_this_kernel_owns(session: Session, names: dict[str, Any]) -> None:
    session.run("start")
    assert session.run("stop").startswith("Stopped")
    assert session.lab is None
    assert "lab" not in names
    assert session.run("stop").startswith("Nothing to stop")


def test_stop_leaves_a_hub_of_somebody_else_running_and_says_so(session: Session, tmp_path: Path) -> None:
    config = HubConfig(data_dir=str(tmp_path / "data"), port=0, ws_port=0, bind="127.0.0.1")
    with Lab(config=config) as owner:
        assert session.run("start").startswith("Attached")
        assert session.run("stop").startswith("Left running")
        assert owner.live.connected
        assert owner.hosting


def test_a_query_gives_a_frame_or_puts_it_into_a_variable(session: Session, names: dict[str, Any]) -> None:
    session.run("start")
    assert session.run("query SELECT 1 AS n")["n"].tolist() == [1]
    assert session.run("query -o frame\nSELECT 2 AS n") == "1 rows in `frame`."
    assert isinstance(names["frame"], pd.DataFrame)
    assert session.run("query -o frame SELECT 3 AS n\nUNION ALL SELECT 4") == "2 rows in `frame`."


@pytest.mark.parametrize("line", ["query", "query -o", "query -o 1x\nSELECT 1", "query -o frame"])
def test_a_query_without_its_parts_says_what_is_missing(session: Session, line: str) -> None:
    session.run("start")
    with pytest.raises(UsageProblem):
        session.run(line)


def test_the_place_of_an_error_counts_from_the_first_line_of_the_sql(session: Session) -> None:
    session.run("start")
    with pytest.raises(QueryError) as caught:
        session.run("query -o frame\nSELECT seq,\n  nothing\nFROM events")
    assert caught.value.context == {"line": 2, "column": 3}


def test_what_needs_a_lab_says_how_to_get_one(session: Session) -> None:
    for line in ("status", "tables", "query SELECT 1"):
        with pytest.raises(NoHubError) as caught:
            session.run(line)
        assert "%restrike start" in caught.value.hint


def test_a_replay_reaches_the_hub_whole(session: Session, capture: Path) -> None:
    session.run("start")
    assert "100 of 100 datagrams" in session.run(f"replay '{capture}' max")
    lab = session.opened()
    until(lambda: lab.live.last_seq == 100)
    assert lab.hits()["level"].tolist() == [1 + n % 100 for n in range(0, 300, 3)]


def test_a_replay_in_the_background_can_be_stopped(session: Session, capture: Path) -> None:
    session.run("start")
    session.run(f"replay '{capture}' 0.001 -b")
    until(lambda: session.opened().live.last_seq > 0)
    told = session.run("replay stop")
    assert "of 100 datagrams" in told
    assert "100 of 100" not in told
    assert not any(thread.name == "restrike-replay" for thread in threading.enumerate())
    assert session.run("replay stop").startswith("No replay")


def test_closing_ends_a_replay(session: Session, capture: Path) -> None:
    session.run("start")
    session.run(f"replay '{capture}' 0.001 -b")
    session.close()
    assert not any(thread.name == "restrike-replay" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "line", ["replay", "replay a b c", "replay file.tsv fast", "replay file.tsv -1", "replay file.tsv nan"]
)
def test_a_replay_that_cannot_be_understood_is_refused(session: Session, line: str) -> None:
    session.run("start")
    with pytest.raises(UsageProblem):
        session.run(line)


def test_a_capture_that_does_not_exist_is_told(session: Session, tmp_path: Path) -> None:
    session.run("start")
    with pytest.raises(CaptureUnreadable):
        session.run(f"replay {tmp_path / 'none.tsv'}")


def test_help_lists_every_subcommand(session: Session) -> None:
    told = session.run("help")
    assert session.run("") == told
    for name, each in SUBCOMMANDS.items():
        assert f"%restrike {name}" in told
        assert each.help in session.run(f"help {name}")


@pytest.mark.parametrize(("word", "nearest"), [("statsu", "status"), ("strat", "start"), ("querry", "query")])
def test_an_unknown_subcommand_is_answered_with_the_nearest(session: Session, word: str, nearest: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        session.run(word)
    assert f"%restrike {nearest}" in caught.value.hint


def test_tables_lists_what_can_be_asked(session: Session) -> None:
    session.run("start")
    assert "hits" in session.run("tables")
    assert session.run("tables hits").splitlines()[:2] == ["seq", "court"]
    with pytest.raises(UsageProblem, match="no table"):
        session.run("tables nothing")
