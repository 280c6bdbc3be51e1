"""Thresholds of strata: where half of the hits score, what separates best, and what the console is set to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from restrike_lab.analysis.threshold import Thresholds
from restrike_lab.client.figures.look import CORNERS, INK, blank, canvas, plain

__all__ = ["thresholds"]


def thresholds(strata: Sequence[Thresholds], *, title: str = "Where is the line, class by class?") -> Any:
    """Return the level at which half of the hits score, with its interval, and the console's threshold by stratum."""
    known = [each for each in strata if not each.trouble and each.curve.half.known]
    note = (
        "Bars are 95 % intervals; those of few hits reach far. The console's threshold is what it asks of a body hit."
    )
    figure = canvas(title, "hit level (1 to 100, no unit)", "", note=note, height=160 + 40 * max(4, len(known)))
    if not known:
        return blank(figure, "No stratum has hits enough for a threshold.")
    names = [plain(" / ".join("not known" if part is None else str(part) for part in each.stratum)) for each in known]
    half = [each.curve.half for each in known]
    figure.add_trace(
        go.Scatter(
            x=[each.value for each in half],
            y=names,
            error_x={
                "type": "data",
                "array": [min(each.high, 120.0) - each.value for each in half],
                "arrayminus": [each.value - max(each.low, 0.0) for each in half],
                "color": INK,
            },
            mode="markers",
            marker={"size": 11, "color": CORNERS[1].colour},
            customdata=[each.hits for each in known],
            name="half of the hits score",
            hovertemplate="%{y}: half score at %{x:.1f} (%{customdata} hits)<extra></extra>",
        )
    )
    console = [(name, each.console.level.value) for name, each in zip(names, known, strict=True) if each.console]
    figure.add_trace(
        go.Scatter(
            x=[level for _, level in console],
            y=[name for name, _ in console],
            mode="markers",
            marker={"size": 12, "symbol": "line-ns-open", "color": CORNERS[2].colour, "line": {"width": 3}},
            name="console's threshold",
        )
    )
    figure.update_xaxes(range=[0, 105])
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure
