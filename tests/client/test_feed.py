"""The feed over real sockets, against a hub reduced to its WebSocket."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from restrike_lab.client.errors import CommandError, NoHubError
from restrike_lab.client.feed import Address, LiveFeed, backoff
from restrike_lab.client.intake import Batch

from .fake_hub import FakeHub, event


def until(condition: Callable[[], bool], limit: float = 30.0) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.005)


class Heard:
    """Collect what a subscriber is told."""

    def __init__(self, feed: LiveFeed) -> None:
        self.batches: list[Batch] = []
        self.unsubscribe = feed.subscribe(self.batches.append)

    @property
    def seqs(self) -> list[int]:
        return [each["seq"] for batch in self.batches for each in batch.events]


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    hub = FakeHub()
    yield hub
    hub.stop()


@pytest.fixture
def feed(hub: FakeHub) -> Iterator[LiveFeed]:
    feed = LiveFeed(lambda: Address(hub.url, hub.token))
    yield feed
    feed.close()


def connected(feed: LiveFeed) -> LiveFeed:
    feed.start()
    assert feed.wait(lambda f: f.connected, 10)
    return feed


def test_events_arrive_once_and_in_order(hub: FakeHub, feed: LiveFeed) -> None:
    heard = Heard(connected(feed))
    until(lambda: hub.clients == 1)
    hub.send(*(event(seq) for seq in range(1, 501)))
    until(lambda: feed.last_seq == 500)
    until(lambda: len(heard.seqs) == 500)
    assert heard.seqs == list(range(1, 501))


def test_what_arrived_together_is_delivered_together_and_at_most_30_times_a_second(
    hub: FakeHub, feed: LiveFeed
) -> None:
    heard = Heard(connected(feed))
    until(lambda: hub.clients == 1)
    begin = time.monotonic()
    for seq in range(1, 301):
        hub.send(event(seq))
    until(lambda: len(heard.seqs) == 300)
    took = time.monotonic() - begin
    assert len(heard.batches) <= took * 30 + 3


def test_after_a_quiet_moment_an_event_goes_out_at_once(hub: FakeHub) -> None:
    feed = LiveFeed(lambda: Address(hub.url, hub.token), rate=0.5)
    try:
        heard = Heard(connected(feed))
        until(lambda: hub.clients == 1)
        time.sleep(2.1)  # longer than the interval of 2 s, which a later event would have to wait for
        begin = time.monotonic()
        hub.send(event(1))
        until(lambda: heard.seqs == [1])
        assert time.monotonic() - begin < 1.0
    finally:
        feed.close()


def test_reconnecting_in_the_middle_loses_and_repeats_nothing(hub: FakeHub, feed: LiveFeed) -> None:
    heard = Heard(connected(feed))
    until(lambda: hub.clients == 1)
    chance = random.Random(5)
    for begin in range(1, 1001, 50):
        hub.send(*(event(seq) for seq in range(begin, begin + 50)))
        if chance.random() < 0.4:
            hub.drop_clients()
    until(lambda: feed.last_seq == 1000, 20)
    until(lambda: len(heard.seqs) >= 1000)
    assert heard.seqs == list(range(1, 1001))
    assert len(hub.requests) > 1
    assert not any(batch.snapshot for batch in heard.batches)


def test_a_new_owner_at_another_address_is_found_and_resumed_from(hub: FakeHub) -> None:
    current = [hub]
    feed = LiveFeed(lambda: Address(current[0].url, current[0].token))
    heard = Heard(connected(feed))
    other: FakeHub | None = None
    try:
        until(lambda: hub.clients == 1)
        hub.send(event(1), event(2))
        until(lambda: feed.last_seq == 2)
        other = FakeHub(token="another", epoch=2)
        other.events = [*hub.events, event(3)]
        current[0] = other
        hub.stop()
        until(lambda: feed.epoch == 2)
        until(lambda: heard.seqs == [1, 2, 3])
        assert other.requests[0]["since"] == ["2"]
    finally:
        feed.close()
        if other is not None:
            other.stop()


def test_another_database_is_noticed_as_a_snapshot(hub: FakeHub, feed: LiveFeed) -> None:
    hub.events = [event(seq) for seq in range(1, 100)]
    heard = Heard(connected(feed))
    heard.batches.clear()
    hub.events = [event(1)]
    hub.drop_clients()
    until(lambda: any(batch.snapshot for batch in heard.batches))
    assert feed.last_seq == 1


def test_losing_the_hub_is_told_to_subscribers(hub: FakeHub, feed: LiveFeed) -> None:
    heard = Heard(connected(feed))
    hub.stop()
    until(lambda: any(not batch.connected for batch in heard.batches))
    assert not feed.connected


def test_an_exception_in_one_subscriber_does_not_reach_the_others(
    hub: FakeHub, feed: LiveFeed, caplog: pytest.LogCaptureFixture
) -> None:
    def bad(batch: Batch) -> None:
        raise ValueError("a subscriber's own mistake")

    feed.subscribe(bad)
    heard = Heard(connected(feed))
    until(lambda: hub.clients == 1)
    with caplog.at_level(logging.ERROR):
        hub.send(event(1))
        until(lambda: heard.seqs == [1])
        hub.send(event(2))
        until(lambda: heard.seqs == [1, 2])
    assert "a subscriber of the live feed failed" in caplog.text


def test_a_frame_that_is_no_frame_costs_one_reconnection(hub: FakeHub, feed: LiveFeed) -> None:
    heard = Heard(connected(feed))
    until(lambda: hub.clients == 1)
    hub.send({"type": "match"})
    until(lambda: len(hub.requests) == 2)
    until(lambda: hub.clients == 1)
    hub.send(event(1))
    until(lambda: heard.seqs == [1])


def test_unsubscribing_ends_the_calls(hub: FakeHub, feed: LiveFeed) -> None:
    heard, witness = Heard(connected(feed)), Heard(feed)
    until(lambda: hub.clients == 1)
    heard.unsubscribe()
    heard.batches.clear()
    hub.send(event(1))
    until(lambda: witness.seqs == [1])
    assert heard.batches == []


def test_a_command_returns_its_result(hub: FakeHub, feed: LiveFeed) -> None:
    connected(feed)
    assert feed.command("status", {"court": "1"}) == {"court": "1"}


def test_a_refused_command_raises_with_message_and_hint(hub: FakeHub, feed: LiveFeed) -> None:
    connected(feed)
    with pytest.raises(CommandError, match="not now") as caught:
        feed.command("refuse")
    assert caught.value.hint == "wait"


def test_a_command_without_an_answer_times_out(hub: FakeHub, feed: LiveFeed) -> None:
    hub.silent_commands = True
    connected(feed)
    with pytest.raises(CommandError, match="did not answer"):
        feed.command("status", timeout=0.1)


def test_a_command_ends_when_the_connection_does(hub: FakeHub, feed: LiveFeed) -> None:
    hub.silent_commands = True
    connected(feed)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            feed.command("status", timeout=60)
        except CommandError as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: len(hub.commands) == 1)
    hub.drop_clients()
    asking.join(10)
    assert "no connection" in str(caught[0])


def test_a_command_from_a_subscriber_raises_instead_of_waiting_for_itself(hub: FakeHub, feed: LiveFeed) -> None:
    caught: list[CommandError] = []

    def ask(batch: Batch) -> None:
        try:
            feed.command("status")
        except CommandError as error:
            caught.append(error)

    feed.subscribe(ask)
    connected(feed)
    until(lambda: bool(caught))
    assert "subscriber" in str(caught[0])


def test_a_command_without_a_hub_raises() -> None:
    def nowhere() -> Address:
        raise NoHubError("no hub here", hint="start one")

    feed = LiveFeed(nowhere)
    feed.start()
    try:
        until(lambda: feed.problem is not None)
        with pytest.raises(CommandError) as caught:
            feed.command("status")
        assert caught.value.hint == "start one"
    finally:
        feed.close()


def test_a_wrong_token_is_named_as_the_reason(hub: FakeHub) -> None:
    feed = LiveFeed(lambda: Address(hub.url, "wrong"))
    feed.start()
    try:
        until(lambda: feed.problem is not None)
        assert "401" in str(feed.problem)
    finally:
        feed.close()


def test_closing_leaves_no_thread(hub: FakeHub) -> None:
    before = set(threading.enumerate())
    feed = LiveFeed(lambda: Address(hub.url, hub.token))
    connected(feed)
    feed.close()
    feed.close()
    assert set(threading.enumerate()) == before
    until(lambda: hub.clients == 0)


def test_closing_from_a_subscriber_ends_the_thread(hub: FakeHub) -> None:
    feed = LiveFeed(lambda: Address(hub.url, hub.token))
    feed.subscribe(lambda batch: feed.close())
    feed.start()
    until(lambda: not any(thread.name == "restrike-feed" for thread in threading.enumerate()))


def test_the_backoff_doubles_to_its_limit_with_jitter() -> None:
    assert [backoff(attempt, 1.0) for attempt in range(7)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert backoff(0, 0.0) == pytest.approx(0.05)
