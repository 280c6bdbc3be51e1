"""A bout as it went: hits, points and gam-jeoms over the round clock, blue above the line and red below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from restrike_lab.analysis.bout_story import Moment, Timeline
from restrike_lab.client.figures.look import CORNERS, GRID, INK, blank, canvas, plain

__all__ = ["bout_timeline"]

UP = {1: 1, 2: -1}
STRIP = 200
POINT_AT, GAM_JEOM_AT, FARTHEST = 122, 8, 148
APART = 0.024
"""Points that come sooner behind one another, as part of the axis, are moved aside, so that each can be read."""


def bout_timeline(
    story: Timeline,
    *,
    scored: Collection[int] = (),
    names: Mapping[int, str] | None = None,
    title: str = "How the bout went",
) -> Any:
    """Return a strip for each round: stems as long as the level of the hit, points with their value, gam-jeoms.

    ``scored`` are the numbers (``seq``) of hits that a point followed: their markers are full. ``names`` are those of
    blue (1) and red (2).
    """
    called = {side: (names or {}).get(side) or corner.name for side, corner in CORNERS.items()}
    shown = [each for each in story.moments if each.round and each.athlete in UP and _at(each) is not None]
    numbers = sorted({each.round for each in shown if each.round})
    note = f"{called[1]} (blue, circles) above the line, {called[2]} (red, diamonds) below. Full: a point followed."
    figure = canvas(title, "", "", note=note, height=190 + STRIP * max(1, len(numbers)))
    if not shown:
        return blank(figure, story.statement)
    strips = make_subplots(
        rows=len(numbers), cols=1, shared_xaxes=True, vertical_spacing=44 / (STRIP * len(numbers)),
        subplot_titles=[f"Round {number}, {_score(shown, number)}" for number in numbers],
    )  # fmt: skip
    strips.update_layout(figure.layout)
    strips.update_layout(margin={"t": 118})
    strips.update_annotations(x=0, xanchor="left", font={"size": 14})
    longest = max(_at(each) or 0.0 for each in shown)
    first: set[str] = set()
    for row, number in enumerate(numbers, 1):
        part = [each for each in shown if each.round == number]
        for trace in _traces(part, set(scored), {side: plain(name) for side, name in called.items()}, APART * longest):
            trace.showlegend = bool(trace.name) and trace.legendgroup not in first
            if trace.name:
                first.add(str(trace.legendgroup))
            strips.add_trace(trace, row=row, col=1)
    ticks = [-100, -50, 0, 50, 100]
    axis = {"gridcolor": GRID, "linecolor": INK, "showline": True, "ticks": "outside"}
    strips.update_yaxes(
        range=[-FARTHEST, FARTHEST], tickvals=ticks, ticktext=[str(abs(tick)) for tick in ticks],
        zeroline=True, zerolinecolor=INK,
        title={"text": "hit level"}, **axis,
    )  # fmt: skip
    strips.update_xaxes(**axis, rangemode="tozero")
    strips.update_xaxes(title={"text": "time gone on the round clock (s)"}, row=len(numbers), col=1)
    strips.update_layout(legend={"orientation": "h", "y": -0.24 / len(numbers) - 0.05, "x": 0})
    return strips


def _at(moment: Moment) -> float | None:
    """Return the time of a moment in s: gone on the clock where that is known, else what the clock shows."""
    ms = moment.gone_ms if moment.gone_ms is not None else moment.clock_ms
    return None if ms is None else ms / 1000


def _apart(times: Sequence[float], apart: float) -> list[float]:
    """Return times, which ascend, moved so far that each is ``apart`` from the one before."""
    moved: list[float] = []
    for at in times:
        moved.append(max(at, moved[-1] + apart) if moved else at)
    return moved


def _score(shown: Sequence[Moment], number: int) -> str:
    score = next((each.score for each in reversed(shown) if each.round == number), (0, 0))
    return f"{score[0]} : {score[1]}"


def _traces(part: Sequence[Moment], scored: set[int], names: Mapping[int, str], apart: float) -> list[Any]:
    made: list[Any] = []
    for side, corner in CORNERS.items():
        own = [each for each in part if each.athlete == side]
        hits = [each for each in own if each.kind == "hit"]
        heights = [UP[side] * (each.value or 0) for each in hits]
        x, y = [_at(each) for each in hits], heights
        made.append(
            go.Scatter(
                x=[at for one in x for at in (one, one, None)],
                y=[end for one in y for end in (0, one, None)],
                mode="lines",
                line={"color": corner.colour, "width": 1.2, "dash": corner.dash},
                legendgroup=f"hit {side}",
                hoverinfo="skip",
            )
        )
        symbols = [corner.marker if each.seq in scored else f"{corner.marker}-open" for each in hits]
        tips = go.Scatter(
            x=x,
            y=y,
            mode="markers",
            marker={"symbol": symbols, "color": corner.colour, "size": 8, "line": {"width": 1.5}},
            customdata=[each.value for each in hits],
            legendgroup=f"hit {side}",
            name=f"hits, {names[side]}",
            hovertemplate="hit of level %{customdata} at %{x:.1f} s<extra></extra>",
        )
        made.append(tips)
        for kind, at, text in (("point", POINT_AT, ""), ("gam-jeom", GAM_JEOM_AT, "G")):
            some = [each for each in own if each.kind == kind]
            made.append(
                go.Scatter(
                    x=_apart([_at(each) or 0.0 for each in some], apart if kind == "point" else 0.0),
                    y=[UP[side] * at] * len(some),
                    mode="markers+text",
                    marker={
                        "symbol": corner.marker if kind == "point" else "square",
                        "color": corner.colour if kind == "point" else "#f0d43a",
                        "size": 20 if kind == "point" else 15,
                        "line": {"width": 1, "color": INK},
                    },
                    text=[text or str(each.value) for each in some],
                    textfont={"color": "white" if kind == "point" else INK, "size": 11},
                    legendgroup=f"{kind} {side}",
                    name=f"{'points' if kind == 'point' else kind}, {names[side]}",
                    customdata=[_at(each) for each in some],
                    hovertemplate=f"{kind} at %{{customdata:.1f}} s<extra></extra>",
                )
            )
    return [trace for trace in made if len(trace.x)]
