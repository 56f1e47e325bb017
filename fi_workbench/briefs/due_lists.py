"""When lists of what falls due must not be shown: the case system's extract is too old to tell what was done since.

A list made from an old extract names visits that were made and recorded days ago. People who are sent after them twice
stop reading, so no list is better than an old one.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import ReportingWeek, working_days_between
from fi_workbench.display.prose import day

CASE_SYSTEM = ("allocations", "case_people", "meetings", "visits")
"""Lists of the case management system that due dates are made of."""


def withheld(freshness: pl.DataFrame, week: ReportingWeek, *, most: int) -> str:
    """Why due lists are withheld, as a sentence; empty when they may be shown.

    Args:
        freshness: `source_freshness`.
        week: they are read from the Monday after it.
        most: working days that an extract may be old on that Monday.

    Returns:
        The sentence names the oldest list and how far it goes. Lists that were never loaded do not count here: what
        they would tell is said to be missing where it would stand.
    """
    known = freshness.filter(pl.col("source").is_in(CASE_SYSTEM) & pl.col("as_of").is_not_null())
    if known.is_empty():
        return ""
    oldest = known.sort("as_of", "source").row(0, named=True)
    age = working_days_between(oldest["as_of"], week.shift(1).monday)
    if age <= most:
        return ""
    return (
        f"Due dates are withheld. The case system's list of {str(oldest['name']).lower()} goes up to "
        f"{day(oldest['as_of'])}, {age} working days before this is read. More than {most} is too old."
    )
