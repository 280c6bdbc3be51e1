"""The analyst's workbench: one function per question about hits, points and bouts.

Tables come in as ibis expressions (DuckDB in memory here, anything ibis can compile to elsewhere): ``events``,
``hits``, ``points``, ``matches``, ``athletes`` with the columns of the lab's views of these names. Whatever touches
events is ibis and ends in counts per level and stratum; from there on it is numpy on hundreds of rows. Every result is
a small frozen dataclass with its uncertainty and a ``statement`` that says it in one sentence, also where the data are
empty, tiny, all equal or separated.

The map; every function is here by its name, and its module is loaded when it is first used:

===============  =====================================================================================================
``linking``      ``link`` events to hits with their points, by the lab's rule with any windows; ``links``, ``nearest``
``linked``       ``delays``, ``multiplicity`` (hits without a point, points without a hit), ``bare_points``, ``review``
``counts``       ``count_levels``: hits by level, outcome and cluster for each stratum, as ``Counts``
``measures``     ``association``: point-biserial, Spearman, Mann-Whitney, Hodges-Lehmann, Kolmogorov-Smirnov
``curve``        ``logistic``: P(point | level) with Wald, profile and clustered intervals (``logit`` is the fit)
``splines``      ``spline``: does the curve bend
``reliability``  ``calibration`` across bouts (reliability curve, Brier score), ``isotonic``
``roc_curve``    ``roc``: the curve and its area with DeLong's interval
``threshold``    ``thresholds``, ``thresholds_by`` class, sex, division, round; ``console_threshold``
``people``       ``compare_athletes``, ``compare_rounds``, ``head_and_body``, ``fought_minutes`` (``shrinkage`` beneath)
``mixed_model``  ``mixed``: the curve with an intercept of each athlete's own
``tiring``       ``fatigue`` over the clock and over rounds
``multiple``     ``curves_by`` strata, ``benjamini_hochberg``
``streaks``      ``momentum`` over bouts, ``runs_test`` of one
``bout_story``   ``timeline`` of one bout, ``superiority_time``
``following``    ``follows``: what follows what, with lift
``whole``        ``hit_levels``: all that applies to hits in one call; ``windows``, ``CAVEATS``
===============  =====================================================================================================

Most functions of hits take ``Counts``: ``count_levels(hits)[()]`` makes them of a table.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restrike_lab.analysis.bout_story import superiority_time, timeline
    from restrike_lab.analysis.counts import Counts, count_levels
    from restrike_lab.analysis.curve import logistic
    from restrike_lab.analysis.estimate import AnalysisError, Estimate, Test
    from restrike_lab.analysis.following import follows, marks
    from restrike_lab.analysis.linked import bare_points, delays, multiplicity, review
    from restrike_lab.analysis.linking import link, links, nearest
    from restrike_lab.analysis.measures import (
        association,
        hodges_lehmann,
        kolmogorov_smirnov,
        mann_whitney,
        point_biserial,
        spearman,
    )
    from restrike_lab.analysis.mixed_model import mixed
    from restrike_lab.analysis.multiple import benjamini_hochberg, curves_by
    from restrike_lab.analysis.people import compare_athletes, compare_rounds, fought_minutes, head_and_body
    from restrike_lab.analysis.reliability import calibration, isotonic
    from restrike_lab.analysis.roc_curve import roc
    from restrike_lab.analysis.shrinkage import shrink_means, shrink_rates
    from restrike_lab.analysis.splines import spline
    from restrike_lab.analysis.streaks import momentum, runs_test
    from restrike_lab.analysis.threshold import console_threshold, thresholds, thresholds_by
    from restrike_lab.analysis.tiring import fatigue
    from restrike_lab.analysis.whole import CAVEATS, hit_levels, windows

__all__ = [
    "CAVEATS",
    "AnalysisError",
    "Counts",
    "Estimate",
    "Test",
    "association",
    "bare_points",
    "benjamini_hochberg",
    "calibration",
    "compare_athletes",
    "compare_rounds",
    "console_threshold",
    "count_levels",
    "curves_by",
    "delays",
    "fatigue",
    "follows",
    "fought_minutes",
    "head_and_body",
    "hit_levels",
    "hodges_lehmann",
    "isotonic",
    "kolmogorov_smirnov",
    "link",
    "links",
    "logistic",
    "mann_whitney",
    "marks",
    "mixed",
    "momentum",
    "multiplicity",
    "nearest",
    "point_biserial",
    "review",
    "roc",
    "runs_test",
    "shrink_means",
    "shrink_rates",
    "spearman",
    "spline",
    "superiority_time",
    "thresholds",
    "thresholds_by",
    "timeline",
    "windows",
]

_MODULES: Mapping[str, str] = {
    "superiority_time": "bout_story",
    "timeline": "bout_story",
    "Counts": "counts",
    "count_levels": "counts",
    "logistic": "curve",
    "AnalysisError": "estimate",
    "Estimate": "estimate",
    "Test": "estimate",
    "follows": "following",
    "marks": "following",
    "bare_points": "linked",
    "delays": "linked",
    "multiplicity": "linked",
    "review": "linked",
    "link": "linking",
    "links": "linking",
    "nearest": "linking",
    "association": "measures",
    "hodges_lehmann": "measures",
    "kolmogorov_smirnov": "measures",
    "mann_whitney": "measures",
    "point_biserial": "measures",
    "spearman": "measures",
    "mixed": "mixed_model",
    "benjamini_hochberg": "multiple",
    "curves_by": "multiple",
    "compare_athletes": "people",
    "compare_rounds": "people",
    "fought_minutes": "people",
    "head_and_body": "people",
    "calibration": "reliability",
    "isotonic": "reliability",
    "roc": "roc_curve",
    "shrink_means": "shrinkage",
    "shrink_rates": "shrinkage",
    "spline": "splines",
    "momentum": "streaks",
    "runs_test": "streaks",
    "console_threshold": "threshold",
    "thresholds": "threshold",
    "thresholds_by": "threshold",
    "fatigue": "tiring",
    "CAVEATS": "whole",
    "hit_levels": "whole",
    "windows": "whole",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: numpy and scipy take longer to load than the rest of the lab."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
