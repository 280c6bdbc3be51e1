"""A state as rows: the match, its athletes, its rounds. The store writes them under these column names.

``None`` in a round's row means *not known from this state* (gam-jeoms and times of an earlier round); the store then
keeps what it has.
"""

from __future__ import annotations

from collections.abc import Iterator

from restrike_lab.bout.state import CourtState, Match

__all__ = ["ATHLETE_COLUMNS", "MATCH_COLUMNS", "ROUND_COLUMNS", "Row", "athlete_rows", "match_row", "round_rows"]

Row = tuple[int | str | None, ...]

MATCH_COLUMNS = (
    "match_id",
    "loaded_ns",
    "loaded_by",
    "number",
    "phase",
    "weight_class",
    "division",
    "rounds",
    "round_ms",
    "count",
    "min_body_level",
    "min_head_level",
    "stage",
    "fought",
    "started_ns",
    "ended_ns",
    "winner",
    "winner_name",
    "decision",
    "rounds_blue",
    "rounds_red",
    "scoring",
)
ATHLETE_COLUMNS = ("match_id", "athlete", "short_name", "long_name", "country")
ROUND_COLUMNS = (
    "match_id",
    "round",
    "started_ns",
    "ended_ns",
    "blue_points",
    "red_points",
    "blue_gam_jeoms",
    "red_gam_jeoms",
    "superiority",
    "winner",
)


def match_row(match: Match) -> Row:
    """Return the row of a match, in the order of ``MATCH_COLUMNS``; ``fought`` is 1 once its clock was started."""
    return (
        match.match_id,
        match.loaded_ns,
        match.loaded_by,
        match.number,
        match.phase,
        match.weight_class,
        match.division,
        match.rounds,
        match.round_ms,
        match.count,
        match.min_body_level,
        match.min_head_level,
        match.stage,
        int(match.started_ns is not None),
        match.started_ns,
        match.ended_ns,
        match.winner,
        match.winner_name,
        match.decision,
        *match.rounds_won,
        match.scoring,
    )


def athlete_rows(match: Match) -> tuple[Row, Row]:
    """Return the rows of blue (athlete 1) and red (2), in the order of ``ATHLETE_COLUMNS``."""
    blue, red = match.blue, match.red
    return (
        (match.match_id, 1, blue.short, blue.long, blue.country),
        (match.match_id, 2, red.short, red.long, red.country),
    )


def round_rows(state: CourtState) -> tuple[Row, ...]:
    """Return a row for each round that was fought or won, in the order of ``ROUND_COLUMNS``.

    A round counts once its clock was started, or once the console gave it points or a winner. In a conventional bout
    the points are those of the whole bout at the round's end.
    """
    if state.match is None:
        return ()
    return tuple(_round_rows(state, state.match))


def _round_rows(state: CourtState, match: Match) -> Iterator[Row]:
    running = state.round
    for number in range(1, max(len(state.round_points), len(state.round_winners), running or 0) + 1):
        points = state.round_points[number - 1] if number <= len(state.round_points) else (0, 0)
        winner = state.round_winners[number - 1] if number <= len(state.round_winners) else 0
        if number == running:
            if state.span.started_ns is None and not any(state.score) and not winner:
                continue
            yield (
                match.match_id,
                number,
                state.span.started_ns,
                state.span.ended_ns,
                *state.score,
                *state.gam_jeoms,
                state.span.superiority,
                winner,
            )
        elif any(points) or winner:
            known = (None, None) if match.scoring == "total" else points
            yield (match.match_id, number, None, None, *known, None, None, None, winner)
