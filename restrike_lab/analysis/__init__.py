"""The analyst's workbench: one function per question about hits, points and bouts.

Tables come in as ibis expressions (DuckDB in memory here, anything ibis can compile to elsewhere): ``events``,
``hits``, ``points``, ``matches``, ``athletes`` with the columns of the lab's views of these names. Whatever touches
events is ibis and ends in counts per level and stratum; from there on it is numpy on hundreds of rows. Every result is
a small frozen dataclass with its uncertainty and a ``statement`` that says it in one sentence, also where the data are
empty, tiny, all equal or separated.

The map:

==================  ==================================================================================================
``linking``         ``link`` hits to points by the lab's rule with any windows; ``links``, ``nearest``
``linked``          ``delays``, ``multiplicity`` (hits without a point, points without a hit), ``review``
``counts``          ``count_levels``: hits by level, outcome and cluster for each stratum -> ``Counts``
``measures``        ``association``: point-biserial, Spearman, Mann-Whitney, Hodges-Lehmann, Kolmogorov-Smirnov
``curve``           ``logistic``: P(point | level) with Wald, profile and clustered intervals; ``logit`` beneath
``splines``         ``spline``: does the curve bend
``reliability``     ``calibration`` (reliability, Brier), ``isotonic``
``roc_curve``       ``roc``: the ROC curve, AUC with DeLong's interval
``threshold``       ``thresholds``, ``thresholds_by`` class, sex, division, round; ``console_threshold``
==================  ==================================================================================================

``Counts`` is what most functions take; ``count_levels(hits)[()]`` makes it from a table of hits.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restrike_lab.analysis.counts import Counts, count_levels
    from restrike_lab.analysis.curve import logistic
    from restrike_lab.analysis.estimate import AnalysisError, Estimate, Test
    from restrike_lab.analysis.linking import link, links, nearest
    from restrike_lab.analysis.measures import (
        association,
        hodges_lehmann,
        kolmogorov_smirnov,
        mann_whitney,
        point_biserial,
        spearman,
    )
    from restrike_lab.analysis.reliability import calibration, isotonic
    from restrike_lab.analysis.roc_curve import roc
    from restrike_lab.analysis.splines import spline
    from restrike_lab.analysis.threshold import console_threshold, thresholds, thresholds_by

__all__ = [
    "AnalysisError",
    "Counts",
    "Estimate",
    "Test",
    "association",
    "calibration",
    "console_threshold",
    "count_levels",
    "hodges_lehmann",
    "isotonic",
    "kolmogorov_smirnov",
    "link",
    "links",
    "logistic",
    "mann_whitney",
    "nearest",
    "point_biserial",
    "roc",
    "spearman",
    "spline",
    "thresholds",
    "thresholds_by",
]

_MODULES: Mapping[str, str] = {
    "association": "measures",
    "hodges_lehmann": "measures",
    "kolmogorov_smirnov": "measures",
    "mann_whitney": "measures",
    "point_biserial": "measures",
    "spearman": "measures",
    "calibration": "reliability",
    "isotonic": "reliability",
    "Counts": "counts",
    "count_levels": "counts",
    "logistic": "curve",
    "AnalysisError": "estimate",
    "Estimate": "estimate",
    "Test": "estimate",
    "link": "linking",
    "links": "linking",
    "nearest": "linking",
    "roc": "roc_curve",
    "spline": "splines",
    "console_threshold": "threshold",
    "thresholds": "threshold",
    "thresholds_by": "threshold",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: numpy and scipy take longer to load than the rest of the lab."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
