"""Open children for whom no lead practitioner is recorded, and since when they have been without one.

A change of status is no new wait: a child who came on a plan yesterday and has had nobody for a year waits a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

LEAD = "lead_practitioner"
OPEN_KINDS = ("looked_after", "child_protection_plan", "child_in_need_plan", "assessment", "child_in_need")
"""Kinds of episode in which a child is open to children's social care."""

RULE = "Every open child should have a lead practitioner."
RULE_SOURCE = "Working Together to Safeguard Children"


def without_lead_practitioner(
    frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Find open children without a lead practitioner.

    Args:
        frames: the tables of `READS`; `episodes` say since when a child is open, `allocations` until when it was held.
        holders: open children.
        sources: without a recent list of allocations nobody is found.
        as_at: the week's Sunday.

    Returns:
        The children of `holders` without a worker, with `without_since`: the first day after the last lead
        practitioner, or the day from which the child is open, whichever is later; null where neither is recorded.
    """
    alone = holders.children.filter(pl.lit(sources.current("allocations")), pl.col("worker_id").is_null())
    opened = (
        frames["episodes"]
        .filter(
            pl.col("kind").is_in(OPEN_KINDS),
            pl.col("start") <= as_at,
            pl.col("end").is_null() | (pl.col("end") > as_at),
        )
        .group_by("person_id")
        .agg(opened=pl.col("start").min())
    )
    left = (
        frames["allocations"]
        # The last day of an allocation still counts.
        .filter(pl.col("role") == LEAD, pl.col("end_date") < as_at)
        .group_by(case_reference="child_id")
        .agg(left=pl.col("end_date").max() + timedelta(days=1))
    )
    return (
        alone.join(opened, on="person_id", how="left", maintain_order="left")
        .join(left, on="case_reference", how="left", maintain_order="left")
        .with_columns(without_since=pl.max_horizontal(pl.min_horizontal("since", "opened"), "left"))
        .drop("opened", "left")
    )
