"""A machine that fails the hub: a full disk, a file that may not grow, a lock that is held. Nothing goes uncounted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from restrike_lab.hub.ownership import Address
from restrike_lab.store.files import database_path
from tests.hub.helpers import (
    client,
    hub_process,
    owner,
    ready,
    receive,
    receive_until,
    running_hub,
    send,
    settled,
    stored,
    wait_until,
)

MESSAGES = [b"trouble;%d;%s" % (number, b"x" * 900) for number in range(4_000)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"a disk of 2 MB cannot be mounted here, which takes root on Linux: {problem}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def status(address: Address) -> dict[str, Any]:
    with client(address) as line:
        receive(line)
        line.send(json.dumps({"id": "s", "command": "status"}))
        result: dict[str, Any] = receive_until(line, lambda it: it["type"] == "reply")[-1]["result"]
        return result


def notices(message: dict[str, Any]) -> dict[str, Any] | None:
    """The notices in a message: of their own, or in the snapshot of a client that could not follow the flood."""
    if message["type"] == "notices":
        return message
    found: dict[str, Any] | None = message.get("notices")
    return found


def full_and_back(data_dir: Path, fill: Any, make_room: Any, process: subprocess.Popen[str]) -> None:
    ready(process)
    address = owner(data_dir)
    fill()
    with client(address) as line:
        receive(line)
        sent = send(status(address)["courts"]["1"]["port"], MESSAGES)
        told = notices(receive_until(line, lambda it: (notices(it) or {}).get("worst") == "critical")[-1])
        assert told is not None
        assert any("kept in memory" in each["message"] for each in told["list"])
        wait_until(lambda: not status(address)["store"]["ok"])
        make_room()
        wait_until(lambda: status(address)["seq"] == sent, 60.0)
        receive_until(line, lambda it: "none is missing" in json.dumps(notices(it)), 30.0)
    books = status(address)["courts"]["1"]
    assert (books["received"], books["kernel_dropped"] or 0) == (sent, 0)
    process.terminate()
    assert process.wait(30) == 0
    assert [row[12] for row in stored(data_dir)] == MESSAGES


def test_a_full_disk_costs_nothing_as_long_as_there_is_memory(small_disk: Path) -> None:
    def make_room() -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)

    with hub_process(small_disk, "--port", "0", "--ws-port", "0") as process:
        full_and_back(small_disk, lambda: None, make_room, process)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process (prlimit)")
def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    import resource

    with hub_process(tmp_path, "--port", "0", "--ws-port", "0") as process:

        def limit(size: int) -> None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        full_and_back(tmp_path, lambda: limit(1_500_000), lambda: limit(resource.RLIM_INFINITY), process)


def test_a_lock_that_another_program_holds_is_told_and_waited_for(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as line:
        receive(line)
        hub.running.pipeline.call(lambda: hub.running.writer._db.set_busy_timeout(50))
        port = hub.status()["courts"]["1"]["port"]
        with closing(apsw.Connection(str(database_path(tmp_path)))) as other:
            other.set_busy_timeout(10_000)
            other.execute("BEGIN IMMEDIATE")
            sent = send(port, [b"rnd;1", b"rnd;2"])
            told = receive_until(line, lambda it: it["type"] == "alert" and it["source"] == "store")[-1]
            assert "another program" in told["message"]
            assert "close the program" in told["hint"]
            assert not hub.running.reporter.health()["ready"]
            other.execute("ROLLBACK")
        settled(hub, sent)
        assert hub.running.reporter.health()["components"]["store"] == "ok"
    assert len(stored(tmp_path)) == sent
