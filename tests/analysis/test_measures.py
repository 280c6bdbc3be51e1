"""Association from counts: the same as from single hits, ties and all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.measures import (
    association,
    hodges_lehmann,
    kolmogorov_smirnov,
    mann_whitney,
    point_biserial,
    spearman,
)

HITS = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=4, max_size=60).filter(
    lambda hits: len({level for level, _ in hits}) > 1 and len({scored for _, scored in hits}) > 1
)


@settings(max_examples=150, deadline=None)
@given(HITS)
def test_counts_say_what_scipy_says_of_single_hits(hits: list[tuple[int, bool]]) -> None:
    level, scored = (np.array(column) for column in zip(*hits, strict=True))
    counts = Counts.of(level, scored)
    ones, zeros = level[scored], level[~scored]

    pearson, ranks = stats.pearsonr(scored, level), stats.spearmanr(scored, level)
    assert point_biserial(counts).r.value == pytest.approx(pearson.statistic, abs=1e-12)
    assert spearman(counts).r.value == pytest.approx(ranks.statistic, abs=1e-12)
    if abs(pearson.statistic) < 1 - 1e-12 and abs(ranks.statistic) < 1 - 1e-12:
        assert point_biserial(counts).test.p == pytest.approx(pearson.pvalue, rel=1e-9)
        assert spearman(counts).test.p == pytest.approx(ranks.pvalue, rel=1e-9)

    u = stats.mannwhitneyu(ones, zeros, method="asymptotic")
    found = mann_whitney(counts)
    assert found.u == u.statistic
    assert found.test.p == pytest.approx(u.pvalue, rel=1e-9)
    assert found.auc == u.statistic / (len(ones) * len(zeros))
    assert found.rank_biserial == 2 * found.auc - 1

    assert hodges_lehmann(counts).value == np.median(np.subtract.outer(ones, zeros))
    assert kolmogorov_smirnov(counts).statistic == pytest.approx(
        stats.ks_2samp(ones, zeros, method="asymp").statistic, abs=1e-12
    )


def test_intervals_hold_their_estimate_and_shrink_with_the_hits() -> None:
    generator = np.random.default_rng(4)
    widths = []
    for hits in (100, 10_000):
        level = generator.integers(20, 101, hits)
        counts = Counts.of(level, generator.random(hits) < level / 120)
        for found in (point_biserial(counts).r, spearman(counts).r, hodges_lehmann(counts)):
            assert found.low <= found.value <= found.high
        widths.append(point_biserial(counts).r.high - point_biserial(counts).r.low)
    assert widths[1] < widths[0] / 5


def test_the_shift_and_its_interval_are_found_among_millions_of_pairs_without_listing_them() -> None:
    generator = np.random.default_rng(5)
    missed, scored = generator.integers(1, 81, 40_000), generator.integers(1, 81, 60_000) + 15
    level = np.concatenate([missed, scored])
    counts = Counts.of(level, np.arange(len(level)) >= len(missed))
    found = hodges_lehmann(counts)
    assert found.value == 15
    assert 14 <= found.low <= found.high <= 16


def test_the_statement_names_direction_and_size() -> None:
    text = association(Counts.summed([30, 50, 70], [1, 20, 40], [40, 20, 1])).statement
    assert "are harder than" in text
    assert "122 hits 61 scored" in text
    assert "are weaker than" in association(Counts.summed([30, 50, 70], [40, 20, 1], [1, 20, 40])).statement
    assert math.isnan(association(Counts.of([], [])).mann_whitney.auc)
