"""From one load to the next: which match is on the court, who fights, and how it ended.

Every ``pre`` is a new load, whether it repeats, replaces or aborts the one before. No message closes a bout. Where
``pre`` was lost, ``at1`` or ``mch`` gives the load away: they come only in the load burst [live], so one that finds
its place taken by another, or the match ready, fought or decided, belongs to a new load.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from restrike_lab.bout.hits import clear_window, settle
from restrike_lab.bout.rounds import MAX_ROUNDS, resized
from restrike_lab.bout.state import UNNAMED, Arrival, Athlete, CourtState, Match, Outcome, Pair
from restrike_lab.pss import streams

__all__ = ["on_athletes", "on_fight_loaded", "on_fight_ready", "on_match_config", "on_match_result", "on_winner"]

OVERTAKEN_NS = 250_000_000
"""How long after ``at1`` or ``mch`` gave its load away an overtaken ``pre`` may still come in."""

Side = Literal["BLUE", "RED", "TIE"]
SIDES: dict[str, Side] = {"BLUE": "BLUE", "RED": "RED", "TIE": "TIE"}


def on_fight_loaded(state: CourtState, message: streams.FightLoaded, at: Arrival) -> Outcome:
    """Begin a new load."""
    match = state.match
    if match is not None and match.stage == "loading" and match.loaded_by != "pre":
        late_ns = at.wall_ns - match.loaded_ns
        if 0 <= late_ns <= OVERTAKEN_NS:
            return replace(state, match=replace(match, loaded_by="pre")), ()
    return _load(state, Match(at.seq, at.wall_ns, loaded_by="pre"))


def on_athletes(state: CourtState, message: streams.Athletes, at: Arrival) -> Outcome:
    """Name the athletes of the load, or of a new one whose ``pre`` was lost."""
    blue = Athlete(_clean(message.blue_short), _clean(message.blue_long), _clean(message.blue_country))
    red = Athlete(_clean(message.red_short), _clean(message.red_long), _clean(message.red_country))
    match = state.match
    if match is None or _is_past_loading(match, match.blue is not UNNAMED, (match.blue, match.red) == (blue, red)):
        return _load(state, Match(at.seq, at.wall_ns, loaded_by="at", blue=blue, red=red))
    return replace(state, match=replace(match, blue=blue, red=red)), ()


def on_match_config(state: CourtState, message: streams.MatchConfig, at: Arrival) -> Outcome:
    """Set the load up, or a new one whose ``pre`` and ``at1`` were lost."""
    match = state.match
    if match is None or _is_past_loading(match, match.number is not None, match.number == _clean(message.number)):
        state, left = _load(state, Match(at.seq, at.wall_ns, loaded_by="mch"))
        return _configured(state, message), left
    return _configured(state, message), ()


def on_fight_ready(state: CourtState, message: streams.FightReady, at: Arrival) -> Outcome:
    """End the load burst and begin a new window for hits."""
    match = state.match
    if match is not None and match.stage == "loading":
        state = replace(state, match=replace(match, stage="ready"))
    return clear_window(state)


def on_winner(state: CourtState, message: streams.Winner, at: Arrival) -> CourtState:
    """Decide the match; a tie is real."""
    winner = SIDES.get((message.winner or "").upper())
    match = state.match
    if match is None or winner is None:
        return state
    return replace(state, match=_decided(match, winner, at))


def on_match_result(state: CourtState, message: streams.MatchResult, at: Arrival) -> CourtState:
    """Take the winner's name, the rounds won and the decision; ``win`` came before, or was lost."""
    match = state.match
    if match is None:
        return state
    name = _clean(message.name) or None
    won = _rounds_won(match.rounds_won, message)
    winner = match.winner or _named_winner(match, message, name)
    match = replace(match, winner_name=name, decision=message.decision or match.decision, rounds_won=won)
    return replace(state, match=_decided(match, winner, at))


def _load(state: CourtState, match: Match) -> Outcome:
    """Return the state of a court that has just loaded a match, and how the load before was left."""
    left, links = settle(state, None)
    loaded = CourtState(match_id=match.match_id, match=match, round=1)
    return loaded, (links if left.match is None else (*links, left))


def _is_past_loading(match: Match, taken: bool, same: bool) -> bool:
    """Tell whether a message of the load burst can no longer belong to this load."""
    if match.started_ns is not None or match.stage == "decided":
        return True
    return taken and not (same and match.stage == "loading")


def _configured(state: CourtState, message: streams.MatchConfig) -> CourtState:
    match = state.match
    if match is None:
        return state
    rounds = message.rounds if message.rounds is not None and 1 <= message.rounds <= MAX_ROUNDS else None
    seconds = message.round_seconds
    configured = replace(
        match,
        number=_clean(message.number),
        phase=_clean(message.phase),
        weight_class=_clean(message.weight_class),
        division=_clean(message.division),
        rounds=rounds,
        round_ms=None if seconds is None else seconds * 1000,
        count=_clean(message.count),
        min_body_level=message.min_body_level,
        min_head_level=message.min_head_level,
    )
    length = rounds or len(state.round_points)
    return replace(
        state,
        match=configured,
        round_points=resized(state.round_points, length, (0, 0)),
        round_winners=resized(state.round_winners, length, 0),
    )


def _decided(match: Match, winner: Side | None, at: Arrival) -> Match:
    ended_ns = at.wall_ns if match.ended_ns is None else match.ended_ns
    return replace(match, stage="decided", winner=winner, ended_ns=ended_ns)


def _named_winner(match: Match, message: streams.MatchResult, name: str | None) -> Side | None:
    """Return the winner whom the result names, for the case that ``win`` was lost; no name is a tie [live]."""
    if name is None:
        return "TIE" if message.name is not None and message.result is not None else None
    is_blue = name in (match.blue.short, match.blue.long)
    is_red = name in (match.red.short, match.red.long)
    if is_blue == is_red:
        return None
    return "BLUE" if is_blue else "RED"


def _rounds_won(before: Pair, message: streams.MatchResult) -> Pair:
    blue, red = message.rounds_blue, message.rounds_red
    return before if blue is None or red is None else (blue, red)


def _clean(text: str | None) -> str | None:
    """Return a name as text that can be stored and sent: bytes that are no UTF-8 become replacement characters."""
    if text is None:
        return None
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.strip()
