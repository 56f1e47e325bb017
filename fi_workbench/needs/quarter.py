"""What families needed a quarter ago, as it is known now: the same rules on an earlier day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.needs.profile import profile
from fi_workbench.vocabulary.needs import PRESENT

QUARTER_AGO = "needs_quarter_ago"
WEEKS = 13


def a_quarter_ago(*, as_at: date, lookback_days: int, **frames: pl.DataFrame) -> pl.DataFrame:
    """Find the needs that were present thirteen weeks earlier.

    It is what is known now of that day, so that evidence written down late counts then too, as it does today: last
    quarter's own brief may have said less.

    Args:
        as_at: the week's Sunday.
        lookback_days: how far back evidence counts.
        **frames: the tables of `READS`.

    Returns:
        Contract `needs_quarter_ago`: one row per family and need that was present on that day, sorted.
    """
    then = profile(**frames, as_at=as_at - timedelta(weeks=WEEKS), lookback_days=lookback_days).need_profiles
    return then.filter(pl.col("state") == PRESENT).select("family_id", "need").sort("family_id", "need")
