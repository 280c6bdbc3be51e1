"""How all figures look: black on white, colours that colour-blind people tell apart, and a second cue for each.

Blue and red are the corners' own colours in shades that differ in brightness too (Okabe and Ito 2008); beside them
stand markers, dashes and patterns, so that a grey print says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import plotly.graph_objects as go

__all__ = ["BAND", "CORNERS", "INK", "MUTED", "OUTCOMES", "Corner", "blank", "canvas", "page", "plain", "words"]

INK, MUTED, GRID = "#1a1a1a", "#6b6b6b", "#d9d9d9"
BAND = "rgba(0, 114, 178, 0.18)"
HEIGHT = 460
FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


class Corner:
    """How one corner is drawn: colour, marker, dash, pattern."""

    def __init__(self, name: str, colour: str, marker: str, dash: str, pattern: str) -> None:
        self.name = name
        self.colour = colour
        self.marker = marker
        self.dash = dash
        self.pattern = pattern


CORNERS: Mapping[int, Corner] = {
    1: Corner("blue", "#0063a8", "circle", "solid", ""),
    2: Corner("red", "#d1470b", "diamond", "dash", "/"),
}
OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "missed": {"colour": "#b5b5b5", "pattern": ""},
    "scored": {"colour": "#00558f", "pattern": "x"},
}
"""Hits without and with a point."""


def canvas(title: str, x: str, y: str, *, note: str = "", height: int = HEIGHT) -> Any:
    """Return an empty figure with a title, a line of explanation and the titles of its axes, which name units."""
    figure = go.Figure()
    figure.update_layout(
        title={"text": plain(title), "subtitle": {"text": "<br>".join(words(note))}, "x": 0, "xref": "paper"},
        template="none",
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        height=height,
        margin={"l": 70, "r": 30, "t": 92 + 17 * (len(words(note)) - 1), "b": 64},
        legend={"orientation": "h", "y": -0.2, "x": 0, "itemsizing": "constant"},
        hoverlabel={"font": {"family": FONT}},
    )
    axis = {"gridcolor": GRID, "linecolor": INK, "showline": True, "ticks": "outside", "zeroline": False}
    figure.update_xaxes(title={"text": x, "standoff": 8}, **axis)
    figure.update_yaxes(title={"text": y, "standoff": 8}, **axis)
    return figure


def blank(figure: Any, statement: str) -> Any:
    """Return the figure with a sentence where there is nothing to draw."""
    figure.add_annotation(
        text="<br>".join(words(statement)), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 15}
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def plain(text: object) -> str:
    """Return a text that says what it says: plotly takes some marks for HTML."""
    return escape("".join(char if char.isprintable() else " " for char in str(text)), quote=False)


def words(text: str, width: int = 110) -> list[str]:
    """Return a text as lines, escaped; at least one."""
    lines = [""]
    for word in plain(text).split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def page(figure: Any) -> str:
    """Return a figure as one HTML page that needs nothing else, plotly's own code inside (about 5 MB)."""
    html: str = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False})
    return html
