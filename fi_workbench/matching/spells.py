"""Which children were referred to which intervention, and what became of it."""

from __future__ import annotations

from datetime import date

import polars as pl


def spells(
    *,
    intervention_referrals: pl.DataFrame,
    people: pl.DataFrame,
    families: pl.DataFrame,
    family_members: pl.DataFrame,
    as_at: date,
) -> pl.DataFrame:
    """Tie each referral to an intervention to its person.

    Referrals that cannot be tied, and those of restricted people or families, leave here.

    Args:
        intervention_referrals: source table; `child_id` is the authority's case number.
        people: contract `people`.
        families: contract `families`, for restricted ones.
        family_members: contract `family_members`, to find the members of restricted families.
        as_at: referrals after this day are not known yet.

    Returns:
        Contract `intervention_spells`, one row per person, intervention and day of referral, sorted by key.
    """
    hidden = family_members.join(families.filter("restricted"), on="family_id", how="semi")
    open_people = people.filter(~pl.col("restricted")).join(hidden, on="person_id", how="anti")
    return (
        intervention_referrals.filter(pl.col("referred_on") <= as_at)
        .sort("child_id", "intervention_id", "referred_on", "referral_id")
        .join(
            open_people.select("person_id", child_id="case_reference"),
            on="child_id",
            how="inner",
            maintain_order="left",
        )
        .unique(["person_id", "intervention_id", "referred_on"], keep="last", maintain_order=True)
        .select(
            "person_id",
            "intervention_id",
            "referred_on",
            start="start_date",
            end="end_date",
            completion="completion",
            sessions_attended=pl.col("sessions_attended").cast(pl.Int64),
            sessions_planned=pl.col("sessions_planned").cast(pl.Int64),
        )
        .sort("person_id", "intervention_id", "referred_on")
    )
