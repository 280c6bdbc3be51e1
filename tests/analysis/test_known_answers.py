"""Answers that others have published, to the digits they gave."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

from restrike_lab.analysis import logit
from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.measures import mann_whitney
from restrike_lab.analysis.roc_curve import roc
from tests.analysis import asah


def test_spector_mazzeo_logit_coefficients_to_four_decimals() -> None:
    # Spector and Mazzeo (1980); coefficients and errors as in Greene, Econometric Analysis, table of the logit model.
    data = sm.datasets.spector.load()
    design = np.column_stack([np.ones(len(data.endog)), data.exog.to_numpy()])
    passed = data.endog.to_numpy()
    found = logit.fit(design, passed, 1 - passed)
    assert found.coefficients.round(4).tolist() == [-13.0213, 2.8261, 0.0952, 2.3787]
    assert found.errors.round(4).tolist() == [4.9313, 1.2629, 0.1416, 1.0646]
    assert found.log_likelihood == pytest.approx(-12.8896, abs=5e-5)


@pytest.mark.parametrize(
    ("levels", "poor", "good", "auc", "variance"),
    [
        (asah.WFNS, asah.WFNS_POOR, asah.WFNS_GOOD, asah.WFNS_AUC, asah.WFNS_VARIANCE),
        (asah.S100B, asah.S100B_POOR, asah.S100B_GOOD, asah.S100B_AUC, asah.S100B_VARIANCE),
    ],
    ids=["wfns", "s100b"],
)
def test_delong_gives_what_proc_gives_on_its_asah_data(
    levels: tuple[int, ...], poor: tuple[int, ...], good: tuple[int, ...], auc: float, variance: float
) -> None:
    found = roc(Counts.summed(levels, poor, good))
    assert (found.scored, found.hits) == (41, 113)
    assert found.delong.value == pytest.approx(auc, rel=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-12)
    # pROC's interval is the normal one around the area.
    assert found.delong.low == pytest.approx(auc - 1.959963984540054 * math.sqrt(variance), rel=1e-12)
    assert found.delong.high == pytest.approx(auc + 1.959963984540054 * math.sqrt(variance), rel=1e-12)


def test_the_area_is_u_over_all_pairs_and_rank_biserial_twice_it_less_one_exactly() -> None:
    counts = Counts.summed(asah.WFNS, asah.WFNS_POOR, asah.WFNS_GOOD)
    found = mann_whitney(counts)
    assert found.auc == found.u / (41 * 72) == roc(counts).delong.value
    assert found.rank_biserial == 2 * found.auc - 1
