"""Values that a bout has once per round: round 1 stands first."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["MAX_ROUNDS", "resized", "with_round"]

MAX_ROUNDS = 5
"""Rounds that a bout can have; ``s..`` and ``wrd`` name no more."""

T = TypeVar("T")


def with_round(values: tuple[T, ...], number: int, value: T, nought: T) -> tuple[T, ...]:
    """Return the values with that of round ``number`` replaced; rounds not heard of before are filled up."""
    if number > MAX_ROUNDS:
        return values
    filled = resized(values, max(len(values), number), nought)
    return (*filled[: number - 1], value, *filled[number:])


def resized(values: tuple[T, ...], length: int, nought: T) -> tuple[T, ...]:
    """Return the values for ``length`` rounds; a round beyond that stays where it holds anything."""
    while len(values) > length and values[-1] == nought:
        values = values[:-1]
    return values + (nought,) * (length - len(values))
