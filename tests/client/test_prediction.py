"""The lab's predictions: from the state of a court, with the model that is there, or in words why there is none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from restrike_lab.analysis.errors import AnalysisError
from restrike_lab.client.fill import Record
from restrike_lab.client.prediction import Models, Prediction, outlook, quality_rows
from restrike_lab.client.query import Query
from tests.analysis.test_prediction import MODEL

from .records import Made

NOW_NS = 1_000_000_000_000


def state(**changes: Any) -> dict[str, Any]:
    match = {"stage": "fighting", "rounds": 3, "round_ms": 120_000, "count": "cntDown", "scoring": None, "winner": None}
    base: dict[str, Any] = {
        "match": {**match, **changes.pop("match", {})},
        "round": 1,
        "clock": {"time_ms": 60_000, "running": True},
        "score": [0, 0],
        "gam_jeoms": [0, 0],
        "superiority": 0,
        "round_points": [[0, 0]] * 3,
        "round_winners": [0, 0, 0],
        "hits": [[], []],
    }
    return {**base, **changes}


def blue(**changes: Any) -> tuple[float, float]:
    found = outlook(MODEL, "1", state(**changes), NOW_NS)
    assert found.chance is not None, found.reason
    return found.chance.round, found.chance.bout


def test_an_even_board_gives_even_chances_and_everything_moves_them_its_way() -> None:
    assert blue() == (0.5, 0.5)
    hit = {"seq": 1, "level": 80, "wall_ns": NOW_NS - 5_000_000_000, "linked": False}
    for better in ({"score": [3, 0]}, {"superiority": 1}, {"gam_jeoms": [0, 2]}, {"hits": [[hit], []]}):
        round_now, bout = blue(**better)
        assert round_now > 0.5, better
        assert 0.5 < bout < round_now, better


def test_hits_grow_old() -> None:
    old = {"seq": 1, "level": 80, "wall_ns": NOW_NS - 16_000_000_000, "linked": False}
    assert blue(hits=[[old], []]) == (0.5, 0.5)


def test_a_clock_that_counts_up_leaves_what_is_left() -> None:
    up = blue(score=[2, 0], match={"count": "cntUp"}, clock={"time_ms": 110_000, "running": True})
    assert up == blue(score=[2, 0], clock={"time_ms": 10_000, "running": True})


def test_rounds_that_are_won_count_and_a_decided_bout_is_certain() -> None:
    one_up = blue(round=2, round_winners=[1, 0, 0], round_points=[[5, 3], [0, 0], [0, 0]])
    assert one_up[1] > 0.7
    between = blue(round=1, round_winners=[1, 0, 0], round_points=[[5, 3], [0, 0], [0, 0]], score=[5, 3])
    assert between[0] == 1.0
    assert between[1] == pytest.approx(one_up[1], abs=0.05)
    assert blue(round=2, round_winners=[2, 2, 0]) == (0.0, 0.0)
    assert blue(match={"winner": "BLUE"}) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"match": {"scoring": "total"}}, "all rounds together"),
        ({"match": {"round_ms": None}, "clock": {"time_ms": None}}, "length of the round"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_words(changes: dict[str, Any], said: str) -> None:
    found = outlook(MODEL, "1", state(**changes), NOW_NS)
    assert found.chance is None
    assert said in found.statement


def test_no_bout_no_prediction() -> None:
    assert "no bout is loaded" in outlook(MODEL, "1", {"match": None}, NOW_NS).statement


# -- the models of a data directory ------------------------------------------------------------------------------------


def lab(tmp_path: Path) -> Any:
    return SimpleNamespace(data_dir=tmp_path, live=SimpleNamespace(courts={"1": state(), "2": state(score=[4, 0])}))


def test_without_a_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    (one, two) = Prediction(lab(tmp_path))()
    assert one.chance is None
    assert two.court == "2"
    assert "restrike-lab predict train" in one.reason


def test_the_newest_model_counts_until_another_is_chosen(tmp_path: Path) -> None:
    models = Models(tmp_path)
    (tmp_path / "prediction").mkdir()
    for number in (1, 2):
        renumbered = MODEL.to_json().replace(b'"number": 3', b'"number": %d' % number)
        (tmp_path / "prediction" / f"model-{number:04d}.json").write_bytes(renumbered)
    assert [model.number for model in models.all()] == [1, 2]
    current = models.current
    assert current is not None
    assert current.number == 2
    models.use(1)
    current = models.current
    assert current is not None
    assert current.number == 1
    models.use(None)
    current = models.current
    assert current is not None
    assert current.number == 2
    with pytest.raises(AnalysisError, match="no model 9") as problem:
        models.use(9)
    assert "1, 2" in problem.value.hint


def test_a_damaged_model_is_named_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "prediction").mkdir()
    (tmp_path / "prediction" / "model-0001.json").write_text("{")
    (found, _) = Prediction(lab(tmp_path))()
    assert "this is no model" in found.reason


def test_quality_is_told_minute_by_minute() -> None:
    (row,) = quality_rows(MODEL)
    assert row["predicted is"] == "round"
    assert row["minute"] == "all"
    assert row["skill"] == 0.06


def test_too_small_a_record_trains_nothing(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"clk;02:00;start", b"clk;01:59", b"hl1;35", b"sc1;2;sc2;0"], match_id=1)
    made.load(1)
    query = Query(lambda: Record(made.path))
    try:
        with pytest.raises(AnalysisError, match="not enough data"):
            Models(tmp_path).train(query.expression)
    finally:
        query.close()
    assert not (tmp_path / "prediction").exists()
