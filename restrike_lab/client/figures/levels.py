"""How hard hits are, and which of them score."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from restrike_lab.analysis import Counts
from restrike_lab.client.figures.look import OUTCOMES, blank, canvas

__all__ = ["level_distribution"]


def level_distribution(
    counts: Counts, *, share: bool = False, title: str = "How hard are hits, and which score?"
) -> Any:
    """Return the number of hits by level, stacked by outcome; with ``share`` each level as parts of one.

    ``counts`` are what ``count_levels`` returns for a stratum; relative levels are named as such where any is below 0.
    """
    relative = bool(len(counts.levels)) and int(counts.levels.min()) < 0
    where = "level above the console's threshold" if relative else "hit level (1 to 100, no unit)"
    note = f"{counts.hits} hits, {counts.points} of them with a point. The console sends none below its minimum."
    figure = canvas(title, where, "share of hits" if share else "number of hits", note=note)
    if not counts.hits:
        return blank(figure, "There are no hits.")
    both = counts.scored + counts.missed
    for name, values in (("scored", counts.scored), ("missed", counts.missed)):
        look = OUTCOMES[name]
        figure.add_trace(
            go.Bar(
                x=counts.levels,
                y=values / both if share else values,
                customdata=values,
                name={"scored": "a point followed", "missed": "no point"}[name],
                marker={
                    "color": look["colour"],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": look["pattern"],
                        "fillmode": "overlay",
                        "fgcolor": "white",
                        "size": 5,
                        "solidity": 0.2,
                    },
                },
                hovertemplate="level %{x}: %{customdata} hits<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_layout(barmode="stack", bargap=0.05)
    if share:
        figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return figure
