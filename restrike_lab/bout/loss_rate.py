"""How many messages are lost, estimated from those that were sure to be sent, with an interval.

A running clock sends one tick a second and each tick names its own second, so a hole in the row is a lost message and
nothing else: ticks are a fair sample of the datagrams on the wire.
"""

from __future__ import annotations

from math import sqrt

import msgspec

__all__ = ["LossRate", "loss_rate", "wilson"]

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution, for two-sided intervals of 95 %."""


class LossRate(msgspec.Struct, frozen=True, gc=False):
    """Say how many of the messages that must have been sent did not come, and what that means.

    ``rate``, ``low`` and ``high`` are shares 0..1, the last two the ends of a 95 % interval; without a single message
    expected nothing is known: ``rate`` is ``None`` and the interval the whole range.
    """

    expected: int
    missing: int
    rate: float | None
    low: float
    high: float


def wilson(missing: int, expected: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share, ``missing`` out of ``expected``.

    It keeps its coverage near 0 and for small numbers, where the usual normal interval does not: E. B. Wilson,
    "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212; recommended by
    Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001) 101-133.
    It takes losses for independent of each other; where they come in bursts the true interval is wider.

    Raises ``ValueError`` unless 0 <= missing <= expected.
    """
    if not 0 <= missing <= expected:
        raise ValueError(f"{missing} missing of {expected} expected is no share; give 0 <= missing <= expected")
    if not expected:
        return 0.0, 1.0
    share = missing / expected
    spread = z * z / expected
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / expected + spread / (4 * expected)) / (1 + spread)
    # The ends are exact at the edges; rounding must not push them beyond.
    low = 0.0 if missing == 0 else max(0.0, middle - half)
    high = 1.0 if missing == expected else min(1.0, middle + half)
    return low, high


def loss_rate(missing: int, expected: int) -> LossRate:
    """Return the share of missing messages with its 95 % interval (see ``wilson``)."""
    low, high = wilson(missing, expected)
    return LossRate(expected, missing, missing / expected if expected else None, low, high)
