"""How much a unit holds against what was agreed. About units, never about workers."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import CASE_HOLDING, Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.words import count, whole
from fi_workbench.settings import Settings

SUPERVISION_AHEAD_DAYS = 14

UNIT_WORKLOAD = {
    "unit": pl.String(),
    "n_children": pl.Int64(),
    "n_families": pl.Int64(),
    "fte": pl.Float64(),
    "capacity_children": pl.Int64(),
    "children_per_fte": pl.Float64(),
    "n_unallocated": pl.Int64(),
    "supervision_due": pl.Int64(),
    "sentence": pl.String(),
}


def unit_workload(
    holders: Holders, supervision: pl.DataFrame, sources: Sources, settings: Settings, *, as_at: date
) -> pl.DataFrame:
    """Set children and families open against the unit's case-holding posts and its agreed number of children.

    Each brother or sister counts as a child; families are shown beside. Capacity is the unit's own where the
    settings give one; otherwise the agreed children per full-time worker, newly qualified workers counting in part.

    Args:
        holders: units, children, families and workers.
        supervision: as `standing.supervision_standing` makes them.
        sources: whether allocations and supervision can be told.
        settings: `units`, `caseload`.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_workload`: one row per unit, sorted. Without a roster there is no FTE and no capacity; without
        an allocation list `n_unallocated` is 0 and the sentence does not speak of it.
    """
    rows = [_row(unit, holders, supervision, sources, settings, as_at) for unit in holders.units]
    return pl.DataFrame(rows, schema=UNIT_WORKLOAD, orient="row").sort("unit")


def _row(
    unit: str, holders: Holders, supervision: pl.DataFrame, sources: Sources, settings: Settings, as_at: date
) -> dict[str, object]:
    children = holders.children.filter(pl.col("unit") == unit)
    families = holders.families.filter(pl.col("unit") == unit).height
    fte, capacity = posts_and_places(unit, None if holders.whole else holders.workers, settings)
    told = sources.current("allocations")
    unallocated = children["worker_id"].null_count() if told else 0
    horizon = as_at + timedelta(days=SUPERVISION_AHEAD_DAYS)
    supervised = sources.current("supervision") and not holders.whole
    due = supervision.filter(pl.col("unit") == unit, pl.col("due") <= horizon).height if supervised else None
    return {
        "unit": unit,
        "n_children": children.height,
        "n_families": families,
        "fte": fte,
        "capacity_children": capacity,
        "children_per_fte": round(children.height / fte, 1) if fte else None,
        "n_unallocated": unallocated,
        "supervision_due": due,
        "sentence": _sentence(children.height, families, fte, capacity, unallocated),
    }


def posts_and_places(unit: str, workers: pl.DataFrame | None, settings: Settings) -> tuple[float | None, int | None]:
    """Full-time posts of a unit that hold cases, and the children agreed for it.

    Args:
        unit: its code.
        workers: everyone in post with `unit`, `role`, `fte`; None where there is no roster.
        settings: `units`, `caseload`.

    Returns:
        Posts and children, each None where it is not known.
    """
    own = next((each.capacity_children for each in settings.units if each.code == unit), None)
    if workers is None:
        return None, own
    posts = workers.filter(pl.col("unit") == unit, pl.col("role").is_in(CASE_HOLDING))
    share = settings.caseload.newly_qualified_share
    weighted = posts.select(
        (pl.col("fte") * pl.when(pl.col("role") == "newly_qualified").then(share).otherwise(1.0)).sum()
    ).item()
    fte = round(float(posts["fte"].sum()), 2)
    # A hair is added so that 2 × 17 does not become 33 for want of a last bit.
    counted = math.floor(float(weighted) * settings.caseload.children_per_fte + 1e-9)
    return fte, own if own is not None else counted


def _sentence(n_children: int, n_families: int, fte: float | None, capacity: int | None, unallocated: int) -> str:
    held = f"{count(n_children, 'child')} in {count(n_families, 'family')}"
    if fte is not None:
        held += f", with {whole(fte)} full-time {'post' if fte == 1 else 'posts'} that hold cases"
    said = f"{held}."
    if capacity is not None:
        said += f" The agreed number is {count(capacity, 'child')}."
    if unallocated:
        said += f" No lead practitioner is recorded for {count(unallocated, 'child')}."
    return said
