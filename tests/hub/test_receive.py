"""The receive thread on real sockets: exact accounting, true sizes, true arrival times."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from restrike_lab.hub.datagrams import LARGEST, Batch, Spool, arrival_columns
from restrike_lab.hub.errors import HubError, PortInUse
from restrike_lab.hub.portable import PortableDrain
from restrike_lab.hub.receive import REJECTED_SENDERS, Accounting, Allowance, CourtSocket, Drain, Receiver, choose_drain
from restrike_lab.hub.recvmmsg import FastDrain, fast_drain_available
from restrike_lab.hub.sockets import kernel_drops, open_udp, proc_net_drops

DRAINS = [
    pytest.param(PortableDrain, id="portable"),
    pytest.param(
        FastDrain,
        id="recvmmsg",
        marks=pytest.mark.skipif(not fast_drain_available(), reason="recvmmsg exists on 64-bit Linux only"),
    ),
]


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "the condition did not come true in time"
        time.sleep(0.002)


@contextmanager
def receiver(
    drain: Drain,
    courts: int = 1,
    buffer_bytes: int = 4 << 20,
    spool: Spool | None = None,
    allow: tuple[str, ...] = (),
) -> Iterator[Receiver]:
    sockets = []
    for index in range(courts):
        sock = open_udp("127.0.0.1", 0, buffer_bytes)
        drain.prepare(sock)
        sockets.append(CourtSocket(index, str(index + 1), sock))
    listening = Receiver(sockets, spool or Spool(), drain, Allowance(allow))
    listening.start()
    try:
        yield listening
    finally:
        listening.stop()


def sender_to(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", port))
    return sock


def everything(spool: Spool) -> list[Batch]:
    return spool.take(10**9)


@pytest.mark.parametrize("drain", DRAINS)
def test_every_datagram_arrives_once_in_order_with_its_sender(drain: Callable[[], Drain]) -> None:
    with receiver(drain()) as listening, sender_to(listening.courts[0].port) as sender:
        sent = [f"clk;01:{i % 60:02d};{i}".encode() for i in range(500)]
        for payload in sent:
            sender.send(payload)
        wait_until(lambda: listening.spool.received == len(sent))
        batches = everything(listening.spool)
        host, port = sender.getsockname()
    assert [payload for batch in batches for payload in batch.payloads] == sent
    assert {batch.sender for batch in batches} == {f"{host}:{port}"}


@pytest.mark.parametrize("drain", DRAINS)
def test_oversized_empty_and_random_datagrams_are_kept_and_counted(drain: Callable[[], Drain]) -> None:
    odd = [b"", os.urandom(127), os.urandom(128), os.urandom(129), os.urandom(LARGEST), b"\0" * 40, os.urandom(65_507)]
    with receiver(drain()) as listening, sender_to(listening.courts[0].port) as sender:
        for payload in odd:
            sender.send(payload)
        wait_until(lambda: listening.spool.received == len(odd))
        batches = everything(listening.spool)
        books = listening.accounting()["1"]
    assert [payload for batch in batches for payload in batch.payloads] == [payload[:LARGEST] for payload in odd]
    assert [size for batch in batches for size in batch.cuts.values()] == [65_507]
    assert (books.received, books.empty, books.oversized) == (len(odd), 1, 1)


@pytest.mark.parametrize("drain", DRAINS)
def test_received_plus_dropped_is_what_was_sent_when_a_small_buffer_overflows(drain: Callable[[], Drain]) -> None:
    spool = Spool(max_datagrams=100)
    with receiver(drain(), buffer_bytes=16_384, spool=spool) as listening:
        with sender_to(listening.courts[0].port) as sender:
            sent = 0
            limit = time.monotonic() + 10
            while not spool.full and time.monotonic() < limit:
                sent += sender.send(b"sc1;1;sc2;0") > 0
            for _ in range(1_000):  # from here on nobody takes what comes, and the kernel's buffer is small
                sent += sender.send(b"sc1;1;sc2;0") > 0
        assert spool.full
        taken = everything(spool)
        assert listening.accounting()["1"].kernel_dropped != 0
    taken += everything(spool)
    books = listening.accounting()["1"]
    if books.kernel_dropped is None:
        pytest.skip("this platform counts no dropped datagrams")
    assert books.kernel_dropped > 0
    assert books.received + books.kernel_dropped + books.rejected == sent
    assert sum(map(len, taken)) == books.received


@pytest.mark.parametrize("drain", DRAINS)
def test_courts_keep_their_own_books(drain: Callable[[], Drain]) -> None:
    with receiver(drain(), courts=5) as listening:
        for index, court in enumerate(listening.courts):
            with sender_to(court.port) as sender:
                for _ in range(10 * (index + 1)):
                    sender.send(b"rnd;%d" % index)
        wait_until(lambda: listening.spool.received == 150)
        batches = everything(listening.spool)
        books = listening.accounting()
    assert [books[str(i + 1)].received for i in range(5)] == [10, 20, 30, 40, 50]
    assert all(set(batch.payloads) == {b"rnd;%d" % batch.court} for batch in batches)


@pytest.mark.parametrize("drain", DRAINS)
def test_senders_outside_the_allow_list_are_counted_and_not_stored(drain: Callable[[], Drain]) -> None:
    with receiver(drain(), allow=("10.0.0.0/8",)) as listening, sender_to(listening.courts[0].port) as sender:
        for _ in range(7):
            sender.send(b"pt1;3")
        wait_until(lambda: listening.accounting()["1"].rejected == 7)
        books = listening.accounting()["1"]
    assert (books.received, books.rejected_senders) == (0, {"127.0.0.1": 7})
    assert listening.spool.received == 0


def test_a_batch_of_mixed_senders_keeps_the_allowed_ones_with_their_times_and_sizes() -> None:
    court = CourtSocket(0, "1", open_udp("127.0.0.1", 0, 65_536))
    listening = Receiver([court], Spool(), PortableDrain(), Allowance(["10.0.0.0/8"]))
    mixed = Batch(0, [b"a", b"b", b"c"], [1, 2, 3], [4, 5, 6], ["10.0.0.1:9", "1.2.3.4:9", "10.0.0.2:9"], {2: 9000})
    listening.hand_on(court, mixed)
    listening.stop()
    (kept,) = everything(listening.spool)
    assert (kept.payloads, list(kept.wall_ns), list(kept.mono_ns)) == ([b"a", b"c"], [1, 3], [4, 6])
    assert (kept.sender, dict(kept.cuts)) == (["10.0.0.1:9", "10.0.0.2:9"], {1: 9000})
    assert court.accounting.rejected_senders == {"1.2.3.4": 1}


def test_the_list_of_rejected_senders_is_bounded() -> None:
    books = Accounting()
    for i in range(1000):
        books.reject(f"10.0.{i // 256}.{i % 256}:5", 1)
    assert books.rejected == sum(books.rejected_senders.values()) == 1000
    assert len(books.rejected_senders) == REJECTED_SENDERS + 1


@pytest.mark.parametrize("drain", DRAINS)
def test_arrival_times_are_the_kernels_even_when_the_reader_was_late(drain: Callable[[], Drain]) -> None:
    emptying = drain()
    with open_udp("127.0.0.1", 0, 65_536) as sock:
        emptying.prepare(sock)
        empty_at = time.monotonic_ns()
        with sender_to(sock.getsockname()[1]) as sender:
            sender.send(b"clk;01:00")
        sent_by = time.monotonic_ns()
        time.sleep(0.05)
        batch, more = emptying.drain(sock, 0, empty_at)
    assert batch is not None
    assert not more
    if emptying.stamps == "kernel":
        assert empty_at <= batch.mono_ns[0] <= sent_by + 1_000_000
    assert batch.mono_ns[0] <= time.monotonic_ns()


def test_the_monotonic_time_is_never_in_the_future_nor_before_the_socket_was_empty() -> None:
    wall, mono = arrival_columns([900, 0, 2_500, 100, 1_000], wall_now=1_000, mono_now=5_000, empty_at=4_800)
    assert list(wall) == [900, 1_000, 2_500, 100, 1_000]
    assert list(mono) == [4_900, 5_000, 5_000, 5_000, 5_000]
    assert list(arrival_columns([1], 10_000, 5_000, 4_000)[1]) == [4_000]
    assert list(arrival_columns([10_700], 10_000, 5_000, 4_000)[1]) == [5_000]


@pytest.mark.parametrize("drain", DRAINS)
def test_stop_takes_all_that_the_kernel_accepted(drain: Callable[[], Drain]) -> None:
    spool = Spool(max_datagrams=10)
    with receiver(drain(), spool=spool) as listening, sender_to(listening.courts[0].port) as sender:
        for _ in range(3_000):
            sender.send(b"pt1;1")
        wait_until(lambda: spool.full)
    assert spool.received == listening.accounting()["1"].received == 3_000


def test_a_full_spool_leaves_datagrams_to_the_kernel_and_goes_on_when_emptied() -> None:
    spool = Spool(max_datagrams=2_000)
    taken = 0
    with receiver(choose_drain(), spool=spool) as listening, sender_to(listening.courts[0].port) as sender:
        for _ in range(8):
            for _ in range(1_000):
                sender.send(b"pt1;1")
        wait_until(lambda: spool.full)
        assert spool.waiting < 2_000 + 1_024
        limit = time.monotonic() + 10
        while taken < 8_000 and time.monotonic() < limit:
            spool.wait(0.05)
            taken += sum(map(len, spool.take(500)))
    assert taken + (listening.accounting()["1"].kernel_dropped or 0) == 8_000


def test_a_second_socket_on_the_port_is_refused_and_names_the_holder() -> None:
    with open_udp("127.0.0.1", 0, 65_536) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(PortInUse) as refusal:
            open_udp("0.0.0.0", port, 65_536)
    assert str(port) in refusal.value.message
    assert refusal.value.hint
    if "pid" in refusal.value.context:
        assert refusal.value.context["pid"] == os.getpid()


def test_an_address_of_another_machine_is_refused_with_the_way_out() -> None:
    with pytest.raises(HubError, match=r"192\.0\.2\.1") as refusal:
        open_udp("192.0.2.1", 0, 65_536)
    assert "--bind" in refusal.value.hint


def test_both_drop_counters_of_linux_agree() -> None:
    with open_udp("127.0.0.1", 0, 4_096) as sock, sender_to(sock.getsockname()[1]) as sender:
        for _ in range(200):
            sender.send(b"x" * 100)
        by_socket, by_table = kernel_drops(sock), proc_net_drops(sock)
    if by_socket is None or by_table is None:
        pytest.skip("this platform counts no dropped datagrams")
    assert by_socket == by_table > 0


def test_the_fast_way_is_chosen_where_it_exists() -> None:
    assert choose_drain().name == ("recvmmsg" if fast_drain_available() else PortableDrain.name)
    assert choose_drain("::1").name == choose_drain(portable=True).name == PortableDrain.name
