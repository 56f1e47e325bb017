"""Interviews of children who were missing and came back: offered, and held within three days, are two facts.

A third, whether the child accepted, and a fourth, whether the interviewer was independent, are in no list here.

Source:
    Statutory guidance on children who run away or go missing from home or care (2014): within 72 hours of the return.
    The list holds days and no hours, so an interview by the third day after counts as in time.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.measures.year_measure import Count, Days, count_of

WITHIN_DAYS = 3


def interviews_offered(missing: pl.DataFrame, days: Days) -> Count:
    """Children's returns of the days, and those after which an interview was offered.

    Args:
        missing: `missing_episodes` of the people who are counted.
        days: the year; a return counts by the day the child was found.
    """
    return count_of(missing.filter(days.within("found_on")), pl.col("return_interview_offered"))


def interviews_in_time(missing: pl.DataFrame, days: Days) -> Count:
    """Children's returns of the days, and those with an interview by the third day after; unknown without a day."""
    after = (pl.col("return_interview_on") - pl.col("found_on")).dt.total_days()
    return count_of(missing.filter(days.within("found_on")), (after >= 0) & (after <= WITHIN_DAYS))
