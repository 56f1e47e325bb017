"""When a partner's records can say that a family does not have a need, and when they cannot.

Not being in a partner's list says nothing: the list covers some people and some years. Absence is said only of
people who are in the list, for a period that the list covers from end to end.

Source:
    Family Context user research (Leeds, Stockport): "not on our housing list" was read as "not in council
    housing"; persistent absence is a tenth or more of possible sessions missed (DfE pupil absence statistics).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.needs.facts import tied_rows

COVERAGE_GRACE_DAYS = 31
"""A period counts as covered to its end when the source's coverage reaches so close to it."""
SCHOOL_WINDOW_DAYS = 182
"""Attendance is read over the last 26 weeks."""
SCHOOL_AGES = (5, 15)
"""Ages in years at which a child is taken to be of compulsory school age."""
LEAST_SESSIONS = 60
"""Fewer possible half-day sessions (six weeks) than this cannot tell."""
PERSISTENT_SHARE = 0.1
"""The share of possible sessions missed from which absence is persistent."""


def spans(source_freshness: pl.DataFrame, source: str, *, since: date, as_at: date) -> bool:
    """Say whether a source's coverage spans a period; a source whose coverage is not known does not."""
    rows = source_freshness.filter(
        pl.col("source") == source,
        pl.col("loaded"),
        pl.col("coverage_from") <= since,
        pl.coalesce("coverage_to", "as_of") >= as_at - timedelta(days=COVERAGE_GRACE_DAYS),
    )
    return rows.height > 0


def steady_tenancies(
    *,
    housing: pl.DataFrame,
    partner_people: pl.DataFrame,
    members: pl.DataFrame,
    source_freshness: pl.DataFrame,
    since: date,
    as_at: date,
) -> pl.DataFrame:
    """Find families with a current tenancy in a housing list that spans the look-back.

    Returns:
        One row per such family: `family_id`, `n` tenancies, `first`, `last` (tenancy began), `as_of`. No rows when
        the list does not span the look-back.
    """
    current = housing.filter(
        pl.col("event") == "tenancy",
        pl.col("start_date") <= as_at,
        pl.col("end_date").is_null() | (pl.col("end_date") > as_at),
    )
    if not spans(source_freshness, "housing", since=since, as_at=as_at):
        current = current.clear()
    return (
        tied_rows(current, "housing", partner_people=partner_people, members=members)
        .group_by("family_id")
        .agg(
            n=pl.col("row_id").n_unique().cast(pl.Int64),
            first=pl.col("start_date").min(),
            last=pl.col("start_date").max(),
            as_of=pl.col("as_of").max(),
        )
    )


def attendance(
    *,
    school_attendance: pl.DataFrame,
    partner_people: pl.DataFrame,
    members: pl.DataFrame,
    source_freshness: pl.DataFrame,
    as_at: date,
) -> pl.DataFrame:
    """Read the school attendance of each family's children over the last 26 weeks.

    Returns:
        One row per family with a child of school age or with attendance: `family_id`, `n_school_age`, `n_linked`
        (of school age with enough sessions), `n_absent` (children who missed a tenth or more), `all_attend` (every
        child of school age is linked and none missed a tenth, in a feed that spans the window), `first`, `last`
        (week starts), `as_of`.
    """
    since = as_at - timedelta(days=SCHOOL_WINDOW_DAYS)
    covered = spans(source_freshness, "school_attendance", since=since, as_at=as_at)
    weeks = school_attendance.filter(pl.col("week_start") > since, pl.col("week_start") <= as_at)
    missed = pl.col("sessions_authorised_absence") + pl.col("sessions_unauthorised_absence")
    pupils = (
        tied_rows(weeks, "school_attendance", partner_people=partner_people, members=members)
        .filter("is_child")
        .group_by("family_id", "person_id")
        .agg(
            possible=pl.col("sessions_possible").sum(),
            missed=missed.sum(),
            first=pl.col("week_start").min(),
            last=pl.col("week_start").max(),
            as_of=pl.col("as_of").max(),
        )
        .filter(pl.col("possible") >= LEAST_SESSIONS)
        .with_columns(absent=pl.col("missed") >= PERSISTENT_SHARE * pl.col("possible"))
    )
    youngest, oldest = SCHOOL_AGES
    return (
        members.filter("is_child")
        .select("family_id", "person_id", school_age=pl.col("age").is_between(youngest, oldest))
        .join(pupils, on=["family_id", "person_id"], how="left")
        .filter(pl.col("school_age") | pl.col("possible").is_not_null())
        .group_by("family_id")
        .agg(
            n_school_age=pl.col("school_age").sum().cast(pl.Int64),
            n_linked=(pl.col("school_age") & pl.col("possible").is_not_null()).sum().cast(pl.Int64),
            n_absent=pl.col("absent").fill_null(value=False).sum().cast(pl.Int64),
            first=pl.col("first").min(),
            last=pl.col("last").max(),
            as_of=pl.col("as_of").max(),
        )
        .with_columns(
            all_attend=pl.lit(covered)
            & (pl.col("n_school_age") > 0)
            & (pl.col("n_linked") == pl.col("n_school_age"))
            & (pl.col("n_absent") == 0)
        )
        .sort("family_id")
    )
