"""``serve`` with the commands that people use beside it: ``status``, ``query``, ``replay``, a second ``serve``."""

from __future__ import annotations

import csv
import io
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.hub.ownership import read_address
from tests.app.running import Running, alive, free_udp_port, wait_until
from tests.app.test_main import lab
from tests.app.test_play import CAPTURE


class Serve(Running):
    """A running ``serve`` in its own directory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = free_udp_port()
        super().__init__("serve", "--port", str(self.port), "--bind", "127.0.0.1", "--ws-port", "0", cwd=place)
        assert f"court 1 on UDP {self.port};" in self.line("Listening: ")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serve for all tests that leave it as it is."""
    with Serve(tmp_path_factory.mktemp("serve")) as serve:
        yield serve


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve for one test that does away with it."""
    with Serve(tmp_path) as serve:
        yield serve


def received(directory: Path) -> int:
    done = lab("status", "--json", cwd=directory)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["courts"]["1"]["received"])


def test_status_without_a_hub_is_3_and_makes_nothing(tmp_path: Path) -> None:
    done = lab("status", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "restrike-lab up" in done.stderr
    done = lab("status", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"running": False, "data_dir": str(tmp_path / "restrike-data")}
    assert not (tmp_path / "restrike-data").exists()


def test_what_is_replayed_is_counted_and_can_be_asked_for(shared: Serve) -> None:
    (shared.place / "bout.tsv").write_bytes(CAPTURE)
    assert lab("replay", "bout.tsv", "--speed=max", f"--to={shared.port}", cwd=shared.place).returncode == 0
    wait_until(lambda: received(shared.place) == 3)

    words = lab("status", cwd=shared.place).stdout
    for word in (
        f"UDP {shared.port}",
        "received 3",
        "dropped by the system",
        "refused 0",
        "gaps       none",
        "ms from arrival",
    ):
        assert word in words
    status = json.loads(lab("status", "--json", cwd=shared.place).stdout)
    assert status["running"] is True
    assert status["seq"] == 3

    question = "SELECT seq, stream, raw FROM events ORDER BY seq"
    answer = list(csv.reader(io.StringIO(lab("query", question, "--format=csv", cwd=shared.place).stdout)))
    assert answer == [
        ["seq", "stream", "raw"],
        ["1", "pre", "pre;FightLoaded;"],
        ["2", "sc", "sc1;3;sc2;0"],
        ["3", "hl", "hl1;99"],
    ]
    rows = json.loads(lab("query", question, "--format", "json", cwd=shared.place).stdout)
    assert rows[2] == {"seq": 3, "stream": "hl", "raw": "hl1;99"}
    table = lab("query", question, cwd=shared.place).stdout.splitlines()
    assert table[0].split() == ["seq", "stream", "raw"]
    assert table[2:] == ["  1  pre     pre;FightLoaded;", "  2  sc      sc1;3;sc2;0", "  3  hl      hl1;99", "(3 rows)"]


def test_query_reads_its_question_from_standard_input(shared: Serve) -> None:
    done = lab("query", "-", "--format=json", given="SELECT 1 AS one -- a comment\n", cwd=shared.place)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [{"one": 1}]


@pytest.mark.parametrize("question", ["SELEC 1", "SELECT * FROM nowhere", "DELETE FROM events"])
def test_a_wrong_question_is_told_with_status_1(shared: Serve, question: str) -> None:
    done = lab("query", question, cwd=shared.place)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_query_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    done = lab("query", "SELECT 1", cwd=tmp_path)
    assert done.returncode == 1
    assert "hint: Start a hub" in done.stderr


def test_a_second_serve_of_the_same_directory_names_the_first(shared: Serve) -> None:
    done = lab("serve", "--port", "0", "--ws-port", "0", cwd=shared.place)
    assert done.returncode == 1
    assert done.stderr.count("already running") == 1
    assert "hint: " in done.stderr


def test_a_taken_port_is_one_line_with_the_way_out(tmp_path: Path, shared: Serve) -> None:
    done = lab("serve", f"--port={shared.port}", "--ws-port=0", "--bind=127.0.0.1", cwd=tmp_path)
    assert done.returncode == 1
    error, hint = done.stderr.splitlines()
    assert f"UDP port {shared.port} is already in use" in error
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serve_cleanly(tmp_path: Path, serve: Serve, number: signal.Signals) -> None:
    family = serve.family()
    serve.process.send_signal(number)
    assert serve.process.wait(30) == 0
    assert not any(alive(process) for process in family)
    assert read_address(tmp_path / "restrike-data") is None
    clean = "SELECT reason FROM gaps"
    assert lab("query", clean, "--format", "json", cwd=tmp_path).stdout.strip() == "[]"


def test_a_hub_that_is_killed_is_started_again_and_the_gap_is_shown(tmp_path: Path, serve: Serve) -> None:
    first = serve.child("restrike_lab.hub")
    first.kill()
    serve.line("The hub ended")
    wait_until(lambda: (now := read_address(tmp_path / "restrike-data")) is not None and now.pid != first.pid)
    words = lab("status", cwd=tmp_path).stdout
    assert "gaps       1, newest last:" in words


def test_nothing_is_left_over_when_serve_is_killed(tmp_path: Path, serve: Serve) -> None:
    family = serve.family()
    assert len(family) > 1
    serve.process.kill()
    serve.process.wait(10)
    wait_until(lambda: not any(alive(process) for process in family))
