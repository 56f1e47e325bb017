"""Whom the manager of a unit supports: what each worker holds against the agreed number, in order of surname.

It is about room for work, never about how anyone works: no date kept or missed stands here, and the order is that of
an address book.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import CASE_HOLDING, Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.settings import Caseload

LEAVING_WITHIN_DAYS = 56
LEFT_WITHIN_DAYS = 28
LEAVE_WITHIN_DAYS = 28
LEAVE_AT_LEAST_DAYS = 7
"""Shorter leave needs no other worker, so it is not shown."""

MANAGER_STAFF = {
    "unit": pl.String(),
    "worker_id": pl.String(),
    "place": pl.Int64(),
    "role": pl.String(),
    "fte": pl.Float64(),
    "n_children": pl.Int64(),
    "n_families": pl.Int64(),
    "agreed_children": pl.Float64(),
    "last_day": pl.Date(),
    "n_to_hand_over": pl.Int64(),
    "supervision_due": pl.Date(),
    "supervision_state": pl.String(),
    "leave_first_day": pl.Date(),
    "leave_last_day": pl.Date(),
}


def manager_staff(
    roster: pl.DataFrame,
    leave: pl.DataFrame,
    supervision: pl.DataFrame,
    holders: Holders,
    sources: Sources,
    caseload: Caseload,
    *,
    as_at: date,
) -> pl.DataFrame:
    """List the workers of each unit with what they hold, and those who leave or are away with what to hand over.

    Args:
        roster: source table; its last days say who leaves, its surnames only in which order workers stand.
        leave: source table `worker_leave`; an old list says nothing.
        supervision: as `standing.supervision_standing` makes them.
        holders: units, workers in post and open children.
        sources: without a recent roster there are no rows.
        caseload: the agreed children for one full-time worker.
        as_at: the week's Sunday.

    Returns:
        Contract `manager_staff`: one row per unit and worker in post, or gone within four weeks and still named as
        somebody's lead practitioner; sorted by unit and `place`, the order of surnames. `agreed_children` is empty for
        those who hold no cases. Of several times away the first is told.
    """
    if holders.whole or not sources.current("roster"):
        return pl.DataFrame(schema=MANAGER_STAFF)
    people = _people(roster, holders, as_at)
    held = (
        holders.children.drop_nulls("worker_id")
        .group_by("worker_id")
        .agg(n_children=pl.len(), n_families=pl.col("family_id").n_unique())
    )
    due = (
        supervision.sort("due")
        .unique("person_id", keep="first", maintain_order=True)
        .select(worker_id="person_id", supervision_due="due", supervision_state="state")
    )
    share = pl.when(pl.col("role") == "newly_qualified").then(caseload.newly_qualified_share).otherwise(1.0)
    holds_cases = pl.col("role").is_in(CASE_HOLDING)
    leaves = pl.col("last_day").is_not_null() | pl.col("leave_first_day").is_not_null()
    away = _away(leave if sources.current("worker_leave") else leave.clear(), as_at)
    return (
        people.join(held, on="worker_id", how="left", maintain_order="left")
        .join(due, on="worker_id", how="left", maintain_order="left")
        .join(away, on="worker_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_children", "n_families").fill_null(0))
        .filter(~pl.col("gone") | (pl.col("n_children") > 0))
        .with_columns(
            agreed_children=pl.when(holds_cases, ~pl.col("gone")).then(
                (pl.col("fte") * share * caseload.children_per_fte).round(1)
            ),
            n_to_hand_over=pl.when(leaves).then("n_children").otherwise(0),
            supervision_due=pl.when(~pl.col("gone")).then("supervision_due"),
            supervision_state=pl.when(~pl.col("gone")).then("supervision_state"),
        )
        .sort("unit", pl.col("surname").str.to_lowercase(), "worker_id", nulls_last=True)
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("unit"))
        .select(pl.col(name).cast(dtype) for name, dtype in MANAGER_STAFF.items())
    )


def _away(leave: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """The first time away of each worker that is not over: now, or beginning within four weeks."""
    first, last = pl.col("first_day"), pl.col("last_day")
    long = last.is_null() | ((last - first).dt.total_days() + 1 >= LEAVE_AT_LEAST_DAYS)
    soon = first <= as_at + timedelta(days=LEAVE_WITHIN_DAYS)
    return (
        leave.filter(long, soon, last.is_null() | (last > as_at))
        .sort("worker_id", "first_day")
        .unique("worker_id", keep="first", maintain_order=True)
        .select("worker_id", leave_first_day=first, leave_last_day=last)
    )


def _people(roster: pl.DataFrame, holders: Holders, as_at: date) -> pl.DataFrame:
    """Workers in post, and those whose last post ended within four weeks: `gone`, with the day as `last_day`."""
    latest = roster.sort("worker_id", "start_date").unique("worker_id", keep="last", maintain_order=True)
    gone = latest.filter(
        pl.col("end_date") < as_at, pl.col("end_date") >= as_at - timedelta(days=LEFT_WITHIN_DAYS)
    ).join(holders.workers, on="worker_id", how="anti")
    columns = ("unit", "worker_id", "role", "fte", "surname", "end_date", "gone")
    known = pl.concat(
        [
            holders.workers.with_columns(gone=pl.lit(value=False)).select(columns),
            gone.with_columns(gone=pl.lit(value=True)).select(columns),
        ]
    )
    soon = pl.col("end_date") <= as_at + timedelta(days=LEAVING_WITHIN_DAYS)
    return known.with_columns(last_day=pl.when(soon).then("end_date")).drop("end_date")
