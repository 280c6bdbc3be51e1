"""Floods: exact counts, order kept, hostile datagrams of every kind."""

from __future__ import annotations

import socket

import pytest

from restrike_lab.pss import parse
from restrike_lab.simulate.flood import flood, hostile_payloads, realistic_payloads


def test_as_many_arrive_in_order_as_are_reported() -> None:
    payloads = [b"%d" % number for number in range(70)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        # Fewer than the 256 small datagrams that a default socket buffer holds, so that none can be lost unread.
        flooded = flood(udp.getsockname(), payloads, seconds=0.1, rate=2_000)
        received = [udp.recv(100) for _ in range(200)]
    assert flooded.sent == 200
    assert received == [payloads[place % 70] for place in range(200)]
    assert flooded.size == sum(map(len, received))


def test_a_flood_without_a_rate_lasts_its_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        now = iter(range(10_000))
        flooded = flood(udp.getsockname(), [b"x"] * 600, seconds=5, clock=lambda: next(now))
    assert (
        flooded.sent == 512 + 88 + 512 + 88
    )  # whole batches up to the end of the list, for four readings of the clock


def test_stop_ends_a_flood() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        assert flood(udp.getsockname(), [b"x"], seconds=3_600, rate=1, stop=lambda: True).sent == 0


@pytest.mark.parametrize(("payloads", "rate"), [([], 1.0), ([b"x"], 0.0)])
def test_what_makes_no_flood_is_refused(payloads: list[bytes], rate: float) -> None:
    with pytest.raises(ValueError, match="flood"):
        flood(("127.0.0.1", 9), payloads, seconds=1, rate=rate)


def test_realistic_payloads_are_messages_of_a_console() -> None:
    payloads = realistic_payloads(seed=4, count=1_000)
    assert len(payloads) == 1_000
    assert not any(message.stream == "unknown" for payload in payloads for message in parse(payload))


def test_hostile_payloads_are_reproducible_bounded_and_of_every_kind() -> None:
    payloads = hostile_payloads(seed=4, count=600, longest=900)
    assert payloads == hostile_payloads(seed=4, count=600, longest=900)
    assert max(map(len, payloads)) == 900
    assert any(b"<script>" in payload for payload in payloads)
    assert any(payload.count(b";") > 400 for payload in payloads)
    assert len(set(payloads)) > 590
