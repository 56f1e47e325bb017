"""Whether a grouping is the same wherever and whenever families are looked at, and whatever a partner leaves out.

The model is fitted anew on the families of each half-year or locality, or on the same families described without one
partner's records, and the two groupings of the same families are compared.

Source:
    Hennig 2007 (doi 10.1016/j.csda.2006.11.025): the Jaccard index by class and its bands; Hubert and Arabie 1985:
    the adjusted Rand index; Kuhn 1955: classes matched one to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from fi_workbench.errors import SegmentationError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.patterns import Codes, Reals
from fi_workbench.segmentation.stability import adjusted_rand, band, contingency, jaccard

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

AGREEMENT = pl.Schema(
    {
        "part": pl.String(),
        "class": pl.Int64(),
        "n": pl.Int64(),
        "n_class": pl.Int64(),
        "jaccard": pl.Float64(),
        "band": pl.String(),
        "adjusted_rand": pl.Float64(),
        "replicated": pl.Boolean(),
        "left_out": pl.String(),
    }
)
"""GRAIN one row per part and class of the model.

`n`: families of the part that both groupings place; `n_class`: those that the model puts in the class; `jaccard`:
families in both the class and its match, as a share of those in either; `band`: Hennig's words for it;
`adjusted_rand`: of the whole part; `replicated`: whether the part's own fit was found more than once; `left_out`:
indicators that the part's fit could not use, with commas. `jaccard` and what follows are null for a part that
cannot be fitted.
"""


def agreement_across(
    model: LatentClassSegmenter, answers: pl.DataFrame, parts: pl.Series, *, reporter: Reporter = SILENT
) -> pl.DataFrame:
    """Refit a model on each part of its families, and compare who is together there.

    Args:
        model: fitted.
        answers: the rows it was fitted on.
        parts: the part of each row, such as its half-year (`half_year`) or locality; rows without one are left out.
        reporter: told of each refit.

    Returns:
        Agreement as `AGREEMENT`, by part and class.

    Raises:
        SegmentationError: not one part for each row.
    """
    if len(parts) != answers.height:
        raise SegmentationError(
            "Each row must have its part.", where=str(parts.name), how_many=f"{len(parts)} parts, {answers.height} rows"
        )
    told = parts.cast(pl.String)
    of_part = {name: answers.filter(told == name) for name in sorted(told.drop_nulls().unique())}
    return _compared(model, {name: (rows, rows) for name, rows in of_part.items()}, reporter)


def agreement_without(
    model: LatentClassSegmenter,
    answers: pl.DataFrame,
    others: Mapping[str, pl.DataFrame],
    *,
    reporter: Reporter = SILENT,
) -> pl.DataFrame:
    """Refit a model on the same families described otherwise, such as without one partner's records.

    Args:
        model: fitted.
        answers: the rows it was fitted on.
        others: by name (such as the partner left out), the same families in the same order with their other answers.
        reporter: told of each refit.

    Returns:
        Agreement as `AGREEMENT`, by name and class.

    Raises:
        SegmentationError: a description has another number of families.
    """
    odd = [name for name, rows in others.items() if rows.height != answers.height]
    if odd:
        raise SegmentationError(
            "A description must hold the same families in the same order.",
            where=", ".join(odd),
            how_many=f"{len(odd)} of {len(others)} descriptions",
        )
    return _compared(model, {name: (answers, rows) for name, rows in others.items()}, reporter)


def half_year(days: pl.Series) -> pl.Series:
    """The half of the year in which each day lies.

    Example:
        >>> from datetime import date
        >>> half_year(pl.Series([date(2026, 6, 30), date(2026, 7, 1), None])).to_list()
        ['2026-1', '2026-2', None]
    """
    half = (days.dt.month() - 1) // 6 + 1
    return pl.select(pl.format("{}-{}", pl.lit(days.dt.year()), pl.lit(half)).alias(days.name)).to_series()


def _compared(
    model: LatentClassSegmenter, parts: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]], reporter: Reporter
) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    reporter.start("Fitting parts by themselves", len(parts))
    for name, (before, now) in parts.items():
        rows += _one(model, name, before, now)
        reporter.advance()
    reporter.finish()
    return pl.DataFrame(rows, schema=AGREEMENT)


def _one(model: LatentClassSegmenter, name: str, before: pl.DataFrame, now: pl.DataFrame) -> list[dict[str, object]]:
    own = model.predict(before)
    usable = now.select(column.name for column in now if column.drop_nulls().n_unique() > 1)
    left_out = ", ".join(column for column in now.columns if column not in usable.columns) or None
    fresh = type(model)(**model.to_dict()["parameters"])
    try:
        fresh.fit(usable)
    except SegmentationError:
        nothing = {"jaccard": None, "band": None, "adjusted_rand": None, "replicated": None}
        counts = _sizes(own, model.n_classes)
        return [
            {"part": name, "class": i, "n": int(counts.sum()), "n_class": int(counts[i]), "left_out": left_out}
            | nothing
            for i in range(model.n_classes)
        ]
    found = fresh.predict(usable)
    placed = (own.is_not_null() & found.is_not_null()).to_numpy()
    one, two = (labels.fill_null(0).to_numpy()[placed] for labels in (own, found))
    together = contingency(one, two, np.ones(len(one)), model.n_classes)
    alike = _matched(jaccard(together))
    rand = adjusted_rand(together)
    counts = _sizes(pl.Series(one), model.n_classes)
    return [
        {
            "part": name,
            "class": i,
            "n": len(one),
            "n_class": int(counts[i]),
            "jaccard": float(alike[i]),
            "band": band(float(alike[i])),
            "adjusted_rand": rand,
            "replicated": fresh.replicated_,
            "left_out": left_out,
        }
        for i in range(model.n_classes)
    ]


def _matched(alike: Reals) -> Reals:
    """The index of each class with the one it is matched to, so that no two classes share a match."""
    rows, columns = linear_sum_assignment(-alike)
    out = np.zeros(len(alike))
    out[rows] = alike[rows, columns]
    return out


def _sizes(labels: pl.Series, n_classes: int) -> Codes:
    return np.bincount(labels.drop_nulls().to_numpy(), minlength=n_classes).astype(np.int64)
