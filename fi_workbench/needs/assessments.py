"""What finished assessments named, and what they did not.

An assessment counts once it was authorised and has at least one recorded factor ("no factors identified" is one).
A need that such an assessment did not name was looked for and not found; without one, nothing is known.

Source:
    Children in need census rule 8614 (factors belong to completed assessments) and code 21 (no factors).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.vocabulary.needs import CIN_CENSUS, NEEDS

_KEY = ("la_child_id", "cin_referral_date", "assessment_actual_start_date")


def factor_needs() -> pl.DataFrame:
    """The need that each assessment factor is evidence of: one row per factor code, `factor`, `need`."""
    pairs = [(code, need.code) for need in NEEDS for code in need.factor_codes]
    return pl.DataFrame(pairs, schema={"factor": pl.String, "need": pl.String}, orient="row")


def finished_assessments(
    *,
    cin_assessments: pl.DataFrame,
    cin_assessment_factors: pl.DataFrame,
    members: pl.DataFrame,
    since: date,
    as_at: date,
) -> pl.DataFrame:
    """Find the assessments that can speak for each family.

    Args:
        cin_assessments: source table; authorised after `since` and by `as_at` counts.
        cin_assessment_factors: source table.
        members: as `members.current_members`; children are found by case reference.
        since: the day before the first that counts.
        as_at: the last day that counts.

    Returns:
        One row per family, child and finished assessment with factors: `family_id`, the assessment's key,
        `finished`, `as_of`.
    """
    children = members.filter("is_child").select("family_id", la_child_id="case_reference").drop_nulls()
    return (
        cin_assessments.filter(
            pl.col("assessment_authorisation_date") > since, pl.col("assessment_authorisation_date") <= as_at
        )
        .select(*_KEY, finished="assessment_authorisation_date", as_of="as_of")
        .join(cin_assessment_factors.select(_KEY).unique(), on=_KEY, how="semi")
        .join(children, on="la_child_id")
    )


def named_needs(finished: pl.DataFrame, cin_assessment_factors: pl.DataFrame) -> pl.DataFrame:
    """Say which needs the assessments named.

    Returns:
        One row per family and need named: `family_id`, `need`, `source`, `n`, `first`, `last`, `as_of`.
    """
    return (
        finished.join(cin_assessment_factors.select(*_KEY, "factor"), on=_KEY)
        .join(factor_needs(), on="factor")
        .unique(subset=["family_id", "need", *_KEY])
        .group_by("family_id", "need")
        .agg(
            n=pl.len().cast(pl.Int64),
            first=pl.col("finished").min(),
            last=pl.col("finished").max(),
            as_of=pl.col("as_of").max(),
        )
        .with_columns(source=pl.lit(CIN_CENSUS))
    )


def assessed_families(finished: pl.DataFrame) -> pl.DataFrame:
    """Say which families an assessment can speak for.

    Returns:
        One row per family assessed: `family_id`, `n` assessments, `n_assessed` children, `first`, `last`, `as_of`.
    """
    return finished.group_by("family_id").agg(
        n=pl.len().cast(pl.Int64),
        n_assessed=pl.col("la_child_id").n_unique().cast(pl.Int64),
        first=pl.col("finished").min(),
        last=pl.col("finished").max(),
        as_of=pl.col("as_of").max(),
    )
