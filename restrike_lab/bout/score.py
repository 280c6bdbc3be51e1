"""Score, gam-jeoms, superiority and winners of the rounds.

The console tells the score, nobody adds it up here: the last ``sc`` or ``s..`` of the running round is the score,
whatever points were seen. ``rnd`` begins a round at nought, since the console does not send 0:0 then [live].
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.clock import between_rounds
from restrike_lab.bout.rounds import MAX_ROUNDS, with_round
from restrike_lab.bout.state import NO_SPAN, Arrival, CourtState, Match, Outcome, Pair
from restrike_lab.pss import streams

__all__ = ["on_gam_jeoms", "on_round", "on_round_points", "on_round_winners", "on_score", "on_superiority"]


def on_score(state: CourtState, message: streams.Score, at: Arrival) -> CourtState:
    """Take the score of the running round, or of the whole bout where it is conventional."""
    score = _merged(state.score, message.blue, message.red)
    match = state.match
    if match is not None and match.scoring is None and match.stage == "loading":
        # In the load burst of a best of three ``s..`` comes first [live]; without it ``sc`` is the total [older].
        match = replace(match, scoring="total")
    points = state.round_points
    if state.round is not None and not _is_total(match):
        points = with_round(points, state.round, score, (0, 0))
    if score == state.score and points == state.round_points and match is state.match:
        return state
    return replace(state, score=score, round_points=points, match=match)


def on_round_points(state: CourtState, message: streams.RoundPoints, at: Arrival) -> CourtState:
    """Take the points of the rounds that are named; those of the running round are its score."""
    points = state.round_points
    score = state.score
    for number, blue, red in (
        (1, message.blue_1, message.red_1),
        (2, message.blue_2, message.red_2),
        (3, message.blue_3, message.red_3),
        (4, message.blue_4, message.red_4),
        (5, message.blue_5, message.red_5),
    ):
        if blue is None and red is None:
            continue
        before = points[number - 1] if number <= len(points) else (0, 0)
        points = with_round(points, number, _merged(before, blue, red), (0, 0))
        if number == state.round:
            score = _merged(score, blue, red)
    match = state.match
    if match is not None and match.scoring != "rounds":
        match = replace(match, scoring="rounds")
    if points == state.round_points and score == state.score and match is state.match:
        return state
    return replace(state, round_points=points, score=score, match=match)


def on_gam_jeoms(state: CourtState, message: streams.GamJeoms, at: Arrival) -> CourtState:
    """Take the gam-jeoms of the running round; ``wg2`` alone says nothing about blue."""
    gam_jeoms = _merged(state.gam_jeoms, message.blue, message.red)
    return state if gam_jeoms == state.gam_jeoms else replace(state, gam_jeoms=gam_jeoms)


def on_superiority(state: CourtState, message: streams.Superiority, at: Arrival) -> CourtState:
    """Take who holds superiority in the round; once the round has ended, nobody loses it any more."""
    holder = message.athlete
    if holder not in (0, 1, 2) or holder == state.superiority:
        return state
    span = state.span
    if holder or span.ended_ns is None:
        span = replace(span, superiority=holder)
    return replace(state, superiority=holder, span=span)


def on_round(state: CourtState, message: streams.Round, at: Arrival) -> Outcome:
    """Begin another round, and hand out the state as the round before left it.

    A repeated ``rnd`` of the running round changes nothing. A round that is taken up again (the number went down)
    gets the points back that the console gave it.
    """
    number = message.number
    if number is None or number == state.round or not 1 <= number <= MAX_ROUNDS:
        return state, ()
    span = state.span
    if span.started_ns is not None and span.ended_ns is None:
        span = replace(span, ended_ns=at.wall_ns)
    points = state.round_points
    known = points[number - 1] if number <= len(points) else (0, 0)
    begun = replace(
        between_rounds(state),
        round=number,
        score=state.score if _is_total(state.match) else known,
        gam_jeoms=(0, 0),
        superiority=0,
        injury=None,
        challenge=None,
        break_ms=None,
        span=NO_SPAN,
    )
    if state.match is None or state.round is None:
        return begun, ()
    return begun, (replace(state, span=span),)


def on_round_winners(state: CourtState, message: streams.RoundWinners, at: Arrival) -> CourtState:
    """Take the winners of the rounds that are named, and count the rounds won until ``wmh`` does."""
    winners = state.round_winners
    for number, winner in enumerate((message.rd1, message.rd2, message.rd3, message.rd4, message.rd5), start=1):
        if winner in (0, 1, 2) and winner is not None:
            winners = with_round(winners, number, winner, 0)
    match = state.match
    if match is not None and match.decision is None:
        won = (winners.count(1), winners.count(2))
        match = match if won == match.rounds_won else replace(match, rounds_won=won)
    if winners == state.round_winners and match is state.match:
        return state
    return replace(state, round_winners=winners, match=match)


def _is_total(match: Match | None) -> bool:
    return match is not None and match.scoring == "total"


def _merged(before: Pair, blue: int | None, red: int | None) -> Pair:
    """Return the pair with the sides that are told; a number below nought tells nothing."""
    return (
        before[0] if blue is None or blue < 0 else blue,
        before[1] if red is None or red < 0 else red,
    )
