"""The unit proposed for each open family: whole households, within capacities, with as few changes as pay off.

The cost of a unit for a family is 1 less the family's probability for the unit's segments, and more if the family
would leave the unit that holds it. A family that is held is proposed another unit only if its needs have changed or a
person says so. The tie rule is published: where families fit equally well and not all can have
the better place, the one that has waited longest (whose status began first) has it, then by a seeded hash of its
pseudonym. It is a proposal until a person moves the family.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.capacity import unit_capacities
from fi_workbench.segmentation.continuity import EVERYONE, Continuity
from fi_workbench.segmentation.placing import placed
from fi_workbench.segmentation.unit_fits import better_elsewhere
from fi_workbench.segmentation.weights import HUNDREDTHS, family_weights, is_weighted
from fi_workbench.settings import Settings

CLOSED = "closed"
NOT_POSSIBLE = "No allocation can be proposed this week"

PROPOSALS = pl.Schema(
    {
        "family_id": pl.String(),
        "current_unit": pl.String(),
        "proposed_unit": pl.String(),
        "moves": pl.Boolean(),
        "reason": pl.String(),
        "tie": pl.Boolean(),
    }
)


@dataclass(frozen=True)
class Proposal:
    """What is proposed.

    Attributes:
        unit_proposals: contract `unit_proposals`, one row per open family.
    """

    unit_proposals: pl.DataFrame = field(repr=False)


def propose(
    *,
    segment_memberships: pl.DataFrame,
    family_status: pl.DataFrame,
    roster: pl.DataFrame,
    settings: Settings,
    as_at: date,
    continuity: Continuity = EVERYONE,
    child_status: pl.DataFrame | None = None,
    known_segments: Collection[str] | None = None,
) -> Proposal:
    """Propose a unit for each open family; where it cannot be done, every row says why.

    Args:
        segment_memberships: contract `segment_memberships`.
        family_status: contract `family_status`.
        roster: source table `roster`.
        settings: units with their segments and capacities, caseload rules, the cost of leaving a unit.
        as_at: the week's Sunday.
        continuity: who may be proposed another unit, and what people decided; everyone where not given.
        child_status: contract `child_status`, for what each child counts where points are set.
        known_segments: codes of the grouping; a unit that names only others is an error. None checks nothing.

    Returns:
        Proposals sorted by family; no rows without units in the settings, or where neither the settings nor the
        roster say what the units can hold.
    """
    capacities = unit_capacities(roster, settings, as_at)
    if not capacities or (roster.is_empty() and None in capacities.values()):
        return Proposal(PROPOSALS.to_frame())
    try:
        return propose_strictly(
            segment_memberships=segment_memberships,
            family_status=family_status,
            roster=roster,
            settings=settings,
            as_at=as_at,
            continuity=continuity,
            child_status=child_status,
            known_segments=known_segments,
        )
    except AllocationError as error:
        why = " ".join(part for part in (error.what, f"({error.how_many})" if error.how_many else "") if part)
        open_families = _open_families(segment_memberships, family_status, child_status, settings)
        return Proposal(
            open_families.select(
                "family_id",
                current_unit="unit",
                proposed_unit=pl.lit(None, pl.String),
                moves=pl.lit(value=False),
                reason=pl.lit(f"{NOT_POSSIBLE}: {why}"),
                tie=pl.lit(value=False),
            ).cast(PROPOSALS)
        )


def propose_strictly(
    *,
    segment_memberships: pl.DataFrame,
    family_status: pl.DataFrame,
    roster: pl.DataFrame,
    settings: Settings,
    as_at: date,
    continuity: Continuity = EVERYONE,
    child_status: pl.DataFrame | None = None,
    known_segments: Collection[str] | None = None,
) -> Proposal:
    """As `propose`, but an allocation that cannot be made is an error.

    Raises:
        AllocationError: a unit's capacity is not known, a unit names no segment that there is, or the households do
            not fit the capacities.
    """
    if known_segments:
        _check_segments(settings, known_segments)
    known = unit_capacities(roster, settings, as_at)
    lacking = [settings.unit_name(unit) for unit, capacity in known.items() if capacity is None]
    if lacking:
        raise AllocationError(
            f"It is not known how many children can be held by {', '.join(lacking)}.",
            where="units.capacity_children",
            how_many=f"{len(lacking)} of {len(known)} units",
            next_step="Set the capacity, or load a roster that has the unit's workers.",
        )
    families = _open_families(segment_memberships, family_status, child_status, settings)
    units = list(known)
    wrong = sorted(set(continuity.placed.values()) - set(units))
    if wrong:
        raise AllocationError(
            f"A person named a unit that is not in the settings: {', '.join(wrong)}.",
            where="decisions of kind allocation",
            how_many=f"{sum(unit in wrong for unit in continuity.placed.values())} families",
            next_step=f"Decide again (`fi-workbench segment decide`); units: {', '.join(units)}.",
        )
    families = families.with_columns(
        decided=pl.when(pl.col("family_id").is_in(list(continuity.stay)) & pl.col("unit").is_not_null())
        .then("unit")
        .otherwise(pl.col("family_id").replace_strict(dict(continuity.placed), default=None, return_dtype=pl.String))
    )
    ours = pl.col("unit").is_in(units)
    movable = pl.lit(value=True)
    if continuity.may_move is not None:
        movable = pl.col("unit").is_null() | pl.col("family_id").is_in(list(continuity.may_move))
    free = pl.col("decided").is_null() & pl.col("segment").is_not_null() & (pl.col("unit").is_null() | ours) & movable
    fixed, to_place = families.filter(~free), families.filter(free)
    parts = HUNDREDTHS if is_weighted(settings) else 1
    held = dict(fixed.group_by(pl.coalesce("decided", "unit")).agg(pl.col("weight").sum()).iter_rows())
    room = np.array([max(0, (known[unit] or 0) * parts - held.get(unit, 0)) for unit in units], dtype=np.int64)
    moved = PROPOSALS.to_frame() if to_place.is_empty() else placed(to_place, units, room, settings)
    return Proposal(pl.concat([moved, _stay(fixed, units, settings)]).cast(PROPOSALS).sort("family_id"))


def _check_segments(settings: Settings, known: Collection[str]) -> None:
    """Refuse a unit that leans to, or takes, only segments that the grouping does not have: after a refit, say."""
    named = [(unit.name, unit.takes or unit.segments) for unit in settings.units]
    lost = [(name, segments) for name, segments in named if segments and not set(segments) & set(known)]
    if lost:
        raise AllocationError(
            f"No segment that there is may go to {', '.join(name for name, _ in lost)}.",
            where="units.segments: " + "; ".join(f"{name} has {', '.join(segments)}" for name, segments in lost),
            how_many=f"{len(lost)} of {len(settings.units)} units",
            next_step=f"Say which segments the unit works with; there are {', '.join(known)}.",
        )


def _open_families(
    segment_memberships: pl.DataFrame,
    family_status: pl.DataFrame,
    child_status: pl.DataFrame | None,
    settings: Settings,
) -> pl.DataFrame:
    return (
        family_status.filter(pl.col("status") != CLOSED, pl.col("n_children_open") > 0)
        .select("family_id", "unit", "since", "n_children_open")
        .join(
            segment_memberships.select("family_id", "segment", "posterior", "second_segment", "second_posterior"),
            on="family_id",
            how="left",
        )
        .join(family_weights(family_status, child_status, settings), on="family_id")
        .sort("family_id")
    )


def _stay(staying: pl.DataFrame, units: list[str], settings: Settings) -> pl.DataFrame:
    """Families whose unit is settled before anything is weighed: a person decided, or nothing calls for a change."""
    decided = pl.col("decided")
    moves = decided.is_not_null() & pl.col("unit").is_not_null() & (decided != pl.col("unit"))
    better = pl.Series(better_elsewhere(staying, units, settings), dtype=pl.Boolean)
    outside = pl.col("unit").is_not_null() & ~pl.col("unit").is_in(units)
    reason = (
        pl.when(moves)
        .then(pl.lit("A person named another unit for it"))
        .when(decided.is_not_null() & pl.col("unit").is_null())
        .then(pl.lit("A person named this unit for it"))
        .when(decided.is_not_null())
        .then(pl.lit("Stays: a person decided so"))
        .when(outside)
        .then(pl.lit("Stays: the team that holds it takes no part in the proposal"))
        .when(pl.col("unit").is_null())
        .then(pl.lit("Held by no unit and not grouped yet: a manager decides"))
        .when(pl.col("segment").is_null())
        .then(pl.lit("Stays: it is not grouped yet, so no change is proposed"))
        .when(better)
        .then(pl.lit("Stays: another unit fits it better, but its needs have not changed and nobody asked for a move"))
        .otherwise(pl.lit("Stays: no unit fits it better"))
    )
    return staying.select(
        "family_id",
        current_unit="unit",
        proposed_unit=pl.coalesce(decided, "unit"),
        moves=moves,
        reason=reason,
        tie=pl.lit(value=False),
    )
