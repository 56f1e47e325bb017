"""The journey of families through statuses: where those of a quarter ago are now, and who came new.

Source:
    The ladder of statuses is `flow.LADDER`; a family stands where its most intensive child stands.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import LADDER
from fi_workbench.measures.holders import SOCIAL_CARE, Holders
from fi_workbench.measures.sources import Sources

WEEKS = 13
NEW = "new"
"""Families that the unit did not hold a quarter ago."""

UNIT_JOURNEYS = {
    "unit": pl.String(),
    "before": pl.String(),
    "n_families": pl.Int64(),
    "n_up": pl.Int64(),
    "n_same": pl.Int64(),
    "n_down": pl.Int64(),
    "n_closed": pl.Int64(),
    "as_of": pl.Date(),
}


def unit_journeys(holders: Holders, sources: Sources, *, as_at: date) -> pl.DataFrame:
    """Count families by their status a quarter ago and by what became of it.

    A family belongs to the unit that held it a quarter ago, wherever it is now; one that is new belongs to the unit
    that holds it now. Whoever left the caseload's history altogether counts as closed.

    Args:
        holders: units, and the status of each child at every moment.
        sources: where the census is absent, old, or begins later than a quarter ago, there are no rows.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_journeys`: one row per unit and status a quarter ago that a family had, and one for those who
        are new (their `n_same` is all of them); sorted.
    """
    then = as_at - timedelta(weeks=WEEKS)
    if not sources.covers("cin_census", since=then):
        return pl.DataFrame(schema=UNIT_JOURNEYS)
    before = families_on(holders, then).rename({"status": "before", "rank": "rank_before"})
    now = families_on(holders, as_at)
    held = (
        before.filter(pl.col("before").is_in(SOCIAL_CARE))
        .drop_nulls("unit")
        .join(now.drop("unit"), on="family_id", how="left")
    )
    moved = held.with_columns(
        closed=pl.col("rank").is_null(),
        up=pl.col("rank") < pl.col("rank_before"),
        down=pl.col("rank") > pl.col("rank_before"),
    )
    stayed = moved.group_by("unit", "before").agg(
        n_families=pl.len(),
        n_up=pl.col("up").sum(),
        n_same=(pl.col("rank") == pl.col("rank_before")).sum(),
        n_down=pl.col("down").sum(),
        n_closed=pl.col("closed").sum(),
    )
    fresh = (
        now.filter(pl.col("status").is_in(SOCIAL_CARE))
        .join(held, on="family_id", how="anti")
        .drop_nulls("unit")
        .group_by("unit")
        .agg(n_families=pl.len())
        .with_columns(
            before=pl.lit(NEW), n_up=pl.lit(0), n_same=pl.col("n_families"), n_down=pl.lit(0), n_closed=pl.lit(0)
        )
    )
    columns = [pl.col(name).cast(dtype) for name, dtype in UNIT_JOURNEYS.items() if name != "as_of"]
    return (
        pl.concat([stayed.select(columns), fresh.select(columns)])
        .with_columns(as_of=pl.lit(sources["cin_census"].covers_to, pl.Date))
        .sort("unit", "before")
    )


def families_on(holders: Holders, day: date) -> pl.DataFrame:
    """Each family that was open on a day, with the status of its most intensive child and the unit that held it.

    Returns:
        One row per family: `family_id`, `status`, `rank` (0 is the most intensive), `unit`; early help is open too,
        closed is not; sorted.
    """
    rank = pl.col("status").replace_strict({name: n for n, name in enumerate(LADDER)}, return_dtype=pl.Int64)
    return (
        holders.history.filter(
            pl.col("from_date") <= day,
            pl.col("to_date").is_null() | (pl.col("to_date") > day),
            pl.col("status") != "closed",
        )
        .drop_nulls("family_id")
        .with_columns(rank=rank)
        .sort("family_id", "rank", "unit", "person_id", nulls_last=True)
        .group_by("family_id", maintain_order=True)
        .agg(pl.col("status").first(), pl.col("rank").first(), pl.col("unit").drop_nulls().first())
        .sort("family_id")
    )
