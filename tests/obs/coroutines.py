"""Runs tests that are coroutines, each in an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

__all__ = ["pytest_pyfunc_call", "until"]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(alone(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})))
    return True


async def alone(test: Coroutine[Any, Any, None]) -> None:
    """Run a test; a task that it leaves running is a failure."""
    await test
    await until(lambda: not left_over(), 3, lambda: f"tasks left running: {left_over()}")


def left_over() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def until(
    true: Callable[[], object], seconds: float = 5.0, say: Callable[[], str] = lambda: "it never came true"
) -> None:
    """Wait until something is true; fails after ``seconds``."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < deadline, say()
        await asyncio.sleep(0.001)
