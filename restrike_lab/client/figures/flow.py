"""What follows what, as a Sankey diagram: bands as wide as followers came, marked by how unlike chance that is."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from restrike_lab.analysis.following import Following, Pair
from restrike_lab.client.figures.look import CORNERS, INK, blank, canvas, plain

__all__ = ["following"]

MOST = 24
SURE = 0.05
NEUTRAL = "#8a8a8a"


def following(found: Following, *, most: int = MOST, title: str = "What follows what?") -> Any:
    """Return the pairs that follow unlike chance, at most ``most``: kinds on the left, what came next on the right.

    A band is as wide as the number of first events that were followed; its text tells the lift. Of pairs no surer than
    chance none is drawn.
    """
    seconds = found.within_ms / 1000
    note = (
        f"Within {seconds:g} s of the running clock; bands as wide as followers came. Dark: more often than by chance, "
        "light: less often (5 %, Benjamini-Hochberg). Not a cause: one exchange brings them together."
    )
    figure = canvas(title, "", "", note=note, height=560)
    pairs = [pair for pair in found.pairs if pair.adjusted_p <= SURE and pair.followed][:most]
    if not pairs:
        return blank(figure, found.statement)
    firsts = list(dict.fromkeys(pair.first for pair in sorted(pairs, key=lambda pair: pair.first)))
    seconds_ = list(dict.fromkeys(pair.second for pair in sorted(pairs, key=lambda pair: pair.second)))
    figure.add_trace(
        go.Sankey(
            arrangement="snap",
            node={
                "label": [plain(name) for name in firsts] + [f"then {plain(name)}" for name in seconds_],
                "color": [_colour(name) for name in (*firsts, *seconds_)],
                "line": {"color": INK, "width": 0.8},
                "pad": 18,
                "thickness": 16,
            },
            link={
                "source": [firsts.index(pair.first) for pair in pairs],
                "target": [len(firsts) + seconds_.index(pair.second) for pair in pairs],
                "value": [pair.followed for pair in pairs],
                "color": [_band(pair) for pair in pairs],
                "line": {"color": INK, "width": 0.3},
                "label": [f"{pair.lift.value:.2g} times as often as by chance" for pair in pairs],
                "customdata": [f"lift {pair.lift} ({pair.followed} of {pair.events})" for pair in pairs],
                "hovertemplate": "%{source.label} %{target.label}: %{customdata}<extra></extra>",
            },
        )
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def _colour(name: str) -> str:
    return next((corner.colour for corner in CORNERS.values() if name.endswith(f" {corner.name}")), NEUTRAL)


def _band(pair: Pair) -> str:
    return "rgba(0, 85, 143, 0.55)" if pair.lift.value > 1 else "rgba(138, 138, 138, 0.30)"
