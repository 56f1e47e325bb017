"""Models with one to twelve classes beside each other, with everything that the choice between them rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from fi_workbench.errors import SegmentationError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.choosing import (
    bivariate_residuals,
    bootstrap_likelihood_ratio,
    mean_posteriors,
    sample_size_adjusted_bic,
)

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

MISSED = 4.0
"""A bivariate residual above this says that the classes miss a pair."""

COMPARISON = pl.Schema(
    {
        "n_classes": pl.Int64(),
        "log_likelihood": pl.Float64(),
        "n_parameters": pl.Int64(),
        "aic": pl.Float64(),
        "bic": pl.Float64(),
        "sample_size_adjusted_bic": pl.Float64(),
        "relative_entropy": pl.Float64(),
        "smallest_share": pl.Float64(),
        "mean_posteriors": pl.List(pl.Float64()),
        "hit_rate": pl.Float64(),
        "replicated": pl.Boolean(),
        "converged": pl.Boolean(),
        "n_pairs_missed": pl.Int64(),
        "worst_pair": pl.String(),
        "worst_residual": pl.Float64(),
        "bootstrap_p": pl.Float64(),
    }
)
"""GRAIN one row per number of classes, ascending.

`mean_posteriors`: one per class, null for a class that nobody is put in; `n_pairs_missed` and `worst_pair`: from the
bivariate residuals; `bootstrap_p`: of the bootstrap likelihood ratio test against one class less, null for the
first row, where not asked for, and where a fit of one class less is not there.
"""


@dataclass(frozen=True)
class Comparison:
    """Models of several numbers of classes on the same rows.

    Attributes:
        table: as `COMPARISON`.
        models: the fitted models by number of classes.
        not_fitted: numbers of classes that the rows cannot tell apart, each with the reason.
    """

    table: pl.DataFrame
    models: dict[int, LatentClassSegmenter] = field(repr=False)
    not_fitted: dict[int, str] = field(default_factory=dict)


def compare(
    answers: pl.DataFrame,
    *,
    n_classes: Iterable[int] = range(1, 13),
    n_starts: int = 20,
    random_state: int = 0,
    prior_families: float = 0.0,
    n_replicates: int = 0,
    reporter: Reporter = SILENT,
) -> Comparison:
    """Fit models of several numbers of classes and set their measures side by side. None of them decides alone.

    Args:
        answers: one row per family, one column per indicator.
        n_classes: numbers of classes.
        n_starts: random starts of each fit.
        random_state: seed.
        prior_families: families added to each class, who answer as all do.
        n_replicates: draws of each bootstrap likelihood ratio test; 0 leaves the test out, which is slow.
        reporter: told of each fit.

    Raises:
        SegmentationError: not even one class can be fitted.
    """
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter  # noqa: PLC0415 - loads scikit-learn

    wanted = sorted(set(n_classes))
    models: dict[int, LatentClassSegmenter] = {}
    not_fitted: dict[int, str] = {}
    rows = []
    reporter.start("Fitting models to compare", len(wanted))
    for n in wanted:
        try:
            models[n] = LatentClassSegmenter(n, n_starts, random_state, prior_families=prior_families).fit(answers)
        except SegmentationError as error:
            if not models:
                raise
            not_fitted[n] = error.what
        else:
            p = None
            if n_replicates and n - 1 in models:
                p = bootstrap_likelihood_ratio(
                    models[n - 1], models[n], answers, n_replicates=n_replicates, random_state=random_state
                )
            rows.append(_measured(models[n], answers, p))
        reporter.advance()
    reporter.finish()
    return Comparison(pl.DataFrame(rows, schema=COMPARISON), models, not_fitted)


def _measured(model: LatentClassSegmenter, answers: pl.DataFrame, p: float | None) -> dict[str, object]:
    residuals = bivariate_residuals(model, answers)
    worst = residuals.row(0, named=True) if residuals.height else None
    return {
        "n_classes": model.n_classes,
        "log_likelihood": model.log_likelihood_,
        "n_parameters": model.n_parameters_,
        "aic": model.aic(),
        "bic": model.bic(),
        "sample_size_adjusted_bic": sample_size_adjusted_bic(model),
        "relative_entropy": model.relative_entropy(answers),
        "smallest_share": float(model.shares_.min()),
        "mean_posteriors": _told(mean_posteriors(model, answers)),
        "hit_rate": model.hit_rate_,
        "replicated": model.replicated_,
        "converged": model.converged_,
        "n_pairs_missed": int((residuals["residual"] > MISSED).sum()),
        "worst_pair": f"{worst['one']} and {worst['other']}" if worst else None,
        "worst_residual": worst["residual"] if worst else None,
        "bootstrap_p": p,
    }


def _told(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
