"""Who belongs to which family on a date, and how old its youngest child is."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.calendar import age_in_years
from fi_workbench.vocabulary.needs import AGE_BANDS, AGE_UNKNOWN

ADULT_AT = 18
_LOWER_BOUNDS = (1, 5, 10, 16)
"""The youngest age in each band after the first."""


def current_members(
    *, families: pl.DataFrame, family_members: pl.DataFrame, people: pl.DataFrame, as_at: date
) -> pl.DataFrame:
    """List the living members of each family that has a child on a date.

    Restricted families never appear. A child whose birth date is unknown counts as a child.

    Args:
        families: contract `families` (`family_id`, `restricted`).
        family_members: contract `family_members`.
        people: contract `people` (birth and death dates, case reference, restricted).
        as_at: memberships are taken as they were on this day.

    Returns:
        One row per family and current member, sorted: `family_id`, `person_id`, `is_child`, `age` (years, -1
        before birth, null when unknown), `case_reference`.
    """
    joined = (
        family_members.filter(
            pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_at),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at),
        )
        .select("family_id", "person_id", "role")
        .join(
            people.select(
                "person_id",
                "case_reference",
                "restricted",
                "death_date",
                age_in_years(pl.coalesce("birth_date", "expected_birth_date"), as_at).alias("age"),
            ),
            on="person_id",
            how="left",
        )
    )
    hidden = (
        families.filter(pl.col("restricted"))
        .select("family_id")
        .vstack(joined.filter(pl.col("restricted")).select("family_id"))
        .unique()
    )
    living = (
        joined.filter(pl.col("death_date").is_null() | (pl.col("death_date") > as_at))
        .join(families.select("family_id"), on="family_id", how="semi")
        .join(hidden, on="family_id", how="anti")
        .with_columns(is_child=pl.col("role") == "child")
        .filter(~pl.col("is_child") | pl.col("age").is_null() | (pl.col("age") < ADULT_AT))
    )
    return (
        living.filter(pl.col("is_child").any().over("family_id"))
        .group_by("family_id", "person_id")
        .agg(pl.col("is_child").any(), pl.col("age").first(), pl.col("case_reference").first())
        .sort("family_id", "person_id")
    )


def age_band(age: pl.Expr) -> pl.Expr:
    """The band of an age in years; an unborn child is in the first, an unknown age in `unknown`.

    Example:
        >>> pl.select(age_band(pl.lit(-1)).alias("band"))["band"].to_list()
        ['under_1']
    """
    band = pl.lit(AGE_BANDS[0])
    for bound, name in zip(_LOWER_BOUNDS, AGE_BANDS[1:], strict=True):
        band = pl.when(age >= bound).then(pl.lit(name)).otherwise(band)
    return pl.when(age.is_null()).then(pl.lit(AGE_UNKNOWN)).otherwise(band)
