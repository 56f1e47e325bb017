"""What is known about each open family, laid out in one row for the rules to read."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.calendar import age_in_years
from fi_workbench.matching.rules import OPEN_STATUSES, UNKNOWN
from fi_workbench.vocabulary.needs import NEED_CODES


def family_facts(
    *,
    need_profiles: pl.DataFrame,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
    family_status: pl.DataFrame,
    as_at: date,
) -> pl.DataFrame:
    """Lay out each open family's status, children's ages and needs.

    Args:
        need_profiles: contract `need_profiles` (family_id, need, state).
        family_members: contract `family_members`; current members with the role of child count.
        people: contract `people` (birth, expected birth and death dates).
        family_status: contract `family_status`; it holds no restricted family, so none appears here.
        as_at: the day ages are reckoned at.

    Returns:
        One row per family that is open on that day, sorted: `family_id`, `status`, `ages` (list of whole years, -1
        unborn), `n_ages_unknown`, `n_children`, and `need_<code>` for every need.
    """
    families = family_status.filter(pl.col("status").is_in(list(OPEN_STATUSES))).select("family_id", "status")
    children = (
        family_members.filter(
            pl.col("role") == "child",
            pl.col("valid_from") <= as_at,
            pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at),
        )
        .select("family_id", "person_id")
        .unique(maintain_order=True)
        .join(people.filter(pl.col("death_date").is_null() | (pl.col("death_date") > as_at)), on="person_id")
        .select("family_id", age=_age(as_at))
        .filter(pl.col("age").is_null() | (pl.col("age") < 18))
        .group_by("family_id")
        .agg(
            ages=pl.col("age").drop_nulls().sort(),
            n_ages_unknown=pl.col("age").is_null().sum().cast(pl.Int64),
            n_children=pl.len().cast(pl.Int64),
        )
    )
    needs = need_profiles.select("family_id", "need", "state").filter(pl.col("need").is_in(list(NEED_CODES)))
    wide = needs.pivot(
        on="need", on_columns=list(NEED_CODES), index="family_id", values="state", aggregate_function="first"
    ).rename({code: f"need_{code}" for code in NEED_CODES})
    return (
        families.join(children, on="family_id", how="left", maintain_order="left")
        .join(wide, on="family_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("ages").fill_null(pl.lit([], dtype=pl.List(pl.Int32))),
            pl.col("n_ages_unknown", "n_children").fill_null(0),
            *[pl.col(f"need_{code}").fill_null(UNKNOWN) for code in NEED_CODES],
        )
        .sort("family_id")
    )


def _age(as_at: date) -> pl.Expr:
    """Age at a day; a child whose birth is expected after it is unborn, one expected earlier is of unknown age."""
    expected = pl.when(pl.col("expected_birth_date") > as_at).then(pl.lit(-1, pl.Int32)).otherwise(None)
    return pl.coalesce(age_in_years("birth_date", as_at), expected).cast(pl.Int32)
