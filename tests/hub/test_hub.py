"""A whole hub: what is sent is stored, told and accounted for."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from restrike_lab.hub.errors import HubError, OwnedElsewhere, PortInUse
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import ADDRESS_NAME, is_owned, read_address
from restrike_lab.hub.sockets import open_udp
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS
from tests.hub.helpers import (
    LOAD,
    client,
    hub_config,
    port_of,
    receive,
    receive_until,
    running_hub,
    send,
    settled,
    stored,
    wait_until,
)

RAW, COURT, CUT, PART = map(EVENT_COLUMNS.index, ("raw", "court", "datagram_size", "part"))


def test_what_is_sent_is_stored_byte_for_byte_and_in_order(tmp_path: Path) -> None:
    sent = [*LOAD, b"clk;02:00;start", "ref;Šime Ć;CRO;ju1;;;ju2;;;ta;;;".encode(), b"\xff\x00;x", b"nonsense;1;2"]
    with running_hub(tmp_path) as hub:
        send(port_of(hub), sent)
        settled(hub, len(sent))
        rows = [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in stored(tmp_path)]
    assert [row["raw"] for row in rows] == sent
    assert [row["seq"] for row in rows] == list(range(1, len(sent) + 1))
    assert {row["match_id"] for row in rows} == {1}
    assert {row["court"] for row in rows} == {"1"}
    started = rows[len(LOAD)]
    assert (started["stream"], started["clock_ms"], started["round"]) == ("clk", 120_000, 1)
    assert started["processing_time_ms"] > 0
    assert started["sender"].startswith("127.0.0.1:")
    assert rows[-1]["recognition_status"] == "unknown"


def test_several_messages_in_a_datagram_are_events_whose_slices_make_it_up_again(tmp_path: Path) -> None:
    datagram = b"sc1;1;sc2;0\r\ns11;1;s21;0\r\npt1;1\n"
    with running_hub(tmp_path) as hub:
        send(port_of(hub), [datagram])
        settled(hub, 3)
        rows = stored(tmp_path)
    assert b"".join(row[RAW] for row in rows) == datagram
    assert [row[PART] for row in rows] == [0, 1, 2]


def test_odd_datagrams_are_stored_with_their_true_size(tmp_path: Path) -> None:
    odd = [b"", b"x" * 65_507, os.urandom(300), b";" * 10_000, b"pt1;" + b"9" * 60, b"mch;" + b"9" * 400]
    with running_hub(tmp_path) as hub:
        for payload in odd:
            send(port_of(hub), [payload])
        wait_until(lambda: hub.running.spool.received == len(odd))  # events do not tell: random bytes may be several
        settled(hub, len(odd))
        books = hub.status()["courts"]["1"]
        assert hub.status()["store"]["ok"]
        rows = stored(tmp_path)
    whole: dict[int, bytes] = {}
    for row in rows:
        datagram = len(whole) if row[PART] == 0 else len(whole) - 1
        whole[datagram] = whole.get(datagram, b"") + row[RAW]
    assert list(whole.values()) == [payload[:8192] for payload in odd]
    assert [row[CUT] for row in rows if row[CUT] is not None] == [65_507, 10_000]
    assert (books["received"], books["empty"], books["oversized"]) == (len(odd), 1, 2)


def test_courts_are_kept_apart(tmp_path: Path) -> None:
    with running_hub(tmp_path, courts={"A": 0, "B": 0}) as hub:
        send(port_of(hub, "A"), LOAD)
        settled(hub, len(LOAD))
        send(port_of(hub, "B"), [*LOAD, b"sc1;7;sc2;2"])
        settled(hub, 2 * len(LOAD) + 1)
        states = hub.court_states()
        rows = stored(tmp_path)
    assert (states["A"].score, states["B"].score) == ((0, 0), (7, 2))
    assert (states["A"].match_id, states["B"].match_id) == (1, len(LOAD) + 1)
    assert [row[COURT] for row in rows] == ["A"] * len(LOAD) + ["B"] * (len(LOAD) + 1)


def test_a_stop_under_traffic_loses_nothing_that_was_received(tmp_path: Path) -> None:
    hub = Hub(hub_config(tmp_path))
    hub.start()
    port = port_of(hub)
    stopped = threading.Event()

    def keep_sending() -> None:
        while not stopped.is_set():
            try:
                send(port, [b"clk;01:%02d" % (i % 60) for i in range(50)])
            except ConnectionRefusedError:
                return

    sender = threading.Thread(target=keep_sending)
    sender.start()
    wait_until(lambda: hub.status()["seq"] >= 2_000)  # the sender may well outrun the hub: that is the point
    hub.stop()
    stopped.set()
    sender.join()
    books = hub.status()["courts"]["1"]
    assert books["received"] == len(stored(tmp_path)) >= 2_000
    assert hub.running.pipeline.unsaved == 0


def test_a_restart_in_the_middle_of_a_bout_goes_on_with_its_match_and_score(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), [*LOAD, b"clk;02:00;start", b"clk;01:59", b"hl1;60", b"sc1;2;sc2;0", b"s11;2;s21;0"])
        settled(hub, len(LOAD) + 5)
        before = hub.court_states()["1"]
    with running_hub(tmp_path) as hub:
        after = hub.court_states()["1"]
        with client(hub.address) as connection:
            snapshot = receive(connection)
        send(port_of(hub), [b"pt1;2", b"clk;01:58"])
        settled(hub, len(LOAD) + 7)
        ended = hub.court_states()["1"]
    assert after == before
    assert (after.match_id, after.score, after.clock.time_ms) == (1, (2, 0), 119_000)
    assert snapshot["courts"]["1"]["score"] == [2, 0]
    assert [gap["reason"] for gap in snapshot["gaps"]] == ["no hub was running"]
    assert (ended.match_id, ended.clock.time_ms) == (1, 118_000)
    reader = Reader.open(tmp_path)
    links = reader.query("SELECT hit_seq, point_seq FROM pss_hit_links").rows
    epochs = reader.query("SELECT epoch, clean FROM hub_epochs").rows
    reader.close()
    assert links == [(len(LOAD) + 3, len(LOAD) + 6)]
    assert epochs == [(1, 1), (2, 1)]


def test_a_hit_behind_its_point_is_linked_within_a_second_of_quiet(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), [*LOAD, b"pt1;2", b"hl1;60"])
        settled(hub, len(LOAD) + 2)
        reader = Reader.open(tmp_path)
        wait_until(lambda: bool(reader.query("SELECT * FROM pss_hit_links").rows), 1.0)
        reader.close()


def test_the_second_hub_of_a_directory_is_refused_and_told_who_owns_it(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        with pytest.raises(OwnedElsewhere) as refusal:
            Hub(hub_config(tmp_path)).start()
        assert hub.address is not None
        assert hub.address.url in refusal.value.message
        assert refusal.value.context["pid"] == os.getpid()
    assert not is_owned(tmp_path)


def test_a_port_in_use_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with open_udp("127.0.0.1", 0, 65_536) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            Hub(hub_config(tmp_path, courts={"1": 0, "2": port})).start()
    assert not is_owned(tmp_path)
    with running_hub(tmp_path) as hub:
        assert hub.status()["gaps"] == []


def test_a_taken_port_for_clients_is_told_when_it_was_asked_for(tmp_path: Path) -> None:
    with running_hub(tmp_path / "a") as hub:
        assert hub.address is not None
        port = int(hub.address.url.rpartition(":")[2])
        with pytest.raises(PortInUse, match=str(port)):
            Hub(hub_config(tmp_path / "b", ws_port=port)).start()


def test_a_directory_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HubError) as refusal:
        Hub(hub_config(tmp_path / "file" / "data")).start()
    assert "--data-dir" in refusal.value.hint


def test_a_running_hub_is_announced_to_its_user_alone_and_withdrawn_at_the_end(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        assert read_address(tmp_path) == hub.address
        if os.name == "posix":
            assert (tmp_path / ADDRESS_NAME).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / ADDRESS_NAME).exists()
    assert read_address(tmp_path) is None


def test_a_stopped_hub_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("open files can be listed on Linux only")
    threads = set(threading.enumerate())
    before = len(list(descriptors.iterdir()))
    for _ in range(3):
        with running_hub(tmp_path) as hub:
            send(port_of(hub), LOAD)
            with client(hub.address) as connection:
                receive(connection)
    assert set(threading.enumerate()) <= threads
    assert len(list(descriptors.iterdir())) <= before


def test_dropped_datagrams_become_a_gap_and_an_alert(tmp_path: Path) -> None:
    with running_hub(tmp_path, receive_buffer=4096, queue_datagrams=50) as hub:
        with client(hub.address) as connection:
            hub.running.pipeline.group_size = 1
            sent = sum(send(port_of(hub), [b"clk;01:00"] * 2_000) for _ in range(3))
            receive_until(connection, lambda one: one["type"] == "alert" and "dropped" in one["message"])
        if hub.status()["courts"]["1"]["kernel_dropped"] is None:
            pytest.skip("this platform counts no dropped datagrams")

        def accounted() -> int:
            books = hub.status()["courts"]["1"]
            return int(books["received"] + books["kernel_dropped"] + books["rejected"])

        wait_until(lambda: accounted() >= sent)  # until then some wait in the kernel, behind a full queue
        wait_until(lambda: bool(hub.status()["gaps"]))
        gaps = hub.status()["gaps"]
        assert accounted() == sent
    assert gaps[0]["court"] == "1"
    reader = Reader.open(tmp_path)
    assert [gap["court"] for gap in reader.gaps()] == ["1"] * len(gaps)
    reader.close()
