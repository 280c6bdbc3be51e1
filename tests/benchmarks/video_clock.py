"""How true the positions of the video clock are: a real OBS, an item toggled at known times, the files decoded.

Run with ``python -m tests.benchmarks.video_clock [RUNS]`` (one run takes about two and a half minutes per frame rate).
Needs ``obs``, ``Xvfb`` and ``ffmpeg``. The test of the same name goes through the most important situations once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench import headline, runs, say
from tests.obs.peers import free_port
from tests.peers.marks import Marked, VideoObs, table
from tests.peers.situations import stage_of

RATES = (30, 60)
TARGET_MS = 60.0
TARGET_SHARE = 0.95


async def play(obs: VideoObs, rounds: int) -> tuple[list[Marked], int]:
    """Go through every situation and return what came of their marks, and how often OBS missed frames."""
    async with stage_of(obs) as stage:
        for _ in range(rounds):
            await stage.undisturbed(lambda: stage.idle("Test", 30))
            await stage.undisturbed(lambda: stage.idle("Every1", 30))
            await stage.undisturbed(lambda: stage.idle("Every3", 30))
            await stage.undisturbed(lambda: stage.idle("Shared", 30))
            await stage.undisturbed(lambda: stage.paused(4))
            await stage.undisturbed(stage.split)
            await stage.undisturbed(lambda: stage.replay_running("Test", wait=2.3, replay=True))
            await stage.undisturbed(lambda: stage.replay_running("Every1"))
            await stage.undisturbed(lambda: stage.replay_running("Every3", wait=1.0, replay=True))
            await stage.undisturbed(stage.streaming)
            await stage.undisturbed(stage.found)
        await stage.killed(obs)
        return stage.results, stage.disturbed


def together(results: list[Marked]) -> list[Marked]:
    """Return one row per situation and way of knowing."""
    rows: dict[tuple[str, str], Marked] = {}
    for each in results:
        row = rows.setdefault((each.situation, each.how), Marked(each.situation, each.how))
        row.errors += each.errors
        row.bounds += each.bounds
    return list(rows.values())


def main() -> None:
    rounds = runs(sys.argv) if len(sys.argv) > 1 else 1
    headline(f"the video clock against a real OBS, {rounds} rounds at each of {RATES} frames a second")
    missed = False
    for rate in RATES:
        with tempfile.TemporaryDirectory() as folder:
            obs = VideoObs(Path(folder), free_port(), fps=rate)
            try:
                obs.start()
                found, disturbed = asyncio.run(play(obs, rounds))
            finally:
                obs.close()
        rows = together(found)
        idle = Marked("idle", "", [e for row in rows if "idle" in row.situation for e in row.errors])
        outside = [row.situation for row in rows if row.inside < TARGET_SHARE]
        say(f"-- {rate} frames a second (repeated because this machine was busy with others: {disturbed})")
        say(table(rows))
        say(
            f"   encoder idle: p95 {idle.p95:.1f} ms (target {TARGET_MS:.0f}); outside their bound: {outside or 'none'}"
        )
        missed = missed or idle.p95 > TARGET_MS or bool(outside)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
