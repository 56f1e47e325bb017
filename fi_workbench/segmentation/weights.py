"""What a family counts against a unit's places: a place for each open child, or points by how complex the work is."""

from __future__ import annotations

import polars as pl

from fi_workbench.settings import Settings

HUNDREDTHS = 100
"""Points are whole hundredths where they are added up, so that no last bit decides whether a family fits."""


def is_weighted(settings: Settings) -> bool:
    """Whether children count by points rather than one each."""
    return bool(settings.caseload.points)


def family_weights(family_status: pl.DataFrame, child_status: pl.DataFrame | None, settings: Settings) -> pl.DataFrame:
    """Add up what each family's open children count.

    Args:
        family_status: contract `family_status`.
        child_status: contract `child_status`; without it every child counts as the family's own status does.
        settings: points for a child by status, 1 where none are given.

    Returns:
        One row per family with an open child: `family_id` and `weight`, in children, or in hundredths of a point where
        points are set.
    """
    if not is_weighted(settings):
        return family_status.select("family_id", weight=pl.col("n_children_open").cast(pl.Int64))
    each = pl.col("status").replace_strict(
        {status: round(points * HUNDREDTHS) for status, points in settings.caseload.points.items()},
        default=HUNDREDTHS,
        return_dtype=pl.Int64,
    )
    whole = family_status.select("family_id", weight=each * pl.col("n_children_open"))
    if child_status is None:
        return whole
    known = child_status.filter(pl.col("status") != "closed").group_by("family_id").agg(weight=each.sum())
    return whole.join(known, on="family_id", how="left", suffix="_known").select(
        "family_id", weight=pl.coalesce("weight_known", "weight")
    )
