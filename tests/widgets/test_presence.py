"""Publishing lasts as long as somebody looks, and a Voila page's kernel no longer than its page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from restrike_lab.widgets.presence import Presence, Watch

TICK = 0.005
LIMIT_S = 30.0


def test_a_page_is_there_until_the_limit_has_passed() -> None:
    presence = Presence(limit=30.0)
    presence.heard("a", 100.0)
    assert presence.anybody(130.0)
    assert not presence.anybody(130.1)


def test_each_heartbeat_begins_the_limit_again() -> None:
    presence = Presence(limit=30.0)
    presence.heard("a", 100.0)
    presence.heard("a", 120.0)
    assert presence.anybody(149.0)


def test_one_of_two_pages_is_enough() -> None:
    presence = Presence(limit=30.0)
    presence.heard("a", 100.0)
    presence.heard("b", 125.0)
    assert presence.anybody(150.0)


def test_a_page_that_says_good_bye_is_gone_at_once() -> None:
    presence = Presence(limit=30.0)
    presence.heard("a", 100.0)
    presence.left("a")
    assert not presence.anybody(100.0)


def test_time_in_which_nothing_can_be_heard_does_not_count() -> None:
    presence = Presence(limit=30.0)
    presence.heard("a", 100.0)
    presence.deaf(60.0)
    assert presence.anybody(185.0)


@dataclass
class Hand:
    """A clock that a test moves by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(eq=False)
class Recorder:
    """A widget that counts what is asked of it."""

    pulses: int = 0
    rests: int = 0
    told: threading.Condition = field(default_factory=threading.Condition)

    def pulse(self) -> None:
        with self.told:
            self.pulses += 1
            self.told.notify_all()

    def rest(self) -> None:
        with self.told:
            self.rests += 1
            self.told.notify_all()

    def until(self, condition: Callable[[Recorder], bool]) -> bool:
        with self.told:
            return self.told.wait_for(lambda: condition(self), LIMIT_S)


@dataclass
class Scene:
    watch: Watch
    widget: Recorder
    clock: Hand
    gone: threading.Event
    busy: threading.Event


@contextmanager
def scene(expecting: bool = False) -> Iterator[Scene]:
    gone, busy, clock, widget = threading.Event(), threading.Event(), Hand(), Recorder()
    watch = Watch(gone.set, busy=busy.is_set, expecting=expecting, limit=30.0, grace=120.0, tick=TICK, clock=clock)
    watch.add(widget)
    try:
        yield Scene(watch, widget, clock, gone, busy)
    finally:
        watch.close()


def test_nothing_runs_before_the_first_page() -> None:
    with scene() as each:
        assert not each.watch.running


def test_a_page_starts_the_pulse() -> None:
    with scene() as each:
        each.watch.heard(each.widget, "a")
        assert each.widget.until(lambda widget: widget.pulses >= 3)


def test_without_a_heartbeat_the_widget_rests_and_the_kernel_hears_of_it() -> None:
    with scene() as each:
        each.watch.heard(each.widget, "a")
        assert each.widget.until(lambda widget: widget.pulses >= 1)
        each.clock.now += 31.0
        assert each.widget.until(lambda widget: widget.rests >= 1)
        assert each.gone.wait(LIMIT_S)
        assert not each.watch.running


def test_a_page_that_comes_back_starts_the_pulse_again() -> None:
    with scene() as each:
        each.watch.heard(each.widget, "a")
        each.watch.left(each.widget, "a")
        assert each.gone.wait(LIMIT_S)
        seen = each.widget.pulses
        each.watch.heard(each.widget, "a")
        assert each.widget.until(lambda widget: widget.pulses > seen)


def test_a_long_cell_counts_nobody_out() -> None:
    with scene() as each:
        each.watch.heard(each.widget, "a")
        each.busy.set()
        for _ in range(20):
            seen = each.widget.pulses
            assert each.widget.until(lambda widget, seen=seen: widget.pulses > seen)  # type: ignore[misc]
        each.busy.clear()
        each.clock.now += 29.0
        seen = each.widget.pulses
        assert each.widget.until(lambda widget: widget.pulses > seen + 1)
        assert not each.gone.is_set()


def test_a_widget_that_nobody_looks_at_rests_while_another_is_watched() -> None:
    with scene() as each:
        other = Recorder()
        each.watch.add(other)
        each.watch.heard(each.widget, "a")
        assert other.until(lambda widget: widget.rests >= 3)
        assert other.pulses == 0
        assert not each.gone.is_set()


def test_a_page_that_never_comes_counts_as_gone_after_the_grace() -> None:
    with scene(expecting=True) as each:
        assert each.watch.running
        each.clock.now += 119.0
        assert not each.gone.wait(10 * TICK)
        each.clock.now += 2.0
        assert each.gone.wait(LIMIT_S)


def test_closing_ends_the_thread_and_calls_nobody_gone() -> None:
    with scene() as each:
        each.watch.heard(each.widget, "a")
        each.watch.close()
        assert not each.watch.running
        assert not each.gone.is_set()


class Follower:
    """A widget that is followed or rests; ``at_rest`` is called when it is put to rest."""

    def __init__(self, at_rest: Callable[[], None] = lambda: None) -> None:
        self.followed = True
        self.at_rest = at_rest
        self.rested = threading.Event()

    def pulse(self) -> None:
        pass

    def rest(self) -> None:
        self.followed = False
        self.at_rest()
        self.rested.set()


def test_a_page_that_is_heard_while_others_are_put_to_rest_stays_followed() -> None:
    helloes: list[threading.Thread] = []

    def hello_to_the_second() -> None:
        def work() -> None:
            watch.heard(second, "page")
            second.followed = True

        if not helloes:
            helloes.append(threading.Thread(target=work))
            helloes[0].start()
            helloes[0].join(0.2)  # it may have to wait until all are at rest

    first, second = Follower(hello_to_the_second), Follower()
    watch = Watch(tick=TICK)
    watch.add(first)
    watch.add(second)
    watch.heard(first, "page")
    watch.left(first, "page")
    assert second.rested.wait(LIMIT_S)
    helloes[0].join(LIMIT_S)
    assert second.followed
    watch.close()
