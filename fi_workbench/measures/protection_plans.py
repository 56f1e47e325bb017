"""Child protection plans: those that are not the first, those of two years, and those that moved in with a child.

Source:
    Department for Education, Children in need: plans that are a second or later one, whenever the first was; plans
    open for two years or more on the last day; plans of two years or more that ended in the year. The last two are
    two published figures. Conferences of children who move in on a plan: local procedure, within 15 working days.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import add_working_days_expression
from fi_workbench.measures.year_measure import NO_END_RECORDED, Count, Days, count_of

LONG = "24mo"
TRANSFER_WORKING_DAYS = 15


def later_plans(episodes: pl.DataFrame, cin_protection_plans: pl.DataFrame, days: Days) -> Count:
    """Plans that started in the days, and those of a child who had one before, ever, in the same authority.

    The census gives the number of plans before. Where it does not, a plan before in the records is one; without
    either nobody knows.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        cin_protection_plans: `row_id`, `number_of_previous_cpp`.
        days: the year.
    """
    plans = _plans(episodes).sort("person_id", "start").with_columns(known=pl.int_range(pl.len()).over("person_id"))
    started = plans.filter(days.within("start")).join(cin_protection_plans, on="row_id", how="left")
    before = pl.when(pl.col("known") > 0).then(pl.lit(value=True)).otherwise(pl.col("number_of_previous_cpp") >= 1)
    return count_of(started, before)


def long_open_plans(episodes: pl.DataFrame, days: Days) -> Count:
    """Plans open at the end of the last day, and those open for two years or more."""
    return count_of(_plans(episodes).filter(days.open()), pl.col("start").dt.offset_by(LONG) <= days.last)


def long_ended_plans(episodes: pl.DataFrame, days: Days) -> Count:
    """Plans that ended in the days, and those that had lasted two years or more; unknown without a recorded end."""
    ended = _plans(episodes).filter(days.within("end"))
    recorded = pl.col("end_detail").ne_missing(NO_END_RECORDED)
    return count_of(ended, pl.when(recorded).then(pl.col("start").dt.offset_by(LONG) <= pl.col("end")))


def transfer_conferences(episodes: pl.DataFrame, days: Days) -> Count:
    """Conferences of the days for children who moved in on a plan, and those within 15 working days of the referral.

    The census does not hold the day on which the other authority wrote. The referral stands in for it.
    """
    held = episodes.filter(
        pl.col("kind") == "initial_conference", pl.col("detail") == "transfer_in", days.within("start")
    )
    referred = episodes.filter(pl.col("kind") == "referral").select("row_id", referred="start")
    due = add_working_days_expression(pl.col("referred"), TRANSFER_WORKING_DAYS)
    return count_of(held.join(referred, on="row_id", how="left"), pl.col("start") <= due)


def _plans(episodes: pl.DataFrame) -> pl.DataFrame:
    return episodes.filter(pl.col("kind") == "child_protection_plan")
