"""A datagram with its place in time: what every part of this room yields and takes."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Timed"]


class Timed(NamedTuple):
    """Hold a datagram, the milliseconds since the beginning of its sequence, and the court that sends it."""

    at_ms: int
    payload: bytes
    court: str = "1"
