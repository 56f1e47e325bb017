"""Which intervention a referral means: renamed ones by their former codes and dates, unknown ones held and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.matching.catalogue import Alias, InterventionCatalogue

NOT_IN_CATALOGUE = "not_in_catalogue"
OUTSIDE_ITS_DATES = "outside_its_dates"

_HELD = {
    "intervention_id": pl.String,
    "reason": pl.String,
    "n_referrals": pl.Int64,
    "first_referred_on": pl.Date,
    "last_referred_on": pl.Date,
}


@dataclass(frozen=True)
class Named:
    """Referrals by what they mean.

    Attributes:
        known: the referrals whose code the catalogue knows, `intervention_id` replaced by today's id. Same columns.
        held: contract `intervention_referrals_held`. GRAIN one row per code and reason.
    """

    known: pl.DataFrame = field(repr=False)
    held: pl.DataFrame

    def told(self) -> str:
        """What waits for a person, in a sentence; empty where nothing does."""
        if self.held.is_empty():
            return ""
        n, codes = int(self.held["n_referrals"].sum()), self.held["intervention_id"].n_unique()
        return (
            f"Referrals held because the catalogue does not know their intervention: {n} with {codes} "
            f"code{'' if codes == 1 else 's'}. Add the intervention, or the code as an alias with its dates, to "
            "interventions.yaml."
        )


def name_referrals(referrals: pl.DataFrame, catalogue: InterventionCatalogue) -> Named:
    """Give each referral the id that its intervention has in the catalogue today.

    A code is looked up on the day of the referral, so that a code that was given to something else later is not
    mistaken. What is not found is held: it stays in its source table and is counted here.

    Args:
        referrals: any frame with `intervention_id` (String) and `referred_on` (Date).
        catalogue: the interventions, with the codes they once had.
    """
    names = [(Alias(code=each.id), each.id) for each in catalogue.interventions]
    names += [(alias, each.id) for each in catalogue.interventions for alias in each.aliases]
    table = pl.DataFrame(
        [(a.code, a.valid_from or date.min, a.valid_to or date.max, today) for a, today in names],
        schema={"_code": pl.String, "_from": pl.Date, "_to": pl.Date, "_today": pl.String},
        orient="row",
    )
    numbered = referrals.with_row_index("_row")
    tried = numbered.join(table, left_on="intervention_id", right_on="_code", how="inner")
    right = tried.filter(pl.col("referred_on").is_between("_from", "_to")).select("_row", "_today")
    told = numbered.join(right, on="_row", how="left", maintain_order="left")
    known = (
        told.filter(pl.col("_today").is_not_null())
        .with_columns(intervention_id=pl.col("_today"))
        .select(referrals.columns)
    )
    outside = pl.col("intervention_id").is_in(table["_code"].to_list())
    held = (
        told.filter(pl.col("_today").is_null())
        .with_columns(reason=pl.when(outside).then(pl.lit(OUTSIDE_ITS_DATES)).otherwise(pl.lit(NOT_IN_CATALOGUE)))
        .group_by("intervention_id", "reason")
        .agg(
            n_referrals=pl.len().cast(pl.Int64),
            first_referred_on=pl.col("referred_on").min(),
            last_referred_on=pl.col("referred_on").max(),
        )
        .sort("intervention_id", "reason")
    )
    return Named(known, pl.DataFrame(held, schema=_HELD))
