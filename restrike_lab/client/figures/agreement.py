"""Whether a curve says what happens, and how well the level alone tells points from misses."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from restrike_lab.analysis.reliability import Calibration
from restrike_lab.analysis.roc_curve import Roc
from restrike_lab.client.figures.look import CORNERS, INK, MUTED, blank, canvas

__all__ = ["reliability", "roc"]

SQUARE = 560


def reliability(found: Calibration, *, title: str = "Does it happen as often as the curve says?") -> Any:
    """Return the reliability curve: observed share against predicted probability, with Wilson's intervals."""
    figure = canvas(
        title, "predicted probability of a point", "observed share of points", note=found.statement, height=SQUARE
    )
    if not found.bins:
        return blank(figure, found.statement)
    figure.add_trace(_diagonal("as predicted"))
    figure.add_trace(
        go.Scatter(
            x=[each.predicted for each in found.bins],
            y=[each.observed.value for each in found.bins],
            error_y={
                "type": "data",
                "array": [each.observed.high - each.observed.value for each in found.bins],
                "arrayminus": [each.observed.value - each.observed.low for each in found.bins],
                "color": INK,
                "thickness": 1.2,
            },
            mode="markers+lines",
            marker={"size": 9, "color": CORNERS[1].colour},
            line={"color": CORNERS[1].colour, "width": 1},
            customdata=[each.hits for each in found.bins],
            name="hits in groups, 95 % interval",
            hovertemplate="predicted %{x:.1%}, observed %{y:.1%} of %{customdata} hits<extra></extra>",
        )
    )
    return _unit_square(figure)


def roc(found: Roc, *, title: str = "How well does the level alone tell points from misses?") -> Any:
    """Return the ROC curve; each point is the rule "at least this level scores"."""
    x = "false alarms: share of hits without a point that pass (1 - specificity)"
    figure = canvas(title, x, "share of hits with a point that pass (sensitivity)", note=found.statement, height=SQUARE)
    if not len(found.sensitivity):
        return blank(figure, found.statement)
    figure.add_trace(_diagonal("chance"))
    figure.add_trace(
        go.Scatter(
            x=[*(1 - found.specificity).tolist(), 0.0],
            y=[*found.sensitivity.tolist(), 0.0],
            mode="lines",
            line={"color": CORNERS[1].colour, "width": 3, "shape": "linear"},
            customdata=[*found.cuts.tolist(), "more than any"],
            name=f"area {found.auc}",
            hovertemplate="at least level %{customdata}: %{y:.0%} of points, %{x:.0%} of misses pass<extra></extra>",
        )
    )
    gain = found.sensitivity + found.specificity
    best = int(gain.argmax())
    figure.add_trace(
        go.Scatter(
            x=[1 - found.specificity[best]],
            y=[found.sensitivity[best]],
            mode="markers+text",
            marker={"size": 12, "symbol": "diamond", "color": CORNERS[2].colour},
            text=[f"level {found.cuts[best]}"],
            textposition="bottom right",
            name="best by Youden",
            hoverinfo="skip",
        )
    )
    return _unit_square(figure)


def _diagonal(name: str) -> Any:
    line = {"color": MUTED, "dash": "dash", "width": 1}
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, name=name, hoverinfo="skip")


def _unit_square(figure: Any) -> Any:
    """Return the figure with both axes from 0 to 1 at the same scale."""
    figure.update_xaxes(range=[0, 1], tickformat=".0%", constrain="domain")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", scaleanchor="x", constrain="domain")
    return figure
