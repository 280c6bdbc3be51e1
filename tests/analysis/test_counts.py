"""Counting: strata, clusters, levels above the threshold, and what is refused."""

from __future__ import annotations

import ibis
import pytest

from restrike_lab.analysis import (
    AnalysisError,
    Counts,
    console_threshold,
    count_levels,
    curves_by,
    link,
    logistic,
    roc,
    thresholds_by,
)
from restrike_lab.analysis.strata import with_athletes
from tests.analysis.tables import Tables, sample, tables


@pytest.fixture(scope="module")
def small() -> Tables:
    return tables(sample("tournament-medium.tsv.gz"))


def test_counts_add_up_to_the_hits_of_every_stratum(small: Tables) -> None:
    hits = link(small.events)
    frame = hits.to_pandas()
    whole = count_levels(hits)[()]
    assert (whole.hits, whole.points) == (len(frame), int(frame["scored"].sum()))
    by_round = count_levels(hits, by=["round"])
    assert {key: counts.hits for key, counts in by_round.items()} == {
        (number,): n for number, n in frame["round"].value_counts().items()
    }
    assert sum(counts.points for counts in by_round.values()) == whole.points
    assert whole.clusters == frame["match_id"].nunique()


def test_levels_can_be_counted_from_the_threshold_of_the_class(small: Tables) -> None:
    hits = link(small.events)
    relative = count_levels(hits, small.matches, relative=True, by=["weight_class"])
    plain = count_levels(hits, small.matches, by=["weight_class"])
    console = console_threshold(hits, small.matches, by=["weight_class"])
    for key, counts in plain.items():
        body = console[key].body
        assert body is not None
        assert (counts.levels - int(body)).tolist() == relative[key].levels.tolist()


def test_clusters_can_be_persons(small: Tables) -> None:
    hits = link(small.events)
    both = count_levels(hits, small.matches, small.athletes, clusters=["match", "athlete"])[()]
    assert both.cells is not None
    hitting = hits.filter(hits.level.notnull()).to_pandas()[["match_id", "athlete"]].drop_duplicates()
    named = hitting.merge(small.athletes.to_pandas(), on=["match_id", "athlete"])
    people = named[["long_name", "country"]].drop_duplicates()
    assert int(both.cells.codes["athlete"].max()) + 1 == len(people) > 2
    assert int(both.cells.scored.sum()) == both.points


def test_who_is_not_named_is_a_person_of_their_own_in_every_match() -> None:
    hits = ibis.memtable({"match_id": [1, 1, 2, 3, 3], "athlete": [1, 2, 1, 1, 2]})
    names = {"short_name": ["", "B", "", ""], "long_name": ["", "Bo", "Al", "Bo"], "country": ["KOR", "", "FRA", ""]}
    athletes = ibis.memtable({"match_id": [1, 1, 2, 3], "athlete": [1, 2, 1, 1], **names})
    rows = with_athletes(hits, athletes).order_by(["match_id", "athlete"]).to_pandas()
    assert rows["person"].tolist() == ["1/1", "Bo (?)", "Al (FRA)", "Bo (?)", "3/2"]
    assert rows["person_number"].tolist() == [-3, 1, 0, 1, -8]


def test_every_stratum_has_thresholds_and_a_test(small: Tables) -> None:
    hits = link(small.events)
    for by in (["weight_class"], ["sex"], ["division"], ["round"], ["sex", "round"]):
        found = thresholds_by(hits, small.matches, small.athletes, by=by, draws=20)
        assert [each.stratum for each in found] == list(curves_by(hits, small.matches, by=by).curves)
        assert all(each.statement for each in found)
    assert {each.stratum for each in thresholds_by(hits, small.matches, by=["sex"], draws=20)} == {("men",), ("women",)}


def test_the_consoles_own_threshold_is_none_where_matches_differ(small: Tables) -> None:
    hits = link(small.events)
    assert console_threshold(hits, small.matches)[()].body is None
    assert console_threshold(hits, small.matches)[()].head == 5


def test_questions_that_cannot_be_asked_are_refused_with_the_way_out(small: Tables) -> None:
    hits = link(small.events)
    with pytest.raises(AnalysisError, match="no column weight_class") as refused:
        count_levels(hits, by=["weight_class"])
    assert "table of matches" in refused.value.hint
    with pytest.raises(AnalysisError, match="who fought"):
        count_levels(hits, clusters=["athlete"])
    with pytest.raises(AnalysisError, match="no clusters"):
        count_levels(hits, clusters=["court"])


def test_rows_of_one_level_are_put_together() -> None:
    counts = Counts.summed([50, 40, 50, 60], [1, 0, 2, 0], [0, 3, 1, 0], match=["a", "a", "b", "b"])
    assert counts.levels.tolist() == [40, 50]
    assert counts.scored.tolist() == [0, 3]
    assert counts.missed.tolist() == [3, 1]
    assert counts.cells is not None
    assert counts.clusters == 2


def test_a_single_bout_has_intervals_that_take_its_hits_one_by_one() -> None:
    level, scored = [20, 30, 40, 50, 60, 70, 80, 90] * 4, [0, 0, 1, 0, 1, 0, 1, 1] * 4
    alone = logistic(Counts.of(level, scored, match=[7] * 32, athlete=[1, 2] * 16))
    apart = logistic(Counts.of(level, scored))
    assert alone.slope == apart.slope
    assert alone.youden == apart.youden
    assert roc(Counts.of(level, scored, match=[7] * 32)).auc == roc(Counts.of(level, scored)).auc
