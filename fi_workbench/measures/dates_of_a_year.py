"""How the dates of a year were kept, as the national figures count: by what was done in the year, not what fell due.

A unit's brief counts what fell due in four or thirteen weeks (`timeliness`). The national figures count assessments
and conferences by the day they ended, and plans by whether every review was in time.

Source:
    Department for Education, Children in need: assessments within 45 working days of their start; initial conferences
    within 15 working days of the start of the enquiry; plans open three months or more, all reviews in time. Working
    Together to Safeguard Children: a decision on a referral within one working day.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import add_working_days_expression
from fi_workbench.measures.year_measure import Count, Days, count_of

REVIEWED_FROM = "3mo"
DECISION_WORKING_DAYS, CONFERENCE_WORKING_DAYS, ASSESSMENT_WORKING_DAYS = 1, 15, 45


def assessed_in_time(cin_assessments: pl.DataFrame, days: Days) -> Count:
    """Assessments authorised in the days, and those within 45 working days of their start.

    Args:
        cin_assessments: contract `cin_assessments`, of the people who are counted, whatever their age by now.
        days: the year.
    """
    done = cin_assessments.filter(days.within("assessment_authorisation_date"))
    due = add_working_days_expression(pl.col("assessment_actual_start_date"), ASSESSMENT_WORKING_DAYS)
    return count_of(done, pl.col("assessment_authorisation_date") <= due)


def conferred_in_time(cin_section47: pl.DataFrame, days: Days) -> Count:
    """First conferences of the days after an enquiry, and those within 15 working days of its start.

    Args:
        cin_section47: contract `cin_section47`, of the people who are counted, whatever their age by now.
        days: the year.
    """
    held = cin_section47.filter(days.within("date_of_initial_cpc"))
    due = add_working_days_expression(pl.col("s47_actual_start_date"), CONFERENCE_WORKING_DAYS)
    return count_of(held, pl.col("date_of_initial_cpc") <= due)


def reviewed_in_time(episodes: pl.DataFrame, obligations: pl.DataFrame, days: Days) -> Count:
    """Plans open three months or more at the end of the last day, and those whose reviews of the year were in time.

    Args:
        episodes: contract `episodes`, of the children who are counted.
        obligations: in the shape of `obligations.OBLIGATION`.
        days: the year; a review counts that was due in it.
    """
    plans = episodes.filter(
        pl.col("kind") == "child_protection_plan", days.open(), pl.col("start").dt.offset_by(REVIEWED_FROM) <= days.last
    ).select("person_id", began="start")
    reviews = obligations.filter(pl.col("clock") == "child_protection_review", days.within("due")).select(
        "person_id", "start", in_time=(pl.col("done") <= pl.col("due")).fill_null(value=False)
    )
    kept = (
        plans.join(reviews, on="person_id", how="left")
        .with_columns(in_time=pl.when(pl.col("start") >= pl.col("began")).then("in_time"))
        .group_by("person_id", "began")
        .agg(pl.col("in_time").drop_nulls().all())
    )
    return count_of(kept, pl.col("in_time"))


def decided_in_time(case_referrals: pl.DataFrame, days: Days) -> Count:
    """Referrals of the days on which a decision was due by the last, and those decided within one working day.

    Where no decision is recorded, nobody knows.

    Args:
        case_referrals: contract `case_referrals`, of the people who are counted.
        days: the year.
    """
    due = add_working_days_expression(pl.col("referral_date"), DECISION_WORKING_DAYS)
    asked = case_referrals.filter(days.within("referral_date"), due <= days.last)
    return count_of(asked, pl.col("decision_date") <= due)
