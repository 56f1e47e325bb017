"""How well each unit fits each family, and which units may have it at all."""

from __future__ import annotations

import numpy as np
import polars as pl

from fi_workbench.segmentation.patterns import Reals
from fi_workbench.settings import Settings

ANY_SEGMENT_FIT = 0.5
"""A unit that takes any segment fits every family evenly."""
COST_PLACES = 3
"""Costs nearer than a thousandth are equal: a probability says no more than that."""


def fits_of(families: pl.DataFrame, settings: Settings) -> Reals:
    """How well each unit fits each family: the probability of the unit's segments, of the two nearest."""
    columns = []
    for unit in settings.units:
        if not unit.segments:
            columns.append(pl.lit(ANY_SEGMENT_FIT).alias(unit.code))
            continue
        first = pl.col("segment").is_in(unit.segments).cast(pl.Float64) * pl.col("posterior")
        second = pl.col("second_segment").is_in(unit.segments).cast(pl.Float64) * pl.col("second_posterior")
        columns.append((first + second.fill_null(0.0)).round(COST_PLACES).alias(unit.code))
    return families.with_columns(columns).select([unit.code for unit in settings.units]).to_numpy().astype(np.float64)


def may_go(families: pl.DataFrame, settings: Settings) -> np.ndarray:
    """Family by unit: whether the unit takes the family's segment, or holds the family already."""
    takes = [
        (pl.col("segment").is_in(unit.takes) if unit.takes else pl.lit(value=True))
        | (pl.col("unit") == unit.code).fill_null(value=False)
        for unit in settings.units
    ]
    named = [each.alias(unit.code) for each, unit in zip(takes, settings.units, strict=True)]
    return families.with_columns(named).select([unit.code for unit in settings.units]).to_numpy().astype(np.bool_)


def better_elsewhere(families: pl.DataFrame, units: list[str], settings: Settings) -> list[bool]:
    """Family by family: whether another unit fits it better than the one that holds it."""
    if families.is_empty():
        return []
    fits = np.nan_to_num(fits_of(families, settings))
    place = {unit: number for number, unit in enumerate(units)}
    return [
        unit in place and bool(fits[i].max() > fits[i, place[unit]])
        for i, unit in enumerate(families["unit"].to_list())
    ]
