"""Doubly robust scores of every arm, one row per family: right if either the chances or the expectations are.

    score(a) = expected(a) + weight(a) x (outcome - expected(a)),   weight(a) = [had a] / chance of a.

The weight of an arm looks at that arm alone. A well-known implementation once divided by a product that is right for
two arms only, so the formula written out row by row is a test here.

Source:
    Robins, Rotnitzky and Zhao, JASA 89 (1994); Cattaneo, Journal of Econometrics 155 (2010), for several arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fi_workbench.matching.effects.encoding import Coded, Codes, Reals
from fi_workbench.matching.effects.nuisances import Nuisances

FLOOR = 0.05
"""Chances below this are lifted to it, so that no family stands for more than twenty."""
RARE = 0.25
"""An arm that few have is rare for all: its floor is a quarter of its own share where that is less."""


@dataclass(frozen=True)
class Scores:
    """Scores and what they are made of, family by arm.

    Attributes:
        chance: of each arm, lifted to the floor.
        inside: where the chance is not below the floor.
        weight: of a family in the arm it had; 0 in the others. Their mean over all families is 1 in each arm.
        fitted: expected outcome in each arm.
        residual: outcome less what was expected in the arm it had, one per family.
        honest: the same by models that never saw the family; what variances are made from.
        score: doubly robust score of each arm.
        noise: variance of the outcome that is not explained, family by arm.
    """

    chance: Reals
    inside: Reals
    weight: Reals
    fitted: Reals
    residual: Reals
    honest: Reals
    score: Reals
    noise: Reals


def floors(arm_shares: Reals) -> Reals:
    """The lowest chance of each arm that is believed."""
    return np.asarray(np.minimum(FLOOR, RARE * arm_shares))


def score(outcome: Reals, arm: Codes, nuisances: Nuisances, floor: Reals, *, is_binary: bool) -> Scores:
    """Work out the scores.

    Args:
        outcome: of each family.
        arm: that each family had.
        nuisances: chances and expected outcomes, family by arm.
        floor: lowest chance of each arm.
        is_binary: whether outcomes are 0 or 1.
    """
    n, n_arms = nuisances.fitted.shape
    had = arm[:, None] == np.arange(n_arms)[None, :]
    chance = np.maximum(nuisances.propensity, floor)
    weight = had / chance
    total = weight.mean(axis=0)
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    residual = outcome - nuisances.fitted[np.arange(n), arm]
    honest = residual if nuisances.held_out is None else outcome - nuisances.held_out
    return Scores(
        chance,
        np.asarray(nuisances.propensity >= floor, dtype=np.float64),
        weight,
        nuisances.fitted,
        residual,
        honest,
        nuisances.fitted + weight * residual[:, None],
        _noise(nuisances.fitted, had, honest, is_binary=is_binary),
    )


def _noise(fitted: Reals, had: Reals, residual: Reals, *, is_binary: bool) -> Reals:
    if is_binary:
        inside = np.clip(fitted, 0.01, 0.99)
        return np.asarray(inside * (1 - inside))
    n_had = had.sum(axis=0)
    spread = (had * residual[:, None] ** 2).sum(axis=0) / np.maximum(n_had, 1)
    # An arm with few families has a spread that is itself chance: that of all arms is worth twenty of its own.
    pooled = float(np.mean(residual**2))
    return np.broadcast_to((n_had * spread + 20 * pooled) / (n_had + 20), fitted.shape)


def scores_of(coded: Coded, nuisances: Nuisances) -> Scores:
    """Scores of a cohort."""
    return score(coded.outcome, coded.arm, nuisances, floors(coded.arm_shares), is_binary=coded.is_binary)
