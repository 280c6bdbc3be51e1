"""How near two patterns of unknown messages are, and why: which parts of their shapes agree.

``to1;time;word`` and ``to2;time`` are most likely one stream: the codes differ in their number alone, and where both
have a field its class is the same. Two shapes with the same classes and different codes are not called near: most
messages are a code and a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from restrike_lab.pss.shape import Shape, read_shape

__all__ = ["NEAR", "Agreement", "Group", "Similarity", "near_patterns", "similarity", "stem"]

NEAR = 0.7
"""Similarity from which on two patterns count as near."""

MAX_GROUPS_OF_STEM = 32

_RELATED = (frozenset({"int", "decimal", "time"}), frozenset({"country", "word", "text", "bytes"}))
_NUMBER = re.compile(r"[0-9]+$")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Say how far one part of two shapes agrees: ``share`` 0..1, counted with its ``weight``, and in words."""

    part: str
    share: float
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class Similarity:
    """How near two shapes are, 0..1: the weighted sum of the parts."""

    score: float
    parts: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes near to a first one, each with its similarity to that."""

    first: str
    others: tuple[tuple[str, Similarity], ...]

    @property
    def shapes(self) -> tuple[str, ...]:
        """Return all shapes of the group."""
        return (self.first, *(shape for shape, _ in self.others))


def similarity(one: str, other: str) -> Similarity:
    """Return how near two shapes are.

    The code counts 0.4 (0.32 where it differs in its number alone), the number of fields 0.2, the classes of the
    fields 0.4: for each place 1 where they are the same, a half where they are of one family (numbers, words) or one
    is empty.
    """
    first, second = read_shape(one), read_shape(other)
    parts = (_codes(first, second), _counts(first, second), _classes(first, second))
    return Similarity(round(sum(part.share * part.weight for part in parts), 3), parts)


def stem(shape: Shape) -> str:
    """Return what codes of one family share: the code without the number at its end."""
    return _NUMBER.sub("", shape.code) if shape.code else shape.head


def near_patterns(shapes: Iterable[str], at_least: float = NEAR) -> list[Group]:
    """Return the shapes in groups, each around its first one in the order given, such as most frequent first."""
    groups: dict[str, list[tuple[str, list[tuple[str, Similarity]]]]] = {}
    order: list[tuple[str, list[tuple[str, Similarity]]]] = []
    for shape in shapes:
        family = groups.setdefault(stem(read_shape(shape)), [])
        rated = [(similarity(first, shape), others) for first, others in family]
        best = max(rated, key=lambda each: each[0].score, default=None)
        if best is not None and (best[0].score >= at_least or len(family) >= MAX_GROUPS_OF_STEM):
            best[1].append((shape, best[0]))
        else:
            family.append((shape, []))
            order.append(family[-1])
    return [Group(first, tuple(others)) for first, others in order]


def _codes(one: Shape, other: Shape) -> Agreement:
    if one.head == other.head:
        return Agreement("code", 1.0, 0.4, f"both begin with {one.head}")
    if one.code and other.code and stem(one) == stem(other):
        return Agreement("code", 0.8, 0.4, f"{one.code} and {other.code} differ in their number alone")
    return Agreement("code", 0.0, 0.4, f"{one.head} and {other.head} are different")


def _counts(one: Shape, other: Shape) -> Agreement:
    first, second = len(one.classes) + one.more, len(other.classes) + other.more
    share = min(first, second) / max(first, second) if first != second else 1.0
    text = f"both have {first} fields" if first == second else f"{first} and {second} fields"
    return Agreement("number of fields", share, 0.2, text)


def _classes(one: Shape, other: Shape) -> Agreement:
    pairs = list(zip(one.classes, other.classes, strict=False))
    places = max(len(one.classes), len(other.classes))
    if not places:
        return Agreement("classes of fields", 1.0, 0.4, "neither has fields")
    shares = [_related(*pair) for pair in pairs]
    different = [
        f"field {place}: {pair[0]} and {pair[1]}"
        for place, (pair, share) in enumerate(zip(pairs, shares, strict=True), 1)
        if share < 1
    ]
    text = "; ".join(different[:5]) or f"the same in all {len(pairs)} places that both have"
    return Agreement("classes of fields", sum(shares) / places, 0.4, text)


def _related(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if "empty" in (one, other) or any(one in family and other in family for family in _RELATED):
        return 0.5
    return 0.0
