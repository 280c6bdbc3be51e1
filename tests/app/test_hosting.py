"""What ``up`` hands on to the notebooks that it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from restrike_lab.app.demo import without_waiting
from restrike_lab.app.hosting import environment_of
from restrike_lab.client.settings import apply_environment
from restrike_lab.hub.config import HubConfig
from restrike_lab.simulate.timed import Timed


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"port": 8888, "bind": "127.0.0.1", "ws_port": 3005},
        {"courts": {"A": 6000, "B": 6001}, "allow": ["192.168.1.0/24", "10.0.0.0/8"], "portable_receive": True},
    ],
)
def test_a_notebook_that_hosts_the_hub_hosts_it_with_the_same_settings(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    meant = HubConfig(data_dir=str(tmp_path), **settings)
    understood = HubConfig()
    apply_environment(understood, environment_of(meant))
    names = meant.trait_names(config=True)
    assert {name: getattr(understood, name) for name in names} == {name: getattr(meant, name) for name in names}


def test_the_demo_cuts_silences_and_nothing_else() -> None:
    sent = [Timed(at, b"") for at in (90_000, 90_020, 91_020, 200_000, 200_500)]
    assert [timed.at_ms for timed in without_waiting(sent, 1_500)] == [1_500, 1_520, 2_520, 4_020, 4_520]
