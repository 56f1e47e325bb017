"""Who holds a child: the lead practitioner allocated, and the unit on whose roster that worker stands."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from fi_workbench.caseload.ladder import runs

LEAD = "lead_practitioner"
_DAY = timedelta(days=1)


def holder_timeline(allocations: pl.DataFrame, roster: pl.DataFrame, children: pl.DataFrame) -> pl.DataFrame:
    """Follow worker and unit of every child through time.

    Last days of allocations and rosters still count. Where two lead practitioners are allocated on one day, the
    later allocation counts; where a worker stands on two rosters, the later post, then the larger one.

    Args:
        allocations: contract `allocations`; only lead practitioners hold a child.
        roster: contract `roster`.
        children: `person_id` and `case_reference`.

    Returns:
        One row per child and change, sorted: `person_id`, `from_date`, `worker_id`, `allocated_since`, `unit` (each
        null while there is none).
    """
    held = (
        allocations.filter(pl.col("role") == LEAD)
        .join(children.select("person_id", pl.col("case_reference").alias("child_id")), on="child_id")
        .select("person_id", "worker_id", allocated_since="start_date", gone=pl.col("end_date") + _DAY)
    )
    posts = roster.select("worker_id", "unit", "fte", posted="start_date", left=pl.col("end_date") + _DAY)
    of_posts = held.select("person_id", "worker_id").unique().join(posts, on="worker_id")
    days = pl.concat(
        [
            held.select("person_id", from_date="allocated_since"),
            held.select("person_id", from_date="gone"),
            of_posts.select("person_id", from_date="posted"),
            of_posts.select("person_id", from_date="left"),
        ]
    ).drop_nulls().unique()  # fmt: skip
    first = held.group_by("person_id").agg(first=pl.col("allocated_since").min())
    days = days.join(first, on="person_id").filter(pl.col("from_date") >= pl.col("first")).drop("first")
    on_day = pl.col("allocated_since") <= pl.col("from_date")
    still = pl.col("gone").is_null() | (pl.col("gone") > pl.col("from_date"))
    allocated = (
        days.join(held, on="person_id")
        .filter(on_day, still)
        .sort("person_id", "from_date", "allocated_since", "worker_id")
        .unique(subset=["person_id", "from_date"], keep="last", maintain_order=True)
        .drop("gone")
    )
    posted = (
        allocated.select("person_id", "from_date", "worker_id")
        .join(posts, on="worker_id")
        .filter(
            pl.col("posted") <= pl.col("from_date"), pl.col("left").is_null() | (pl.col("left") > pl.col("from_date"))
        )
        .sort("person_id", "from_date", "posted", "fte", "unit")
        .unique(subset=["person_id", "from_date"], keep="last", maintain_order=True)
        .select("person_id", "from_date", "unit")
    )
    told = days.join(allocated, on=["person_id", "from_date"], how="left").join(
        posted, on=["person_id", "from_date"], how="left"
    )
    return runs(
        told.select("person_id", "from_date", "worker_id", "allocated_since", "unit"),
        "worker_id",
        "allocated_since",
        "unit",
    )
