"""What ``up`` hands on to the notebooks that it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from restrike_lab.app.hosting import environment_of
from restrike_lab.client.settings import apply_environment
from restrike_lab.hub.config import HubConfig


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
