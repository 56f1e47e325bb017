"""Who tends to get which arm, and what would be expected of each family in each arm: penalised linear models.

Below about a thousand families these full-sample models err least. The outcome model pools arms and segments: arm by
segment columns are made small, so that the penalty keeps them near the common picture unless the data say otherwise.

Source:
    Okasa, arXiv 2201.12692 (full-sample estimation in small samples); Pedregosa and others, JMLR 12 (scikit-learn).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from fi_workbench.matching.effects.encoding import Coded, Codes, Reals

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0)
"""Inverse penalties (C of a logistic regression) among which cross-validation chooses."""
INTERACTION = 0.5
"""How small arm by segment columns are made: their penalty is four times that of the others."""
MIDDLE = 0.1
BY_ARM = (0.0, 0.5, 2.0)
"""How freely covariates may act differently by arm: not at all, under a stronger penalty, or nearly arm by arm."""
FREE = 10.0
"""How large arm columns are made, so that the penalty hardly touches what an arm does in common."""
NEWTON = 1_000
TUNED_ON = 10_000
"""More families than this settle no penalty better."""
N_TUNING_FOLDS = 5


@dataclass(frozen=True)
class Nuisances:
    """What the scores are made of.

    Attributes:
        propensity: chance of each arm, family by arm; rows sum to 1.
        fitted: expected outcome in each arm, family by arm.
    """

    propensity: Reals
    fitted: Reals
    held_out: Reals | None = None
    """Expected outcome of each family in the arm it had, by a model that never saw it; none where all models are so."""


@dataclass(frozen=True)
class Penalties:
    """What cross-validation chose: inverse penalties, how differently covariates may act by arm, how large arms are."""

    arm: float
    outcome: float
    by_arm: float
    arm_scale: float


def folds_of(strata: Codes, n_folds: int, random: np.random.Generator) -> Codes:
    """Folds of equal size in which each stratum is spread evenly."""
    order = np.lexsort((random.random(len(strata)), strata))
    folds = np.empty(len(strata), dtype=np.int64)
    folds[order] = np.arange(len(strata)) % n_folds
    return folds


def _dummies(codes: Codes, n: int) -> Reals:
    return np.asarray(codes[:, None] == np.arange(n)[None, :], dtype=np.float64)


def arm_design(coded: Coded) -> Reals:
    """Columns that the chance of an arm hangs on: covariates and segments."""
    return np.hstack([coded.features, _dummies(coded.segment, len(coded.segments))])


def free(coded: Coded) -> float:
    """How large arm columns are made. Where families are many, no penalty touches them anyway."""
    return FREE if len(coded) <= NEWTON or not coded.is_binary else 1.0


def outcome_design(coded: Coded, by_arm: float, arm_scale: float) -> Reals:
    """Columns that the outcome hangs on: covariates, arms, segments, and arms by segments made small."""
    n_arms, n_segments = len(coded.arms), len(coded.segments)
    arm = _dummies(coded.arm, n_arms)
    cell = INTERACTION * _dummies(coded.arm * n_segments + coded.segment, n_arms * n_segments)
    parts = [coded.features, arm_scale * arm, _dummies(coded.segment, n_segments), cell]
    if by_arm:
        parts += [by_arm * arm[:, [a]] * coded.features for a in range(n_arms)]
    return np.hstack(parts)


def _logistic(inverse_penalty: float, design: Reals) -> LogisticRegression:
    """Newton's steps are few, but each costs the square of the columns for every family: where many, others."""
    solver = "newton-cholesky" if len(design) <= NEWTON else "lbfgs"
    return LogisticRegression(C=inverse_penalty, solver=solver, max_iter=300, tol=1e-4)


def fit_arms(design: Reals, arm: Codes, n_arms: int, inverse_penalty: float) -> tuple[Reals, Reals]:
    """Coefficients of a multinomial logistic regression, and intercepts; an arm that nobody had gets no chance."""
    there = np.unique(arm)
    coefficients, intercepts = np.zeros((design.shape[1], n_arms)), np.full(n_arms, -np.inf)
    if len(there) == 1:
        intercepts[there] = 0.0
        return coefficients, intercepts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = _logistic(inverse_penalty, design).fit(design, arm)
    if len(there) == 2:
        coefficients[:, there[1]], intercepts[there] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coefficients[:, there], intercepts[there] = model.coef_.T, model.intercept_
    return coefficients, intercepts


def arm_chances(design: Reals, coefficients: Reals, intercepts: Reals) -> Reals:
    """Chance of each arm."""
    level = design @ coefficients + intercepts
    level -= level.max(axis=1, keepdims=True)
    chance = np.exp(level)
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def fit_outcome(design: Reals, outcome: Reals, inverse_penalty: float, *, is_binary: bool) -> tuple[Reals, float]:
    """Coefficients and intercept of the outcome: logistic where it is 0 or 1, else linear."""
    if np.ptp(outcome) == 0:
        level = float(outcome[0])
        return np.zeros(design.shape[1]), float(np.log((level + 1e-3) / (1 - level + 1e-3))) if is_binary else level
    if is_binary:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = _logistic(inverse_penalty, design).fit(design, outcome)
        return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])
    model = Ridge(alpha=1 / inverse_penalty).fit(design, outcome)
    return np.asarray(model.coef_, dtype=np.float64), float(model.intercept_)


def expected(coded: Coded, coefficients: Reals, intercept: float, by_arm: float, arm_scale: float) -> Reals:
    """Expected outcome of each family in each arm, without laying out a design for each."""
    n_arms, n_segments, width = len(coded.arms), len(coded.segments), coded.features.shape[1]
    ends = np.cumsum([width, n_arms, n_segments, n_arms * n_segments])
    common, arm, segment, cell, own = np.split(coefficients, ends)
    offset = intercept + arm_scale * arm[:, None] + segment[None, :] + INTERACTION * cell.reshape(n_arms, n_segments)
    slopes = np.repeat(common[:, None], n_arms, axis=1)
    if by_arm:
        slopes = slopes + by_arm * own.reshape(n_arms, width).T
    level = coded.features @ slopes + offset.T[coded.segment]
    return np.asarray(1 / (1 + np.exp(-level))) if coded.is_binary else np.asarray(level)


def log_loss(chance: Reals, arm: Codes) -> float:
    """Mean log-loss of chances of arms."""
    return float(-np.log(np.clip(chance[np.arange(len(arm)), arm], 1e-9, 1)).mean())


def outcome_loss(predicted: Reals, outcome: Reals, *, is_binary: bool) -> float:
    """Mean log-loss of an outcome of 0 or 1, else mean squared error."""
    if not is_binary:
        return float(np.mean((outcome - predicted) ** 2))
    chance = np.clip(predicted, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(outcome == 1, np.log(chance), np.log1p(-chance))))


def _by_arm(predicted: Reals, outcome: Reals, arm: Codes, *, is_binary: bool) -> float:
    """Mean loss of arms: each is compared, so each counts alike, however few families it has."""
    each = [arm == place for place in np.unique(arm)]
    return float(np.mean([outcome_loss(predicted[own], outcome[own], is_binary=is_binary) for own in each]))


def subset(coded: Coded, rows: Codes) -> Coded:
    """Some of the families, as needed to fit models."""
    return replace(
        coded,
        arm=coded.arm[rows],
        segment=coded.segment[rows],
        outcome=coded.outcome[rows],
        raw=coded.raw[rows],
        features=coded.features[rows],
        clusters=(),
    )


def tune(coded: Coded, random: np.random.Generator) -> Penalties:
    """Choose penalties by cross-validated loss, on a draw of families where there are many."""
    rows = np.arange(len(coded))
    if len(coded) > TUNED_ON:
        rows = np.sort(random.choice(len(coded), TUNED_ON, replace=False))
    some = subset(coded, rows)
    folds = folds_of(some.arm, N_TUNING_FOLDS, random)
    design = arm_design(some)
    parts = [(folds != fold, folds == fold) for fold in np.unique(folds)]  # of four families, four

    def arm_loss(inverse_penalty: float) -> float:
        losses = []
        for fit, held in parts:
            chance = arm_chances(design[held], *fit_arms(design[fit], some.arm[fit], len(some.arms), inverse_penalty))
            losses.append(log_loss(chance, some.arm[held]))
        return float(np.mean(losses))

    scale = 1.0 if some.is_binary else float(some.outcome.std())

    def loss(inverse_penalty: float, by_arm: float) -> float:
        columns = outcome_design(some, by_arm, free(coded))
        losses = []
        for fit, held in parts:
            coefficients, intercept = fit_outcome(
                columns[fit], some.outcome[fit] / scale, inverse_penalty, is_binary=some.is_binary
            )
            level = columns[held] @ coefficients + intercept
            predicted = 1 / (1 + np.exp(-level)) if some.is_binary else level
            losses.append(_by_arm(predicted, some.outcome[held] / scale, some.arm[held], is_binary=some.is_binary))
        return float(np.mean(losses))

    # One after the other: how freely arms differ, then how strong the penalty is.
    by_arm = min(BY_ARM, key=lambda free: loss(MIDDLE, free))
    outcome = min(PENALTIES, key=lambda penalty: loss(penalty, by_arm))
    return Penalties(min(PENALTIES, key=arm_loss), outcome, by_arm, free(coded))


def with_held_out(coded: Coded, made: Nuisances, penalties: Penalties, random: np.random.Generator) -> Nuisances:
    """Add what models that never saw a family would have expected of it: only these tell how wrong they are."""
    folds = folds_of(coded.arm, N_TUNING_FOLDS, random)
    design = outcome_design(coded, penalties.by_arm, penalties.arm_scale)
    held_out = np.empty(len(coded))
    for fold in range(N_TUNING_FOLDS):
        fit, held = folds != fold, folds == fold
        slopes, intercept = fit_outcome(design[fit], coded.outcome[fit], penalties.outcome, is_binary=coded.is_binary)
        level = design[held] @ slopes + intercept
        held_out[held] = 1 / (1 + np.exp(-level)) if coded.is_binary else level
    return replace(made, held_out=held_out)


def fit_linear(coded: Coded, at: Coded, penalties: Penalties) -> Nuisances:
    """Fit on some families and give chances and expectations of others (or of the same).

    Args:
        coded: whom the models are fitted on.
        at: for whom chances and expected outcomes are wanted.
        penalties: as `tune` chose them.
    """
    coefficients, intercepts = fit_arms(arm_design(coded), coded.arm, len(coded.arms), penalties.arm)
    propensity = arm_chances(arm_design(at), coefficients, intercepts)
    slopes, intercept = fit_outcome(
        outcome_design(coded, penalties.by_arm, penalties.arm_scale),
        coded.outcome,
        penalties.outcome,
        is_binary=coded.is_binary,
    )
    return Nuisances(propensity, expected(at, slopes, intercept, penalties.by_arm, penalties.arm_scale))
