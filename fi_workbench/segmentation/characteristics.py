"""Which groups of people the children of each family belong to: for the check of fairness, and for nothing else.

A family counts in every group that one of its children is in. No characteristic is ever an indicator.

Source:
    Equality Act 2010, section 149; the headings of the ethnicity codes of the children in need census.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.vocabulary.persons import ETHNICITY, SEX

AGES = ((1, "Under 1, or not yet born"), (5, "1 to 4"), (10, "5 to 9"), (16, "10 to 15"), (18, "16 or 17"))
"""Upper bounds in years, with the bands' names."""
NO_DISABILITY = "NONE"
FIFTHS = ("Most deprived fifth", "Second fifth", "Middle fifth", "Fourth fifth", "Least deprived fifth")
_SCHEMA = pl.Schema({"family_id": pl.String(), "characteristic": pl.String(), "group": pl.String()})


def characteristics(
    *,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
    cin_disabilities: pl.DataFrame,
    as_at: date,
    deprivation: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Say which groups the families' living children under 18 belong to.

    Args:
        family_members: contract `family_members`.
        people: contract `people`.
        cin_disabilities: source table; a child that is not in it is "not recorded".
        as_at: the day on which ages are counted.
        deprivation: `case_reference` and `decile` (1 the most deprived), where an authority has them; otherwise the
            deprivation of every family is not recorded.

    Returns:
        GRAIN one row per family, characteristic and group: `family_id`, `characteristic`, `group` (null where it is
        not recorded).
    """
    children = children_of(family_members, people, as_at)
    disabled = cin_disabilities.group_by(case_reference="la_child_id").agg(
        disabled=(pl.col("disability") != NO_DISABILITY).any()
    )
    fifth = pl.DataFrame(schema={"case_reference": pl.String, "decile": pl.Int64})
    deprived = (fifth if deprivation is None else deprivation).group_by("case_reference").agg(pl.col("decile").min())
    joined = children.join(disabled, on="case_reference", how="left").join(deprived, on="case_reference", how="left")
    heading = {code.value: None if code.group == "Not known" else code.group for code in ETHNICITY}
    sexes = {code.value: None if code.value == "U" else code.label for code in SEX}
    groups = {
        "ethnicity_group": pl.col("ethnicity").replace_strict(heading, default=None, return_dtype=pl.String),
        "sex": pl.col("sex").replace_strict(sexes, default=None, return_dtype=pl.String),
        "age_band": _band(as_at),
        "disability": pl.col("disabled").replace_strict(
            {True: "Disabled", False: "Not disabled"}, default=None, return_dtype=pl.String
        ),
        "deprivation": ((pl.col("decile") - 1) // 2).replace_strict(
            dict(enumerate(FIFTHS)), default=None, return_dtype=pl.String
        ),
    }
    parts = [
        joined.select("family_id", characteristic=pl.lit(name), group=told.cast(pl.String))
        for name, told in groups.items()
    ]
    found = pl.concat(parts).cast(_SCHEMA).unique()
    # A family of whose children one is recorded is known: "not recorded" is said only where none is.
    known = found.filter(pl.col("group").is_not_null())
    nothing = found.filter(pl.col("group").is_null()).join(known, on=["family_id", "characteristic"], how="anti")
    return pl.concat([known, nothing]).sort("family_id", "characteristic", "group")


def children_of(family_members: pl.DataFrame, people: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """Living children under 18 on a day, unborn ones included: one row per family and child, with the child's facts."""
    now = family_members.filter(
        pl.col("role") == "child", pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at)
    ).select("family_id", "person_id")
    born = pl.coalesce("birth_date", "expected_birth_date")
    return (
        now.unique()
        .join(people, on="person_id")
        .filter(pl.col("death_date").is_null() | (pl.col("death_date") > as_at))
        .filter(born.is_null() | (birthday(born, 18) > as_at))
        .select("family_id", "case_reference", "birth_date", "expected_birth_date", "sex", "ethnicity")
    )


def _band(as_at: date) -> pl.Expr:
    born = pl.coalesce("birth_date", "expected_birth_date")
    bands = [pl.when(birthday(born, years) > as_at).then(pl.lit(words)) for years, words in AGES]
    return pl.coalesce(bands)
