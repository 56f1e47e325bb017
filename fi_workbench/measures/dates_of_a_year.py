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

from fi_workbench.measures.clock import Clock
from fi_workbench.measures.year_measure import Count, Days, count_of

REVIEWED_FROM = "3mo"


def done_in_time(rows: pl.DataFrame, clock: Clock, days: Days, *, start: str, done: str) -> Count:
    """What was done in the days, and what of it was done within a clock's limit.

    Args:
        rows: a source table, of the people who are counted, whatever their age by now.
        clock: the clock, whose first limit counts.
        days: the year.
        start: the column of day 0.
        done: the column of the day it was done.
    """
    return count_of(rows.filter(days.within(done)), pl.col(done) <= clock.due(pl.col(start), pl.lit(0)))


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


def decided_in_time(case_referrals: pl.DataFrame, clock: Clock, days: Days) -> Count:
    """Referrals of the days on which a decision was due by the last, and those decided within one working day.

    Where no decision is recorded, nobody knows.

    Args:
        case_referrals: contract `case_referrals`, of the people who are counted.
        clock: that of a decision.
        days: the year.
    """
    due = clock.due(pl.col("referral_date"), pl.lit(0))
    asked = case_referrals.filter(days.within("referral_date"), due <= days.last)
    return count_of(asked, pl.col("decision_date") <= due)
