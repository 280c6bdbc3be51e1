"""The curve, its intervals and what stands in for them when there is no maximum."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from restrike_lab.analysis import logit
from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import fieller, logistic
from restrike_lab.analysis.splines import spline


def drawn(seed: int = 3, hits: int = 900, bouts: int = 45) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return level, outcome and bout of hits whose bouts differ in how easily points are given."""
    generator = np.random.default_rng(seed)
    bout = generator.integers(0, bouts, hits)
    level = generator.integers(18, 101, hits)
    ease = generator.normal(0, 0.7, bouts)[bout]
    return level, generator.random(hits) < 1 / (1 + np.exp(-0.06 * (level - 55) - ease)), bout


def test_coefficients_and_wald_intervals_are_those_of_statsmodels() -> None:
    level, scored, _ = drawn()
    known = sm.Logit(scored.astype(float), sm.add_constant(level.astype(float))).fit(disp=0)
    found = logistic(Counts.of(level, scored))
    assert found.coefficients == pytest.approx(known.params, rel=1e-7)
    assert (found.wald.low, found.wald.high) == pytest.approx(known.conf_int()[1], rel=1e-6)
    assert found.test.p == pytest.approx(known.llr_pvalue, rel=1e-6)


def test_the_clustered_error_is_the_sandwich_of_statsmodels() -> None:
    level, scored, bout = drawn()
    model = sm.GLM(scored.astype(float), sm.add_constant(level.astype(float)), family=sm.families.Binomial())
    known = model.fit(cov_type="cluster", cov_kwds={"groups": bout, "use_correction": True})
    found = logistic(Counts.of(level, scored, match=bout))
    # statsmodels also multiplies by (n - 1) / (n - k).
    correction = (len(level) - 1) / (len(level) - 2)
    assert found.covariance == pytest.approx(np.asarray(known.cov_params()) / correction, rel=1e-6)
    assert found.degrees == len(set(bout)) - 1
    assert found.slope is found.clustered


def test_two_kinds_of_clusters_add_up_and_take_the_common_part_off() -> None:
    level, scored, bout = drawn()
    athlete = (bout * 7 + level) % 31
    one, other = Counts.of(level, scored, match=bout), Counts.of(level, scored, athlete=athlete)
    common = Counts.of(level, scored, pair=bout * 100 + athlete)
    both = Counts.of(level, scored, match=bout, athlete=athlete)
    expected = logistic(one).covariance + logistic(other).covariance - logistic(common).covariance
    assert logistic(both).covariance == pytest.approx(expected, rel=1e-9)


def test_the_profile_interval_ends_where_the_likelihood_has_dropped_by_half_the_critical_value() -> None:
    level, scored, _ = drawn(hits=80)
    found = logistic(Counts.of(level, scored)).profile
    design = np.ones((len(level), 1))
    top = sm.Logit(scored.astype(float), sm.add_constant(level.astype(float))).fit(disp=0).llf
    for end in (found.low, found.high):
        held = sm.GLM(scored.astype(float), design, family=sm.families.Binomial(), offset=end * level).fit().llf
        assert 2 * (top - held) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-4)


@pytest.mark.parametrize(
    ("levels", "scored", "high"),
    [([40, 60], [0, 1], math.inf), ([40, 50, 50, 60], [0, 0, 1, 1], math.inf), ([70, 60, 50], [0, 1, 1], -1)],
)
def test_separated_outcomes_have_an_endless_interval_and_a_finite_estimate(
    levels: list[int], scored: list[int], high: float
) -> None:
    found = logistic(Counts.of(levels, scored))
    assert found.separated
    assert math.isfinite(found.slope.value)
    ends = (found.profile.low, found.profile.high)
    assert math.inf in ends if high > 0 else -math.inf in ends
    assert "step near level" in found.statement


def test_separation_is_told_from_a_steep_curve() -> None:
    assert logit.is_separated(np.array([[1.0, 1], [1, 2], [1, 3]]), np.array([0, 1, 1]), np.array([1, 1, 0]))
    assert not logit.is_separated(np.array([[1.0, 1], [1, 2], [1, 3]]), np.array([1, 1, 1]), np.array([1, 1, 0]))


def test_firths_estimate_is_the_known_one_of_two_by_two_tables() -> None:
    # With one binary covariate Firth's penalty adds one half to each of the four cells.
    found = logit.fit(np.array([[1.0, 0], [1, 1]]), np.array([0, 9]), np.array([8, 0]))
    assert found.separated
    assert found.coefficients[0] == pytest.approx(math.log(0.5 / 8.5), abs=1e-6)
    assert found.coefficients.sum() == pytest.approx(math.log(9.5 / 0.5), abs=1e-6)


def test_columns_that_depend_on_each_other_are_refused() -> None:
    design = np.array([[1.0, 2, 4], [1, 3, 6], [1, 5, 10]])
    with pytest.raises(np.linalg.LinAlgError):
        logit.fit(design, np.array([1, 2, 3]), np.array([3, 2, 1]))


def test_fiellers_interval_is_endless_for_a_flat_line_and_near_the_delta_method_for_a_steep_one() -> None:
    steep = fieller(np.array([-5.0, 0.1]), np.diag([1e-4, 1e-8]))
    error = math.sqrt(1e-4 + 50**2 * 1e-8) / 0.1
    assert (steep.low, steep.high) == pytest.approx((50 - 1.96 * error, 50 + 1.96 * error), rel=1e-3)
    flat = fieller(np.array([-5.0, 0.01]), np.diag([1.0, 1e-3]))
    assert (flat.low, flat.high) == (-math.inf, math.inf)


def test_every_threshold_of_the_curve_lies_where_it_says() -> None:
    level, scored, bout = drawn()
    counts = Counts.of(level, scored, match=bout)
    curve = logistic(counts)
    for p in (0.2, 0.5, 0.9):
        found = curve.level_at(p)
        band = curve.band(np.array([found.low, found.value, found.high]))
        assert band.p[1] == pytest.approx(p)
        # At the ends of Fieller's interval the band's edge reaches p.
        assert (band.high[0], band.low[2]) == pytest.approx((p, p), abs=1e-6)
    assert curve.band(np.array([curve.youden.value])).p[0] == pytest.approx(counts.rate)
    assert curve.half.value == pytest.approx(curve.level_at(0.5).value)


def test_a_spline_finds_a_bend_and_leaves_a_line_alone() -> None:
    generator = np.random.default_rng(8)
    level = generator.integers(1, 101, 4000)
    straight = Counts.of(level, generator.random(4000) < 1 / (1 + np.exp(-0.05 * (level - 50))))
    bent = Counts.of(level, generator.random(4000) < np.where(level < 60, 0.1, 0.8))
    assert spline(straight).test.p > 0.01
    found = spline(bent)
    assert found.test.says_so
    assert "bends" in found.statement
    assert found.band is not None
    assert np.all(found.band.low <= found.band.p)
    assert np.all(found.band.p <= found.band.high)


def test_a_spline_is_straight_beyond_its_outer_knots() -> None:
    level, scored, bout = drawn(hits=3000)
    found = spline(Counts.of(level, scored, match=bout), knots=5)
    assert found.band is not None
    log_odds = np.log(found.band.p / (1 - found.band.p))
    for outside in (found.band.levels <= found.knots[0], found.band.levels >= found.knots[-1]):
        assert np.abs(np.diff(log_odds[outside], 2)).max(initial=0) < 1e-8
