"""Athletes beside each other, and through the rounds."""

from __future__ import annotations

from typing import Any, Literal

import plotly.graph_objects as go

from restrike_lab.analysis.people import Athletes, Rounds
from restrike_lab.client.figures.look import CORNERS, INK, MUTED, blank, canvas, plain

__all__ = ["athletes", "rounds"]


def athletes(found: Athletes, *, most: int = 20, title: str = "Who turns hits into points?") -> Any:
    """Return the conversion of the most active athletes: the raw share, and the estimate drawn to the mean of all."""
    shown = [person for person in found.people if person.hits][:most]
    note = "Filled: drawn to the mean of all by as much as few hits leave uncertain, with a 95 % interval. Open: raw."
    figure = canvas(title, "share of hits that a point followed", "", note=note, height=170 + 24 * max(4, len(shown)))
    if not shown:
        return blank(figure, "There are no hits, so athletes cannot be compared.")
    shown.sort(key=lambda person: person.shrunken_conversion.value, reverse=True)
    names = [plain(person.name) for person in shown]
    drawn = [person.shrunken_conversion for person in shown]
    figure.add_vline(x=found.conversion.mean, line={"color": MUTED, "dash": "dash", "width": 1})
    figure.add_trace(
        go.Scatter(
            x=[person.conversion.value for person in shown],
            y=names,
            mode="markers",
            marker={"size": 9, "symbol": "circle-open", "color": MUTED, "line": {"width": 1.5}},
            customdata=[[person.scored, person.hits] for person in shown],
            name="raw share",
            hovertemplate="%{y}: %{customdata[0]} of %{customdata[1]} hits<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[each.value for each in drawn],
            y=names,
            error_x={
                "type": "data",
                "array": [each.high - each.value for each in drawn],
                "arrayminus": [each.value - each.low for each in drawn],
                "color": INK,
                "thickness": 1.2,
            },
            mode="markers",
            marker={"size": 10, "color": CORNERS[1].colour},
            name="estimate",
        )
    )
    figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def rounds(
    found: Rounds,
    *,
    value: Literal["level", "conversion"] = "level",
    most: int = 20,
    title: str = "Who hits how hard in which round?",
) -> Any:
    """Return a heat map athlete x round of the mean level, or of the share of hits that scored, with its numbers."""
    level = value == "level"
    note = f"{'Mean hit level' if level else 'Share of hits that a point followed'}; in brackets the number of hits."
    hits: dict[str, int] = {}
    for cell in found.cells:
        hits[cell.name] = hits.get(cell.name, 0) + cell.hits
    names = sorted(hits, key=lambda name: (-hits[name], name))[:most]
    figure = canvas(title, "round", "", note=note, height=170 + 26 * max(4, len(names)))
    if not names:
        return blank(figure, found.statement)
    numbers = sorted({cell.round for cell in found.cells})
    cells = {(cell.name, cell.round): cell for cell in found.cells}
    shown = [[cells.get((name, number)) for number in numbers] for name in names]
    figure.add_trace(
        go.Heatmap(
            x=[str(number) for number in numbers],
            y=[plain(name) for name in names],
            z=[
                [None if cell is None else cell.level if level else cell.conversion.value for cell in row]
                for row in shown
            ],
            text=[["" if cell is None else _text(cell, level) for cell in row] for row in shown],
            texttemplate="%{text}",
            colorscale=["#f4f7fa", "#8fb8d8", "#00558f"],
            colorbar={"title": {"text": "mean level" if level else "share"}, "tickformat": "" if level else ".0%"},
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hovertemplate="%{y}, round %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(autorange="reversed", type="category", automargin=True, showgrid=False)
    return figure


def _text(cell: Any, level: bool) -> str:
    return f"{cell.level:.0f} ({cell.hits})" if level else f"{cell.conversion.value:.0%} ({cell.hits})"
