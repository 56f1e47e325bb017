"""Empirical Bayes pooling: what other segments say of an arm is part of what is known about it in this one.

A difference of each segment is drawn towards the arm's common one, the more the less its own families say. How much
segments truly differ is not known, so it is averaged over: a grid of heterogeneities, each weighed by how well it
explains the differences and by a half-normal prior that thinks large ones rare. Published evidence enters as a prior
on the common difference, widened by how far studies of its rating carry over.

Source:
    Morris, JASA 78 (1983), pages 47-65; Gelman and others, Bayesian Data Analysis (3rd edition), chapter 5.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from fi_workbench.errors import MatchingError
from fi_workbench.matching.catalogue import RATING_TO_BE_CHECKED
from fi_workbench.matching.effects.encoding import Reals

PRIOR_SPREAD = 0.12
"""Scale of the half-normal prior on how much segments differ, in shares of families.

With .08 the 95 % intervals of cells in which an arm truly does something hold the truth too seldom where most arms do
nothing (.88 at 600 families, .82 at 2,000); with .12, .92 and .87, the error no larger and fewer wrong flags.
"""
GRID = (np.arange(40) + 0.5) * 0.01
"""Heterogeneities averaged over: the middles of forty steps up to 0.4."""
TRANSPORT = {"4": 0.03, "3": 0.05, "2": 0.10, "NE": 0.05}
"""How far the effect here may lie from the published one, by rating (standard deviation). NL2 carries no weight."""
CONFLICT = 2.0
"""Local and published evidence further apart than so many standard errors are shown side by side, not combined."""
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Published:
    """Evidence published on an arm.

    Attributes:
        difference: in the outcome, arm less usual support, in shares of families.
        standard_error: of the difference; above 0.
        rating: of the evidence: 4, 3, 2, NL2 or NE, with or without "L" before and "+" after; or the catalogue's words
            for one that nobody has looked up, which carries no weight.
    """

    difference: float
    standard_error: float
    rating: str

    def prior(self) -> tuple[float, float] | None:
        """Mean and variance of the prior that it makes; none where the rating carries no weight.

        Raises:
            MatchingError: an unknown rating, or a standard error of 0 or less.
        """
        if self.rating == RATING_TO_BE_CHECKED:
            return None
        rating = self.rating.strip().upper().removesuffix("+")
        rating = rating.removeprefix("L") if rating.startswith("L") else rating
        if rating not in {*TRANSPORT, "NL2"} or not self.standard_error > 0:
            raise MatchingError(
                "Published evidence needs a known rating and a standard error above 0.",
                where="published",
                next_step="Valid ratings: 4, 3, 2, NL2, NE.",
            )
        if rating == "NL2":
            return None
        centre = 0.0 if rating == "NE" else self.difference
        return centre, self.standard_error**2 + TRANSPORT[rating] ** 2


@dataclass(frozen=True)
class Pooled:
    """What is believed of each cell and of the arm, given all its segments.

    Attributes:
        mean: of each cell, in the shape given.
        spread: standard deviation of each cell.
        own: share of each cell's figure that is its own families', 0 to 1.
        below: chance that the true difference is below 0.
        common: mean over segments of the arm, one axis less.
        common_spread: its standard deviation.
    """

    mean: Reals
    spread: Reals
    own: Reals
    below: Reals
    common: Reals
    common_spread: Reals

    @property
    def low(self) -> Reals:
        """Lower end of the 95 % interval."""
        return np.asarray(self.mean - Z95 * self.spread)

    @property
    def high(self) -> Reals:
        """Upper end of the 95 % interval."""
        return np.asarray(self.mean + Z95 * self.spread)


def pool(
    difference: npt.ArrayLike,
    variance: npt.ArrayLike,
    *,
    prior: tuple[float, float] | None = None,
    prior_spread: float = PRIOR_SPREAD,
) -> Pooled:
    """Pool cells over the last axis.

    Args:
        difference: any axes, the last one over segments; NaN where there is none.
        variance: of each.
        prior: mean and variance of what is believed of the common difference beforehand; flat without.
        prior_spread: scale of the half-normal prior on heterogeneity, in the unit of the differences.

    Returns:
        Figures of every cell; a cell without a difference of its own gets what the others say of it.
    """
    d = np.asarray(difference, dtype=np.float64)[..., None]
    v = np.asarray(variance, dtype=np.float64)[..., None]
    spread = GRID * (prior_spread / PRIOR_SPREAD)
    there = np.isfinite(d) & np.isfinite(v) & (v > 0)
    d, v = np.where(there, d, 0.0), np.where(there, v, 1.0)
    total = v + spread**2
    precision = there / total
    about, known = prior if prior is not None else (0.0, math.inf)
    # Axes: any, segments, heterogeneities. The common difference is worked out for each heterogeneity.
    information = precision.sum(axis=-2, keepdims=True) + 1 / known
    with np.errstate(divide="ignore", invalid="ignore"):
        common = ((precision * d).sum(axis=-2, keepdims=True) + about / known) / information
        likelihood = (
            -0.5 * np.where(there, np.log(total), 0.0).sum(axis=-2)
            - 0.5 * np.log(information[..., 0, :])
            - 0.5 * (precision * (d - common) ** 2).sum(axis=-2)
            - 0.5 * (common[..., 0, :] - about) ** 2 / known
            - 0.5 * (GRID / PRIOR_SPREAD) ** 2
        )
        weight = np.exp(likelihood - likelihood.max(axis=-1, keepdims=True))
        weight = (weight / weight.sum(axis=-1, keepdims=True))[..., None, :]
        own = np.where(there, spread**2 / total, 0.0)
        mean = own * d + (1 - own) * common
        within = np.where(there, own * v, spread**2) + (1 - own) ** 2 / information
        centre = (weight * mean).sum(axis=-1)
        wide = np.sqrt((weight * (within + (mean - centre[..., None]) ** 2)).sum(axis=-1))
        below = (weight * ndtr(-mean / np.sqrt(within))).sum(axis=-1)
        middle = (weight * common).sum(axis=-1)
        apart = (weight * (1 / information + (common - middle[..., None]) ** 2)).sum(axis=-1)
    return Pooled(centre, wide, (weight * own).sum(axis=-1), below, middle[..., 0], np.sqrt(apart[..., 0]))


def conflict(local: float, variance: float, prior: tuple[float, float]) -> float:
    """How many standard errors local evidence lies from the published."""
    return (local - prior[0]) / math.sqrt(variance + prior[1])


def combine(local: float, variance: float, prior: tuple[float, float]) -> tuple[float, float]:
    """Mean and variance of local and published evidence together, weighed by what each knows.

    Example:
        >>> mean, spread = combine(-0.12, 0.07**2, (-0.086, 0.024**2 + 0.03**2))
        >>> round(mean, 3), round(spread**0.5, 3)
        (-0.094, 0.034)
    """
    weight = prior[1] / (variance + prior[1])
    return weight * local + (1 - weight) * prior[0], weight * variance
