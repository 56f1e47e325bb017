"""One analysis of a cohort: models, scores and cells, before anything is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.matching.effects.cells import Cells, Grouping, by_segment, cells_of, together
from fi_workbench.matching.effects.curved import by_arm
from fi_workbench.matching.effects.encoding import Blocks, Coded, Mask, Reals, encode
from fi_workbench.matching.effects.nuisances import Penalties, fit_linear, tune, with_held_out
from fi_workbench.matching.effects.scores import Scores, scores_of
from fi_workbench.matching.effects.stacking import stacked
from fi_workbench.progress import SILENT, Reporter

MANY = 1_000
"""From so many families on, models are cross-fitted and trees stand beside the linear ones."""
TRIM_ABOVE = 0.20
"""Where more families than this could hardly have had one of the two arms, the answer is about the others."""


@dataclass(frozen=True)
class Analysis:
    """What the answers are made from. It holds families' rows and never leaves the analyst.

    Attributes:
        coded: the families.
        scores: doubly robust scores that the answers use.
        propensity: chances of arms before any floor, family by arm.
        linear: scores of linear models alone, where trees stand beside them.
        penalties: of the linear models.
        segments: cells of arm by segment.
        whole: cells of arm over all segments.
        segments_depend: where in `segments` the two kinds of model differ by more than a standard error.
        whole_depend: the same in `whole`.
        method: how the models were fitted, in a sentence.
    """

    coded: Coded
    scores: Scores
    propensity: Reals
    linear: Scores | None
    penalties: Penalties
    segments: Cells
    whole: Cells
    segments_depend: Mask
    whole_depend: Mask
    method: str

    @property
    def grouping(self) -> Grouping:
        """Families by segment."""
        return by_segment(self.coded)


def analyse(
    cohort: pl.DataFrame,
    *,
    arms: Sequence[str],
    covariates: Blocks | Sequence[str],
    horizon_days: float | None = None,
    random_state: int = 0,
    reporter: Reporter = SILENT,
) -> Analysis:
    """Fit models to a cohort and work out scores and cells.

    Args:
        cohort: as `encoding.encode`.
        arms: usual support first.
        covariates: as `encoding.encode`.
        horizon_days: as `encoding.encode`.
        random_state: the same gives the same answers.
        reporter: told how far it is.

    Raises:
        MatchingError: the cohort cannot be estimated from.
    """
    coded = encode(cohort, arms=arms, covariates=covariates, horizon_days=horizon_days)
    return analyse_coded(coded, random_state=random_state, reporter=reporter)


def analyse_coded(coded: Coded, *, random_state: int = 0, reporter: Reporter = SILENT) -> Analysis:
    """Analyse families that are coded already."""
    random = np.random.default_rng(random_state)
    # On small matrices threads wait for each other longer than they work.
    with threadpool_limits(1):
        penalties = tune(coded, random)
        if len(coded) < MANY:
            used = with_held_out(coded, fit_linear(coded, coded, penalties), penalties, random)
            linear, method = None, "Penalised linear models, fitted on all families."
            if not coded.is_share:  # of shares, what arms have in common is worth more than how each bends
                used, own = by_arm(coded, used)
                if own:
                    method += f" Expected outcomes of {len(own)} of {len(coded.arms)} arms by a Gaussian process each."
        else:
            both = stacked(coded, penalties, random, reporter)
            used, linear = both.stack, scores_of(coded, both.linear)
            method = (
                "Cross-fitted stack of penalised linear models and boosted trees; trees count "
                f"{both.trees_in_arm:.0%} in chances of arms and {both.trees_in_outcome:.0%} in expected outcomes."
            )
    scores = scores_of(coded, used)
    segments, segments_depend = _both(coded, scores, linear, by_segment(coded))
    whole, whole_depend = _both(coded, scores, linear, together(coded))
    return Analysis(
        coded,
        scores,
        used.propensity,
        linear,
        penalties,
        segments,
        whole,
        segments_depend,
        whole_depend,
        method,
    )


def _both(coded: Coded, scores: Scores, linear: Scores | None, grouping: Grouping) -> tuple[Cells, Mask]:
    """Cells, their variance widened by how far the two kinds of model differ, and where that is much."""
    cells = cells_of(coded, scores, grouping, trim_above=TRIM_ABOVE)
    if linear is None:
        return cells, np.zeros(cells.difference.shape, dtype=bool)
    other = cells_of(coded, linear, grouping, trim_above=TRIM_ABOVE)
    apart = np.where(cells.answered == other.answered, cells.difference - other.difference, 0.0)
    depends = np.abs(np.nan_to_num(apart)) > np.sqrt(np.nan_to_num(cells.variance))
    return replace(cells, variance=cells.variance + np.nan_to_num(apart / 2) ** 2), depends
