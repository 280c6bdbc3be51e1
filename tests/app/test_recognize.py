"""``recognize``: shown first, applied when that is wanted, taken back by its number."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.running import clean_environment
from tests.app.test_main import lab
from tests.hub.helpers import port_of, running_hub, send, wait_until
from tests.hub.recorded import SPEED, bouts, decide, everything, record, run, with_speeds

STATUSES = "SELECT DISTINCT recognition_status FROM pss_events WHERE substr(raw, 1, 3) = x'737064'"


@pytest.fixture
def defined(tmp_path: Path) -> Path:
    """A record of which a stream was defined afterwards."""
    record(tmp_path, with_speeds(bouts(1, round_seconds=30)))
    assert recognize(tmp_path, "--yes").returncode == 0
    decide(tmp_path, lambda judge: judge.put_definitions(SPEED, "tester", "they measure speed"))
    return tmp_path


def recognize(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return lab("recognize", "--data-dir", str(data_dir), *arguments, cwd=data_dir)


def test_a_dry_run_shows_what_would_change_and_changes_nothing(defined: Path) -> None:
    before = everything(defined)
    done = recognize(defined, "--dry-run")
    assert done.returncode == 0
    assert "status unknown -> recognized" in done.stdout
    assert "events change" in done.stdout
    assert everything(defined) == before


def test_it_is_applied_with_yes_and_taken_back_by_its_number(defined: Path) -> None:
    before = everything(defined)
    done = recognize(defined, "--yes", "--why", "the sensors are new")
    assert done.returncode == 0
    assert "recognize --undo 2" in done.stdout
    assert run(defined, STATUSES) == [("recognized",)]
    assert run(defined, "SELECT why FROM pss_recognition_runs WHERE run_id = 2") == [("the sensors are new",)]
    done = recognize(defined, "--undo", "2")
    assert done.returncode == 0
    assert "Run 2 was taken back by run 3" in done.stdout
    assert everything(defined) == before


def test_without_a_terminal_and_without_yes_nothing_is_applied(defined: Path) -> None:
    before = everything(defined)
    done = recognize(defined)
    assert done.returncode == 2
    assert "apply it with --yes" in done.stderr
    assert everything(defined) == before


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed to answer at")
@pytest.mark.parametrize(
    ("answer", "status", "found"), [("n", 1, "unknown"), ("", 1, "unknown"), ("y", 0, "recognized")]
)
def test_at_a_terminal_it_asks(defined: Path, answer: str, status: int, found: str) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "restrike_lab.app", "recognize", "--data-dir", str(defined)]
    try:
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(
            command, stdin=theirs, capture_output=True, text=True, timeout=60, env=clean_environment(defined)
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == status
    assert "Apply this? [y/N]" in done.stderr
    assert run(defined, STATUSES) == [(found,)]


def test_what_changes_is_one_json_object(defined: Path) -> None:
    shown = json.loads(recognize(defined, "--dry-run", "--json").stdout)
    assert shown["statuses"] == {"unknown -> recognized": shown["changed"]}
    assert shown["run_id"] is None
    applied = json.loads(recognize(defined, "--yes", "--json").stdout)
    assert applied["run_id"] == 2
    undone = json.loads(recognize(defined, "--undo", "2", "--json").stdout)
    assert (undone["run_id"], undone["undoes"], undone["events"]) == (3, 2, shown["changed"])


def test_nothing_to_change_is_done_without_asking(defined: Path) -> None:
    recognize(defined, "--yes")
    done = recognize(defined)
    assert done.returncode == 0
    assert "nothing changes" in done.stdout


def test_a_running_hub_does_the_applying(defined: Path) -> None:
    with running_hub(defined) as hub:
        done = recognize(defined, "--yes")
        assert done.returncode == 0
        assert "Applied as run 2" in done.stdout
        assert run(defined, STATUSES) == [("recognized",)]
        stored = hub.status()["seq"]
        send(port_of(hub), [b"spd1;3.5;head"])
        wait_until(lambda: hub.status()["seq"] > stored)
        done = recognize(defined, "--undo", "2")
        assert done.returncode == 0
    assert len(run(defined, STATUSES)) == 2


def test_what_cannot_be_taken_back_is_refused_with_the_way_out(defined: Path) -> None:
    done = recognize(defined, "--undo", "99")
    assert done.returncode == 1
    assert "error: there is no run 99" in done.stderr
    assert "hint: " in done.stderr


def test_a_directory_without_a_record_is_refused(tmp_path: Path) -> None:
    done = recognize(tmp_path, "--dry-run")
    assert done.returncode == 1
    assert "no database" in done.stderr
    assert not (tmp_path / "restrike.sqlite").exists()
