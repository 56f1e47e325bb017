"""Which cells may speak and which words they reach, for all segments and for all families together.

Arrays here are arm (usual support left out) by segment, with one more place at the end for all families together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from fi_workbench.matching.effects.analysis import Analysis
from fi_workbench.matching.effects.balance import AMBER, GREEN, worst_in_cells
from fi_workbench.matching.effects.cells import Cells
from fi_workbench.matching.effects.encoding import Mask, Reals
from fi_workbench.matching.effects.pooling import Pooled, pool
from fi_workbench.matching.effects.sensitivity import e_values
from fi_workbench.matching.effects.speaking import MOST_OUTSIDE, Words, may_speak, passes_discovery

_SOME_OUTSIDE = 0.05
LEAST_POOLED = 5
"""A variance of fewer families is no variance: such a cell takes no part in pooling."""


@dataclass(frozen=True)
class Judged:
    """What each cell may say, before words.

    Attributes:
        state: `not shown`, `too few to say` or `shown`.
        reason: why not, empty where shown.
        overlap: green, amber or red.
        worst: largest standardised difference after weighting.
        pooled: differences after pooling over segments; the last place is the arm's own, over all families.
        discovered: passes the false discovery rate.
        e_value: of the pooled estimate.
        e_limit: of its limit nearer to no difference.
        shown: where state is `shown`.
        sound: where overlap and models allow "evidence".
        controlled: where the arm does not differ in what it cannot have changed, as far as that could be checked.
        holds: where everything allows "evidence".
    """

    state: Words
    reason: Words
    overlap: Words
    worst: Reals
    pooled: Pooled
    discovered: Mask
    e_value: Reals
    e_limit: Reals
    shown: Mask
    sound: Mask
    controlled: Mask
    holds: Mask


def joined(segments: Reals | Mask, whole: Reals | Mask) -> np.ndarray:
    """Segments and, at the end, all families together."""
    return np.concatenate([segments, whole], axis=1)


def poolable(cells: Cells) -> Reals:
    """Differences that take part in pooling, NaN elsewhere."""
    enough = np.fmin(cells.n_arm, cells.n_usual) >= LEAST_POOLED
    return np.asarray(np.where(enough, cells.difference, np.nan))


def with_whole(pooled: Pooled, difference: Reals, variance: Reals) -> Pooled:
    """Add the arm's own difference over all families at the end, for which nothing is borrowed.

    Args:
        pooled: cells of segments.
        difference: over all families, with one place on the last axis.
        variance: of it.
    """
    spread = np.sqrt(variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        below = ndtr(-difference / spread)
    return Pooled(
        np.concatenate([pooled.mean, difference], axis=-1),
        np.concatenate([pooled.spread, spread], axis=-1),
        np.concatenate([pooled.own, np.ones_like(difference)], axis=-1),
        np.concatenate([pooled.below, below], axis=-1),
        pooled.common,
        pooled.common_spread,
    )


def judge(analysis: Analysis, *, largest_observed: Reals, spread: float, failed: Mask | None = None) -> Judged:
    """Judge every cell.

    Args:
        analysis: of the cohort.
        largest_observed: by arm, the largest E-value of an observed block of covariates.
        spread: scale of the prior on heterogeneity.
        failed: by arm, whether it differs in what it cannot have changed; none does where None.
    """
    segments, whole = analysis.segments, analysis.whole
    worst, allowed = _likeness(analysis)
    outside = np.where(joined(segments.answered, whole.answered) < 1, 0.0, joined(segments.outside, whole.outside))
    state, reason = may_speak(
        n_arm=joined(segments.n_arm, whole.n_arm),
        n_usual=joined(segments.n_usual, whole.n_usual),
        effective=np.nan_to_num(joined(segments.effective, whole.effective)),
        outside=np.nan_to_num(outside, nan=1.0),
        worst=np.nan_to_num(worst, nan=np.inf),
        allowed=allowed,
    )
    shown = state == "shown"
    difference = joined(segments.difference, whole.difference)
    variance = joined(segments.variance, whole.variance)
    local = pool(poolable(segments), segments.variance, prior_spread=spread)
    pooled = with_whole(local, whole.difference, whole.variance)
    discovered = passes_discovery(difference, variance, shown)
    if analysis.coded.is_share:
        estimate, limit = e_values(joined(segments.usual, whole.usual), pooled.mean, pooled.spread)
    else:
        estimate, limit = np.full(shown.shape, np.nan), np.full(shown.shape, np.inf)
    depends = joined(analysis.segments_depend, analysis.whole_depend)
    overlap = np.select(
        [~(worst <= allowed) | ~(outside <= MOST_OUTSIDE), (worst > GREEN) | (outside > _SOME_OUTSIDE)],
        ["red", "amber"],
        "green",
    )
    sound = shown & ~depends & (overlap != "red")
    clear = (pooled.low > 0) | (pooled.high < 0)
    controlled = np.broadcast_to(True if failed is None else ~failed[:, None], shown.shape)
    holds = sound & controlled & discovered & clear & (limit > largest_observed[:, None])
    return Judged(
        state,
        reason,
        overlap,
        worst,
        pooled,
        discovered,
        estimate,
        limit,
        np.asarray(shown),
        sound,
        controlled,
        np.asarray(holds),
    )


def _likeness(analysis: Analysis) -> tuple[Reals, Reals]:
    """Largest standardised differences, and up to which they are no reason to be silent."""
    coded, scores = analysis.coded, analysis.scores
    in_cells, chance = worst_in_cells(coded, scores, analysis.segments.effective)
    together = worst_in_cells(coded.as_one_segment(), scores, analysis.whole.effective)
    worst, by_chance = joined(in_cells, together[0]), joined(chance, together[1])
    return worst, np.maximum(AMBER, by_chance)
