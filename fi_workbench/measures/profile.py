"""What the families of a unit need, and how they fall into segments: counts, with what is not known."""

from __future__ import annotations

import polars as pl

from fi_workbench.measures.holders import Holders

NO_CLEAR_SEGMENT = "no_clear_segment"

UNIT_NEEDS = {
    "unit": pl.String(),
    "need": pl.String(),
    "n_present": pl.Int64(),
    "n_assessed": pl.Int64(),
    "n_unknown": pl.Int64(),
    "n_present_quarter_ago": pl.Int64(),
}
UNIT_SEGMENTS = {"unit": pl.String(), "segment": pl.String(), "n_families": pl.Int64()}


def unit_needs(need_profiles: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Count families by need: recorded, assessed either way, and not known.

    Args:
        need_profiles: contract `need_profiles`.
        holders: units and their open families.

    Returns:
        Contract `unit_needs`: one row per unit and need of its families, sorted. `n_assessed` counts families in
        which it was found or looked for. `n_present_quarter_ago` is empty: last quarter's profiles are in that
        week's tables, and evidence that came since cannot be taken out of this week's.
    """
    held = holders.families.select("family_id", "unit").drop_nulls()
    return (
        need_profiles.join(held, on="family_id", how="inner")
        .group_by("unit", "need")
        .agg(
            n_present=(pl.col("state") == "present").sum(),
            n_assessed=(pl.col("state") != "unknown").sum(),
            n_unknown=(pl.col("state") == "unknown").sum(),
        )
        .with_columns(n_present_quarter_ago=pl.lit(None, pl.Int64))
        .select(pl.col(name).cast(dtype) for name, dtype in UNIT_NEEDS.items())
        .sort("unit", "need")
    )


def unit_segments(segment_memberships: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Count open families by segment; those that fit none clearly are counted as that.

    Args:
        segment_memberships: contract `segment_memberships`; without an approved model it names no segment.
        holders: units and their open families.

    Returns:
        Contract `unit_segments`: one row per unit and segment with at least one family, sorted; none without a model.
    """
    if segment_memberships["segment"].drop_nulls().is_empty():
        return pl.DataFrame(schema=UNIT_SEGMENTS)
    held = holders.families.select("family_id", "unit").drop_nulls()
    segment = pl.when("clear").then("segment").otherwise(None)
    return (
        segment_memberships.with_columns(segment=segment.fill_null(NO_CLEAR_SEGMENT))
        .join(held, on="family_id", how="inner")
        .group_by("unit", "segment")
        .agg(n_families=pl.len())
        .select(pl.col(name).cast(dtype) for name, dtype in UNIT_SEGMENTS.items())
        .sort("unit", "segment")
    )
