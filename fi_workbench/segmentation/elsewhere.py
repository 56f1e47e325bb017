"""Whether a candidate's segments come out again in each half-year and unit, and without each partner's records.

Each part is fitted by itself from a few starts, which is quick; a part whose own fit was found once says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.agreement import agreement_across, agreement_without, half_year
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import tells_kinds

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

FEW_STARTS = 6
LEAST_FAMILIES = 100
"""A part with fewer families is not fitted by itself."""
MOST_HALF_YEARS = 4

AGREES = pl.Schema(
    {
        "about": pl.String(),
        "part": pl.String(),
        "n_families": pl.Int64(),
        "adjusted_rand": pl.Float64(),
        "least_jaccard": pl.Float64(),
        "replicated": pl.Boolean(),
    }
)


def agrees_elsewhere(
    candidate: Grouping,
    answers: pl.DataFrame,
    *,
    families: pl.DataFrame,
    family_status: pl.DataFrame,
    without: Mapping[str, pl.DataFrame],
    reporter: Reporter = SILENT,
) -> pl.DataFrame:
    """Fit each part of the families by itself, and compare who is together there.

    Args:
        candidate: the grouping.
        answers: one row per family, as `indicators.answers`.
        families: contract `families`; the half-year is that of `first_seen`.
        family_status: contract `family_status`; the locality is the unit that holds the family.
        without: by partner, the answers as they would be without its records.
        reporter: told of each fit.

    Returns:
        Contract `review_agreement`, one row per part: by half-year, then by unit, then by partner. Measures are null
        for a part that cannot be fitted.
    """
    known = answers.filter(tells_kinds()).sort("family_id")
    model = model_of(candidate, FEW_STARTS)
    rows = known.select(item.name for item in candidate.items)
    told = known.select("family_id").join(
        families.select("family_id", "first_seen"), on="family_id", how="left", maintain_order="left"
    ).join(family_status.select("family_id", "unit"), on="family_id", how="left", maintain_order="left")  # fmt: skip
    halves = _large(half_year(told["first_seen"]))
    latest = halves.drop_nulls().unique().sort().tail(MOST_HALF_YEARS)
    halves = halves.set(~halves.is_in(latest.implode()).fill_null(value=False), None)
    others = {
        partner: known.select("family_id")
        .join(frame, on="family_id", how="left", maintain_order="left")
        .select(rows.columns)
        for partner, frame in without.items()
    }
    found = {
        "half_year": agreement_across(model, rows, halves, reporter=reporter),
        "unit": agreement_across(model, rows, _large(told["unit"]), reporter=reporter),
        "without": agreement_without(model, rows, others, reporter=reporter),
    }
    by_part = [
        frame.group_by("part", maintain_order=True)
        .agg(
            n_families=pl.col("n").first(),
            adjusted_rand=pl.col("adjusted_rand").first(),
            least_jaccard=pl.col("jaccard").min(),
            replicated=pl.col("replicated").first(),
        )
        .with_columns(about=pl.lit(about))
        .select(AGREES.names())
        .cast(AGREES)
        for about, frame in found.items()
    ]
    return pl.concat(by_part)


def model_of(grouping: Grouping, n_starts: int) -> LatentClassSegmenter:
    """A grouping as the estimator that it was, with fewer starts for what is fitted beside it."""
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter  # noqa: PLC0415 - loads scikit-learn

    shares = np.array([segment.share for segment in grouping.segments])
    fit = grouping.fit
    return LatentClassSegmenter.from_dict(
        {
            "parameters": {
                "n_classes": len(grouping.segments), "n_starts": n_starts, "random_state": grouping.random_state,
                "prior_families": grouping.prior_families,
            },
            "items": [
                {"name": item.name, "categories": list(item.categories), "probabilities": table.tolist()}
                for item, table in zip(grouping.items, grouping.tables, strict=True)
            ],
            "shares": (shares / shares.sum()).tolist(),
            "fit": {
                "log_likelihood_": fit.log_likelihood, "hit_rate_": fit.hit_rate, "replicated_": fit.replicated,
                "converged_": True, "n_observations_": float(grouping.families.fitted), "n_set_aside_": 0.0,
                "n_patterns_": grouping.families.patterns, "n_parameters_": fit.n_parameters, "starts": [],
            },
        }
    )  # fmt: skip


def _large(parts: pl.Series) -> pl.Series:
    """Parts with enough families, null elsewhere."""
    counted = parts.cast(pl.String).alias("part").to_frame().with_columns(n=pl.len().over("part"))
    return counted.select(pl.when(pl.col("n") >= LEAST_FAMILIES).then("part").alias("part")).to_series()
