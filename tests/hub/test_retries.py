"""Trying again: only what may pass, a few times, and then the error stands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from restrike_lab.hub.retries import patiently
from restrike_lab.store.errors import StoreError


class Work:
    """Fail as often as told, then give 7."""

    def __init__(self, failures: int, retryable: bool = True) -> None:
        self.failures, self.retryable, self.calls = failures, retryable, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise StoreError("locked", hint="wait", retryable=self.retryable)
        return 7


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_what_may_pass_is_tried_again(failures: int) -> None:
    work = Work(failures)
    assert (patiently(work, 4, 0.01), work.calls) == (7, failures + 1)


def test_what_does_not_pass_is_raised_in_the_end() -> None:
    work = Work(9)
    with pytest.raises(StoreError, match="locked"):
        patiently(work, 3, 0.01)
    assert work.calls == 3


@pytest.mark.parametrize(("retryable", "attempts"), [(False, 4), (True, 1)])
def test_what_cannot_pass_is_raised_at_once(retryable: bool, attempts: int) -> None:
    work = Work(1, retryable)
    with pytest.raises(StoreError):
        patiently(work, attempts)
    assert work.calls == 1


def test_a_hub_that_meets_no_trouble_loads_nothing_for_it() -> None:
    code = "import sys, restrike_lab.hub.hub; print([name for name in ('stamina', 'tornado') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
