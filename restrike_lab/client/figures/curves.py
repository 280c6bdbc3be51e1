"""P(point | level), with how sure it is, and what the choice of the window does to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from restrike_lab.analysis import Counts
from restrike_lab.analysis.curve import Logistic
from restrike_lab.analysis.estimate import Floats
from restrike_lab.analysis.reliability import wilson
from restrike_lab.analysis.splines import Spline
from restrike_lab.analysis.whole import Window
from restrike_lab.client.figures.look import BAND, CORNERS, INK, MUTED, blank, canvas

__all__ = ["curve", "windows"]

SHOWN = 20
"""Groups of neighbouring levels whose observed share is drawn."""


def curve(
    fitted: Logistic,
    counts: Counts,
    *,
    bent: Spline | None = None,
    title: str = "How likely is a point at which level?",
) -> Any:
    """Return the logistic curve with its pointwise 95 % band, and what was observed in groups of levels.

    ``counts`` are those it was fitted to; ``bent`` adds the spline. The level at which half of the hits score is marked
    where it lies among the levels seen.
    """
    relative = bool(len(counts.levels)) and int(counts.levels.min()) < 0
    where = "level above the console's threshold" if relative else "hit level (1 to 100, no unit)"
    figure = canvas(title, where, "probability of a point", note=fitted.statement)
    if fitted.trouble or fitted.separated:
        return blank(figure, fitted.statement)
    levels = np.arange(float(counts.levels[0]), float(counts.levels[-1]) + 1)
    band = fitted.band(levels)
    figure.add_trace(_area(levels, band.low, band.high))
    line = {"color": CORNERS[1].colour, "width": 3}
    figure.add_trace(go.Scatter(x=levels, y=band.p, mode="lines", line=line, name="logistic curve, 95 % band"))
    if bent is not None and bent.band is not None:
        line = {"color": INK, "width": 1.5, "dash": "dot"}
        figure.add_trace(go.Scatter(x=bent.band.levels, y=bent.band.p, mode="lines", line=line, name="spline"))
    figure.add_trace(_observed(counts))
    half = fitted.half.value
    if levels[0] <= half <= levels[-1]:
        figure.add_vline(x=half, line={"color": MUTED, "dash": "dash", "width": 1})
        figure.add_annotation(
            x=half, y=1.0, text=f"half score at {half:.0f}", showarrow=False, xanchor="left", xshift=5
        )
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    return figure


def windows(found: Sequence[Window], *, title: str = "How much depends on the window?") -> Any:
    """Return the area under the ROC curve by the longest delay at which a hit still counts as having scored."""
    note = "A long window links hits to points they had no part in, which makes the level look less telling."
    figure = canvas(title, "longest delay from hit to point (ms)", "area under the ROC curve", note=note)
    known = [each for each in found if each.roc.auc.known]
    if not known:
        return blank(figure, "There are no links.")
    at = [f"{each.window_ms:g}" for each in known]
    areas = [each.roc.auc for each in known]
    figure.add_trace(
        go.Scatter(
            x=at,
            y=[area.value for area in areas],
            error_y={
                "type": "data",
                "array": [area.high - area.value for area in areas],
                "arrayminus": [area.value - area.low for area in areas],
                "color": INK,
            },
            mode="markers+lines",
            marker={"size": 10, "color": CORNERS[1].colour},
            line={"color": CORNERS[1].colour, "dash": "dot", "width": 1},
            customdata=[each.scored for each in known],
            hovertemplate="%{x} ms: AUC %{y:.3f}, %{customdata} hits with a point<extra></extra>",
            showlegend=False,
        )
    )
    figure.add_hline(y=0.5, line={"color": MUTED, "dash": "dash", "width": 1}, annotation_text="chance")
    figure.update_xaxes(type="category")
    return figure


def _area(levels: Floats, low: Floats, high: Floats) -> Any:
    return go.Scatter(
        x=np.concatenate([levels, levels[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def _observed(counts: Counts) -> Any:
    """Return the observed shares of groups of levels with about equally many hits, with Wilson's intervals."""
    both = counts.scored + counts.missed
    middle = np.cumsum(both) - both / 2
    place = np.minimum((middle / both.sum() * SHOWN).astype(int), SHOWN - 1)
    x, y, up, down, hits = [], [], [], [], []
    for group in np.unique(place):
        inside = place == group
        total = int(both[inside].sum())
        seen = wilson(float(counts.scored[inside].sum()), total)
        x.append(float((counts.levels * both)[inside].sum() / total))
        y.append(seen.value)
        up.append(seen.high - seen.value)
        down.append(seen.value - seen.low)
        hits.append(total)
    return go.Scatter(
        x=x,
        y=y,
        error_y={"type": "data", "array": up, "arrayminus": down, "color": MUTED, "thickness": 1.2},
        mode="markers",
        marker={"symbol": "circle-open", "size": 8, "color": INK, "line": {"width": 1.5}},
        customdata=hits,
        name="observed, groups of levels",
        hovertemplate="about level %{x:.0f}: %{y:.1%} of %{customdata} hits<extra></extra>",
    )
