"""Whether arms are alike in what is known of families: before and after weighting, and who could not have had both.

A standardised difference is the weighted mean of an arm less the mean of those the answer is about, over the spread
within arms before weighting (the square root of the mean of the arms' variances). No p-values: they fall with the
number of families, and balance does not.

Source:
    Austin, Statistics in Medicine 28 (2009), pages 3083-3107; the bounds are convention.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.special import ndtri

from fi_workbench.matching.effects.encoding import Coded, Reals
from fi_workbench.matching.effects.scores import Scores

GREEN, AMBER = 0.10, 0.20
"""Differences up to the first are small, up to the second worth knowing; beyond, the arms are not comparable."""
_CHANCE = 0.05


def balance(coded: Coded, scores: Scores) -> pl.DataFrame:
    """Set out how alike each arm is to all families.

    Returns:
        One row per arm and covariate, for a love plot: `arm`, `covariate`, `of` (`value` or `not known`), `before`,
        `after` (standardised differences) and `state` (green, amber, red); largest after weighting first in each arm.
    """
    rows = []
    spread = _spread(coded)
    centre = coded.features.mean(axis=0)
    marks = _marks(coded)
    for place, arm in enumerate(coded.arms):
        had = coded.arm == place
        if not had.any():
            continue
        weight = scores.weight[had, place]
        before = (coded.features[had].mean(axis=0) - centre) / spread
        after = (weight @ coded.features[had] / weight.sum() - centre) / spread
        for (name, of), one, other in zip(marks, before, after, strict=True):
            rows.append((arm, name, of, float(one), float(other), state_of(abs(float(other)))))
    schema = {"arm": pl.String, "covariate": pl.String, "of": pl.String, "before": pl.Float64, "after": pl.Float64}
    made = pl.DataFrame(rows, schema=schema | {"state": pl.String}, orient="row")
    order = pl.col("arm").replace_strict(list(coded.arms), range(len(coded.arms)), return_dtype=pl.Int64)
    return made.sort(order, pl.col("after").abs() * -1, "covariate", "of")


def state_of(difference: float) -> str:
    """Green, amber or red."""
    return "green" if difference <= GREEN else "amber" if difference <= AMBER else "red"


def _marks(coded: Coded) -> list[tuple[str, str]]:
    seen: set[int] = set()
    marks = []
    for place in coded.feature_of.tolist():
        marks.append((coded.names[place], "not known" if place in seen else "value"))
        seen.add(place)
    return marks


def _spread(coded: Coded) -> Reals:
    """Root of the mean of the arms' variances, before weighting."""
    variances = [
        coded.features[coded.arm == arm].var(axis=0) for arm in range(len(coded.arms)) if coded.arm_shares[arm]
    ]
    spread = np.sqrt(np.mean(variances, axis=0))
    return np.asarray(np.where(spread > 0, spread, 1.0))


def worst_in_cells(coded: Coded, scores: Scores, effective: Reals) -> tuple[Reals, Reals]:
    """The largest difference of each cell, and what it may be by chance alone.

    A cell of twenty families is unlike its segment in some covariate by chance, which the outcome model mends; only
    what goes beyond chance says that the arm went to other families.

    Args:
        coded: the families.
        scores: of these.
        effective: effective sample size of each cell, arm (usual support left out) by segment.

    Returns:
        Both as arm (usual support left out) by segment; the larger of the arm's own and usual support's.
    """
    n_segments, n_features = len(coded.segments), coded.features.shape[1]
    if not n_features:
        return np.zeros(effective.shape), np.zeros(effective.shape)
    n = np.arange(len(coded))
    member = csr_array((np.ones(len(coded)), (coded.segment, n)), shape=(n_segments, len(coded)))
    counts = np.bincount(coded.segment, minlength=n_segments)
    centre = np.asarray(member @ coded.features) / counts[:, None]
    spread = _spread(coded)
    worst = np.full((len(coded.arms), n_segments), np.nan)
    for arm in range(len(coded.arms)):
        had = np.flatnonzero(coded.arm == arm)
        weight = scores.weight[had, arm]
        own = csr_array((weight, (coded.segment[had], np.arange(len(had)))), shape=(n_segments, len(had)))
        total = own.sum(axis=1)
        mean = np.divide(
            own @ coded.features[had],
            total[:, None],
            out=np.full((n_segments, n_features), np.nan),
            where=total[:, None] > 0,
        )
        worst[arm] = np.abs((mean - centre) / spread).max(axis=1)
    chance = -ndtri(_CHANCE / 2 / n_features) / np.sqrt(np.maximum(np.nan_to_num(effective, nan=1.0), 1.0))
    return np.fmax(worst[1:], worst[0]), np.asarray(chance)
