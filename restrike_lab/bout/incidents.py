"""Injury time and challenges: shown while they last.

The clock's start, a new round and a new load take them off too, so that a lost closing message leaves nothing
standing (see ``clock`` and ``score``).
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from restrike_lab.bout.state import Arrival, ChallengeState, CourtState, InjuryState
from restrike_lab.pss import streams

__all__ = ["on_challenge", "on_injury"]

CLOSED = -1
STATES: dict[int | None, Literal["requested", "accepted", "rejected"]] = {
    None: "requested",
    1: "accepted",
    0: "rejected",
}
RESULTS: dict[int | None, Literal["won", "lost"]] = {1: "won", 0: "lost"}


def on_injury(state: CourtState, message: streams.Injury, at: Arrival) -> CourtState:
    """Show injury time while it counts; a natural end sends two hides [live].

    ``reset`` sets the time of an injury on show and opens none: what it does in practice is not known.
    """
    if message.action == "hide" or (message.action == "reset" and state.injury is None):
        return state if state.injury is None else replace(state, injury=None)
    injury = InjuryState(message.athlete, message.time_ms)
    return state if injury == state.injury else replace(state, injury=injury)


def on_challenge(state: CourtState, message: streams.Challenge, at: Arrival) -> CourtState:
    """Show a challenge until it is closed; live, the console closes it 12 ms after it was accepted."""
    if message.unread or message.state not in (None, 1, 0, CLOSED):
        return state
    if message.state == CLOSED:
        return state if state.challenge is None else replace(state, challenge=None)
    challenge = ChallengeState(message.athlete, STATES[message.state], RESULTS.get(message.result))
    return state if challenge == state.challenge else replace(state, challenge=challenge)
