"""What the fields of an unknown stream do: which stay as they are, which vary, between what, and with what.

Pure counting over messages of one code, each with the stamps that the lab gave it on arrival (round, clock, the
athlete of the moment). Whether a field changes with a stamp is measured, not guessed: for round and athlete by the
*uncertainty coefficient* (Theil 1970: the share of the field's entropy that knowing the stamp takes away), for the
clock by Spearman's rank correlation, both 0..1; the p-value is that of a permutation test with a fixed seed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from restrike_lab.pss.shape import MAX_CLASSED, class_of
from restrike_lab.pss.wire import DECIMAL, TIME, Kind

__all__ = ["Dependence", "FieldProfile", "Seen", "profile"]

MAX_VALUES = 20
MAX_TESTED = 400
PERMUTATIONS = 199
SEED = 20250720
SIGNIFICANT = 0.01
STRONG = 0.2
"""A dependence weaker than this is not told, however sure: it explains nothing."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message, its text without the terminator, with the stamps of the moment; ``None`` where there was none."""

    text: str
    round: int | None = None
    clock_ms: int | None = None
    athlete: int | None = None


@dataclass(frozen=True, slots=True)
class Dependence:
    """Say that a field changes with ``round``, ``athlete`` or ``clock``: how strongly, 0..1, and how surely."""

    stamp: str
    strength: float
    p: float
    text: str


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """What one field does. ``place`` counts from 1 behind the code.

    ``present`` of ``total`` messages have it; ``classes`` and ``values`` come with their counts, the most frequent
    first, at most 20 values of the ``distinct`` ones. ``low`` and ``high`` are those of its numbers, times in ms.
    """

    place: int
    total: int
    present: int
    classes: tuple[tuple[str, int], ...]
    distinct: int
    values: tuple[tuple[str, int], ...]
    low: float | None
    high: float | None
    changes_with: tuple[Dependence, ...]

    @property
    def constant(self) -> bool:
        """Tell whether the field is in every message and always the same."""
        return self.distinct == 1 and self.present == self.total


def profile(messages: Sequence[Seen]) -> tuple[FieldProfile, ...]:
    """Return what each field does over messages of one code, at most its first 64 fields."""
    rows = [tokens_of(message.text)[1 : MAX_CLASSED + 1] for message in messages]
    width = max((len(row) for row in rows), default=0)
    return tuple(_field(place, rows, messages) for place in range(width))


def tokens_of(text: str) -> list[str]:
    """Return what stands between the semicolons; a trailing one decides nothing."""
    tokens = text.split(";")
    if len(tokens) > 1 and not tokens[-1]:
        tokens.pop()
    return tokens


def _field(place: int, rows: Sequence[Sequence[str]], messages: Sequence[Seen]) -> FieldProfile:
    having = [(row[place], message) for row, message in zip(rows, messages, strict=True) if place < len(row)]
    values = Counter(text for text, _ in having)
    classes = Counter(class_of(text) for text, _ in having)
    numbers = [number for text in values if (number := _number(text)) is not None]
    return FieldProfile(
        place=place + 1,
        total=len(messages),
        present=len(having),
        classes=tuple(classes.most_common()),
        distinct=len(values),
        values=tuple(values.most_common(MAX_VALUES)),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        changes_with=tuple(_dependences(having)) if len(values) > 1 else (),
    )


def _dependences(having: Sequence[tuple[str, Seen]]) -> list[Dependence]:
    found: list[Dependence] = []
    for stamp in ("round", "athlete"):
        pairs = [(text, mark) for text, seen in having if (mark := getattr(seen, stamp)) is not None]
        measured = _tested(pairs, _uncertainty)
        if measured is not None:
            text = f"knowing the {stamp} takes away {measured[0]:.0%} of what is uncertain about it"
            found.append(Dependence(stamp, *measured, text))
    timed = [
        (number, seen.clock_ms)
        for text, seen in having
        if seen.clock_ms is not None and (number := _number(text)) is not None
    ]
    measured = _tested(timed, _rank_correlation)
    if measured is not None:
        found.append(Dependence("clock", *measured, f"its rank correlation with the clock is {measured[0]:.2f}"))
    return found


def _tested(
    pairs: Sequence[tuple[T, int]], measure: Callable[[Sequence[T], Sequence[int]], float]
) -> tuple[float, float] | None:
    """Return strength and p-value of a dependence, ``None`` where there is none to speak of."""
    step = max(1, math.ceil(len(pairs) / MAX_TESTED))
    values = [value for value, _ in pairs[::step]]
    marks = [mark for _, mark in pairs[::step]]
    if len(set(values)) < 2 or len(set(marks)) < 2:
        return None
    strength = measure(values, marks)
    if strength < STRONG:
        return None
    shuffled, draw = list(marks), random.Random(SEED)
    as_strong = 0
    for _ in range(PERMUTATIONS):
        draw.shuffle(shuffled)
        as_strong += measure(values, shuffled) >= strength - 1e-12
    p = (as_strong + 1) / (PERMUTATIONS + 1)
    return (round(strength, 3), p) if p <= SIGNIFICANT else None


def _uncertainty(values: Sequence[Hashable], marks: Sequence[Hashable]) -> float:
    whole = _entropy(Counter(values))
    within = sum(
        _entropy(Counter(value for value, other in zip(values, marks, strict=True) if other == mark)) * count
        for mark, count in Counter(marks).items()
    )
    return (whole - within / len(values)) / whole


def _entropy(counts: Counter[Hashable]) -> float:
    total = counts.total()
    return -sum(count / total * math.log(count / total) for count in counts.values())


def _rank_correlation(values: Sequence[float], marks: Sequence[float]) -> float:
    one, other = _ranks(values), _ranks(marks)
    mean = (len(values) - 1) / 2
    both = sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean) ** 2 for a in one) * sum((b - mean) ** 2 for b in other)
    return abs(both) / math.sqrt(spread)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the ranks from 0 on, equal values sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or values[order[end]] != values[order[start]]:
            for place in order[start:end]:
                ranks[place] = (start + end - 1) / 2
            start = end
    return ranks


def _number(text: str) -> float | None:
    kind: Kind = TIME if ":" in text else DECIMAL
    try:
        return float(kind.read(text))
    except ValueError:
        return None
