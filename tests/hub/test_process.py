"""The hub as a process: clean ends, sudden ends, takeover and supervision."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection

from restrike_lab.hub.errors import HubError, OwnedElsewhere
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import LOCK_NAME, Ownership, is_owned, read_address
from restrike_lab.hub.sockets import open_udp
from restrike_lab.hub.supervise import Supervisor
from restrike_lab.store.files import database_path, integrity
from restrike_lab.store.reader import Reader
from tests.hub.helpers import (
    LOAD,
    client,
    free_udp_port,
    hub_config,
    hub_process,
    owner,
    ready,
    receive,
    receive_until,
    send,
    stored,
    wait_until,
)

posix = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")


def court_port(line: str) -> int:
    return int(line.rstrip(")\n").rpartition("=")[2])


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_cleanly_with_everything_stored(tmp_path: Path, number: int) -> None:
    with hub_process(tmp_path, "--port", "0", "--ws-port", "0") as process:
        port = court_port(ready(process))
        send(port, [b"clk;01:%02d" % (i % 60) for i in range(3_000)])
        process.send_signal(number)
        assert process.wait(20) == 0
    assert not is_owned(tmp_path)
    assert read_address(tmp_path) is None
    reader = Reader.open(tmp_path)
    assert reader.query("SELECT clean FROM hub_epochs").rows == [(1,)]
    reader.close()
    assert len(stored(tmp_path)) == 3_000


def test_a_process_that_cannot_start_says_why_in_one_line_with_the_way_out(tmp_path: Path) -> None:
    with open_udp("127.0.0.1", 0, 65_536) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(tmp_path), "--port", str(port)]
        refused = subprocess.run([*command, "--ws-port", "0"], capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1
    assert refused.stdout == ""
    error, hint = refused.stderr.splitlines()
    assert error.startswith("error: ")
    assert str(port) in error
    assert hint.startswith("hint: ")


def test_a_setting_that_makes_no_sense_is_refused_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "restrike_lab.hub", "--data-dir", str(tmp_path), "--allow", "my network"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1
    assert "my network" in refused.stderr.splitlines()[0]


@posix
def test_a_standby_takes_over_from_a_killed_owner_in_under_two_seconds_at_the_same_address(tmp_path: Path) -> None:
    options = ("--port", str(free_udp_port()), "--ws-port", "0")
    with hub_process(tmp_path, *options) as first:
        port = court_port(ready(first))
        before = owner(tmp_path)
        with hub_process(tmp_path, *options, "--standby") as second:
            assert second.stdout is not None
            assert second.stdout.readline().startswith("waiting ")
            with client(before) as connection:
                send(port, LOAD)
                receive_until(connection, lambda message: message.get("seq") == len(LOAD))
            first.kill()
            killed = time.monotonic()
            ready(second)
            taken_over_after = time.monotonic() - killed
            after = owner(tmp_path)
            with client(after, since=0) as connection:
                snapshot = receive(connection)
    assert taken_over_after < 2.0
    assert (after.url, after.token) == (before.url, before.token)
    assert after.epoch == before.epoch + 1
    assert snapshot["courts"]["1"]["match"]["number"] == "101"
    assert [gap["reason"] for gap in snapshot["gaps"]] == ["the hub died"]


@posix
def test_of_hubs_started_together_one_owns_the_directory(tmp_path: Path) -> None:
    options = ("--port", "0", "--ws-port", "0")
    with (
        hub_process(tmp_path, *options) as one,
        hub_process(tmp_path, *options) as two,
        hub_process(tmp_path, *options) as three,
    ):
        processes = (one, two, three)
        wait_until(lambda: sum(process.poll() is None for process in processes) == 1, 20)
        (survivor,) = [process for process in processes if process.poll() is None]
        wait_until(lambda: read_address(tmp_path) is not None)
        assert owner(tmp_path).pid == survivor.pid
        assert sorted(process.poll() or 0 for process in processes) == [0, 3, 3]


@posix
def test_what_a_client_was_told_survives_kills_at_random_moments(tmp_path: Path) -> None:
    rounds = 8
    chance = random.Random(7)
    options = ("--port", str(free_udp_port()), "--ws-port", "0")
    told = 0
    for _ in range(rounds):
        with hub_process(tmp_path, *options) as process:
            port = court_port(ready(process))
            stop = threading.Event()
            sender = threading.Thread(target=steady_traffic, args=(port, 2_000, stop))
            sender.start()
            kill_at = time.monotonic() + chance.uniform(0.02, 0.4)
            try:
                with client(owner(tmp_path), since=told) as connection:
                    while time.monotonic() < kill_at:
                        told = next_seq(connection, told)
                    process.kill()
            finally:
                process.kill()
                stop.set()
                sender.join()
        assert integrity(database_path(tmp_path)) == []
        rows = stored(tmp_path)
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) >= told
    assert told > 0


def next_seq(connection: ClientConnection, told: int) -> int:
    message = receive(connection)
    return int(message["seq"]) if message["type"] == "pss_event" else told


def steady_traffic(port: int, rate: int, stop: threading.Event) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        count = 0
        begun = time.monotonic()
        while not stop.is_set():
            while count < (time.monotonic() - begun) * rate:
                sender.sendto(b"sc1;%d;sc2;%d" % (count % 90, count % 7), ("127.0.0.1", port))
                count += 1
            time.sleep(0.001)


def test_a_supervised_hub_that_is_killed_is_ready_again_in_under_two_seconds(tmp_path: Path) -> None:
    supervisor = Supervisor(hub_config(tmp_path, port=free_udp_port()))
    before = supervisor.start()
    try:
        supervisor.running.kill()
        killed = time.monotonic()
        wait_until(lambda: (address := supervisor.address) is not None and address.epoch > before.epoch)
        ready_after = time.monotonic() - killed
        after = owner(tmp_path)
        with client(after) as connection:
            assert receive(connection)["epoch"] == before.epoch + 1
    finally:
        status = supervisor.stop()
    assert ready_after < 2.0
    assert (after.url, after.token, supervisor.restarts) == (before.url, before.token, 1)
    assert status == 0
    assert not is_owned(tmp_path)


def test_a_supervised_hub_that_a_client_stops_stays_stopped(tmp_path: Path) -> None:
    supervisor = Supervisor(hub_config(tmp_path))
    address = supervisor.start()
    try:
        with client(address) as connection:
            connection.send('{"id": "1", "command": "stop"}')
            receive_until(connection, lambda message: message["type"] == "reply")
        assert supervisor.wait(20)
    finally:
        supervisor.stop()
    assert supervisor.restarts == 0


def test_a_supervisor_tells_in_the_hubs_words_why_it_cannot_start(tmp_path: Path) -> None:
    hub = Hub(hub_config(tmp_path))
    hub.start()
    try:
        with pytest.raises(OwnedElsewhere, match="already running"):
            Supervisor(hub_config(tmp_path)).start()
    finally:
        hub.stop()
    with open_udp("127.0.0.1", 0, 65_536) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HubError, match=str(port)) as refusal:
            Supervisor(hub_config(tmp_path, port=port)).start()
    assert refusal.value.hint


@posix
def test_a_supervised_hub_ends_with_its_supervisor(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from restrike_lab.hub.config import HubConfig\n"
        "from restrike_lab.hub.supervise import Supervisor\n"
        "config = HubConfig(data_dir=sys.argv[1], port=0, ws_port=0, bind='127.0.0.1')\n"
        "print(Supervisor(config).start().pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    with supervisor.stdout:
        assert int(supervisor.stdout.readline()) == owner(tmp_path).pid
        supervisor.kill()
        supervisor.wait()
        wait_until(lambda: not is_owned(tmp_path), 20)
    reader = Reader.open(tmp_path)
    assert reader.query("SELECT clean FROM hub_epochs").rows == [(1,)]
    reader.close()


def test_asking_who_owns_a_directory_creates_nothing_and_disturbs_nobody(tmp_path: Path) -> None:
    assert not is_owned(tmp_path)
    assert read_address(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    ownership = Ownership(tmp_path)
    ownership.acquire()
    assert is_owned(tmp_path)
    assert read_address(tmp_path) is None
    ownership.release()
    assert not is_owned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {LOCK_NAME}


def test_somebody_who_keeps_asking_does_not_keep_a_hub_from_starting(tmp_path: Path) -> None:
    Ownership(tmp_path).acquire()
    asking = threading.Event()

    def ask() -> None:
        while not asking.is_set():
            is_owned(tmp_path)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(20):
            ownership = Ownership(tmp_path)
            ownership.acquire()
            ownership.release()
    finally:
        asking.set()
        for asker in askers:
            asker.join()


@posix
def test_a_supervisor_that_is_stopped_while_its_hub_dies_leaves_no_hub_behind(tmp_path: Path) -> None:
    for pause in (0.0, 0.005, 0.05, 0.2):
        supervisor = Supervisor(hub_config(tmp_path))
        supervisor.start()
        supervisor.running.kill()
        time.sleep(pause)
        supervisor.stop()
        assert supervisor.running.poll() is not None
        assert not is_owned(tmp_path)
