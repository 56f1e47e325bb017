"""How each negative-control outcome is read from partners' records, and for whom it cannot be known.

Not recorded is never no: a family that the partner does not know, or whose time is not over, has no control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.matching.cards import QuestionCard
from fi_workbench.matching.cohort.outcomes import KEYS, persistently_absent

CONTROL = "control"
TENANCY, ARREARS = "tenancy", "rent_arrears"


@dataclass(frozen=True)
class Partners:
    """What negative controls are read from.

    Attributes:
        attendance: as `outcomes.Records.attendance`.
        housing: GRAIN one row per member's housing event: `family_id`, `event`, `start_date`, `end_date` (null where
            it goes on); empty where no housing service sends it.
        as_at: what is known up to this day counts.
    """

    attendance: pl.DataFrame = field(repr=False)
    housing: pl.DataFrame = field(repr=False)
    as_at: date


Reader = Callable[[pl.DataFrame, Partners, QuestionCard], pl.DataFrame]


def with_control(decisions: pl.DataFrame, partners: Partners, card: QuestionCard) -> pl.DataFrame:
    """The decisions with `control` (Float64, 0 or 1; null where it cannot be known or the card names none).

    Args:
        decisions: `family_id`, `time_zero`.
        partners: their records.
        card: the question.
    """
    if card.negative_control is None:
        return decisions.with_columns(pl.lit(None, pl.Float64).alias(CONTROL))
    return READERS[card.negative_control.outcome](decisions, partners, card)


def _rent_arrears(decisions: pl.DataFrame, partners: Partners, card: QuestionCard) -> pl.DataFrame:
    """Of families with a council tenancy from time zero to the horizon: whether arrears began in that time."""
    until = pl.col("time_zero").dt.offset_by(f"{card.outcome.horizon_days}d")
    held = decisions.join(partners.housing, on="family_id").with_columns(until=until)
    lasts = pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("until"))
    is_tenant = (pl.col("event") == TENANCY) & (pl.col("start_date") <= pl.col("time_zero")) & lasts
    began = (pl.col("start_date") > pl.col("time_zero")) & (pl.col("start_date") <= pl.col("until"))
    told = (
        held.filter(pl.col("until") <= partners.as_at)
        .group_by(KEYS)
        .agg(tenant=is_tenant.any(), arrears=((pl.col("event") == ARREARS) & began).any())
        .filter("tenant")
        .select(*KEYS, pl.col("arrears").cast(pl.Float64).alias(CONTROL))
    )
    return decisions.join(told, on=KEYS, how="left", maintain_order="left")


def _persistent_absence_before(decisions: pl.DataFrame, partners: Partners, card: QuestionCard) -> pl.DataFrame:
    """The same as the outcome on school attendance, in the time before time zero."""
    return persistently_absent(decisions, partners.attendance, (-card.outcome.horizon_days, -1), CONTROL)


READERS: Mapping[str, Reader] = {
    "rent_arrears": _rent_arrears,
    "persistent_absence_before": _persistent_absence_before,
}
