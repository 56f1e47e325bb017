"""What stands open today: steps of clocks that nobody has recorded as done, for open children, with their holders.

What such a step is on a day is decided here alone. "No record" is only ever said of a date that the lists cover: of a
later one nobody knows yet whether it was kept.

Source:
    Practice: absence of a record is never a "no", so a date is told with the day up to which its sources reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

CHILD_COLUMNS = ("person_id", "family_id", "unit", "worker_id", "case_reference")

OLD_ENQUIRY_WEEKS = 26
"""A section 47 enquiry with neither a conference nor "none required" after so long is a gap in the record."""

TO_COME, NO_RECORD, NOT_COVERED = "to_come", "no_record", "not_covered"
"""Still to come; due on a day that the lists cover, without a record; due after the lists end, so nobody knows."""


def state(clocks: Iterable[Clock], sources: Sources, *, as_at: date) -> pl.Expr:
    """Say what each step without a record is on a day.

    Args:
        clocks: those that the steps are of.
        sources: how far the lists reach that would record it.
        as_at: the day.

    Returns:
        An expression of `clock` and `due`: `TO_COME`, `NO_RECORD` or `NOT_COVERED`.
    """
    reaches = {clock.id: sources.reach(clock.feeds) for clock in clocks}
    reach = pl.col("clock").replace_strict(list(reaches), list(reaches.values()), default=None, return_dtype=pl.Date)
    return (
        pl.when(pl.col("due") > as_at)
        .then(pl.lit(TO_COME))
        .when(pl.col("due") <= reach)
        .then(pl.lit(NO_RECORD))
        .otherwise(pl.lit(NOT_COVERED))
    )


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
        One row per child and open step, with a due date: the columns of `OBLIGATION`, `state`, then `CHILD_COLUMNS`. A
        step that cannot be reckoned by the calendar, and section 47 enquiries of long ago, are gone.
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
        .with_columns(state=state(clocks.values(), sources, as_at=as_at))
        .join(holders.children.select(*CHILD_COLUMNS), on="person_id", how="inner", maintain_order="left")
        .sort("clock", "due", "person_id", "start")
    )


def supervision_standing(
    due: pl.DataFrame, clocks: Mapping[str, Clock], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Keep the open step of each worker's supervision, with its state and the unit; empty where it cannot be told."""
    told = sources.why_not(clocks["supervision"].feeds) is None
    return (
        due.filter(pl.lit(told), pl.col("clock") == "supervision", pl.col("done").is_null())
        .drop_nulls("due")
        .with_columns(state=state([clocks["supervision"]], sources, as_at=as_at))
        .join(holders.workers.select(person_id="worker_id", unit="unit"), on="person_id", maintain_order="left")
        .sort("due", "person_id")
    )
