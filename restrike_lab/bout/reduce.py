"""The next state of a court from the state before and one message.

Every kind of message that changes a bout has one function in the modules beside this one; here they are only looked
up by type, so that a message costs one dictionary lookup. Messages that no function is named for leave the state as
it is, and so does everything that cannot be understood: a bad datagram is data, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from restrike_lab.bout import clock, hits, incidents, lifecycle, score
from restrike_lab.bout.state import Arrival, CourtState, Fact, Outcome
from restrike_lab.pss import streams

__all__ = ["flush", "reduce"]

Quiet: TypeAlias = Callable[[CourtState, Any, Arrival], CourtState]
Telling: TypeAlias = Callable[[CourtState, Any, Arrival], Outcome]

QUIET: Mapping[type[streams.Message], Quiet] = {
    streams.Clock: clock.on_clock,
    streams.Break: clock.on_break,
    streams.Score: score.on_score,
    streams.RoundPoints: score.on_round_points,
    streams.GamJeoms: score.on_gam_jeoms,
    streams.Superiority: score.on_superiority,
    streams.RoundWinners: score.on_round_winners,
    streams.HitLevel: hits.on_hit_level,
    streams.Injury: incidents.on_injury,
    streams.Challenge: incidents.on_challenge,
    streams.Winner: lifecycle.on_winner,
    streams.MatchResult: lifecycle.on_match_result,
}
"""Messages that change the state and yield no fact."""

TELLING: Mapping[type[streams.Message], Telling] = {
    streams.Point: hits.on_point,
    streams.Round: score.on_round,
    streams.FightLoaded: lifecycle.on_fight_loaded,
    streams.FightReady: lifecycle.on_fight_ready,
    streams.Athletes: lifecycle.on_athletes,
    streams.MatchConfig: lifecycle.on_match_config,
}
"""Messages that may yield facts too."""


def reduce(state: CourtState, message: streams.Message, at: Arrival) -> Outcome:
    """Return the state after a message, and the facts found on the way: links, and states as they were left.

    The same object comes back where nothing changed. The facts of all events of a group go to the store, in order.
    """
    facts: tuple[Fact, ...] = ()
    due_ms = state.window.due_ms
    if due_ms and at.mono_ns // hits.NS_PER_MS > due_ms:
        state, facts = hits.settle(state, at.mono_ns // hits.NS_PER_MS)
    kind = type(message)
    quiet = QUIET.get(kind)
    if quiet is not None:
        return quiet(state, message, at), facts
    telling = TELLING.get(kind)
    if telling is None:
        return state, facts
    state, more = telling(state, message, at)
    return state, facts + more


def flush(state: CourtState, mono_ns: int | None = None) -> Outcome:
    """Return the state with the links decided that fell due before ``mono_ns`` without a further event.

    For a court that has gone quiet. ``None`` says that nothing more will come, as when the lab shuts down: everything
    is decided.
    """
    return hits.settle(state, None if mono_ns is None else mono_ns // hits.NS_PER_MS)
