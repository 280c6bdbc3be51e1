"""The garbage collector kept off a walk: it would look at every page of rows again and again, and find nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["few_collections"]

THRESHOLDS = (100_000, 50, 100)
"""A page of rows is some ten thousand objects, all of which go with their last reference: a fifth of the time saved."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect seldom for the length of a block."""
    former = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*former)
