"""What stands open today: steps of clocks that nobody has recorded as done, for open children, with their holders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

CHILD_COLUMNS = ("person_id", "family_id", "unit", "worker_id", "case_reference")

OLD_ENQUIRY_WEEKS = 26
"""A section 47 enquiry with neither a conference nor "none required" after so long is a gap in the record."""


def standing(
    due: pl.DataFrame, clocks: Mapping[str, Clock], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Keep the steps that stand open today and can be told from sources that are recent enough.

    Args:
        due: obligations, as `due.obligations` makes them.
        clocks: as `clocks_in_force` gives them.
        holders: open children and their units; only they remain.
        sources: a clock whose source is absent or old leaves here.
        as_at: the week's Sunday.

    Returns:
        One row per child and open step, with a due date: the columns of `OBLIGATION`, then `CHILD_COLUMNS`. A step
        that cannot be reckoned by the calendar, and section 47 enquiries of long ago, are gone.
    """
    told = [clock.id for clock in clocks.values() if sources.why_not(clock.feeds) is None]
    old = as_at - timedelta(weeks=OLD_ENQUIRY_WEEKS)
    return (
        due.filter(
            pl.col("clock").is_in(told),
            pl.col("done").is_null(),
            pl.col("due").is_not_null(),
            pl.col("start") <= as_at,
            pl.col("ended").is_null() | (pl.col("ended") > as_at),
            (pl.col("clock") != "section47_to_conference") | (pl.col("start") > old),
        )
        .join(holders.children.select(*CHILD_COLUMNS), on="person_id", how="inner", maintain_order="left")
        .sort("clock", "due", "person_id", "start")
    )


def supervision_standing(
    due: pl.DataFrame, clocks: Mapping[str, Clock], holders: Holders, sources: Sources
) -> pl.DataFrame:
    """Keep the open step of each worker's supervision, with the unit; empty where it cannot be told."""
    told = sources.why_not(clocks["supervision"].feeds) is None
    return (
        due.filter(pl.lit(told), pl.col("clock") == "supervision", pl.col("done").is_null())
        .drop_nulls("due")
        .join(holders.workers.select(person_id="worker_id", unit="unit"), on="person_id", maintain_order="left")
        .sort("due", "person_id")
    )
