"""Cohorts whose truth is known: five arms, several segments, and severity that decides both arm and outcome.

They describe nobody. Estimates, intervals and flags are held against their truth in tests, studies and benchmarks, and
guides can be read with them where there is no data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Reals = npt.NDArray[np.float64]

ARMS = ("usual support", "family group conference", "parenting course", "intensive support", "mentoring")
BLOCKS = {
    "history": ("earlier_plans", "earlier_referrals"),
    "needs": ("domestic_abuse", "substance_misuse", "mental_health"),
    "household": ("age_youngest", "n_children"),
}
_OFFERED = (0.0, -0.9, -0.9, -1.1, -1.2)
"""Log-odds of each arm beside usual support, for a family of middling severity."""
_BY_SEVERITY = (0.0, 0.5, -0.3, 0.9, 0.0)
"""What severity adds to them: intensive support goes to the severe, courses to the less severe."""
_LEAST, _MOST = 0.02, 0.98


@dataclass(frozen=True)
class Simulated:
    """A cohort and its truth.

    Attributes:
        cohort: as the estimates take it.
        effects: true difference from usual support in each cell, arm (usual support left out) by segment, as the mean
            over the families drawn.
        chances: true chance of the outcome, family by arm.
    """

    cohort: pl.DataFrame
    effects: Reals
    chances: Reals


def simulated_cohort(
    n: int,
    random: np.random.Generator,
    *,
    n_segments: int = 6,
    different: float = 0.25,
    size: float = 0.18,
    siblings: float = 0.0,
    curved: float = 0.0,
) -> Simulated:
    """Draw a cohort.

    Args:
        n: families.
        random: where chance comes from.
        n_segments: segments of equal size.
        different: share of cells in which the arm truly differs from usual support; 0 is a null.
        size: how much fewer have the outcome in those cells, in shares of families; one in five has as many more.
        siblings: share of families that are in one household with the one before.
        curved: how strongly severity bends the outcome, so that a linear model is wrong.

    Returns:
        The cohort with an outcome that about 22 % of families with usual support have.
    """
    segment = random.integers(0, n_segments, n)
    needs = random.random((n, 3)) < np.array([0.35, 0.25, 0.40])
    earlier = random.poisson(0.5, n), random.poisson(1.2, n)
    age, children = random.uniform(0, 17, n), 1 + random.poisson(1.0, n)
    severity = needs @ np.array([0.8, 0.7, 0.5]) + 0.5 * earlier[0] + 0.25 * earlier[1] - 0.02 * age
    severity = (severity - severity.mean()) / severity.std()
    level = np.array(_OFFERED) + severity[:, None] * np.array(_BY_SEVERITY)
    level = level + 0.3 * np.cos(segment[:, None] + np.arange(5))
    chance = np.exp(level) / np.exp(level).sum(axis=1, keepdims=True)
    arm = np.minimum((chance.cumsum(axis=1) < random.random((n, 1))).sum(axis=1), 4)
    usual = 1 / (1 + np.exp(-(-1.45 + 0.6 * severity + 0.2 * np.sin(segment) + curved * (severity**2 - 1))))
    drawn = random.random((4, n_segments))
    planted = np.where(drawn < different, np.where(drawn < different / 5, size, -size), 0.0)
    shift = np.vstack([np.zeros(n_segments), planted])
    chances = np.clip(usual[:, None] + shift.T[segment], _LEAST, _MOST)
    outcome = random.random(n) < chances[np.arange(n), arm]
    first = np.maximum.accumulate(np.where(random.random(n) < siblings, 0, np.arange(n)))
    cohort = pl.DataFrame(
        {
            "arm": pl.Series(arm).replace_strict(list(range(5)), list(ARMS), return_dtype=pl.String),
            "segment": pl.Series(segment).cast(pl.String).str.pad_start(2, "0"),
            "household": pl.Series(first).cast(pl.String),
            "worker": pl.Series(random.integers(0, max(n // 20, 1), n)).cast(pl.String),
            "outcome": outcome.astype(np.float64),
            "earlier_plans": earlier[0].astype(np.float64),
            "earlier_referrals": earlier[1].astype(np.float64),
            "domestic_abuse": needs[:, 0],
            "substance_misuse": needs[:, 1],
            "mental_health": needs[:, 2],
            "age_youngest": age,
            "n_children": children.astype(np.float64),
        }
    )
    own = segment[:, None] == np.arange(n_segments)[None, :]
    effects = ((chances[:, 1:] - chances[:, [0]]).T @ own) / own.sum(axis=0)
    return Simulated(cohort, effects, chances)
