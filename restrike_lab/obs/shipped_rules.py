"""Rules that come with the lab. None works before it is switched on, and each can be changed to taste."""

from __future__ import annotations

from restrike_lab.obs.actions import Action
from restrike_lab.obs.automation import Rule, When

__all__ = ["SHIPPED"]

WINNER_DELAY_MS = 15_000
"""From the winner to the end of the recording: the raised hand and the bow."""

SHIPPED: tuple[Rule, ...] = (
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
        do=(Action("file_name", {"pattern": "{date} {number} {blue}-{red}"}), Action("record.start")),
    ),
    Rule(
        name="record-winner",
        help="There is a winner: the recording ends after 15 s, unless the next bout is loaded before.",
        when=When("win"),
        do=(Action("record.stop"),),
        delay_ms=WINNER_DELAY_MS,
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
        help="A challenge is requested: the scene Replay is shown.",
        when=When("ch", fields={"state": None}),
        do=(Action("scene", {"scene": "Replay"}),),
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
