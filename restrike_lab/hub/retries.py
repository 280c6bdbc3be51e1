"""Trying again what may succeed in a moment: ever later, never in step with others, a few times, then the error stands.

The events themselves are kept and tried without end (``keeping``), clients and supervisor have their own patience
(``client.feed``, ``supervise``); this is for the hub's own questions, whose fallback is to tell whoever asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from restrike_lab.pss.errors import RestrikeError

__all__ = ["is_retryable", "patiently"]

T = TypeVar("T")

FIRST_WAIT_S = 0.1


def is_retryable(problem: Exception) -> bool:
    """Tell whether the same may succeed in a moment."""
    return isinstance(problem, RestrikeError) and problem.retryable


def patiently(work: Callable[[], T], attempts: int = 4, longest_s: float = 1.0) -> T:
    """Do some work; when it fails in a way that may pass, wait and do it again, ``attempts`` times in all.

    Raises what the last attempt raised.
    """
    try:
        return work()
    except RestrikeError as problem:
        if not problem.retryable or attempts < 2:
            raise
    import stamina  # brings tornado along where that is installed: not before something failed

    time.sleep(FIRST_WAIT_S)
    caller = stamina.RetryingCaller(attempts=attempts - 1, wait_initial=FIRST_WAIT_S, wait_max=longest_s, timeout=None)
    return caller(is_retryable, work)
