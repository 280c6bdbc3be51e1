"""A simulated bout, recorded by the rules with a real OBS: one file, named after the bout, as long as the bout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.helpers import LOAD, client, port_of, running_hub, send, wait_until
from tests.hub.obs_stage import done, until_shown
from tests.obs.peers import free_port
from tests.peers.real_obs import PASSWORD, RealObs, require_obs

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]


@pytest.fixture
def obs(tmp_path: Path) -> Iterator[RealObs]:
    require_obs()
    folder = tmp_path / "obs"
    folder.mkdir()
    real = RealObs(folder, free_port())
    try:
        real.start()
        yield real
    finally:
        real.close()


def test_a_bout_is_recorded_by_the_rules(tmp_path: Path, obs: RealObs) -> None:
    with running_hub(tmp_path / "data") as hub, client(hub.address) as watcher:
        done(watcher, "obs.add", name="ring1", port=obs.port, password=PASSWORD)
        until_shown(watcher, lambda shown: [each["connected"] for each in shown["instances"]] == [True])
        winner = {
            "name": "record-winner",
            "when": {"stream": "win"},
            "do": [{"request": "record.stop"}],
            "delay_ms": 500,
            "cancelled_by": ["pre"],
        }
        done(watcher, "obs.rule.put", rule=winner, enabled=True)
        done(watcher, "obs.rule.switch", names=["record-load", "record-ready", "scene-challenge", "scene-accepted"],
             enabled=True)  # fmt: skip
        send(port_of(hub), LOAD)
        until_shown(watcher, lambda shown: shown["instances"][0]["recording"])
        send(port_of(hub), (b"clk;02:00;start", b"pt1;2", b"ch1;"))
        until_shown(watcher, lambda shown: shown["instances"][0]["scene"] == "Replay")
        send(port_of(hub), (b"ch1;1",))
        until_shown(watcher, lambda shown: shown["instances"][0]["scene"] == "Ring1")
        send(port_of(hub), (b"win;BLUE",))
        until_shown(watcher, lambda shown: not shown["instances"][0]["recording"])
        wait_until(lambda: len(done(watcher, "obs.firings")) == 6)
        stopped = done(watcher, "obs.firings")[0]
        assert (stopped["rule"], stopped["outcome"]) == ("record-winner", "done")
        video = Path(stopped["result"])
        assert video.parent == obs.videos
        assert "101 BLUE A-RED B" in video.name
        assert video.stat().st_size > 0
