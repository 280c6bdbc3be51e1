"""Work that follows the feed is gathered, never lost and never done twice at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from restrike_lab.widgets.coalesce import Coalescer

LIMIT_S = 30.0


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.002)


def idle(coalescer: Coalescer) -> bool:
    return coalescer._thread is None


def test_many_requests_are_one_turn() -> None:
    now, turns = [0.0], list[float]()
    coalescer = Coalescer(lambda: turns.append(now[0]), every=0.05, clock=lambda: now[0])
    coalescer.ask()
    until(lambda: turns)
    for _ in range(50):
        coalescer.ask()
    now[0] = 0.05
    until(lambda: idle(coalescer))
    assert turns == [0.0, 0.05]


def test_what_is_urgent_comes_before_its_turn() -> None:
    turns: list[float] = []
    coalescer = Coalescer(lambda: turns.append(time.monotonic()), every=60.0)
    coalescer.ask()
    until(lambda: len(turns) == 1)
    coalescer.ask()
    coalescer.ask(within=0.02)
    until(lambda: len(turns) == 2)
    until(lambda: idle(coalescer))


def test_a_request_during_the_work_leads_to_one_more_turn_and_never_two_at_once() -> None:
    inside, together, turns = 0, [], []
    going = threading.Event()

    def work() -> None:
        nonlocal inside
        inside += 1
        together.append(inside)
        turns.append(1)
        if len(turns) == 1:
            going.wait(LIMIT_S)
        inside -= 1

    coalescer = Coalescer(work, every=0.0)
    coalescer.ask()
    until(lambda: turns)
    for _ in range(5):
        coalescer.ask()
    going.set()
    until(lambda: idle(coalescer))
    assert (len(turns), max(together)) == (2, 1)


def test_a_closed_one_does_nothing_more_and_leaves_no_thread() -> None:
    turns: list[int] = []
    coalescer = Coalescer(lambda: turns.append(1), every=60.0)
    coalescer.ask()
    until(lambda: turns)
    coalescer.ask()
    coalescer.close()
    coalescer.ask(within=0)
    until(lambda: idle(coalescer))
    assert turns == [1]
