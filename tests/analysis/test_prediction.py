"""Predictions: fair to both corners, sure of what is decided, and honest about how good they are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from random import Random
from typing import Any

import ibis
import pandas as pd
import pytest

from restrike_lab.analysis.errors import AnalysisError
from restrike_lab.analysis.prediction import (
    LATER,
    ROUND,
    Course,
    Model,
    Quality,
    Situation,
    Sums,
    bout_chance,
    chances,
)
from restrike_lab.analysis.situations import COLUMNS, situations
from restrike_lab.analysis.training import MIN_BOUTS, train

WEIGHTS = dict(zip(ROUND, (0.2, 1.0, 0.5, 0.1, 0.1, 0.03), strict=True))
MODEL = Model(
    number=3,
    trained="2026-01-01T00:00:00+00:00",
    bouts=60,
    rounds=150,
    situations=3000,
    first="2025-03-01",
    last="2025-03-02",
    round=WEIGHTS,
    later=dict(zip(LATER, (0.05, 0.1), strict=True)),
    quality=Quality(5, (Sums("round", 0, 3000, 0.7, 0.7, 0.16, 0.17, 0.06, 0.02, 0.1),)),
    library="scikit-learn 1",
)


def test_swapping_the_corners_swaps_the_chances() -> None:
    here, there = Situation(2, 30, 0, 1, -40, 3), Situation(-2, 30, 0, -1, 40, -3)
    blue = chances(MODEL, here, Course((1, 0), 2, 3))
    red = chances(MODEL, there, Course((0, 1), 2, -3))
    assert blue.round + red.round == pytest.approx(1)
    assert blue.bout + red.bout == pytest.approx(1)
    assert chances(MODEL, Situation(), Course()).bout == 0.5


def test_a_lead_weighs_more_the_less_time_is_left() -> None:
    grows = [chances(MODEL, Situation(lead=3, left_s=left), Course()).round for left in (120, 60, 20, 5, 0)]
    assert grows == sorted(grows)
    assert len(set(grows)) == 5


def test_superiority_decides_only_where_the_score_is_even() -> None:
    even, ahead = Situation(0, 10, superiority=1), Situation(1, 10, superiority=1)
    assert chances(MODEL, even, Course()).round > 0.5
    assert chances(MODEL, ahead, Course()) == chances(MODEL, Situation(1, 10), Course())


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_the_chance_in_the_bout_is_the_sum_over_all_ways_to_fight_it_out(needed: int) -> None:
    now, later = 0.7, 0.4
    total = 0.0
    for rounds in itertools.product((True, False), repeat=2 * needed - 1):
        weight = math.prod(
            (now if place == 0 else later) if won else (1 - now if place == 0 else 1 - later)
            for place, won in enumerate(rounds)
        )
        total += weight * (sum(rounds) >= needed)
    assert bout_chance(now, later, (0, 0), needed) == pytest.approx(total)


def test_a_bout_that_is_won_is_certain() -> None:
    assert bout_chance(0.1, 0.1, (2, 1), 2) == 1.0
    assert bout_chance(0.9, 0.9, (0, 2), 2) == 0.0


def test_a_model_survives_its_file_and_other_files_are_refused() -> None:
    assert Model.from_json(MODEL.to_json()) == MODEL
    for text in (b"", b"{}", b"[1]", MODEL.to_json().replace(b'"format": 1', b'"format": 99')):
        with pytest.raises(AnalysisError) as problem:
            Model.from_json(text)
        assert "restrike-lab predict train" in problem.value.hint


def test_it_says_when_it_is_not_shown_to_be_better_than_the_score() -> None:
    assert "6% below" in MODEL.statement
    worse = Sums("round", 0, 3000, 0.7, 0.7, 0.16, 0.16, 0.01, -0.02, 0.03)
    model = Model.from_json(MODEL.to_json().replace(b"0.02,", b"-0.02,", 1))
    assert model.quality.rows[0].skill_low == worse.skill_low
    assert "not shown to be better" in model.statement


# -- training, on bouts made up here whose rule is known ---------------------------------------------------------------

Tables = Callable[[str], Any]


def made_up(bouts: int, seed: int, weight: float = 0.8) -> Tables:
    """Return tables of bouts in which a hidden strength decides; hits show it before the score does."""
    draw = Random(seed)
    streams: dict[str, list[dict[str, Any]]] = {name: [] for name in ("clk", "sc", "wg", "sup", "hl")}
    rounds: list[dict[str, Any]] = []
    matches: list[dict[str, Any]] = []
    seq = 0
    for match_id in range(1, bouts + 1):
        strength, won = draw.gauss(0, weight), [0, 0]
        for number in (1, 2, 3):
            if max(won) == 2:
                break
            score = [0, 0]
            for second in range(120, -1, -1):
                seq += 10
                at_ns = (match_id * 1000 + number * 200 + 120 - second) * 1_000_000_000
                common = {"match_id": match_id, "round": number, "arrival_ns": at_ns}
                streams["clk"].append({**common, "seq": seq, "time_ms": second * 1000, "action": None})
                if second and draw.random() < 0.15:
                    blue = draw.random() < 1 / (1 + math.exp(-strength))
                    streams["hl"].append({**common, "seq": seq + 1, "athlete": 1 if blue else 2, "level": 50})
                    if draw.random() < 0.4:
                        score[0 if blue else 1] += 2
                        streams["sc"].append({**common, "seq": seq + 2, "blue": score[0], "red": score[1]})
            streams["wg"].append({**common, "seq": seq + 3, "blue": 0, "red": 0})
            streams["sup"].append({**common, "seq": seq + 4, "athlete": 0})
            winner = 1 if score[0] > score[1] or (score[0] == score[1] and draw.random() < 0.5) else 2
            won[winner - 1] += 1
            points = {"blue_points": score[0], "red_points": score[1]}
            rounds.append({"match_id": match_id, "round": number, **points, "winner": winner})
        decided = {"winner": "BLUE" if won[0] == 2 else "RED", "scoring": "rounds", "loaded_ns": 1_750_000_000 * 10**9}
        matches.append({"match_id": match_id, "round_ms": 120_000, "count": "cntDown", "rounds": 3, **decided})
    made = {**streams, "rounds": rounds, "matches": matches}
    empty = {
        "wg": {"blue": 0, "red": 0},
        "sup": {"athlete": 0},
        "sc": {"blue": 0, "red": 0},
        "hl": {"athlete": 0, "level": 0},
    }
    found = {name: pd.DataFrame(rows) if rows else pd.DataFrame([empty[name]]).head(0) for name, rows in made.items()}
    found["clk"]["action"] = found["clk"]["action"].astype("string")
    kept = {name: ibis.memtable(frame) for name, frame in found.items()}
    return kept.__getitem__


@pytest.fixture(scope="module")
def record() -> Tables:
    return made_up(bouts=160, seed=8)


def test_situations_hold_what_the_board_showed(record: Tables) -> None:
    found = situations(record)
    assert tuple(found.columns) == COLUMNS
    ends = found[found["left_s"] == 0].set_index(["match_id", "round"])
    rounds = record("rounds").to_pandas().set_index(["match_id", "round"])
    assert len(ends) == len(rounds)
    lead = rounds["blue_points"] - rounds["red_points"]
    assert (ends["lead"].sort_index() == lead.sort_index()).all()
    first = found[found["round"] == 1]
    assert not first[["before", "blue_won", "red_won"]].any().any()
    third = found[found["round"] == 3]
    assert (third["blue_won"] == 1).all()
    assert (third["red_won"] == 1).all()
    assert set(found["minute"]) == {1, 2}


def test_training_is_repeatable_and_beats_the_score_alone_where_there_is_more_to_know(record: Tables) -> None:
    model = train(record, 1, "2026-01-01")
    assert model == train(record, 1, "2026-01-01")
    assert model.bouts == 160
    assert model.round["lead_over_time"] > 0
    assert model.round["hits"] > 0
    one = model.quality.of("round")
    assert one.skill_low is not None
    assert one.skill_high is not None
    assert one.skill_low < one.skill < one.skill_high
    assert one.skill > 0
    assert abs(one.predicted - one.observed) < 0.05
    late = next(row for row in model.quality.rows if (row.of, row.minute) == ("round", 2))
    early = next(row for row in model.quality.rows if (row.of, row.minute) == ("round", 1))
    assert late.brier < early.brier


def test_it_says_that_there_is_not_enough_data() -> None:
    with pytest.raises(AnalysisError, match=rf"not enough data: 5 decided bouts, {MIN_BOUTS} are needed"):
        train(made_up(bouts=5, seed=1), 1, "now")
