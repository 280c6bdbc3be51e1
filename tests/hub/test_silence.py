"""A court's silence proves something only when everything that arrived before it has been heard."""

from __future__ import annotations

import time
from array import array
from typing import Any

from restrike_lab.hub.accountant import Accountant
from restrike_lab.hub.datagrams import Batch, Spool
from restrike_lab.hub.pipeline import UNDER_WAY_NS, CourtLine, Pipeline
from restrike_lab.pss import PatternBook, Recognizer, Table
from tests.hub.helpers import wait_until


class Shelf:
    """A store in memory."""

    def append(self, *_group: Any) -> None:
        """Take a group."""

    def account(self, _account: Any) -> None:
        """Take an account."""


class Watching(Accountant):
    """An accountant that notes how old the silence is that it is asked to judge, and what still waits then."""

    def __init__(self, spool: Spool) -> None:
        super().__init__(lambda _session: Table.of(), PatternBook())
        self.spool = spool
        self.asked: list[tuple[int, int, int]] = []

    def settle(self, mono_ns: int) -> None:
        self.asked.append((self.until_seq, self.spool.waiting, time.monotonic_ns() - mono_ns))
        super().settle(mono_ns)


def test_nothing_is_judged_while_datagrams_wait_or_may_be_under_way() -> None:
    spool = Spool()
    accountant = Watching(spool)
    lines = [CourtLine("1", 1, Recognizer())]
    pipeline = Pipeline(spool, Shelf(), lines, 1, 1, lambda _: None, lambda _: None, 1, accountant=accountant)
    now = time.monotonic_ns()
    for second in range(59, 9, -1):
        wall = array("q", [1_700_000_000_000_000_000])
        spool.put(Batch(0, [b"clk;00:%02d" % second], wall, array("q", [now]), "10.0.0.1:1"))
    pipeline.start()
    wait_until(lambda: len(accountant.asked) > 1)
    pipeline.stop()
    assert min(seq for seq, _, _ in accountant.asked) == 50
    assert {waiting for _, waiting, _ in accountant.asked} == {0}
    assert min(age for _, _, age in accountant.asked) >= UNDER_WAY_NS
