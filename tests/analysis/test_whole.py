"""The whole question in one call; data that say little; and code that Spark can run too."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import ibis
import pytest
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.config import Config

import restrike_lab.analysis as analysis
from restrike_lab.analysis import fetch
from restrike_lab.simulate.timed import Timed
from tests.analysis.tables import Tables, from_rows, sample, tables, truth_lines

ASKED: dict[str, Callable[[Tables, Any], Any]] = {
    "hit_levels": lambda found, hits: analysis.hit_levels(hits, found.points, found.matches, found.athletes, draws=20),
    "athletes": lambda found, hits: analysis.compare_athletes(hits, found.athletes, events=found.events),
    "rounds": lambda found, hits: analysis.compare_rounds(hits, found.athletes),
    "mixed": lambda found, hits: analysis.mixed(
        analysis.count_levels(hits, found.matches, found.athletes, clusters=["athlete"])[()]
    ),
    "curves_by": lambda found, hits: analysis.curves_by(hits, found.matches, by=["sex", "round"]),
    "fatigue": lambda found, hits: analysis.fatigue(hits, found.matches),
    "momentum": lambda found, hits: analysis.momentum(found.points),
    "superiority": lambda found, hits: analysis.superiority_time(found.events),
    "follows": lambda found, hits: analysis.follows(found.events),
    "timeline": lambda found, hits: analysis.timeline(found.events, 1, matches=found.matches),
    "delays": lambda found, hits: analysis.delays(hits),
    "multiplicity": lambda found, hits: analysis.multiplicity(hits, found.points),
    "review": lambda found, hits: analysis.review(hits, found.matches),
    "head_and_body": lambda found, hits: analysis.head_and_body(hits, found.points),
    "association": lambda found, hits: analysis.association(analysis.count_levels(hits)[()]),
    "spline": lambda found, hits: analysis.spline(analysis.count_levels(hits)[()]),
    "isotonic": lambda found, hits: analysis.isotonic(analysis.count_levels(hits)[()]),
    "calibration": lambda found, hits: analysis.calibration(analysis.count_levels(hits)[()]),
    "nearest": lambda found, hits: analysis.roc(analysis.count_levels(analysis.nearest(hits))[()]),
}

LOAD = (
    "pre;FightLoaded",
    "at1;B. One;Blue One;CRO;at2;R. One;Red One;GER",
    "mch;101;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;",
    "clk;02:00",
    "rnd;1",
    "rdy;FightReady",
    "clk;02:00;start",
)
LITTLE = {
    "nothing at all": (),
    "a load": LOAD,
    "one hit": (*LOAD, "clk;01:30", "hl1;50"),
    "one point": (*LOAD, "clk;01:30", "pt1;2"),
    "no points": (*LOAD, "clk;01:30", *(f"hl{1 + level % 2};{level}" for level in range(30, 60))),
    "all scored": (*LOAD, "clk;01:30", *("hl1;50", "pt1;2", "hl2;60", "pt2;2", "hl1;55", "pt1;2") * 6),
    "all equal": (*LOAD, "clk;01:30", *("hl1;99", "pt1;2", "hl2;99") * 12),
    "separated": (*LOAD, "clk;01:30", *("hl1;80", "pt1;2", "hl2;30", "clk;01:29") * 12),
    "reversed": (*LOAD, "clk;01:30", *("hl1;30", "pt1;2", "hl2;80", "clk;01:29") * 12),
}


@pytest.mark.parametrize("what", LITTLE)
def test_data_that_say_little_are_answered_in_a_sentence_without_a_warning(what: str) -> None:
    found = tables(Timed(1000 + 200 * place, text.encode()) for place, text in enumerate(LITTLE[what]))
    hits = analysis.link(found.events, before_ms=150)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", FutureWarning)
        for name, ask in ASKED.items():
            statement = ask(found, hits).statement
            assert statement.strip().endswith("."), name
            assert "nan" not in statement.lower(), (name, statement)


def test_empty_tables_are_no_trouble() -> None:
    found = from_rows([])
    for ask in ASKED.values():
        assert ask(found, analysis.link(found.events)).statement


def test_the_whole_analysis_of_a_sample_reads_like_a_page() -> None:
    found = tables(sample("tournament-large.tsv.gz"))
    whole = analysis.hit_levels(analysis.link(found.events), found.points, found.matches, found.athletes, draws=200)
    assert len(whole.statements) == 12
    assert whole.statement in whole.statements
    assert len(whole.strata) == 8
    assert [each.window_ms for each in whole.windows] == [100, 250, 500, 1000, 2000, 5000]
    # The truth of the sample: slope 0.08, half of the hits score 35 above the class threshold.
    soon = whole.windows[1]
    assert soon.curve.slope.low < 0.085
    assert soon.roc.auc.value > whole.roc.auc.value
    assert all(caveat.endswith(".") for caveat in analysis.CAVEATS)


def test_the_truth_of_a_sample_is_found_again_through_the_whole_chain() -> None:
    found = tables(sample("tournament-large.tsv.gz"))
    hits = analysis.link(found.events, before_ms=400)
    curve = analysis.logistic(analysis.count_levels(hits, found.matches, relative=True)[()])
    assert any('"slope":0.08' in line for line in truth_lines("tournament-large.truth.jsonl.gz")[:1])
    assert curve.clustered.covers(0.08)
    assert curve.half.covers(35)


def test_every_public_name_is_there_and_none_is_missing_from_the_map() -> None:
    assert sorted(analysis.__all__) == sorted(analysis._MODULES)
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
        assert name in dir(analysis)
    text = str(analysis.__doc__)
    for module in set(analysis._MODULES.values()) - {"estimate", "shrinkage"}:
        assert f"``{module}``" in text
    with pytest.raises(AttributeError):
        analysis.no_such_question  # noqa: B018


class SparkOptions(Config):
    """What the Spark backend would set, were it loaded."""

    treat_nan_as_null: bool = False


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the Spark SQL of everything that is asked of the engine."""
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())
    compiler, texts = PySparkCompiler(), list[str]()
    ask = fetch.run

    def asked(table: Any) -> Any:
        texts.append(compiler.to_sqlglot(table).sql(dialect="spark"))
        return ask(table)

    monkeypatch.setattr(fetch, "run", asked)
    return texts


def test_everything_that_touches_events_compiles_for_spark(compiled: list[str]) -> None:
    found = tables(sample("tournament-small.tsv.gz"))
    hits = analysis.link(found.events)
    for name, ask in ASKED.items():
        before = len(compiled)
        ask(found, hits)
        assert len(compiled) > before, name
    assert not [text for text in compiled if "ASOF" in text.upper() or "MODE(" in text.upper()]
