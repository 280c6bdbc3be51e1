"""Tests against real programs; those that are coroutines run in an event loop of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.obs.coroutines import pytest_pyfunc_call
from tests.obs.peers import free_port
from tests.peers.real_obs import RealObs, require_obs

__all__ = ["pytest_pyfunc_call"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealObs, RealObs]]:
    """Two OBS at once."""
    require_obs()
    both = (
        RealObs(tmp_path_factory.mktemp("obs1"), free_port()),
        RealObs(tmp_path_factory.mktemp("obs2"), free_port()),
    )
    try:
        for obs in both:
            obs.start()
        yield both
    finally:
        for obs in both:
            obs.close()


@pytest.fixture
def obs(pair: tuple[RealObs, RealObs]) -> RealObs:
    """The first OBS, running whatever the test before did to it."""
    running = pair[0]
    if running.process is None or running.process.poll() is not None:
        running.start()
    return running
