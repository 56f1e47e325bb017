"""What the families of a unit need, and how they fall into segments: counts, with what is not known."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import SOCIAL_CARE, Holders
from fi_workbench.measures.journey import WEEKS, families_on
from fi_workbench.measures.sources import Sources

NO_CLEAR_SEGMENT = "no_clear_segment"

UNIT_NEEDS = {
    "unit": pl.String(),
    "need": pl.String(),
    "n_present": pl.Int64(),
    "n_assessed": pl.Int64(),
    "n_unknown": pl.Int64(),
    "n_present_quarter_ago": pl.Int64(),
    "n_families_quarter_ago": pl.Int64(),
}
UNIT_SEGMENTS = {"unit": pl.String(), "segment": pl.String(), "n_families": pl.Int64()}


def unit_needs(
    need_profiles: pl.DataFrame, needs_quarter_ago: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Count families by need: recorded, assessed either way, and not known; and how it stood a quarter ago.

    Args:
        need_profiles: contract `need_profiles`.
        needs_quarter_ago: contract `needs_quarter_ago`.
        holders: units and their open families, now and then.
        sources: where the census does not reach back a quarter, then is not known.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_needs`: one row per unit and need of its families, sorted. `n_assessed` counts families in
        which it was found or looked for. `n_present_quarter_ago` and `n_families_quarter_ago` are of the families that
        the unit held then, and empty where that is not known.
    """
    held = holders.families.select("family_id", "unit").drop_nulls()
    then = as_at - timedelta(weeks=WEEKS)
    before = families_on(holders, then).filter(pl.col("status").is_in(SOCIAL_CARE)).drop_nulls("unit")
    if not sources.covers("cin_census", since=then):
        before = before.clear()
    whole = before.group_by("unit").agg(n_families_quarter_ago=pl.len())
    present = (
        needs_quarter_ago.join(before.select("family_id", "unit"), on="family_id", how="inner")
        .group_by("unit", "need")
        .agg(n_present_quarter_ago=pl.len())
    )
    return (
        need_profiles.join(held, on="family_id", how="inner")
        .group_by("unit", "need")
        .agg(
            n_present=(pl.col("state") == "present").sum(),
            n_assessed=(pl.col("state") != "unknown").sum(),
            n_unknown=(pl.col("state") == "unknown").sum(),
        )
        .join(whole, on="unit", how="left")
        .join(present, on=["unit", "need"], how="left")
        .with_columns(
            pl.when(pl.col("n_families_quarter_ago").is_not_null()).then(pl.col("n_present_quarter_ago").fill_null(0))
        )
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
