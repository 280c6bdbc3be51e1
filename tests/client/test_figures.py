"""Figures say what the results say, without colours too, and nothing from outside gets into them as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from restrike_lab import analysis
from restrike_lab.client import figures
from restrike_lab.client.figures.look import CORNERS, OUTCOMES
from restrike_lab.simulate.timed import Timed
from tests.analysis.tables import Tables, sample, tables

HOSTILE = "<img src=x onerror=alert(1)>&<b>"
MATCH = (
    "pre;FightLoaded",
    f"at1;B;{HOSTILE};CRO;at2;R;Red One;GER",
    "mch;101;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;",
    "clk;02:00",
    "rnd;1",
    "rdy;FightReady",
    "clk;02:00;start",
    "clk;01:30",
    *("hl1;50", "pt1;2", "hl2;30", "hl1;40", "clk;01:29", "hl2;70", "pt2;3", "hl2;20", "clk;01:28") * 6,
)


class Found:
    """Every figure of some tables."""

    def __init__(self, found: Tables) -> None:
        hits = analysis.link(found.events, before_ms=400)
        counts = analysis.count_levels(hits)[()]
        curve = analysis.logistic(counts)
        scoring = sorted(hits.filter(hits.scored).match_id.execute().tolist())
        story = analysis.timeline(found.events, scoring[0] if scoring else 1, matches=found.matches)
        scored = hits.filter(hits.scored).seq.execute().tolist()
        strata = analysis.thresholds_by(hits, found.matches, by=["weight_class"], draws=50)
        people = analysis.compare_athletes(hits, found.athletes)
        rounds = analysis.compare_rounds(hits, found.athletes)
        self.results = {"curve": curve, "counts": counts, "people": people}
        self.all: dict[str, Any] = {
            "level_distribution": figures.level_distribution(counts),
            "share": figures.level_distribution(counts, share=True),
            "curve": figures.curve(curve, counts, bent=analysis.spline(counts)),
            "windows": figures.windows(analysis.windows(hits)),
            "reliability": figures.reliability(analysis.calibration(counts)),
            "roc": figures.roc(analysis.roc(counts)),
            "thresholds": figures.thresholds(strata),
            "athletes": figures.athletes(people),
            "rounds": figures.rounds(rounds),
            "conversion": figures.rounds(rounds, value="conversion"),
            "bout_timeline": figures.bout_timeline(story, scored=scored, names={1: HOSTILE, 2: "Red One"}),
            "following": figures.following(analysis.follows(found.events)),
        }


@cache
def large() -> Found:
    return Found(tables(sample("tournament-large.tsv.gz")))


@cache
def hostile() -> Found:
    return Found(tables(Timed(1000 + 500 * place, text.encode()) for place, text in enumerate(MATCH)))


@cache
def empty() -> Found:
    return Found(tables(()))


NAMES = list(figures.__all__)
DRAWN = [name for name in (*NAMES, "share", "conversion") if name != "page"]


def test_every_figure_of_the_room_is_looked_at_here() -> None:
    assert set(large().all) == set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_axes_have_titles_with_units_and_the_figure_says_what_it_is_of(name: str) -> None:
    figure = large().all[name]
    layout = figure.layout
    assert layout.title.text.endswith("?") or name == "bout_timeline"
    assert layout.title.subtitle.text
    shown = [axis for axis in figure.select_xaxes() if axis.visible is not False]
    assert name == "following" or shown[-1].title.text


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("found", [empty, hostile])
def test_little_data_make_a_figure_with_a_sentence_or_what_there_is(name: str, found: Callable[[], Found]) -> None:
    figure = found().all[name]
    if not figure.data:
        (sentence,) = figure.layout.annotations
        assert sentence.text.strip().endswith(".")
    json.loads(figure.to_json())


def test_corners_and_outcomes_differ_in_more_than_colour() -> None:
    blue, red = CORNERS[1], CORNERS[2]
    assert len({blue.marker, red.marker}) == len({blue.dash, red.dash}) == len({blue.pattern, red.pattern}) == 2
    assert OUTCOMES["missed"]["pattern"] != OUTCOMES["scored"]["pattern"]
    scored, missed = large().all["level_distribution"].data
    assert scored.marker.pattern.shape != missed.marker.pattern.shape
    symbols = {
        symbol.removesuffix("-open")
        for trace in hostile().all["bout_timeline"].data
        if trace.name and trace.name.startswith("hits")
        for symbol in trace.marker.symbol
    }
    assert symbols == {blue.marker, red.marker}


def test_what_is_drawn_is_what_was_calculated() -> None:
    found = large()
    counts, curve = found.results["counts"], found.results["curve"]
    scored, missed = found.all["level_distribution"].data
    assert (sum(scored.y), sum(missed.y)) == (counts.points, counts.hits - counts.points)
    line = next(trace for trace in found.all["curve"].data if trace.name == "logistic curve, 95 % band")
    assert list(line.y) == curve.band(line.x).p.tolist()
    best = found.results["people"].people[0]
    estimate = next(trace for trace in found.all["athletes"].data if trace.name == "estimate")
    assert estimate.x[list(estimate.y).index(best.name)] == best.shrunken_conversion.value


def test_names_are_text_and_never_markup() -> None:
    found = hostile()
    for name, figure in found.all.items():
        assert not re.search(r"<(img|b)\b", json.dumps(figure.to_plotly_json(), default=list)), name
    assert "&lt;img src=x onerror=alert(1)&gt;" in found.all["bout_timeline"].layout.title.subtitle.text
    assert any("&lt;img" in label for label in found.all["athletes"].data[0].y)


def test_a_page_of_a_figure_needs_nothing_else() -> None:
    html = figures.page(large().all["roc"])
    assert "Plotly.newPlot" in html
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", html)
