"""Momentum: the distribution of runs, and what is made of it."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy import stats
from statsmodels.sandbox.stats.runs import Runs

from restrike_lab.analysis.streaks import momentum, runs_distribution, runs_test
from tests.analysis.tables import from_rows


def points(*bouts: str) -> object:
    rows, seq = [], 0
    for match, bout in enumerate(bouts, 1):
        for athlete in bout:
            seq += 1
            rows.append((seq, 1, "1", match, 1, 0, seq, seq, "pt", "", "", int(athlete), 2, "{}"))
    return from_rows(rows).points


@pytest.mark.parametrize(("blue", "red"), [(1, 1), (2, 3), (4, 4), (1, 6)])
def test_runs_are_distributed_as_over_all_orders(blue: int, red: int) -> None:
    orders = set(itertools.permutations("1" * blue + "2" * red))
    counted = Counter(1 + sum(a != b for a, b in itertools.pairwise(order)) for order in orders)
    found = runs_distribution(blue, red)
    assert found.sum() == pytest.approx(1)
    assert {runs: p for runs, p in enumerate(found) if p} == pytest.approx(
        {runs: count / len(orders) for runs, count in counted.items()}
    )


def test_the_statistic_is_that_of_wald_and_wolfowitz() -> None:
    generator = np.random.default_rng(3)
    order = generator.integers(1, 3, 60)
    known, _ = Runs(order - 1).runs_test(correction=False)
    assert runs_test(order.tolist()).test.statistic == pytest.approx(known)


def test_exact_and_normal_p_agree_for_many_points() -> None:
    generator = np.random.default_rng(7)
    bouts = ["".join(str(each) for each in generator.integers(1, 3, 25)) for _ in range(11)]
    exact, more = momentum(points(*bouts)), momentum(points(*bouts, *bouts))
    assert exact.points <= 300 < more.points
    spread = (exact.runs - exact.expected_runs) / exact.test.statistic
    assert (more.runs - more.expected_runs) / more.test.statistic == pytest.approx(spread * 2**0.5)
    assert exact.test.p == pytest.approx(
        2 * stats.norm.sf((abs(exact.runs - exact.expected_runs) - 0.5) / abs(spread)), abs=0.03
    )


def test_streaks_and_answers_are_told_apart() -> None:
    streaks, answers = momentum(points(*["11112222"] * 6)), momentum(points(*["12121212"] * 6))
    assert "come in streaks" in streaks.statement
    assert streaks.excess.value > 0
    assert "answer each other" in answers.statement
    assert answers.excess.value < 0


def test_who_is_better_is_no_momentum() -> None:
    generator = np.random.default_rng(11)
    sides = np.where(np.arange(40)[:, None] % 2, "1", "2")
    bouts = np.where(generator.random((40, 30)) < 0.85, sides, np.where(sides == "1", "2", "1"))
    found = momentum(points(*("".join(bout) for bout in bouts)))
    assert abs(found.test.statistic) < 3


def test_bouts_without_an_order_are_left_out() -> None:
    assert momentum(points("111", "2")).bouts == 0
    assert "no order to look at" in momentum(points()).statement
    assert "one number of runs" in momentum(points("12", "21")).statement
