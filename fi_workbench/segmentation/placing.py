"""Families placed in units: the cheapest allocation, places shared out by a published rule, each with its reason.

The tie rule: where families fit equally well and not all can have the better place, the one that has waited longest
(whose status began first) has it, then by a seeded hash of its pseudonym.
"""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import polars as pl

from fi_workbench.segmentation.allocation import Placement, place, types_of
from fi_workbench.segmentation.patterns import Reals
from fi_workbench.segmentation.shortfall import CHILDREN, POINTS
from fi_workbench.segmentation.unit_fits import COST_PLACES, fits_of, may_go
from fi_workbench.segmentation.weights import is_weighted
from fi_workbench.settings import Settings

NO_ROOM = "has no room"
"""In the reason of every family that does not get the unit that fits it best because that unit is full."""


def placed(families: pl.DataFrame, units: list[str], room: np.ndarray, settings: Settings) -> pl.DataFrame:
    """Place families that are free to be anywhere.

    Args:
        families: at least one.
        units: codes, in the order of the settings.
        room: what each unit can still hold.
        settings: what it costs to leave a unit, and the seed of the tie rule.

    Returns:
        The columns of a proposal, in the order given.

    Raises:
        AllocationError: the households do not fit.
    """
    fits = fits_of(families, settings)
    current = families["unit"].to_list()
    leaves = np.array([[unit is not None and unit != other for other in units] for unit in current], dtype=np.float64)
    leaves = leaves.reshape(len(current), len(units))
    costs = np.round(1 - fits + settings.segmentation.leaving_cost * leaves, COST_PLACES)
    weights = families["weight"].to_numpy().astype(np.int64)
    allowed = may_go(families, settings)
    first, of_family = types_of(costs, weights, allowed)
    counts = np.bincount(of_family, minlength=len(first)).astype(np.int64)
    names = [settings.unit_name(unit) for unit in units]
    placement = place(
        costs[first],
        weights[first],
        counts,
        room,
        names,
        allowed=allowed[first],
        measure=POINTS if is_weighted(settings) else CHILDREN,
    )
    chosen = _share_out(families, costs, of_family, placement, settings.segmentation.random_state)
    split = (placement.households > 0).sum(axis=1) > 1
    reasons = [
        _reason(
            current[i],
            int(chosen[i]),
            np.where(allowed[i], fits[i], -1.0),
            costs[i],
            units,
            names,
            settings.segmentation.leaving_cost,
        )
        for i in range(len(current))
    ]
    proposed = pl.Series("proposed_unit", [units[i] for i in chosen], dtype=pl.String)
    return families.select("family_id", current_unit="unit").with_columns(
        proposed,
        moves=pl.col("current_unit").is_not_null() & (pl.col("current_unit") != proposed),
        reason=pl.Series(reasons, dtype=pl.String),
        tie=pl.Series(split[of_family], dtype=pl.Boolean),
    )


def _share_out(
    families: pl.DataFrame, costs: Reals, of_family: np.ndarray, placement: Placement, seed: int
) -> np.ndarray:
    """Give the places of each type to its families by the tie rule: the cheapest to the longest waiting."""
    waiting = [
        (since or date.max, _hash(family, seed)) for family, since in families.select("family_id", "since").iter_rows()
    ]
    chosen = np.zeros(len(waiting), dtype=np.int64)
    by_type = np.argsort(of_family, kind="stable")
    ends = np.cumsum(placement.households.sum(axis=1))
    for number, members in enumerate(np.split(by_type, ends[:-1])):
        in_turn = sorted(members, key=lambda i: waiting[i])
        cheapest_first = np.argsort(costs[members[0]], kind="stable")
        places = np.repeat(cheapest_first, placement.households[number][cheapest_first])
        chosen[in_turn] = places
    return chosen


def _hash(family: str, seed: int) -> str:
    return hashlib.blake2b(family.encode(), digest_size=16, key=str(seed).encode()).hexdigest()


def _reason(
    current: str | None,
    chosen: int,
    fits: Reals,
    costs: Reals,
    units: list[str],
    names: list[str],
    leaving_cost: float,
) -> str:
    best = int(np.argmax(fits))
    alike = bool((fits[fits >= 0] == fits[best]).all())
    full = f"{names[best]} fits its needs better but {NO_ROOM}" if fits[chosen] < fits[best] else ""
    why = "has room" if alike else "works with families like it"
    if current is None:
        return f"Held by no unit; {full or f'{names[chosen]} {why}'}"
    held = units.index(current)
    if chosen == held:
        if not full:
            return "Stays: no unit fits it better" if alike else "Stays: its unit works with families like it"
        worth = fits[best] - fits[held] > leaving_cost
        return f"Stays: {full}" if worth else f"Stays: {names[best]} fits a little better, not enough for a change"
    if costs[chosen] < costs[held]:
        return f"{names[chosen]} works with families like it" + (f"; {full}" if full else "")
    return f"{names[held]} {NO_ROOM} for every family that fits it as well; {names[chosen]} has room"
