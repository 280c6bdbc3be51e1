"""A whole simulated bout, followed by the rules with two real OBS: one records it, the other shows the replays."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.obs.automation import rule_view
from restrike_lab.obs.shipped_rules import SHIPPED
from restrike_lab.simulate.send import play
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from tests.hub.helpers import client, port_of, running_hub, send, wait_until
from tests.hub.obs_stage import done, until_shown
from tests.peers.real_obs import PASSWORD, RealObs

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]

SEED = 24
"""A bout with a challenge that is accepted, points in every round, and names in two scripts."""

SPEED, LONGEST_PAUSE = 12.0, 3.0
WINNER_DELAY_MS = 700


def bout() -> list[Timed]:
    return list(Tournament(TournamentOptions(seed=SEED, bouts=1, round_seconds=30)).stream())


def rules_of_the_venue() -> list[dict[str, Any]]:
    """Return every rule that comes with the lab: recordings for the one OBS, replays and scenes for the other."""
    rules = []
    for shipped in SHIPPED:
        rule = rule_view(shipped)
        rule["instance"] = "record" if shipped.name.startswith(("record", "chapter")) else "replay"
        if shipped.name == "record-winner":
            rule["delay_ms"] = WINNER_DELAY_MS
        rules.append(rule)
    return rules


def seconds_of(video: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json", str(video)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return float(found["format"]["duration"])


def test_a_whole_bout_is_recorded_with_its_replays_and_every_firing_is_kept(
    tmp_path: Path, pair: tuple[RealObs, RealObs]
) -> None:
    for obs in pair:
        if obs.process is None or obs.process.poll() is not None:
            obs.start()
    messages = bout()
    challenges = sum(message.payload in (b"ch1;", b"ch2;") for message in messages)
    assert challenges
    before = {path for obs in pair for path in obs.videos.iterdir()}
    with running_hub(tmp_path / "data") as hub, client(hub.address) as watcher:
        for name, role, obs in zip(("film", "wall"), ("record", "replay"), pair, strict=True):
            done(watcher, "obs.add", name=name, port=obs.port, password=PASSWORD, role=role)
        until_shown(watcher, lambda shown: all(each["connected"] for each in shown["instances"]))
        done(watcher, "obs.do", name="wall", request="scene", args={"scene": "Ring1"})
        done(watcher, "obs.do", name="wall", request="replay.start")
        for rule in rules_of_the_venue():
            done(watcher, "obs.rule.put", rule=rule, enabled=True)
        port, begun, ended = port_of(hub), 0.0, 0.0

        def send_one(message: Timed) -> None:
            nonlocal begun, ended
            send(port, [message.payload])
            begun = time.monotonic() if message.payload.startswith(b"rdy") else begun
            ended = time.monotonic() if message.payload.startswith(b"win") else ended

        play(messages, send_one, speed=SPEED, longest_pause=LONGEST_PAUSE)
        until_shown(watcher, lambda shown: not shown["instances"][0]["recording"])
        wait_until(lambda: any(each["rule"] == "record-winner" for each in done(watcher, "obs.firings")))
        fired = done(watcher, "obs.firings", limit=10_000)
        until_shown(watcher, lambda shown: shown["instances"][1]["scene"] == "Ring1")
        done(watcher, "obs.do", name="wall", request="replay.stop")
        would = done(watcher, "obs.rehearse")

    by_rule: dict[str, list[dict[str, Any]]] = {}
    for each in fired:
        by_rule.setdefault(each["rule"], []).append(each)
    assert {each["outcome"] for name, all_ in by_rule.items() if "chapter" not in name for each in all_} <= {
        "done",
        "skipped",
    }
    # This obs-websocket has no chapters: each is kept as failed with that reason, and stops nothing else.
    chapters = [each for name in ("chapter-round", "chapter-point") for each in by_rule[name]]
    assert {each["outcome"] for each in chapters} <= {"failed", "skipped"}
    assert all("not supported" in each["result"] for each in chapters if each["outcome"] == "failed")
    assert [each["result"] for each in by_rule["scene-challenge"]] == [""] * challenges
    assert len([each for each in by_rule["scene-accepted"] if each["outcome"] == "done"]) == challenges
    for each in by_rule["replay-challenge"]:
        assert Path(each["result"]).parent == pair[1].videos
        assert Path(each["result"]).stat().st_size > 0
    # A dry run of the stored bout says what was done.
    assert sorted((each["rule"], each["seq"], each["request"]) for each in would) == sorted(
        (each["rule"], each["seq"], each["request"]) for each in fired
    )

    stopped = by_rule["record-winner"][0]
    video = Path(stopped["result"])
    assert set(pair[0].videos.iterdir()) - before == {video}
    assert video.stem.startswith(f"{datetime.now():%Y-%m-%d} 101 M. \u0110uki\u0107-")
    if shutil.which("ffprobe"):
        assert abs(seconds_of(video) - (ended - begun + WINNER_DELAY_MS / 1000)) < 1.5
