"""What is shown of each segment and groups nobody: ages of youngest children, and needs that are shown only."""

from __future__ import annotations

import polars as pl

from fi_workbench.segmentation.indicators import SHOWN_ONLY, TOGETHER
from fi_workbench.segmentation.particulars import AGE
from fi_workbench.vocabulary.needs import AGE_BANDS

PLACES = 4
SHOWN_NEEDS: tuple[str, ...] = (*(code for codes in TOGETHER.values() for code in codes), *SHOWN_ONLY)
"""Needs that are shown: those that answer together as one indicator, and those that do not group."""


def shown_beside(
    segment_memberships: pl.DataFrame, segment_profiles: pl.DataFrame, family_profiles: pl.DataFrame
) -> pl.DataFrame:
    """Count how common each answer is in each segment, among families of whom it is known.

    Args:
        segment_memberships: contract `segment_memberships`.
        segment_profiles: contract `segment_profiles` of the same families.
        family_profiles: contract `family_profiles`.

    Returns:
        GRAIN one row per segment, indicator and answer that can be told of it: `segment`, `indicator`, `answer`,
        `probability`, `overall` (among all families in a segment), `lift`.
    """
    needs = segment_profiles.filter(pl.col("need").is_in(SHOWN_NEEDS)).select(
        "segment", indicator="need", answer=pl.lit("present"), probability="prevalence", n="n_families"
    )
    ages = (
        segment_memberships.filter(pl.col("segment").is_not_null())
        .join(family_profiles.filter(pl.col(AGE).is_in(AGE_BANDS)).select("family_id", AGE), on="family_id")
        .group_by("segment", answer=AGE)
        .agg(k=pl.len())
        .with_columns(n=pl.col("k").sum().over("segment"))
    )
    bands = ages.select("segment").unique().join(pl.DataFrame({"answer": AGE_BANDS}), how="cross")
    of_age = (
        bands.join(ages.select("segment", "answer", "k"), on=["segment", "answer"], how="left")
        .join(ages.select("segment", "n").unique(), on="segment")
        .select("segment", "answer", "n", probability=pl.col("k").fill_null(0) / pl.col("n"), indicator=pl.lit(AGE))
    )
    counted = pl.col("probability").is_not_null() & (pl.col("n") > 0)
    every = pl.concat([needs, of_age.cast({"n": pl.Int64})], how="diagonal").filter(counted)
    order = {name: place for place, name in enumerate((*SHOWN_NEEDS, AGE))}
    overall = (pl.col("probability") * pl.col("n")).sum().over("indicator", "answer") / pl.col("n").sum().over(
        "indicator", "answer"
    )
    return (
        every.with_columns(overall=overall)
        .with_columns(lift=pl.when(pl.col("overall") > 0).then((pl.col("probability") / pl.col("overall")).round(2)))
        .sort(
            "segment",
            pl.col("indicator").replace_strict(order, return_dtype=pl.Int64),
            pl.col("answer").replace_strict(
                {band: place for place, band in enumerate(AGE_BANDS)}, default=0, return_dtype=pl.Int64
            ),
        )
        .select(
            "segment",
            "indicator",
            "answer",
            pl.col("probability").round(PLACES),
            pl.col("overall").round(PLACES),
            "lift",
        )
    )
