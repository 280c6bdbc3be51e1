"""Replay: spacing, speed, limit and addresses."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from restrike_lab.simulate.send import SendError, parse_address, play, send_udp
from restrike_lab.simulate.timed import Timed

MESSAGES = [Timed(1_000, b"a"), Timed(1_250, b"bb"), Timed(1_250, b"c"), Timed(61_000, b"d")]


class VirtualTime:
    """A clock that only moves when somebody sleeps, and a little each time it is read."""

    def __init__(self, cost: float = 0.0) -> None:
        self.now = 100.0
        self.cost = cost

    def clock(self) -> float:
        self.now += self.cost
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def departures(time: VirtualTime, messages: list[Timed], **options: float | None) -> list[float]:
    moments: list[float] = []
    play(messages, lambda _: moments.append(time.now), clock=time.clock, sleep=time.sleep, **options)  # type: ignore[arg-type]
    return [round(moment - 100.0, 6) for moment in moments]


def test_messages_leave_with_their_own_spacing() -> None:
    assert departures(VirtualTime(), MESSAGES) == [0.0, 0.25, 0.25, 60.0]


def test_speed_divides_the_spacing() -> None:
    assert departures(VirtualTime(), MESSAGES, speed=50.0) == [0.0, 0.005, 0.005, 1.2]


def test_long_pauses_are_cut_to_the_longest_that_is_wanted() -> None:
    assert departures(VirtualTime(), MESSAGES, longest_pause=2.0) == [0.0, 0.25, 0.25, 2.25]


def test_without_a_speed_nothing_waits() -> None:
    assert departures(VirtualTime(), MESSAGES, speed=None) == [0.0] * 4


def test_a_limit_holds_the_pace_even_without_a_speed() -> None:
    assert departures(VirtualTime(), MESSAGES, speed=None, limit=100.0) == [0.0, 0.01, 0.02, 0.03]


def test_a_limit_spreads_a_burst_and_then_keeps_the_spacing() -> None:
    assert departures(VirtualTime(), MESSAGES, limit=10.0) == [0.0, 0.25, 0.35, 60.0]


def test_a_slow_clock_does_not_add_up() -> None:
    ticks = [Timed(1_000 * second, b"x") for second in range(100)]
    last = departures(VirtualTime(cost=0.003), ticks)[-1]
    assert 99.0 <= last <= 99.01


def test_play_counts_what_it_sent() -> None:
    time = VirtualTime()
    played = play(MESSAGES, lambda _: None, clock=time.clock, sleep=time.sleep)
    assert (played.sent, played.size) == (4, 5)
    assert played.seconds == pytest.approx(60.0)


def test_stop_ends_a_long_wait() -> None:
    time = VirtualTime()
    sent: list[Timed] = []
    play(MESSAGES, sent.append, clock=time.clock, sleep=time.sleep, stop=lambda: time.now > 110)
    assert sent == MESSAGES[:3]
    assert time.now < 111


@pytest.mark.parametrize("options", [{"speed": 0.0}, {"speed": -1.0}, {"limit": 0.0}])
def test_a_speed_or_limit_of_nought_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        play(MESSAGES, lambda _: None, **options)  # type: ignore[arg-type]


@pytest.fixture
def receivers() -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        for udp in (one, two):
            udp.bind(("127.0.0.1", 0))
            udp.settimeout(10)
        yield one, two


def test_datagrams_arrive_byte_for_byte_in_order(receivers: tuple[socket.socket, socket.socket]) -> None:
    udp, _ = receivers
    messages = [Timed(place, payload) for place, payload in enumerate((b"pt1;3", b"", b"\xff\x00", b"x" * 8_000))]
    assert send_udp(messages, udp.getsockname(), speed=None).sent == 4
    assert [udp.recv(65_535) for _ in messages] == [timed.payload for timed in messages]


def test_each_court_goes_to_its_own_address(receivers: tuple[socket.socket, socket.socket]) -> None:
    one, two = receivers
    messages = [Timed(0, b"first", "A"), Timed(0, b"second", "B")]
    send_udp(messages, {"A": one.getsockname(), "B": two.getsockname()}, speed=None)
    assert (one.recv(100), two.recv(100)) == (b"first", b"second")


def test_a_court_without_an_address_is_refused(receivers: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(SendError, match="'B'"):
        send_udp([Timed(0, b"x", "B")], {"A": receivers[0].getsockname()}, speed=None)


def test_a_datagram_that_udp_cannot_hold_is_refused(receivers: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(SendError, match="70000 bytes"):
        send_udp([Timed(0, bytes(70_000))], receivers[0].getsockname(), speed=None)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:6000", ("127.0.0.1", 6000)),
        ("6000", ("127.0.0.1", 6000)),
        ("mat.example:8888", ("mat.example", 8888)),
    ],
)
def test_addresses_are_read(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "host", "host:", "host:0", "host:70000", "host:６０００"])
def test_what_is_no_address_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(SendError) as raised:
        parse_address(text)
    assert "HOST:PORT" in raised.value.hint


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(SendError, match="resolve"):
        send_udp(MESSAGES, ("no such host", 6000))
