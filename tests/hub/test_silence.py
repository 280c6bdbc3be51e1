"""A court's silence proves something only when everything that arrived before it has been heard."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from restrike_lab.bout.reconcile import AuditState
from restrike_lab.hub.accountant import Accountant
from restrike_lab.hub.bookkeeping import Bookkeeping
from restrike_lab.hub.datagrams import Batch, Spool
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.pipeline import CourtLine, Pipeline
from restrike_lab.pss import PatternBook, Recognizer, Table
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer
from tests.hub.helpers import LOAD, port_of, running_hub, send, settled, wait_until

EPOCH = 1


class Watching(Accountant):
    """An accountant that notes up to where it had counted when it was to judge a silence, and what still waited."""

    def __init__(self, spool: Spool) -> None:
        super().__init__(lambda _session: Table.of(), PatternBook())
        self.spool = spool
        self.asked: list[tuple[int, int]] = []

    def settle(self, mono_ns: int) -> None:
        if mono_ns:
            self.asked.append((self.until_seq, self.spool.waiting))
        super().settle(mono_ns)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Bookkeeping]:
    """The books of a first term."""
    with closing(Writer.open(tmp_path)) as writer:
        assert writer.begin_epoch("thread", 1, time.time_ns()) == EPOCH
        with closing(Reader.open(tmp_path)) as reader:
            yield Bookkeeping(writer, reader, Judge(writer), EPOCH, 0, lambda _court, _finding: None)


def test_nothing_is_judged_while_datagrams_wait(books: Bookkeeping) -> None:
    session = books.writer.begin_session("1", 6000, "2.3-live", time.time_ns())
    spool = Spool()
    accountant = books.accountant = Watching(spool)
    lines = [CourtLine("1", session, Recognizer())]
    pipeline = Pipeline(spool, books.writer, lines, EPOCH, 1, lambda _: None, lambda _: None, 1, books)
    now = time.monotonic_ns()
    for second in range(59, 9, -1):
        wall = array("q", [time.time_ns()])
        spool.put(Batch(0, [b"clk;00:%02d" % second], wall, array("q", [now]), "10.0.0.1:1"))
    pipeline.start()
    wait_until(lambda: bool(accountant.asked))
    pipeline.stop()
    assert min(seq for seq, _ in accountant.asked) == 50
    assert {waiting for _, waiting in accountant.asked} == {0}


def test_an_interruption_ends_when_listening_began_again_and_not_when_it_is_noted(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    epoch = writer.begin_epoch("thread", 1, time.time_ns())
    reader = Reader.open(tmp_path)
    books = Bookkeeping(writer, reader, Judge(writer), epoch, 0, lambda _court, _finding: None)
    books.accountant.audits["1"] = AuditState(heard=True)
    noted, wall_now = time.monotonic_ns(), time.time_ns()
    books.interruptions = [(wall_now - 90_000_000_000, wall_now - 60_000_000_000, "no hub was running")]
    books.interrupt()
    reader.close()
    writer.close()
    since = books.accountant.audits["1"].course.since
    assert since.wall_ns == wall_now - 60_000_000_000
    assert since.mono_ns < noted


def test_a_point_that_came_in_time_gets_its_hit_however_late_it_is_taken(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        running = hub.running
        put, may_put, arrivals = running.spool.put, threading.Event(), count(time.monotonic_ns(), 20_000_000)

        def put_one_by_one(batch: Batch) -> None:
            for payload, wall in zip(batch.payloads, batch.wall_ns, strict=True):
                assert payload != b"pt1;3" or may_put.wait(30)
                mono = array("q", [next(arrivals)])  # 20 ms apart, however busy the machine
                put(Batch(batch.court, [payload], array("q", [wall]), mono, "10.0.0.1:1"))

        running.spool.put = put_one_by_one  # type: ignore[method-assign]
        send(port_of(hub), [b"pt1;2", b"hl1;61", b"pt1;3"])  # for 150 ms the hit may be of a point to come
        settled(hub, len(LOAD) + 2)
        passed = time.monotonic_ns() + 500_000_000
        wait_until(lambda: time.monotonic_ns() > passed)
        assert running.pipeline.due
        may_put.set()
        settled(hub, len(LOAD) + 3)
        wait_until(lambda: not running.pipeline.due)
    reader = Reader.open(tmp_path)
    links = reader.query("SELECT point_seq, level FROM pss_hit_links").rows
    reader.close()
    assert links == [(len(LOAD) + 3, 61)]


def test_a_point_without_a_hit_is_decided_at_a_quiet_court_without_a_further_datagram(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), [*LOAD, b"hl2;44", b"pt1;2"])
        settled(hub, len(LOAD) + 2)
        wait_until(lambda: not hub.running.pipeline.due)
        assert hub.running.receiver.complete_until > 0


def test_time_passes_for_a_receiver_at_rest_when_it_is_asked(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        receiver, wanted = hub.running.receiver, time.monotonic_ns()
        wait_until(lambda: receiver.heard_until(wanted) >= wanted)
    assert receiver.heard_until(1 << 62) >= wanted
