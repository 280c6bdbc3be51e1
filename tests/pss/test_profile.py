"""The profile of a field says what was counted, and finds what a field depends on without seeing ghosts."""

import random

from restrike_lab.pss.profile import Seen, profile


def test_constant_and_varying_fields_are_told_apart_with_their_range_and_values() -> None:
    first, second, third = profile([Seen(f"rst;{number % 3};st1;{number}:30") for number in range(6)])
    assert (first.constant, first.distinct, first.low, first.high) == (False, 3, 0, 2)
    assert first.values == (("0", 2), ("1", 2), ("2", 2))
    assert (second.constant, second.classes) == (True, (("word", 6),))
    assert (third.low, third.high) == (30_000, 330_000)


def test_a_field_that_some_messages_lack_is_not_constant() -> None:
    profiles = profile([Seen("clk;1;start"), Seen("clk;1;"), Seen("clk;1")])
    assert [(field.constant, field.present) for field in profiles] == [(True, 3), (False, 1)]


def test_at_most_twenty_values_are_listed_and_all_are_counted() -> None:
    (field,) = profile([Seen(f"x;{number}") for number in range(100)])
    assert (len(field.values), field.distinct) == (20, 100)


def messages(seed: int = 1) -> list[Seen]:
    draw = random.Random(seed)
    seen = []
    for _ in range(150):
        number, athlete, clock = draw.randint(1, 3), draw.randint(1, 2), draw.randint(0, 120) * 1000
        text = f"x;{number * 7};{'LR'[athlete - 1]};{clock // 1000 + draw.randint(0, 9)};{draw.randint(0, 9)}"
        seen.append(Seen(text, round=number, clock_ms=clock, athlete=athlete))
    return seen


def test_fields_that_change_with_round_athlete_or_clock_are_found_and_noise_is_not() -> None:
    by_round, by_athlete, by_clock, noise = profile(messages())
    assert [(change.stamp, change.strength) for change in by_round.changes_with] == [("round", 1.0)]
    assert [(change.stamp, change.strength) for change in by_athlete.changes_with] == [("athlete", 1.0)]
    assert [change.stamp for change in by_clock.changes_with] == ["clock"]
    assert by_clock.changes_with[0].strength > 0.95
    assert noise.changes_with == ()
    assert all(change.text and change.p <= 0.01 for change in by_round.changes_with)


def test_noise_is_not_taken_for_dependence() -> None:
    false = sum(bool(profile(messages(seed))[3].changes_with) for seed in range(30))
    assert false == 0


def test_a_profile_is_the_same_each_time_and_empty_for_nothing() -> None:
    assert profile(messages()) == profile(messages())
    assert profile([]) == ()
    assert profile([Seen("rsr;")]) == ()
