"""Rules that come with the lab. None works before it is switched on, and each can be changed to taste."""

from __future__ import annotations

from restrike_lab.obs.actions import Action
from restrike_lab.obs.automation import Rule, When

__all__ = ["FILE_NAME", "REPLAY_SCENE", "SHIPPED", "WINNER_DELAY_MS", "shipped_rules"]

WINNER_DELAY_MS = 15_000
"""From the winner to the end of the recording: the raised hand and the bow."""

FILE_NAME = "{date} {number} {blue}-{red}"
REPLAY_SCENE = "Replay"


def shipped_rules(
    file_name: str = FILE_NAME, replay_scene: str = REPLAY_SCENE, winner_delay_ms: int = WINNER_DELAY_MS
) -> tuple[Rule, ...]:
    """Return the rules with the names of files, the scene of a challenge, and the delay after a winner as wanted."""
    wait = f"{winner_delay_ms / 1000:g} s"
    return (
        Rule(
            name="record-load",
            help="A bout is being loaded: a recording that still runs ends.",
            when=When("pre"),
            do=(Action("record.stop"),),
        ),
        Rule(
            name="record-ready",
            help="The bout is ready: its recording begins, named after it.",
            when=When("rdy"),
            do=(Action("file_name", {"pattern": file_name}), Action("record.start")),
        ),
        Rule(
            name="record-winner",
            help=f"There is a winner: the recording ends after {wait}, unless the next bout is loaded before.",
            when=When("win"),
            do=(Action("record.stop"),),
            delay_ms=winner_delay_ms,
            cancelled_by=("pre",),
        ),
        Rule(
            name="replay-challenge",
            help="A challenge is requested: the replay buffer is saved.",
            when=When("ch", fields={"state": None}),
            do=(Action("replay.save"),),
            cooldown_ms=2_000,
        ),
        Rule(
            name="scene-challenge",
            help=f"A challenge is requested: the scene {replay_scene} is shown.",
            when=When("ch", fields={"state": None}),
            do=(Action("scene", {"scene": replay_scene}),),
        ),
        Rule(
            name="scene-accepted",
            help="A challenge is accepted: back to the scene before.",
            when=When("ch", fields={"state": 1}),
            do=(Action("back"),),
        ),
        Rule(
            name="scene-rejected",
            help="A challenge is rejected: back to the scene before.",
            when=When("ch", fields={"state": 0}),
            do=(Action("back"),),
        ),
        Rule(
            name="scene-closed",
            help="A challenge is closed or cancelled: back to the scene before.",
            when=When("ch", fields={"state": -1}),
            do=(Action("back"),),
        ),
        Rule(
            name="chapter-round",
            help="The clock of a round starts: a chapter mark.",
            when=When("clk", action="start"),
            do=(Action("chapter", {"text": "Round {round}"}),),
            once="round",
        ),
        Rule(
            name="chapter-point",
            help="A point: a chapter mark.",
            when=When("pt"),
            do=(Action("chapter", {"text": "{text}"}),),
        ),
    )


SHIPPED = shipped_rules()
"""The rules as they come."""
