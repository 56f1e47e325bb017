"""A cross-fitted stack of penalised linear models and boosted trees, for a thousand families or more.

Where an outcome bends with what is known of a family, linear models keep their bias while their intervals shrink.
Each family's figures come from models that never saw it. How much each kind of model counts is chosen by its loss on
families held out; the linear figures are always kept beside, because where the two differ the answer depends on the
model and must say so.

Source:
    Chernozhukov and others, Econometrics Journal 21 (2018), C1-C68; Wolpert, Neural Networks 5 (1992), 241-259.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from fi_workbench.matching.effects.encoding import Coded, Codes, Reals
from fi_workbench.matching.effects.nuisances import (
    Nuisances,
    Penalties,
    fit_linear,
    folds_of,
    log_loss,
    outcome_loss,
    subset,
)
from fi_workbench.progress import Reporter

N_FOLDS = 5
N_REPEATS = 3
BOOSTED_ON = 20_000
"""Trees are grown on at most so many families of each fit: more change their shape little, and cost in proportion."""
_TREES = {"max_leaf_nodes": 8, "learning_rate": 0.1, "min_samples_leaf": 20, "early_stopping": False}
N_ARM_TREES, N_OUTCOME_TREES = 50, 100
_SHARES = np.linspace(0, 1, 11)


@dataclass(frozen=True)
class Stacked:
    """Both answers, and how much the trees count.

    Attributes:
        stack: what is used.
        linear: cross-fitted penalised linear models alone.
        trees_in_arm: share of the trees in the chances of arms, 0 to 1.
        trees_in_outcome: share of the trees in the expected outcomes, 0 to 1.
    """

    stack: Nuisances
    linear: Nuisances
    trees_in_arm: float
    trees_in_outcome: float


def stacked(coded: Coded, penalties: Penalties, random: np.random.Generator, reporter: Reporter) -> Stacked:
    """Fit, fold by fold and repeat by repeat; repeats are averaged, so that no single split decides."""
    sums = [np.zeros((len(coded), len(coded.arms))) for _ in range(4)]
    reporter.start("models of arms and outcomes", N_FOLDS * N_REPEATS)
    for _ in range(N_REPEATS):
        folds = folds_of(coded.arm, N_FOLDS, random)
        for fold in range(N_FOLDS):
            own, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            fit, at = subset(coded, own), subset(coded, held)
            linear = fit_linear(fit, at, penalties)
            trees = _boosted(fit, at, random)
            parts = linear.propensity, linear.fitted, trees.propensity, trees.fitted
            for total, part in zip(sums, parts, strict=True):
                total[held] += part / N_REPEATS
            reporter.advance()
    reporter.finish()
    arm_linear, outcome_linear, arm_trees, outcome_trees = sums
    in_arm = _share(lambda share: log_loss(_mix(arm_linear, arm_trees, share), coded.arm))
    here = np.arange(len(coded)), coded.arm
    in_outcome = _share(
        lambda share: outcome_loss(
            _mix(outcome_linear[here], outcome_trees[here], share), coded.outcome, is_binary=coded.is_binary
        )
    )
    return Stacked(
        Nuisances(_mix(arm_linear, arm_trees, in_arm), _mix(outcome_linear, outcome_trees, in_outcome)),
        Nuisances(arm_linear, outcome_linear),
        in_arm,
        in_outcome,
    )


def _mix(linear: Reals, trees: Reals, share: float) -> Reals:
    return np.asarray((1 - share) * linear + share * trees)


def _share(loss: Callable[[float], float]) -> float:
    return float(min(_SHARES, key=loss))


def _some(n: int, random: np.random.Generator) -> Codes:
    return np.arange(n) if n <= BOOSTED_ON else np.sort(random.choice(n, BOOSTED_ON, replace=False))


def _boosted(fit: Coded, at: Coded, random: np.random.Generator) -> Nuisances:
    some = subset(fit, _some(len(fit), random))
    seed = int(random.integers(2**31))
    n_known = some.raw.shape[1]
    propensity = np.zeros((len(at), len(at.arms)))
    there = np.unique(some.arm)
    if len(there) == 1:
        propensity[:, there] = 1.0
    else:
        model = HistGradientBoostingClassifier(
            max_iter=N_ARM_TREES, categorical_features=[n_known], random_state=seed, **_TREES
        ).fit(_columns(some), some.arm)
        propensity[:, there] = model.predict_proba(_columns(at))
    kind = HistGradientBoostingClassifier if some.is_binary else HistGradientBoostingRegressor
    trees = kind(
        max_iter=N_OUTCOME_TREES, categorical_features=[n_known, n_known + 1], random_state=seed, **_TREES
    ).fit(np.column_stack([_columns(some), some.arm]), some.outcome)
    fitted = np.empty((len(at), len(at.arms)))
    for arm in range(len(at.arms)):
        columns = np.column_stack([_columns(at), np.full(len(at), arm)])
        fitted[:, arm] = trees.predict_proba(columns)[:, -1] if some.is_binary else trees.predict(columns)
    return Nuisances(propensity, fitted)


def _columns(coded: Coded) -> Reals:
    """Covariates as they came (trees know what is not known) and the segment as a code."""
    return np.column_stack([coded.raw, coded.segment])
