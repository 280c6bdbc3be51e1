"""A court's silence proves something only when everything that arrived before it has been heard."""

from __future__ import annotations

import time
from array import array
from pathlib import Path

from restrike_lab.hub.accountant import Accountant
from restrike_lab.hub.bookkeeping import UNDER_WAY_NS, Bookkeeping
from restrike_lab.hub.datagrams import Batch, Spool
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.pipeline import CourtLine, Pipeline
from restrike_lab.pss import PatternBook, Recognizer, Table
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer
from tests.hub.helpers import wait_until


class Watching(Accountant):
    """An accountant that notes how old the silence is that it is asked to judge, and what still waits then."""

    def __init__(self, spool: Spool) -> None:
        super().__init__(lambda _session: Table.of(), PatternBook())
        self.spool = spool
        self.asked: list[tuple[int, int, int]] = []

    def settle(self, mono_ns: int) -> None:
        self.asked.append((self.until_seq, self.spool.waiting, time.monotonic_ns() - mono_ns))
        super().settle(mono_ns)


def test_nothing_is_judged_while_datagrams_wait_or_may_be_under_way(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path)
    epoch = writer.begin_epoch("thread", 1, time.time_ns())
    session = writer.begin_session("1", 6000, "2.3-live", time.time_ns())
    reader = Reader.open(tmp_path)
    books = Bookkeeping(writer, reader, Judge(writer), epoch, 0, lambda _court, _finding: None)
    spool = Spool()
    accountant = books.accountant = Watching(spool)
    lines = [CourtLine("1", session, Recognizer())]
    pipeline = Pipeline(spool, writer, lines, epoch, 1, lambda _: None, lambda _: None, 1, books)
    now = time.monotonic_ns()
    for second in range(59, 9, -1):
        wall = array("q", [time.time_ns()])
        spool.put(Batch(0, [b"clk;00:%02d" % second], wall, array("q", [now]), "10.0.0.1:1"))
    pipeline.start()
    wait_until(lambda: len(accountant.asked) > 1)
    pipeline.stop()
    reader.close()
    writer.close()
    assert min(seq for seq, _, _ in accountant.asked) == 50
    assert {waiting for _, waiting, _ in accountant.asked} == {0}
    assert min(age for _, _, age in accountant.asked) >= UNDER_WAY_NS
