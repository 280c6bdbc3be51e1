"""Re-recognition while a hub runs: it applies, goes on, and loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.hub.commands import Caller
from restrike_lab.hub.errors import CommandError, OwnedElsewhere
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import Ownership
from restrike_lab.hub.rerecognition.applying import apply_here, signed, undo_here
from restrike_lab.hub.rerecognition.stage import Stage, staged
from restrike_lab.store.files import database_path, integrity
from restrike_lab.store.rerecognition import StagingError
from tests.hub.helpers import LOAD, port_of, running_hub, send, wait_until
from tests.hub.recorded import SPEED, bouts, everything, record, run, with_speeds

ADMIN = Caller("admin")
SPEEDS = "SELECT recognition_status, count(*) FROM pss_events WHERE substr(raw, 1, 3) = x'737064' GROUP BY 1"
STORED = "SELECT count(*) FROM pss_events WHERE epoch = ? AND part = 0"


def ask(hub: Hub, command: str, **args: Any) -> Any:
    return hub.commands.run(command, {"who": "tester", "why": "because", **args}, ADMIN)


def stage_name(data_dir: Path) -> str:
    stage = Stage.begin(data_dir)
    with stage:
        stage.catch_up(alive=True)
    return stage.path.name


def counted(hub: Hub, received: int = 0) -> None:
    """Wait until the hub has stored and counted what it was sent in this term."""
    wait_until(lambda: run(hub.config.directory, STORED, (hub.status()["epoch"],))[0][0] >= received)
    wait_until(lambda: counts_reach(hub))


def counts_reach(hub: Hub) -> bool:
    directory = hub.config.directory
    return run(directory, "SELECT seq FROM accounting")[0][0] == run(directory, "SELECT max(seq) FROM pss_events")[0][0]


@contextmanager
def traffic(hub: Hub) -> Iterator[Callable[[], int]]:
    """Send messages of a bout, and speeds, until the block ends; call what it yields for how many were sent so far."""
    port = port_of(hub)
    stop = threading.Event()
    sent = 0

    def work() -> None:
        nonlocal sent
        messages = [message.payload for message in with_speeds(bouts(1, seed=5, round_seconds=30))]
        while not stop.is_set():
            for at in range(0, len(messages), 5):
                sent += send(port, messages[at : at + 5])
                time.sleep(0.002)
                if stop.is_set():
                    return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda: sent
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A running hub over a record of a former term, everything counted."""
    record(tmp_path, with_speeds(bouts(2, round_seconds=60)))
    with running_hub(tmp_path) as hub:
        counted(hub)
        yield hub


def test_a_running_hub_applies_and_takes_back(hub: Hub) -> None:
    directory = hub.config.directory
    before = everything(directory)
    ask(hub, "definition.put", toml=SPEED)
    applied = ask(hub, "recognition.apply", name=stage_name(directory))
    assert run(directory, SPEEDS) == [("recognized", applied["events"])]
    assert ask(hub, "recognition.runs")[0]["who"] == "tester (admin)"
    undone = ask(hub, "recognition.undo", run_id=applied["run_id"])
    assert undone["undoes"] == applied["run_id"]
    assert everything(directory) == before
    assert not list(directory.glob("recognition-*"))


def test_a_hub_stages_for_clients_without_the_database(hub: Hub) -> None:
    ask(hub, "definition.put", toml=SPEED)
    answer = ask(hub, "recognition.stage")
    assert answer["difference"]["statuses"] == {"unknown -> recognized": answer["difference"]["changed"]}
    ask(hub, "recognition.apply", name=answer["name"])
    assert [status for status, _ in run(hub.config.directory, SPEEDS)] == ["recognized"]
    second = ask(hub, "recognition.stage")
    assert second["difference"]["changed"] == 0
    ask(hub, "recognition.discard", name=second["name"])
    assert not list(hub.config.directory.glob("recognition-*"))


def test_viewers_may_not_apply(hub: Hub) -> None:
    for command, args in (("recognition.apply", {"name": "x"}), ("recognition.undo", {"run_id": 1})):
        with pytest.raises(CommandError, match="admin"):
            hub.commands.run(command, args, Caller("viewer"))


def test_a_stage_under_other_decisions_is_refused_by_the_hub(hub: Hub) -> None:
    name = stage_name(hub.config.directory)
    ask(hub, "definition.put", toml=SPEED)
    before = everything(hub.config.directory)
    with pytest.raises(StagingError, match="have changed since"):
        ask(hub, "recognition.apply", name=name)
    assert everything(hub.config.directory) == before
    send(port_of(hub), LOAD)
    wait_until(lambda: len(everything(hub.config.directory)["pss_events"]) == len(before["pss_events"]) + len(LOAD))


def test_nothing_that_arrives_meanwhile_is_lost_and_all_of_it_is_counted(hub: Hub) -> None:
    directory = hub.config.directory
    stored = len(everything(directory)["pss_events"])
    with traffic(hub) as sent:
        wait_until(lambda: sent() > 200)
        ask(hub, "definition.put", toml=SPEED)
        for _ in range(3):
            applied = ask(hub, "recognition.apply", name=stage_name(directory))
            if applied is not None:
                ask(hub, "recognition.undo", run_id=applied["run_id"])
        ask(hub, "recognition.apply", name=stage_name(directory))
        reached = sent()
        wait_until(lambda: sent() > reached + 200)
    counted(hub, sent())
    books = hub.status()["courts"]["1"]
    assert books["received"] == sent()
    assert len(everything(directory)["pss_events"]) == stored + sent()
    assert [status for status, _ in run(directory, SPEEDS)] == ["recognized"]
    totals = "SELECT event_type, sum(total) FROM pss_event_statistics GROUP BY 1 ORDER BY 1"
    assert run(directory, totals) == run(directory, "SELECT event_type, count(*) FROM pss_events GROUP BY 1 ORDER BY 1")
    assert everything(directory)["pss_unknown_events"] == []


def test_after_it_was_applied_the_hub_goes_on_as_if_it_had_always_been_so(hub: Hub) -> None:
    directory = hub.config.directory
    with traffic(hub) as sent:
        wait_until(lambda: sent() > 200)
        ask(hub, "definition.put", toml=SPEED)
        ask(hub, "recognition.apply", name=stage_name(directory))
        reached = sent()
        wait_until(lambda: sent() > reached + 500)
    counted(hub, sent())

    def settled() -> bool:
        with staged(directory) as (_stage, difference):
            return difference.is_empty

    wait_until(settled)
    hub.stop()
    assert settled()


def test_a_court_goes_on_from_the_match_that_was_put_right(hub: Hub) -> None:
    directory = hub.config.directory
    counted(hub, send(port_of(hub), LOAD))
    load = hub.court_states()["1"].match_id
    wrong = run(directory, "SELECT min(match_id) FROM pss_matches")[0][0]
    run(directory, "UPDATE pss_events SET match_id = ? WHERE match_id = ?", (wrong, load))
    run(directory, "UPDATE pss_matches SET division = 'nobody knows' WHERE match_id = ?", (load,))
    assert ask(hub, "recognition.apply", name=stage_name(directory)) is not None
    counted(hub, len(LOAD) + send(port_of(hub), [b"clk;02:00;start", b"hl1;40", b"pt1;2"]))
    assert hub.court_states()["1"].match_id == load
    assert run(directory, "SELECT DISTINCT match_id FROM pss_events WHERE seq >= ?", (load,)) == [(load,)]
    assert run(directory, "SELECT division FROM pss_matches WHERE match_id = ?", (load,)) == [("Seniors",)]
    assert run(directory, "SELECT count(*) FROM pss_hit_links WHERE match_id = ?", (load,)) == [(1,)]


def test_watchers_are_told(hub: Hub) -> None:
    ask(hub, "definition.put", toml=SPEED)
    applied = ask(hub, "recognition.apply", name=stage_name(hub.config.directory))

    def told(part: str) -> bool:
        alerts: list[Mapping[str, Any]] = hub.status()["alerts"]
        return any(alert["source"] == "recognition" and part in alert["message"] for alert in alerts)

    wait_until(lambda: told(f"run {applied['run_id']}"))
    ask(hub, "recognition.undo", run_id=applied["run_id"])
    wait_until(lambda: told("taken back"))


def test_only_the_owner_applies(hub: Hub) -> None:
    name = stage_name(hub.config.directory)
    with pytest.raises(OwnedElsewhere):
        apply_here(hub.config.directory, name, signed("tester", "because"))
    with pytest.raises(OwnedElsewhere):
        undo_here(hub.config.directory, 1, signed("tester", "because"))


# Killed in the middle -------------------------------------------------------------------------------------------------

APPLY = """
import sys
from pathlib import Path
from restrike_lab.hub.rerecognition.applying import apply_here, signed
from restrike_lab.hub.rerecognition.stage import Stage

directory = Path(sys.argv[1])
stage = Stage.begin(directory)
with stage:
    stage.catch_up(alive=False)
print("staged", flush=True)
apply_here(directory, stage.path.name, signed("tester", "because"))
print("applied", flush=True)
"""


def killed(directory: Path, moment: str, delay: float) -> bool:
    """Kill a process at a moment of its re-recognition, some time after it began; tell whether it was done already."""
    process = subprocess.Popen([sys.executable, "-c", APPLY, str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if moment == "staging":
            wait_until(lambda: bool(list(directory.glob("recognition-*"))) or process.poll() is not None, 30)
        else:
            assert process.stdout.readline() == "staged\n"
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        return "applied" in process.stdout.read()
    finally:
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform has no SIGKILL")
def test_a_process_killed_in_the_middle_leaves_the_old_state_whole(tmp_path: Path) -> None:
    record(tmp_path, with_speeds(bouts(8, round_seconds=120)))
    apply_here(tmp_path, stage_name_offline(tmp_path), signed("tester", "because"))
    with running_hub(tmp_path) as hub:
        ask(hub, "definition.put", toml=SPEED)
    old = everything(tmp_path)
    moments = [("staging", delay) for delay in (0.0, 0.05, 0.15)]
    moments += [("applying", delay) for delay in (0.0, 0.01, 0.02, 0.04, 0.06, 0.08)]
    for moment, delay in moments:
        done = killed(tmp_path, moment, delay)
        assert integrity(database_path(tmp_path)) == []
        now = everything(tmp_path)
        runs = run(tmp_path, "SELECT max(run_id) FROM pss_recognition_runs")[0][0]
        if now != old:
            # Killed behind the commit: then all of it is there, and it can be taken back.
            assert {status for status, _ in run(tmp_path, SPEEDS)} == {"recognized"}
            undo_here(tmp_path, runs, signed("tester", "for the next round"))
            assert everything(tmp_path) == old
        else:
            assert not done
    with staged(tmp_path) as (stage, difference):
        assert difference.statuses.keys() == {"unknown -> recognized"}
        assert list(tmp_path.glob("recognition-*")) == [stage.path]


def stage_name_offline(directory: Path) -> str:
    stage = Stage.begin(directory)
    with stage:
        stage.catch_up(alive=False)
    return stage.path.name


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform has no SIGKILL")
def test_a_hub_killed_while_it_applies_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    record(tmp_path, with_speeds(bouts(4, round_seconds=120)))
    with running_hub(tmp_path) as hub:
        counted(hub)
        ask(hub, "definition.put", toml=SPEED)
    lock = Ownership(tmp_path)
    for delay in (0.0, 0.02, 0.05):
        child = subprocess.Popen([sys.executable, "-c", HOST, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "staged\n"
            time.sleep(delay)
            child.kill()
        finally:
            child.wait()
            child.stdout.close()
        lock.acquire(5.0)
        lock.release()
        assert integrity(database_path(tmp_path)) == []
        states = {status for status, _ in run(tmp_path, SPEEDS)}
        assert len(states) == 1
        if states == {"recognized"}:
            latest = run(tmp_path, "SELECT max(run_id) FROM pss_recognition_runs")[0][0]
            undo_here(tmp_path, latest, signed("tester", "for the next round"))


HOST = """
import sys
from pathlib import Path
from restrike_lab.hub.commands import Caller
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.rerecognition.stage import Stage

directory = Path(sys.argv[1])
hub = Hub(HubConfig(data_dir=str(directory), port=0, ws_port=0, bind="127.0.0.1"))
hub.start()
stage = Stage.begin(directory)
with stage:
    stage.catch_up(alive=True)
print("staged", flush=True)
hub.commands.run("recognition.apply", {"name": stage.path.name, "why": "because"}, Caller("operator"))
sys.stdin.read()
"""
