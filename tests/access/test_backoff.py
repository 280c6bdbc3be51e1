"""A wait that grows with every miss, and never shuts anybody out for good."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.access.backoff import FORGOTTEN_S, KEPT, Backoff

HERE, THERE = "10.0.0.1", "10.0.0.2"


def misses(backoff: Backoff, count: int, name: str = "mina", address: str = HERE, now: float = 0.0) -> float:
    """Miss so often as soon as it may be, and return when the last one was."""
    for _ in range(count):
        now += backoff.wait(name, address, now)
        backoff.missed(name, address, now)
    return now


def test_a_few_misses_cost_nothing_and_then_each_costs_twice_as_much() -> None:
    backoff = Backoff()
    waits = []
    for _ in range(8):
        backoff.missed("mina", HERE, 0.0)
        waits.append(backoff.wait("mina", HERE, 0.0))
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16]


@given(st.lists(st.tuples(st.sampled_from(["mina", "ola", "x"]), st.sampled_from([HERE, THERE])), max_size=200))
def test_nobody_ever_waits_longer_than_two_minutes(tries: list[tuple[str, str]]) -> None:
    backoff = Backoff()
    for name, address in tries:
        backoff.missed(name, address, 0.0)
    assert all(backoff.wait(name, address, 0.0) <= 120.0 for name in ("mina", "ola") for address in (HERE, THERE))


def test_a_wait_ends_by_itself_and_misses_are_forgotten_after_a_quiet_while() -> None:
    backoff = Backoff()
    last = misses(backoff, 6)
    assert backoff.wait("mina", HERE, last) > 0
    assert backoff.wait("mina", HERE, last + 121) == 0
    later = last + FORGOTTEN_S + 1
    backoff.missed("mina", HERE, later)
    assert backoff.wait("mina", HERE, later) == 0


def test_who_guesses_a_name_elsewhere_does_not_hold_up_its_owner_where_they_signed_in_before() -> None:
    backoff = Backoff()
    backoff.signed_in("Mina", HERE)
    now = misses(backoff, 40, address=THERE)
    assert backoff.wait("mina", THERE, now) > 0
    assert backoff.wait("mina", "10.0.0.3", now) > 0  # a third place pays for the second
    assert backoff.wait("mina", HERE, now) == 0


def test_who_guesses_many_names_from_one_place_waits_too() -> None:
    backoff = Backoff()
    for number in range(25):
        backoff.missed(f"name {number}", HERE, 0.0)
    assert backoff.wait("another name", HERE, 0.0) > 0
    assert backoff.wait("another name", THERE, 0.0) == 0


def test_a_right_password_and_a_new_password_forgive() -> None:
    backoff = Backoff()
    misses(backoff, 5)
    backoff.signed_in("MINA", HERE)
    assert backoff.wait("mina", HERE, 0.0) == 0
    misses(backoff, 30, address=THERE)
    backoff.forgive("Mina")
    assert backoff.wait("mina", "10.0.0.9", 0.0) == 0


def test_a_name_is_the_same_however_it_is_capitalized() -> None:
    backoff = Backoff()
    for name in ("mina", "MINA", "Mina", "mINA"):
        backoff.missed(name, HERE, 0.0)
    assert backoff.wait("miNA", HERE, 0.0) > 0


def test_a_million_invented_names_take_no_more_memory_than_ten_thousand() -> None:
    backoff = Backoff()
    for number in range(2 * KEPT):
        backoff.missed(f"{number}", f"{number}", 0.0)
    assert len(backoff._counts) <= KEPT
