"""When a need that was recorded ended: looked for and not found again, or recorded too long ago to count.

A need ends on the day of the first finished assessment after all of its evidence, which did not name it; else on the
first day on which its latest evidence no longer counts. What is still going on, such as a child protection plan, has
not ended. School absence is read from recent weeks of attendance, of which no former state is kept: there only
exclusions are followed.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.vocabulary.needs import NEEDS

ENDINGS = pl.Schema({"family_id": pl.String(), "need": pl.String(), "ended_on": pl.Date()})
"""One row per family and need that ended."""
TOLD_DAYS = 366
"""An ending by time is told for so long: evidence that stopped counting earlier is not looked for."""


def endings(
    now: pl.DataFrame, before: pl.DataFrame, finished: pl.DataFrame, *, lookback_days: int, as_at: date
) -> pl.DataFrame:
    """Find the needs that ended.

    Args:
        now: evidence that counts, one row per family, need and kind: `family_id`, `need`, `until` (the last day of
            which it tells), `going_on` (whether it has not ended).
        before: evidence that counted within the year before and counts no longer, as `now`.
        finished: as `assessments.finished_assessments`, from the earliest evidence in `before` on.
        lookback_days: how far back evidence counts.
        as_at: the last day that counts.

    Returns:
        Endings as `ENDINGS`, sorted.
    """
    columns = ["family_id", "need", "until", "going_on"]
    # What still goes on counts, so whatever is said to go on before has only not been listed since.
    former = before.with_columns(going_on=pl.lit(value=False))
    last = (
        pl.concat([now.select(columns), former.select(columns)])
        .group_by("family_id", "need")
        .agg(pl.col("until").max(), pl.col("going_on").any())
        .filter(~pl.col("going_on"))
        .select("family_id", "need", "until")
    )
    by_assessment = [need.code for need in NEEDS if need.absence == "assessment"]
    not_named = (
        last.filter(pl.col("need").is_in(by_assessment))
        .join(finished.select("family_id", "finished").unique(), on="family_id")
        .filter(pl.col("finished") > pl.col("until"))
        .group_by("family_id", "need")
        .agg(not_named=pl.col("finished").min())
    )
    counts_no_longer = pl.col("until") + timedelta(days=lookback_days)
    return (
        last.join(not_named, on=["family_id", "need"], how="left")
        .with_columns(ended_on=pl.min_horizontal("not_named", counts_no_longer))
        .filter(pl.col("ended_on") <= as_at)
        .select(ENDINGS.names())
        .cast(ENDINGS)
        .sort("family_id", "need")
    )
