"""Which things to do come first, by one stated rule: what law or statutory guidance asks for, and the soonest.

Nothing is weighed: no score, no number of children, no worker and no family decides the order.

Source:
    House rule for a weekly brief: lead with three things to do, for whom, by when; readers have one screen and no time.
"""

from __future__ import annotations

import polars as pl

STATUTORY = ("regulation", "guidance")
"""What law or statutory guidance asks for; a local interval comes after it."""

LEAD_AHEAD, LEAD_WAITING, LEAD = 3, 2, 5
"""Of five that lead, three are still to come and two wait already; where one kind has fewer, the other fills up."""

RULE = (
    "First come the next three dates that law or statutory guidance sets. Then come the two such things that have "
    "waited longest. Local rules come after."
)


def placed(actions: pl.DataFrame) -> pl.DataFrame:
    """Number the items of each unit from 1, the first five of which lead the brief.

    Args:
        actions: rows of `unit_actions`, in any order; `authority`, `ahead` and `from_date` decide.

    Returns:
        The same rows with `place`. Ties go by the name of the item.
    """
    ordered = (
        actions.with_columns(_statutory=pl.col("authority").is_in(STATUTORY))
        # Each kind in its own order: the soonest of what is to come, the longest of what waits.
        .sort(
            "unit",
            "_statutory",
            "ahead",
            "from_date",
            "action",
            descending=[False, True, True, False, False],
            nulls_last=True,
        )
        .with_columns(_of_kind=pl.int_range(pl.len()).over("unit", "_statutory", "ahead"))
    )
    most = pl.when("ahead").then(LEAD_AHEAD).otherwise(LEAD_WAITING)
    leads = pl.col("_statutory") & (pl.col("_of_kind") < most)
    return (
        ordered.with_columns(_first=leads)
        .sort("unit", "_first", descending=[False, True], maintain_order=True)
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("unit"))
        .select(actions.columns)
    )
