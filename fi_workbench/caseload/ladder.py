"""The status ladder: of all that is open for a child, the one status that counts, at every moment."""

from __future__ import annotations

import polars as pl

LADDER = {
    "looked_after": "looked_after",
    "child_protection_plan": "child_protection_plan",
    "child_in_need_plan": "child_in_need_plan",
    "open_assessment": "assessment",
    "child_in_need": "child_in_need",
    "early_help": "early_help",
}
"""Status to the kind of spell that gives it, highest first.

Source: Ofsted, Annex A guidance, list 6 "Case Status" (use the first that applies); early help and an open episode
without plan or assessment are added below.
"""

CLOSED = "closed"
STATUSES = (*LADDER, CLOSED)
OUT = "out"
"""Not a child any more: 18 and not looked after, or dead."""


def rank(status: str | pl.Expr) -> pl.Expr:
    """How far down the ladder a status stands: 0 for looked after."""
    column = pl.col(status) if isinstance(status, str) else status
    return column.replace_strict(list(STATUSES), list(range(len(STATUSES))), return_dtype=pl.Int8)


def status_timeline(spells: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Replay the ladder at each change for every child.

    Spells are counted up at their start and down at their end, so the work grows with the number of spells and not
    with the number of days. A spell that ends on or before the day it starts counts on no day.

    Args:
        spells: `person_id`, `kind`, `start`, `end` (null while it lasts).
        limits: one row per child: `person_id`, `adult_from` (18th birthday, nullable), `died_on` (nullable).

    Returns:
        One row per child and change of status, sorted: `person_id`, `from_date`, `status` (one of `STATUSES` or
        `out`). The first row is the child's first spell.
    """
    counted = spells.filter(
        pl.col("kind").is_in(list(LADDER.values())), pl.col("end").is_null() | (pl.col("end") > pl.col("start"))
    ).select("person_id", "kind", "start", "end")
    steps = pl.concat(
        [
            counted.select("person_id", "kind", pl.col("start").alias("from_date"), step=pl.lit(1, dtype=pl.Int32)),
            counted.drop_nulls("end").select(
                "person_id", "kind", pl.col("end").alias("from_date"), step=pl.lit(-1, dtype=pl.Int32)
            ),
        ]
    )
    begun = steps.group_by("person_id").agg(first=pl.col("from_date").min())
    turns = pl.concat(
        [
            limits.drop_nulls(day).select("person_id", pl.col(day).alias("from_date"))
            for day in ("adult_from", "died_on")
        ]
    ).join(begun, on="person_id")
    turns = turns.filter(pl.col("from_date") > pl.col("first")).select(
        "person_id", "from_date", kind=pl.lit(None, dtype=pl.String), step=pl.lit(0, dtype=pl.Int32)
    )
    levels = (
        pl.concat([steps, turns.select(steps.columns)])
        .group_by("person_id", "from_date")
        .agg(**{status: pl.col("step").filter(pl.col("kind") == kind).sum() for status, kind in LADDER.items()})
        .sort("person_id", "from_date")
        .with_columns(pl.col(status).cum_sum().over("person_id") for status in LADDER)
        .join(limits, on="person_id", how="left", maintain_order="left")
    )
    status = pl.lit(CLOSED)
    for name in reversed(LADDER):
        status = pl.when(pl.col(name) > 0).then(pl.lit(name)).otherwise(status)
    grown = (pl.col("adult_from") <= pl.col("from_date")).fill_null(value=False) & (pl.col("looked_after") == 0)
    dead = (pl.col("died_on") <= pl.col("from_date")).fill_null(value=False)
    return runs(
        levels.select("person_id", "from_date", status=pl.when(grown | dead).then(pl.lit(OUT)).otherwise(status)),
        "status",
    )


def runs(timeline: pl.DataFrame, *values: str) -> pl.DataFrame:
    """Drop the rows of a timeline (`person_id`, `from_date`, values) that change nothing."""
    ordered = timeline.sort("person_id", "from_date")
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1).over("person_id")) for name in values) | (
        pl.int_range(pl.len()).over("person_id") == 0
    )
    return ordered.filter(changed)
