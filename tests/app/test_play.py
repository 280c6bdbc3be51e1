"""``replay`` and ``simulate`` against a real UDP socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.test_main import lab

CAPTURE = (
    b"2025-07-20 19:16:28.000\tpre;FightLoaded;\n"
    b"2025-07-20 19:16:28.100\tsc1;3;sc2;0\t1\n"
    b"2025-07-20 19:16:28.200\thl1;99\n"
)


class Ear:
    """A UDP socket that hears what is sent to it."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(10)
        self.address = "{}:{}".format(*self.socket.getsockname())

    def hear(self, count: int) -> list[bytes]:
        return [self.socket.recv(65_536) for _ in range(count)]


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.socket.close()


def test_replay_sends_a_capture_in_order(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "bout.tsv").write_bytes(CAPTURE)
    done = lab("replay", "bout.tsv", "--speed", "max", "--to", ear.address, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("sent 3 datagrams")
    assert ear.hear(3) == [b"pre;FightLoaded;", b"sc1;3;sc2;0", b"hl1;99"]


def test_replay_reads_standard_input(tmp_path: Path, ear: Ear) -> None:
    done = lab("replay", "-", "--speed=20", f"--to={ear.address}", given=CAPTURE.decode(), cwd=tmp_path)
    assert done.returncode == 0
    assert len(ear.hear(3)) == 3


def test_replay_names_the_lines_it_cannot_read_and_does_not_call_that_done(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "bout.tsv").write_bytes(CAPTURE + b"nonsense\n")
    done = lab("replay", "bout.tsv", "--speed", "max", "--to", ear.address, cwd=tmp_path)
    assert done.returncode == 1
    assert "error: line 4: no tab between time and message: nonsense" in done.stderr
    assert len(ear.hear(3)) == 3


def test_simulate_sends_the_same_bytes_for_the_same_seed_and_writes_the_truth(tmp_path: Path, ear: Ear) -> None:
    sent = []
    for name in ("one", "two"):
        done = lab(
            "simulate", "--seed=7", "--bouts=1", "--speed=max", f"--to={ear.address}", f"--truth={name}", cwd=tmp_path
        )
        assert (done.returncode, done.stdout) == (0, "")
        sent.append(ear.hear(int(done.stderr.split()[1])))
    assert sent[0] == sent[1]
    truth = [json.loads(line) for line in (tmp_path / "one").read_text().splitlines()]
    assert truth[0]["kind"] == "tournament"
    assert sum(record.get("status") == "fought" for record in truth) == 1


def test_simulated_courts_send_to_ports_of_their_own(tmp_path: Path) -> None:
    first, second = Ear(), Ear()
    routes = [f"--to=1={first.address}", f"--to=2={second.address}"]
    done = lab("simulate", "--bouts=2", "--court-count=2", "--speed=max", *routes, cwd=tmp_path)
    assert done.returncode == 0
    assert first.hear(1)
    assert second.hear(1)
    first.socket.close()
    second.socket.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["replay"], "the capture FILE is missing"),
        (["replay", "a.tsv", "--speed", "fast"], "--speed takes a number above 0"),
        (["replay", "a.tsv", "--speed", "0"], "--speed takes a number above 0"),
        (["replay", "a.tsv", "--to", "a", "--to", "b"], "--to is given several times"),
        (["simulate", "--bouts=-1"], "-1 bouts"),
    ],
)
def test_a_wrong_use_is_told_with_status_2(tmp_path: Path, arguments: list[str], error: str) -> None:
    (tmp_path / "a.tsv").write_bytes(CAPTURE)
    done = lab(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert error in done.stderr


@pytest.mark.parametrize("arguments", [["replay", "nowhere.tsv"], ["simulate", "--to", "nowhere"]])
def test_what_cannot_be_done_is_told_with_status_1(tmp_path: Path, arguments: list[str]) -> None:
    done = lab(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "hint: " in done.stderr


def test_simulate_writes_a_record_with_its_truth_and_never_into_one_that_is_there(tmp_path: Path) -> None:
    asked = ("simulate", "--to-archive", "record", "--events", "1000", "--truth", "truth.jsonl")
    done = lab(*asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "truth.jsonl").read_text().splitlines()[0])["kind"] == "tournament"
    counted = lab("query", "SELECT count(*) AS n FROM events", "--format", "json", "--data-dir", "record", cwd=tmp_path)
    assert done.stdout.startswith(f"{json.loads(counted.stdout)[0]['n']} events of ")
    again = lab(*asked, cwd=tmp_path)
    assert again.returncode == 1
    assert "holds events already" in again.stderr
