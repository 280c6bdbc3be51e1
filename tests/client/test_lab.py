"""``Lab`` with the real hub: real sockets, a real database, real processes."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import restrike_lab
from restrike_lab.client.errors import CommandError, NoHubError, QueryError, SettingError
from restrike_lab.client.feed import Address
from restrike_lab.client.intake import Batch
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import HubError, PortInUse
from restrike_lab.store.reader import Reader

from .test_feed import Heard, until


def settings(data_dir: Path, port: int = 0) -> HubConfig:
    return HubConfig(data_dir=str(data_dir), port=port, bind="127.0.0.1", ws_port=0)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Lab]:
    with Lab(config=settings(tmp_path)) as lab:
        yield lab


def port_of(lab: Lab) -> int:
    return int(lab.command("status")["courts"]["1"]["port"])


def send(port: int, messages: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        for each in messages:
            console.sendto(each, ("127.0.0.1", port))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def hub_process(data_dir: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a hub as a process of its own until the block ends; the end of its standard input ends it cleanly."""
    where = ["--data-dir", str(data_dir), "--port", str(port), "--bind", "127.0.0.1", "--ws-port", "0"]
    command = [sys.executable, "-m", "restrike_lab.hub", *where, "--stop-with-stdin"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def end_cleanly(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def stored(data_dir: Path) -> list[bytes]:
    with contextlib.closing(Reader.open(data_dir)) as reader:
        return [row[0] for row in reader.query("SELECT raw FROM pss_events ORDER BY seq").rows]


MESSAGES = [b"clk;%02d:%02d" % divmod(second, 60) for second in range(600)]


def test_a_lab_hosts_a_hub_and_hears_what_it_stores(host: Lab, tmp_path: Path) -> None:
    heard = Heard(host.live)
    send(port_of(host), MESSAGES)
    until(lambda: len(heard.seqs) == len(MESSAGES))
    assert heard.seqs == list(range(1, len(MESSAGES) + 1))
    assert stored(tmp_path) == MESSAGES


def test_a_connection_that_breaks_again_and_again_loses_and_repeats_nothing(host: Lab) -> None:
    heard, port, feed = Heard(host.live), port_of(host), host.live
    connections: list[Address] = []
    locate = feed._locate
    feed._locate = lambda: connections.append(locate()) or connections[-1]  # type: ignore[func-returns-value]
    for begin in range(0, len(MESSAGES), 20):
        send(port, MESSAGES[begin : begin + 20])
        if (socket_ := feed._socket) is not None and feed._loop is not None:
            feed._loop.call_soon_threadsafe(socket_.transport.abort)
        until(lambda reached=begin: feed.last_seq > reached)
    until(lambda: len(heard.seqs) >= len(MESSAGES))
    assert heard.seqs == list(range(1, len(MESSAGES) + 1))
    assert not any(batch.snapshot for batch in heard.batches)
    assert len(connections) > 5


def all_received(lab: Lab, sent: int) -> int:
    """Return how many datagrams the hub took, once its books tell of every one that was sent."""
    books: dict[str, int] = {}

    def complete() -> bool:
        with contextlib.suppress(CommandError):  # a feed that is flooded may be connecting again
            books.update(lab.command("status", timeout=30)["courts"]["1"])
        return bool(books) and books["received"] + (books["kernel_dropped"] or 0) == sent

    until(complete, 60)
    return books["received"]


def test_a_subscriber_that_cannot_keep_up_is_told_to_load_again_and_ends_at_the_truth(
    host: Lab, tmp_path: Path
) -> None:
    batches: list[Batch] = []

    def slow(batch: Batch) -> None:
        batches.append(batch)
        time.sleep(0.3)

    host.live.subscribe(slow)
    port = port_of(host)
    for _ in range(60):
        send(port, MESSAGES)
        time.sleep(0.01)
    with Lab(config=settings(tmp_path)) as other:
        received = all_received(other, 60 * len(MESSAGES))
    until(lambda: host.live.last_seq == received, 60)
    # What the feed has taken is told to a slow subscriber some batches later.
    until(lambda: sum(len(each.events) for each in batches) == received or any(each.snapshot for each in batches), 60)
    seqs = [event["seq"] for batch in batches for event in batch.events]
    assert seqs == sorted(set(seqs))
    assert len(seqs) == received or any(batch.snapshot for batch in batches)
    assert host.sql("SELECT max(seq) AS seq FROM events")["seq"].tolist() == [received]


def test_recent_events_look_like_live_ones(host: Lab) -> None:
    heard = Heard(host.live)
    send(port_of(host), [b"pt1;3", b"hl2;40", b"\xff;\x00", b"", b"pt1;2\r\nhl1;9", b"x" * 9000])
    until(lambda: len(heard.seqs) == 7)
    assert host.recent() == [event for batch in heard.batches for event in batch.events]
    assert [event["seq"] for event in host.recent(2)] == [6, 7]


def test_one_event_is_found_by_its_number(host: Lab) -> None:
    send(port_of(host), [b"pt1;3", b"hl2;40"])
    until(lambda: host.live.last_seq == 2)
    found = host.event(2)
    assert found is not None
    assert host.recent()[1].items() <= found.items()
    assert bytes.fromhex(found["raw_hex"]) == b"hl2;40"
    assert host.event(3) is None
    assert host.event(0) is None


def test_a_query_sees_what_was_just_heard(host: Lab) -> None:
    port = port_of(host)
    for round_ in range(1, 6):
        send(port, [b"hl1;55"])
        until(lambda expected=round_: host.live.last_seq == expected)
        assert len(host.hits(level=55)) == round_


def test_tables_can_be_narrowed_by_equality(host: Lab) -> None:
    send(port_of(host), [b"pt1;3", b"pt2;1", b"hl2;40"])
    until(lambda: host.live.last_seq == 3)
    assert host.events(stream="pt", athlete=2)["value"].tolist() == [1]
    assert len(host.events(match_id=None)) == 3
    with pytest.raises(TypeError, match="no column 'colour'"):
        host.points(colour="blue")


def test_a_second_lab_attaches_to_the_first(host: Lab, tmp_path: Path) -> None:
    with Lab(config=settings(tmp_path)) as other:
        assert (host.hosting, other.hosting) == (True, False)
        heard = Heard(other.live)
        send(port_of(other), MESSAGES[:10])
        until(lambda: len(heard.seqs) == 10)


def test_a_lab_that_may_not_start_a_hub_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(NoHubError) as caught:
        Lab(tmp_path, start="never")
    assert "restrike-lab up" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_lab_attaches_by_address_and_token_alone(host: Lab, tmp_path: Path) -> None:
    address = host.live.address
    assert address is not None
    with Lab(tmp_path / "elsewhere", url=address.url, token=address.token) as other:
        assert other.command("status")["pid"] == os.getpid()
        send(port_of(host), MESSAGES[:20])
        until(lambda: other.live.last_seq == 20)
        assert other.recent() == host.recent()
        assert other.recent(5) == host.recent(5)
        assert other.event(7) == host.recent()[6]
        with pytest.raises(QueryError):
            other.events()


def test_a_wrong_token_is_told_at_once(host: Lab, tmp_path: Path) -> None:
    address = host.live.address
    assert address is not None
    with pytest.raises(NoHubError, match="401"):
        Lab(tmp_path, url=address.url, token="wrong", timeout=0.5)


def test_a_port_in_use_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(PortInUse):
            Lab(config=settings(tmp_path, taken.getsockname()[1]))
    assert set(threading.enumerate()) == before
    Lab(config=settings(tmp_path)).close()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HubError):
        Lab(config=settings(tmp_path / "file" / "data"))


def test_an_unknown_command_is_refused_with_a_hint(host: Lab) -> None:
    with pytest.raises(CommandError, match="no such command") as caught:
        host.command("dance")
    assert "status" in caught.value.hint


def test_status_tells_people_and_programs(host: Lab) -> None:
    status = host.status()
    assert (status["mode"], status["pid"], status["hub"]["mode"]) == ("hosted by this process", os.getpid(), "thread")
    assert "hosted by this process" in repr(status)
    assert "<table>" in status._repr_html_()


def test_repr_says_where_it_is_attached(host: Lab, tmp_path: Path) -> None:
    assert repr(host).startswith(f"<Lab {tmp_path} (hosting ws://127.0.0.1:")
    host.close()
    assert repr(host) == f"<Lab {tmp_path} (closed)>"


def test_the_environment_names_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "PORT": "0", "WS_PORT": "0", "BIND": "127.0.0.1"}.items():
        monkeypatch.setenv(f"RESTRIKE_LAB_{name}", value)
    with Lab() as lab:
        assert lab.data_dir == tmp_path
    monkeypatch.setenv("RESTRIKE_LAB_PORT", "many")
    with pytest.raises(SettingError, match="RESTRIKE_LAB_PORT"):
        Lab()


def test_lab_is_exported_from_the_package() -> None:
    assert restrike_lab.Lab is Lab
    assert "Lab" in dir(restrike_lab)


def test_opening_and_closing_leaves_no_thread_socket_or_file(tmp_path: Path) -> None:
    me = psutil.Process()

    def use() -> None:
        with Lab(config=settings(tmp_path)) as lab, Lab(tmp_path) as other:
            send(port_of(lab), [b"hl1;50"])
            lab.sql("SELECT count(*) FROM events")
            other.recent()

    def held() -> tuple[set[threading.Thread], int, int]:
        gc.collect()
        return set(threading.enumerate()), len(me.open_files()), len(me.net_connections())

    use()  # libraries open what they keep
    before = held()
    for _ in range(3):
        use()
    assert held() == before


def test_a_forgotten_lab_that_only_listens_gives_everything_back(host: Lab, tmp_path: Path) -> None:
    def feeds() -> int:
        return sum(thread.name == "restrike-feed" for thread in threading.enumerate())

    before = feeds()
    other = Lab(tmp_path)
    assert feeds() == before + 1
    del other
    gc.collect()
    until(lambda: feeds() == before)


def test_a_forgotten_lab_that_hosts_keeps_recording(tmp_path: Path) -> None:
    lab = Lab(config=settings(tmp_path))
    port, close = port_of(lab), lab._closers.close
    del lab
    gc.collect()
    try:
        send(port, [b"pt1;1"])
        until(lambda: stored(tmp_path) == [b"pt1;1"])
    finally:
        close()


def test_a_lab_takes_over_from_a_process_that_was_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with hub_process(tmp_path, port) as process:
        until(lambda: (tmp_path / "hub.json").exists(), 20)
        with Lab(config=settings(tmp_path, port)) as lab:
            heard = Heard(lab.live)
            send(port, MESSAGES[:100])
            until(lambda: len(heard.seqs) == 100)
            process.kill()
            begin = time.monotonic()
            until(lambda: lab.hosting and lab.live.connected and lab.live.epoch == 2, 20)
            took = time.monotonic() - begin
            send(port, MESSAGES[100:200])
            until(lambda: len(heard.seqs) >= 200)
            assert heard.seqs == list(range(1, 201))
            assert stored(tmp_path) == MESSAGES[:200]
            assert len(lab.live.gaps) == 1
    with capsys.disabled():
        print(f"\ntakeover after SIGKILL: {took * 1000:.0f} ms")
    assert took < 2.0


def test_a_takeover_listens_where_the_hub_before_it_listened(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    where = ["--data-dir", str(tmp_path), "--bind", "127.0.0.1", "--ws-port", "0"]
    courts = ["--court", f"A={first}", "--court", f"B={second}"]
    process = subprocess.Popen([sys.executable, "-m", "restrike_lab.hub", *where, *courts], stdout=subprocess.DEVNULL)
    try:
        until(lambda: (tmp_path / "hub.json").exists(), 20)
        with Lab(config=settings(tmp_path)) as lab:
            process.kill()
            until(lambda: lab.hosting and lab.live.connected, 20)
            ports = {name: court["port"] for name, court in lab.command("status")["courts"].items()}
            assert ports == {"A": first, "B": second}
    finally:
        process.kill()
        process.wait()


def test_exactly_one_of_several_labs_takes_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with hub_process(tmp_path, port) as process, contextlib.ExitStack() as stack:
        until(lambda: (tmp_path / "hub.json").exists(), 20)
        labs = [stack.enter_context(Lab(config=settings(tmp_path, port))) for _ in range(5)]
        heard = [Heard(lab.live) for lab in labs]
        process.kill()
        begin = time.monotonic()
        until(lambda: all(lab.live.connected and lab.live.epoch == 2 for lab in labs), 20)
        took = time.monotonic() - begin
        assert sum(lab.hosting for lab in labs) == 1
        send(port, MESSAGES)
        until(lambda: all(len(each.seqs) >= len(MESSAGES) for each in heard))
        assert all(each.seqs == list(range(1, len(MESSAGES) + 1)) for each in heard)
        assert stored(tmp_path) == MESSAGES
    with capsys.disabled():
        print(f"\ntakeover by one of five: {took * 1000:.0f} ms until all five listen again")
    assert took < 2.0


def test_a_lab_takes_over_when_a_hosting_one_closes(tmp_path: Path) -> None:
    port = free_port()
    first = Lab(config=settings(tmp_path, port))
    with Lab(config=settings(tmp_path, port)) as second:
        first.close()
        until(lambda: second.hosting and second.live.connected)
        send(port, [b"pt1;1"])
        until(lambda: second.live.last_seq == 1)


def test_a_process_that_was_stopped_on_purpose_is_not_replaced_but_waited_for(tmp_path: Path) -> None:
    port = free_port()
    with hub_process(tmp_path, port) as process:
        until(lambda: (tmp_path / "hub.json").exists(), 20)
        lab = Lab(config=settings(tmp_path, port))
        end_cleanly(process)
    try:
        until(lambda: "was stopped" in str(lab.live.problem))
        assert not lab.hosting
        with hub_process(tmp_path, port):
            until(lambda: lab.live.connected, 20)
            assert lab.live.epoch == 2
    finally:
        lab.close()


def test_stopping_the_hub_by_command_stops_it(tmp_path: Path) -> None:
    with Lab(config=settings(tmp_path)) as lab:
        with contextlib.suppress(CommandError):
            lab.command("stop")
        until(lambda: "was stopped" in str(lab.live.problem))
        assert not lab.hosting


def test_a_lab_that_may_not_start_a_hub_waits_for_the_next_one(tmp_path: Path) -> None:
    first = Lab(config=settings(tmp_path))
    with Lab(tmp_path, start="never") as watching:
        first.close()
        until(lambda: not watching.live.connected)
        with Lab(config=settings(tmp_path)):
            until(lambda: watching.live.connected)
            assert not watching.hosting


def test_a_lab_that_is_asked_nothing_loads_no_analysis_library(tmp_path: Path) -> None:
    code = (
        "import sys, restrike_lab.kernel.extension, restrike_lab as rl\n"
        f"lab = rl.Lab({str(tmp_path)!r}); lab.recent(); lab.close()\n"
        "print([name for name in ('pandas', 'numpy', 'duckdb', 'pyarrow') if name in sys.modules])"
    )
    names = {"RESTRIKE_LAB_PORT": "0", "RESTRIKE_LAB_WS_PORT": "0", "RESTRIKE_LAB_BIND": "127.0.0.1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **names}, check=True
    )
    assert ran.stdout.strip() == "[]"
