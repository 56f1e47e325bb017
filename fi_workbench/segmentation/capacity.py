"""How many children each unit can hold: what a person set, else what its roster can carry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import floor

import polars as pl

from fi_workbench.settings import Settings

CASE_HOLDING: Mapping[str, float] = {"social_worker": 1.0, "senior_social_worker": 1.0}
"""Roles that hold cases, with the share of a full caseload; newly qualified workers' share is a setting."""
NEWLY_QUALIFIED = "newly_qualified"


def unit_capacities(roster: pl.DataFrame, settings: Settings, as_at: date) -> dict[str, int | None]:
    """Say how many children each unit of the settings can hold on a date.

    Args:
        roster: source table `roster`; people in post on the day count, by full-time equivalent and role.
        settings: units, children for one full-time worker, the newly qualified share and the protected headroom.
        as_at: the day.

    Returns:
        Children by unit code, in the order of the settings; None where neither the settings nor the roster say.
        Headroom is kept free of what the roster can carry, not of a number that a person set.
    """
    shares = {**CASE_HOLDING, NEWLY_QUALIFIED: settings.caseload.newly_qualified_share}
    workers = roster.filter(
        pl.col("start_date") <= as_at, pl.col("end_date").is_null() | (pl.col("end_date") > as_at)
    ).with_columns(share=pl.col("role").replace_strict(shares, default=0.0, return_dtype=pl.Float64))
    carried = dict(
        workers.group_by("unit").agg((pl.col("fte") * pl.col("share")).sum().alias("fte")).sort("unit").iter_rows()
    )
    per_fte = settings.caseload.children_per_fte * (1 - settings.caseload.protected_headroom)
    return {
        unit.code: unit.capacity_children
        if unit.capacity_children is not None
        else (floor(carried[unit.code] * per_fte + 1e-9) if unit.code in carried else None)
        for unit in settings.units
    }
