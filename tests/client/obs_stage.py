"""A lab in this process with two fake OBS, one of each protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.obs.fake import FakeObs, FakeThread, FakeV4, FakeV5, Pace, Studio
from tests.hub.helpers import wait_until

__all__ = ["PASSWORD", "lab", "servers", "with_rings"]

PASSWORD = "kyorugi-85"


@pytest.fixture
def servers() -> Iterator[tuple[FakeObs, FakeObs]]:
    pair = FakeV5(Studio(pace=Pace.quick()), password=PASSWORD), FakeV4(Studio(pace=Pace.quick()), password=PASSWORD)
    thread = FakeThread(pair)
    thread.start()
    yield pair
    thread.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(config=HubConfig(data_dir=str(tmp_path), port=0, bind="127.0.0.1", ws_port=0)) as lab:
        yield lab


def with_rings(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    for number, server in enumerate(servers, 1):
        lab.obs.add(f"ring{number}", port=server.port, password=PASSWORD, role="record")
    wait_until(lambda: all(ring.connected for ring in lab.obs.values()))
