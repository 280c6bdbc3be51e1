"""The whole question in one call: what does the level of a hit have to do with scoring?

Brings the hits down to counts once and asks every function of this room that applies. The parts are there to be looked
at one by one; ``statements`` reads like a page, and ``CAVEATS`` belongs under every figure made from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from restrike_lab.analysis.counts import CLUSTERS, Counts, count_levels
from restrike_lab.analysis.curve import Logistic, logistic
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linked import Delays, Multiplicity, Review, delays, multiplicity, review
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.measures import Association, association
from restrike_lab.analysis.multiple import Strata, benjamini_hochberg
from restrike_lab.analysis.people import HeadAndBody, head_and_body
from restrike_lab.analysis.reliability import Calibration, Isotonic, calibration, isotonic
from restrike_lab.analysis.roc_curve import Roc, roc
from restrike_lab.analysis.splines import Spline, spline
from restrike_lab.analysis.threshold import Thresholds, console_threshold, thresholds
from restrike_lab.analysis.tiring import Fatigue, fatigue

__all__ = ["CAVEATS", "WINDOWS_MS", "HitLevels", "Window", "hit_levels", "windows"]

CAVEATS = (
    "Hits below the console's minimum are never sent: levels are cut off there, and the curve says nothing below it.",
    "A link says that a hit came shortly before a point, not that it caused it: in 5 s there is room for another one.",
    "What a level of 60 means differs between brands of protectors: data of different consoles are not to be pooled.",
    "Points for punches and points given by judges have no hit, and hits may be refused for reasons not on the wire.",
)

WINDOWS_MS = (100, 250, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Window:
    """The answer when only hits at most ``window_ms`` from their point count as having scored."""

    window_ms: int
    scored: int
    curve: Logistic
    roc: Roc


@dataclass(frozen=True)
class HitLevels:
    """Everything about levels and scoring; ``relative`` counts levels from the body threshold of the weight class."""

    counts: Counts
    links: Multiplicity
    delays: Delays
    association: Association
    curve: Logistic
    relative: Logistic
    spline: Spline
    isotonic: Isotonic
    calibration: Calibration
    roc: Roc
    threshold: Thresholds
    strata: tuple[Thresholds, ...]
    tests: Strata
    windows: tuple[Window, ...]
    target: HeadAndBody
    fatigue: Fatigue
    review: Review

    @property
    def statements(self) -> tuple[str, ...]:
        """Return what was found, a sentence each, in the order in which one would ask."""
        parts = (
            self.links,
            self.delays,
            self.association,
            self.curve,
            self.spline,
            self.roc,
            self.calibration,
            self.threshold,
            self.tests,
            self.target,
            self.fatigue,
            self.review,
        )
        return tuple(part.statement for part in parts)

    @property
    def statement(self) -> str:
        """Say the answer in one sentence."""
        return self.curve.statement


def hit_levels(
    hits: Table,
    points: Table,
    matches: Table,
    athletes: Table | None = None,
    *,
    by: Sequence[str] = ("weight_class",),
    draws: int = 1000,
    keep: bool = True,
) -> HitLevels:
    """Return the whole analysis of ``hits`` (from ``link`` or the lab's view), ``points`` and ``matches``.

    With ``athletes`` intervals also allow for the same people meeting again, as they do in a tournament.
    ``by`` are the strata for thresholds and tests, ``draws`` the bootstrap samples of each. With ``keep`` the engine
    holds the hits in a temporary table for the length of the call, so that links are made once; for an engine that may
    not make tables set it to False.
    """
    with _kept(hits) if keep else nullcontext(hits) as kept:
        count = partial(
            count_levels, kept, matches, athletes, clusters=CLUSTERS if athletes is not None else ("match",)
        )
        counts, strata = count()[()], count(by=by)
        console = console_threshold(kept, matches, by=by)
        found = tuple(
            thresholds(part, console=console[key].body if key in console else None, draws=draws, stratum=key)
            for key, part in strata.items()
        )
        overall = console_threshold(kept, matches)[()].body
        tests = [(each.curve.robust_test if each.curve.clusters > 1 else each.curve.test).p for each in found]
        return HitLevels(
            counts=counts,
            links=multiplicity(kept, points),
            delays=delays(kept),
            association=association(counts),
            curve=logistic(counts),
            relative=logistic(count(relative=True)[()]),
            spline=spline(counts),
            isotonic=isotonic(counts),
            calibration=calibration(counts),
            roc=roc(counts),
            threshold=thresholds(counts, console=overall, draws=draws),
            strata=found,
            tests=Strata(tuple(by), {each.stratum: each.curve for each in found}, benjamini_hochberg(tests)),
            windows=windows(kept),
            target=head_and_body(kept, points),
            fatigue=fatigue(kept, matches),
            review=review(kept, matches),
        )


def windows(hits: Table, *, at_ms: Sequence[int] = WINDOWS_MS) -> tuple[Window, ...]:
    """Return how curve and AUC change with the window, from the links of the widest one.

    A hit whose point came later than ``window_ms``, or which came more than that behind it, counts as missed.
    """
    table = hits.filter(hits.level.notnull())
    distance = table.delay_ms.abs()
    within = {f"within_{ms}": (distance <= ms).fill_null(False).cast("int64").sum() for ms in at_ms}
    rows = fetched(table.group_by("level").aggregate(hits=table.count(), **within))
    made = []
    for ms in at_ms:
        scored = rows[f"within_{ms}"]
        counts = Counts.summed(rows["level"], scored, rows["hits"] - scored)
        made.append(Window(ms, counts.points, logistic(counts), roc(counts)))
    return tuple(made)


@contextmanager
def _kept(hits: Table) -> Iterator[Table]:
    kept = hits.cache()
    try:
        yield kept
    finally:
        kept.release()
