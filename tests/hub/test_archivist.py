"""A match that ends brings the archive up to date, in a process that is not the hub's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from restrike_lab.bout import Arrival, CourtState, reduce
from restrike_lab.hub.archivist import Archivist, archiver
from restrike_lab.pss import parse
from restrike_lab.store.archive import read_archive
from tests.client.records import Made


def decided(match_id: int) -> CourtState:
    state = CourtState()
    for seq, raw in enumerate((b"pre;FightLoaded", b"rdy;FightReady", b"win;BLUE", b"wmh;A;2-0 PTF"), match_id):
        for message in parse(raw):
            state, _facts = reduce(state, message, Arrival(seq, seq, seq))
    return state


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


@pytest.fixture
def told() -> list[str]:
    return []


def test_a_match_that_is_decided_is_archived_once(tmp_path: Path, told: list[str]) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"win;BLUE"], match_id=1)
    made.load(1, stage="decided")
    archivist = Archivist(archiver(tmp_path), lambda *words: told.append(words[1]), settling=0.01)
    archivist.start()
    try:
        archivist.note({"1": CourtState()})
        assert not archivist.due.is_set()
        archivist.note({"1": decided(1)})
        until(lambda: archivist.runs == 1)
        archivist.note({"1": decided(1)})
        assert not archivist.due.is_set()
    finally:
        archivist.stop()
    assert read_archive(tmp_path).rows == 2
    assert told == []


def test_an_archiver_that_fails_is_told_in_its_own_words(tmp_path: Path, told: list[str]) -> None:
    archivist = Archivist(archiver(tmp_path / "nowhere"), lambda *words: told.append(words[1]), settling=0.0)
    archivist.run()
    assert len(told) == 1
    assert "there is no database" in told[0]
    missing = Archivist([str(tmp_path / "no program")], lambda *words: told.append(words[1]), settling=0.0)
    missing.run()
    assert len(told) == 2


def test_stopping_ends_an_archiver_that_runs(told: list[str]) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    archivist = Archivist(command, lambda *words: told.append(words[1]), settling=0.0)
    archivist.start()
    archivist.note({"1": decided(1)})
    until(lambda: archivist.process is not None)
    archivist.stop()
    assert not archivist.thread.is_alive()
    assert told == []


def test_a_match_that_gave_way_to_another_makes_the_archiver_due(told: list[str]) -> None:
    archivist = Archivist([], lambda *words: told.append(words[1]))
    state = CourtState()
    for seq, raw in enumerate((b"pre;FightLoaded", b"rdy;FightReady", b"pre;FightLoaded", b"rdy;FightReady"), 1):
        (message,) = parse(raw)
        state, _facts = reduce(state, message, Arrival(seq, seq, seq))
        archivist.note({"1": state})
        assert archivist.due.is_set() == raw.startswith(b"pre")
        archivist.due.clear()
