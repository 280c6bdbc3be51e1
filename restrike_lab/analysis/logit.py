"""Logistic regression on counts: the fit itself, its likelihood, and what to do when outcomes are separated.

Rows are groups of hits that share their covariates; each has so many that scored and so many that did not. Nothing here
knows of levels or bouts. Where some combination of covariates tells scored from missed hits without error, the
likelihood has no maximum (Albert and Anderson 1984); then Firth's penalty (1993; Heinze and Schemper 2002) gives finite
coefficients, and ``separated`` says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from restrike_lab.analysis.estimate import CONFIDENCE, Estimate, Floats, Ints, Numbers

__all__ = ["Fit", "fit", "is_separated", "log_likelihood", "profile_interval"]

STEPS = 60
TOLERANCE = 1e-10
SUSPICIOUS = 8.0
"""A linear predictor beyond this (odds of 3000 to 1) makes it worth looking whether outcomes are separated."""


@dataclass(frozen=True)
class Fit:
    """Coefficients with their covariance by the model, the log likelihood and that of the intercept alone.

    ``hat`` is the inverse information, by which scores of groups become influences on the coefficients.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float
    separated: bool

    @property
    def errors(self) -> Floats:
        """Return the standard errors by the model."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def p(self) -> float:
        """Return the p-value of the likelihood ratio test of all coefficients but the intercept."""
        degrees = len(self.coefficients) - 1
        if not degrees:
            return math.nan
        return float(stats.chi2.sf(2 * (self.log_likelihood - self.null_log_likelihood), degrees))


def fit(design: Floats, scored: Ints | Floats, missed: Ints | Floats) -> Fit:
    """Return the maximum likelihood fit of logit P(scored) = design @ coefficients; column 0 is the intercept.

    Raises ``numpy.linalg.LinAlgError`` where columns of ``design`` depend on each other.
    """
    ones, zeros = np.asarray(scored, float), np.asarray(missed, float)
    separated = False
    beta, covariance = _climb(design, ones, zeros, firth=False)
    if beta is None or np.abs(design @ beta).max() > SUSPICIOUS:
        separated = beta is None or is_separated(design, ones, zeros)
    if separated:
        beta, covariance = _climb(design, ones, zeros, firth=True)
    if beta is None:
        raise np.linalg.LinAlgError("no fit: columns of the design depend on each other")
    null = ones.sum() / (ones.sum() + zeros.sum())
    null_likelihood = _xlogy(ones.sum(), null) + _xlogy(zeros.sum(), 1 - null)
    return Fit(beta, covariance, log_likelihood(design @ beta, ones, zeros), null_likelihood, separated)


def log_likelihood(predictor: Floats, ones: Floats, zeros: Floats) -> float:
    """Return the log likelihood of outcomes given the linear predictor of each group."""
    return float(-(ones * np.logaddexp(0, -predictor) + zeros * np.logaddexp(0, predictor)).sum())


def is_separated(design: Floats, scored: Ints | Floats, missed: Ints | Floats) -> bool:
    """Tell whether some direction never puts a missed hit above nor a scored hit below nought (Konis 2007).

    Decided exactly, by a linear programme.
    """
    rows = np.vstack([design[np.asarray(scored) > 0], -design[np.asarray(missed) > 0]])
    size = design.shape[1]
    scale = np.abs(design).max(axis=0)
    rows = rows / np.where(scale > 0, scale, 1)
    found = optimize.linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * size)
    return bool(found.status == 0 and -found.fun > 1e-9)


def profile_interval(
    design: Floats, scored: Ints | Floats, missed: Ints | Floats, found: Fit, place: int, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the profile likelihood interval of one coefficient (Venzon and Moolgavkar 1988).

    It holds the values that the likelihood ratio test does not reject; an end that does not exist is infinite.
    """
    ones, zeros = np.asarray(scored, float), np.asarray(missed, float)
    others = np.delete(design, place, axis=1)
    best = found.coefficients[place]
    step = found.errors[place]
    drop = stats.chi2.ppf(confidence, 1) / 2
    top = found.log_likelihood
    if found.separated:
        top = max(top, log_likelihood(_limit(design, found), ones, zeros))
    start = np.delete(found.coefficients, place)

    def excess(value: float) -> float:
        offset = design[:, place] * value
        beta, _ = _climb(others, ones, zeros, firth=False, offset=offset, start=start)
        at = start if beta is None else beta
        return float(log_likelihood(others @ at + offset, ones, zeros) - top + drop)

    def end(side: int) -> float:
        inner = best
        if excess(inner) < 0:
            return float(best)
        for reach in (1.5, 3, 6, 12, 25, 50, 100, 400):
            outer = best + side * reach * step
            if excess(outer) < 0:
                return float(optimize.brentq(excess, inner, outer, xtol=1e-7 * max(step, 1e-12), rtol=1e-10))
            inner = outer
        return side * math.inf

    return Estimate(float(best), end(-1), end(1), "profile likelihood", confidence)


def _limit(design: Floats, found: Fit) -> Floats:
    """Return a linear predictor that comes close to the supremum of the likelihood of separated outcomes."""
    return np.asarray(design @ (found.coefficients * 100))


def _climb(
    design: Floats,
    ones: Floats,
    zeros: Floats,
    *,
    firth: bool,
    offset: Floats | float = 0.0,
    start: Floats | None = None,
) -> tuple[Floats | None, Numbers]:
    """Return coefficients and their covariance by Newton's method with halved steps; no coefficients where it fails."""
    hits = ones + zeros
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    if start is None:
        share = (ones.sum() + 0.5) / (hits.sum() + 1)
        beta[0] = math.log(share / (1 - share))
    value = -math.inf
    inverse = np.full((len(beta), len(beta)), math.nan)
    for _ in range(STEPS):
        p, information = _information(design, beta, hits, offset)
        try:
            inverse = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            return None, inverse
        residual = ones - hits * p
        if firth:
            leverage = hits * p * (1 - p) * np.einsum("ki,ij,kj->k", design, inverse, design)
            residual = residual + leverage * (0.5 - p)
        step = inverse @ (design.T @ residual)
        if not np.all(np.isfinite(step)):
            return None, inverse
        before, value = value, -math.inf
        for _ in range(20):
            value = _objective(design, beta + step, ones, zeros, offset, firth=firth)
            if value >= before - 1e-12:
                break
            step = step / 2
        beta = beta + step
        if abs(value - before) < TOLERANCE and np.abs(step).max() < 1e-8 * (1 + np.abs(beta).max()):
            break
        if not firth and value > -1e-7:
            break
    _, information = _information(design, beta, hits, offset)
    try:
        return beta, np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return None, inverse


def _information(design: Floats, beta: Floats, hits: Floats, offset: Floats | float) -> tuple[Floats, Floats]:
    predictor = np.clip(design @ beta + offset, -500, 500)
    p = 1 / (1 + np.exp(-predictor))
    weighted = design * (hits * p * (1 - p))[:, None]
    return p, weighted.T @ design


def _objective(
    design: Floats, beta: Floats, ones: Floats, zeros: Floats, offset: Floats | float, *, firth: bool
) -> float:
    value = log_likelihood(design @ beta + offset, ones, zeros)
    if not firth:
        return value
    _, information = _information(design, beta, ones + zeros, offset)
    sign, determinant = np.linalg.slogdet(information)
    return value + determinant / 2 if sign > 0 else -math.inf


def _xlogy(count: float, share: float) -> float:
    return count * math.log(share) if count else 0.0
