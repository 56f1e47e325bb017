"""How interventions were taken up here: referred, started, completed, dropped out, declined, and how long it took."""

from __future__ import annotations

import polars as pl

from fi_workbench.matching.catalogue import InterventionCatalogue

LEAST_STARTED = 10
"""Children who started below which no typical wait is told."""


def uptake(spells: pl.DataFrame, catalogue: InterventionCatalogue) -> pl.DataFrame:
    """Count what became of referrals to each intervention of the catalogue.

    Who completed is no sign of whom it helped: families that drop out differ from those that stay.

    Args:
        spells: contract `intervention_spells`, codes as in the catalogue.
        catalogue: the interventions; those that nobody was referred to are counted as 0.

    Returns:
        Contract `intervention_uptake`, one row per intervention, sorted by id. The wait is the median of days from
        referral to first session, of those who started.
    """
    became = pl.col("completion")
    started = pl.col("start").is_not_null()
    wait = (pl.col("start") - pl.col("referred_on")).dt.total_days().filter(started)
    counted = spells.group_by("intervention_id").agg(
        n_referred=pl.len(),
        n_started=started.sum(),
        n_completed=(became == "completed").sum(),
        n_dropped_out=(became == "dropped_out").sum(),
        n_declined=(became == "declined").sum(),
        median_wait_days=pl.when(started.sum() >= LEAST_STARTED).then(wait.median()),
    )
    every = pl.DataFrame({"intervention_id": sorted(each.id for each in catalogue.interventions)})
    counts = ("n_referred", "n_started", "n_completed", "n_dropped_out", "n_declined")
    return every.join(counted, on="intervention_id", how="left", maintain_order="left").select(
        "intervention_id",
        *[pl.col(name).fill_null(0).cast(pl.Int64) for name in counts],
        pl.col("median_wait_days").cast(pl.Float64),
    )
