"""Training of the prediction, and an honest measure of it: on bouts that were not in the training.

The weights are those of scikit-learn's logistic regression with an L2 penalty and no intercept, each number divided by
its root mean square first so that the penalty treats them alike. Quality comes from cross-validation in which all
situations of a bout lie in the same fold: situations of one bout resemble each other, and a model that had seen half of
a bout would seem to know its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from restrike_lab.analysis.errors import AnalysisError
from restrike_lab.analysis.estimate import Floats
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.prediction import BASELINE, LATER, ROUND, Model, Quality, Sums
from restrike_lab.analysis.situations import situations

__all__ = ["MIN_BOUTS", "train"]

MIN_BOUTS = 50
"""Decided bouts below which nothing is predicted: with fewer the weights say more of chance than of taekwondo."""

FOLDS = 5
RESAMPLED = 500
PENALTY = 1.0
"""Inverse strength of the penalty (scikit-learn's ``C``), for every bout of the training."""

Weights = dict[str, float]


def train(table: Callable[[str], Table], number: int, trained: str, *, seed: int = 0, every_s: int = 5) -> Model:
    """Train on every decided bout of a record and return the model, with its quality across bouts.

    ``table`` gives the lab's tables by name; ``trained`` is the moment that the model bears; ``seed`` draws the
    bootstrap. Raises ``AnalysisError`` ("not enough data") with fewer than ``MIN_BOUTS`` bouts, or where only one
    corner ever won.
    """
    known = situations(table, every_s)
    bouts = known["match_id"].nunique()
    if bouts < MIN_BOUTS:
        raise AnalysisError(
            f"not enough data: {bouts} decided bouts, {MIN_BOUTS} are needed",
            hint="Record or import more bouts; made-up ones (restrike-lab simulate) teach nothing about real ones.",
        )
    if known["won_round"].nunique() < 2:
        raise AnalysisError(
            "not enough data: the same corner won every round", hint="Record or import bouts that both corners won."
        )
    numbers = _numbers(known)
    later = _courses(known)
    return Model(
        number=number,
        trained=trained,
        bouts=int(bouts),
        rounds=len(known.drop_duplicates(["match_id", "round"])),
        situations=len(known),
        first=str(known["day"].min()),
        last=str(known["day"].max()),
        round=_fitted(numbers[list(ROUND)], known["won_round"], bouts),
        later=_fitted(later[list(LATER)], later["won"], bouts),
        quality=_quality(known, numbers, later, seed),
        library=f"scikit-learn {sklearn.__version__}",
    )


def _numbers(known: pd.DataFrame) -> pd.DataFrame:
    """Return ``round_numbers`` of every situation, all at once."""
    return pd.DataFrame(
        {
            "lead": known["lead"],
            "lead_over_time": known["lead"] / np.sqrt(1.0 + known["left_s"].clip(lower=0)),
            "superiority": known["superiority"].where(known["lead"] == 0, 0.0),
            "gam_jeoms": known["gam_jeoms"],
            "hits": known["hits"] / 100.0,
            "before": known["before"],
        }
    )


def _courses(known: pd.DataFrame) -> pd.DataFrame:
    """Return, for every round but the first, how the bout had gone before it and who won the round."""
    rounds = known.drop_duplicates(["match_id", "round"])
    rounds = rounds[rounds["round"] > 1]
    return pd.DataFrame(
        {
            "match_id": rounds["match_id"],
            "before": rounds["before"],
            "rounds_won": (rounds["blue_won"] - rounds["red_won"]).astype(float),
            "won": rounds["won_round"],
        }
    )


def _fitted(numbers: pd.DataFrame, won: pd.Series, bouts: int) -> Weights:
    """Return the weights of a logistic regression without intercept; noughts where there is nothing to learn from."""
    names = [str(name) for name in numbers.columns]
    scale = np.sqrt((numbers.to_numpy() ** 2).mean(axis=0)) if len(numbers) else np.zeros(len(names))
    useful = scale > 0
    weights = np.zeros(len(names))
    if useful.any():
        # Swapping the corners gives a situation that is as true as the one that was seen.
        seen = numbers.to_numpy()[:, useful] / scale[useful]
        both, outcome = np.vstack([seen, -seen]), np.concatenate([won, 1 - won])
        weight = np.full(len(outcome), bouts / len(outcome))  # the situations of one bout count as one together
        model = LogisticRegression(C=PENALTY, fit_intercept=False, max_iter=1000)
        model.fit(both, outcome, sample_weight=weight)
        weights[useful] = model.coef_[0] / scale[useful]
    return dict(zip(names, map(float, weights), strict=True))


# Quality across bouts -----------------------------------------------------------------------------------------------


def _quality(known: pd.DataFrame, numbers: pd.DataFrame, later: pd.DataFrame, seed: int) -> Quality:
    parts = []
    for inside, outside in GroupKFold(FOLDS).split(known, groups=known["match_id"]):
        learned = known.iloc[inside]
        bouts = learned["match_id"].nunique()
        of_round = _fitted(numbers.iloc[inside][list(ROUND)], learned["won_round"], bouts)
        by_score = _fitted(numbers.iloc[inside][list(BASELINE)], learned["won_round"], bouts)
        courses = later[later["match_id"].isin(learned["match_id"])]
        of_later = _fitted(courses[list(LATER)], courses["won"], bouts)
        parts.append(_predicted(known.iloc[outside], numbers.iloc[outside], of_round, by_score, of_later))
    tested = pd.concat(parts)
    draw = np.random.default_rng(seed)
    rows = []
    for kind in ("round", "bout"):
        rows.append(_sums(tested, kind, 0, draw))
        minutes = sorted(map(int, tested["minute"].unique()))
        rows += [_sums(tested[tested["minute"] == minute], kind, minute, None) for minute in minutes]
    return Quality(FOLDS, tuple(rows))


def _predicted(
    known: pd.DataFrame, numbers: pd.DataFrame, of_round: Weights, by_score: Weights, of_later: Weights
) -> pd.DataFrame:
    """Return situations with what model and baseline say of the round and of the bout."""
    course = {"before": known["lead_per_round"], "rounds_won": known["blue_won"] - known["red_won"]}
    now, score = _logistic(of_round, numbers), _logistic(by_score, numbers)
    then = _logistic(of_later, pd.DataFrame(course))
    half = np.full(len(known), 0.5)
    return pd.DataFrame(
        {
            "match_id": known["match_id"],
            "minute": known["minute"],
            "round": now,
            "round_baseline": score,
            "round_won": known["won_round"],
            "bout": _bouts(now, then, known),
            "bout_baseline": _bouts(score, half, known),
            "bout_won": known["won_bout"],
        }
    )


def _logistic(weights: Mapping[str, float], numbers: pd.DataFrame) -> Floats:
    score = numbers[list(weights)].to_numpy() @ np.array(list(weights.values()))
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
    return result


def _bouts(now: Floats, later: Floats, known: pd.DataFrame) -> Floats:
    """Return ``prediction.bout_chance`` of every situation: the same recursion, over whole columns."""
    result = np.zeros(len(known))
    states = known[["blue_won", "red_won", "needed"]].to_numpy()
    for blue, red, needed in np.unique(states, axis=0):
        here = (states == (blue, red, needed)).all(axis=1)
        won = _ahead(int(blue) + 1, int(red), int(needed), later[here])
        lost = _ahead(int(blue), int(red) + 1, int(needed), later[here])
        result[here] = now[here] * won + (1 - now[here]) * lost
    return result


def _ahead(blue: int, red: int, needed: int, later: Floats) -> Floats:
    if blue >= needed or red >= needed:
        return np.full(len(later), 1.0 if blue >= needed else 0.0)
    won, lost = _ahead(blue + 1, red, needed, later), _ahead(blue, red + 1, needed, later)
    return later * won + (1 - later) * lost


def _sums(tested: pd.DataFrame, kind: str, minute: int, draw: np.random.Generator | None) -> Sums:
    said, won = tested[kind].to_numpy(), tested[f"{kind}_won"].to_numpy()
    by_score = tested[f"{kind}_baseline"].to_numpy()
    squares = pd.DataFrame(
        {"match_id": tested["match_id"].to_numpy(), "brier": (said - won) ** 2, "baseline": (by_score - won) ** 2}
    )
    brier, baseline = squares["brier"].mean(), squares["baseline"].mean()
    low = high = None
    if draw is not None:
        low, high = _interval(squares.groupby("match_id")[["brier", "baseline"]].sum().to_numpy(), draw)
    favourite = said >= 0.5
    return Sums(
        of=kind,
        minute=minute,
        situations=len(tested),
        predicted=float(np.where(favourite, said, 1 - said).mean()),
        observed=float(np.where(favourite, won, 1 - won).mean()),
        brier=float(brier),
        baseline=float(baseline),
        skill=_skill(brier, baseline),
        skill_low=low,
        skill_high=high,
    )


def _interval(sums: Floats, draw: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the skill: percentile bootstrap over bouts."""
    totals = np.array([sums[draw.integers(0, len(sums), len(sums))].sum(axis=0) for _ in range(RESAMPLED)])
    low, high = np.percentile(1 - totals[:, 0] / totals[:, 1], [2.5, 97.5])
    return float(low), float(high)


def _skill(brier: float, baseline: float) -> float:
    return float(1 - brier / baseline) if baseline else 0.0
