"""What partners sent about a worker's families since last Monday: how many records, from whom, and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

LATE_DAYS = 91
"""A record delivered this week about an earlier day is news up to this age; older ones are a first delivery."""

MISSED_SHARE = 0.5
"""A week at school is news when at least so much of it was missed."""

NEW_PARTNER_INFORMATION = {
    "unit": pl.String(),
    "worker_id": pl.String(),
    "case_reference": pl.String(),
    "source": pl.String(),
    "n": pl.Int64(),
    "latest_event": pl.Date(),
    "as_of": pl.Date(),
}


@dataclass(frozen=True)
class Partner:
    """A partner's table.

    Attributes:
        event: the column with the day it happened.
        increments: whether each delivery holds new records only, so that one about an earlier day is news as well.
    """

    event: str
    increments: bool


PARTNERS: Mapping[str, Partner] = {
    "police_notifications": Partner("incident_date", increments=True),
    "school_attendance": Partner("week_start", increments=True),
    "school_exclusions": Partner("start_date", increments=True),
    "health_visiting": Partner("contact_date", increments=True),
    "housing": Partner("start_date", increments=False),
    "adult_services": Partner("referral_date", increments=False),
    "early_help": Partner("start_date", increments=False),
    "youth_justice": Partner("outcome_date", increments=False),
}
"""Table (and source) of each partner."""


def new_partner_information(
    frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Count what is new about each open child or its adults since last Monday.

    News is a record about a day of this week, or one that a partner delivered this week about an earlier day. An
    adult's record is shown for each open child of the family; a child's for that child.

    Args:
        frames: the tables of `READS`.
        holders: open children with their workers.
        sources: as-of dates.
        as_at: the week's Sunday.

    Returns:
        Contract `new_partner_information`: one row per unit, worker, child and source with news, sorted by key.
    """
    monday = as_at - timedelta(days=6)
    parts = [_news(frames[table], table, partner, monday, as_at) for table, partner in PARTNERS.items()]
    news = pl.concat(parts).join(
        frames["partner_people"].drop_nulls("person_id"), on=["source", "row_id"], maintain_order="left"
    )
    found = (
        news.join(concerned(frames["family_members"], holders, as_at=as_at), on="person_id", maintain_order="left")
        .drop_nulls(["unit", "worker_id"])
        .group_by("unit", "worker_id", "case_reference", "source")
        .agg(n=pl.col("row_id").n_unique().cast(pl.Int64), latest_event=pl.col("event").max())
    )
    as_of = {name: sources[name].as_of or as_at for name in PARTNERS}
    return (
        found.with_columns(as_of=pl.col("source").replace_strict(as_of, return_dtype=pl.Date))
        .select(pl.col(name).cast(dtype) for name, dtype in NEW_PARTNER_INFORMATION.items())
        .sort("unit", "worker_id", "case_reference", "source")
    )


def _news(frame: pl.DataFrame, table: str, partner: Partner, monday: date, as_at: date) -> pl.DataFrame:
    event = pl.col(partner.event)
    fresh = event.is_between(monday, as_at)
    if partner.increments:
        late = event.is_between(as_at - timedelta(days=LATE_DAYS), as_at) & (pl.col("as_of") >= monday)
        fresh = fresh | late
    if table == "school_attendance":
        missed = pl.col("sessions_authorised_absence") + pl.col("sessions_unauthorised_absence")
        fresh = fresh & (missed >= pl.col("sessions_possible") * MISSED_SHARE) & (pl.col("sessions_possible") > 0)
    return frame.filter(fresh).select("row_id", source=pl.lit(table), event=event)


def concerned(family_members: pl.DataFrame, holders: Holders, *, as_at: date) -> pl.DataFrame:
    """Tie people to open children: a child to itself, an adult to each open child of the family.

    Returns:
        One row per person and open child: `person_id` and the child's `unit`, `worker_id`, `case_reference`,
        `family_id`, `child_id`.
    """
    columns = ("family_id", "unit", "worker_id", "case_reference")
    children = holders.children.select("person_id", *columns, child_id="person_id")
    adults = (
        current(family_members, as_at=as_at)
        .filter(pl.col("role") != "child")
        .select("family_id", "person_id")
        .unique(maintain_order=True)
        .join(children.drop("person_id"), on="family_id", maintain_order="left")
    )
    return pl.concat([children, adults.select(children.columns)]).unique(maintain_order=True)


def current(family_members: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Keep those who are members of their family on a day."""
    return family_members.filter(
        pl.col("valid_from") <= as_at, pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at)
    )
