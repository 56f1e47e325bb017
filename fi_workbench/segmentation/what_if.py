"""What would change: allocations under other capacities, units or intakes, compared before anybody moves.

Each scenario is solved as a whole, so what is said of "one more place" is what would happen and not what a price
suggests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.errors import AllocationError, WrongUseError
from fi_workbench.segmentation.capacity import unit_capacities
from fi_workbench.segmentation.continuity import EVERYONE, Continuity
from fi_workbench.segmentation.placing import NO_ROOM
from fi_workbench.segmentation.proposal import propose_strictly
from fi_workbench.segmentation.weights import HUNDREDTHS, family_weights, is_weighted
from fi_workbench.settings import Settings, Unit

AS_NOW = "as now"


@dataclass(frozen=True)
class Scenario:
    """Settings to try, and families that are not there yet.

    Attributes:
        settings: units, segments and capacities to try.
        intake: families that would come, in the columns of `family_status`, with none of those that are there.
        intake_memberships: their `segment_memberships`.
        everyone_may_move: whether units are drawn anew, so that continuity costs but does not forbid.
        closed: units whose families need another one.
    """

    settings: Settings
    intake: pl.DataFrame | None = None
    intake_memberships: pl.DataFrame | None = None
    everyone_may_move: bool = False
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side.

    Attributes:
        scenarios: GRAIN one row per scenario, in the order given: `scenario`, `possible`, `why_not` (null where
            possible), `families`, `move` (families that would leave the unit that holds them, or whose unit closes),
            `children_move` (open children in these), `no_room` (families
            that would not get the unit that fits them best because it is full), `unlike_now` (families proposed
            another unit than in the first scenario; null for the first and where either is not possible).
        units: GRAIN one row per possible scenario and unit: `scenario`, `unit`, `capacity`, `children`, `families`,
            `come` and `leave` (families that move), `load` (what counts against the capacity: children, or complexity
            points where these are set), `room`.
    """

    scenarios: pl.DataFrame
    units: pl.DataFrame


def compare(
    scenarios: Mapping[str, Scenario],
    *,
    segment_memberships: pl.DataFrame,
    family_status: pl.DataFrame,
    roster: pl.DataFrame,
    as_at: date,
    continuity: Continuity = EVERYONE,
    child_status: pl.DataFrame | None = None,
) -> Comparison:
    """Solve each scenario and lay them side by side; a scenario that cannot be done says which capacity binds.

    Args:
        scenarios: by name; the first is what the others are compared with.
        segment_memberships: contract `segment_memberships`.
        family_status: contract `family_status`.
        roster: source table `roster`.
        as_at: the week's Sunday.
        continuity: who may be proposed another unit, and what people decided; everyone where not given.
        child_status: contract `child_status`, for what each child counts where points are set.

    Raises:
        WrongUseError: no scenario is given.
    """
    if not scenarios:
        raise WrongUseError("There is no scenario to compare.", where="scenarios")
    told: list[dict[str, object]] = []
    units: list[dict[str, object]] = []
    first: pl.DataFrame | None = None
    for number, (name, scenario) in enumerate(scenarios.items()):
        status, members = _with_intake(scenario, family_status, segment_memberships)
        rule = continuity.without_limits() if scenario.everyone_may_move else continuity
        try:
            proposals = propose_strictly(
                segment_memberships=members,
                family_status=status,
                roster=roster,
                settings=scenario.settings,
                as_at=as_at,
                continuity=rule,
                child_status=child_status,
            ).unit_proposals
        except AllocationError as error:
            told.append(_impossible(name, error))
            continue
        first = proposals if number == 0 else first
        moved = _moved(proposals, family_status)
        told.append(_summary(name, proposals, moved, first if number else None))
        weighed = status.join(family_weights(status, child_status, scenario.settings), on="family_id")
        units += _by_unit(name, proposals, moved, weighed, unit_capacities(roster, scenario.settings, as_at), scenario)
    return Comparison(pl.DataFrame(told, schema=SCENARIOS), pl.DataFrame(units, schema=UNITS))


def one_more_place(
    settings: Settings,
    *,
    segment_memberships: pl.DataFrame,
    family_status: pl.DataFrame,
    roster: pl.DataFrame,
    as_at: date,
    continuity: Continuity = EVERYONE,
    child_status: pl.DataFrame | None = None,
) -> list[str]:
    """Say in plain words what one more child's place in each unit would change, by solving again.

    Args:
        settings: units, segments and capacities as they are.
        segment_memberships: contract `segment_memberships`.
        family_status: contract `family_status`.
        roster: source table `roster`.
        as_at: the week's Sunday.
        continuity: who may be proposed another unit, and what people decided; everyone where not given.
        child_status: contract `child_status`, for what each child counts where points are set.

    Returns:
        One sentence per unit, in the order of the settings.

    Raises:
        AllocationError: the allocation cannot be made as things are, or a unit's capacity is not known.
    """
    known = unit_capacities(roster, settings, as_at)
    fixed = [unit.model_copy(update={"capacity_children": known[unit.code] or None}) for unit in settings.units]

    def solved(units: list[Unit]) -> pl.DataFrame:
        return propose_strictly(
            segment_memberships=segment_memberships,
            family_status=family_status,
            roster=roster,
            settings=_with(settings, units),
            as_at=as_at,
            continuity=continuity,
            child_status=child_status,
        ).unit_proposals

    now = solved(fixed)
    before = _full(now)
    told = []
    for place, unit in enumerate(fixed):
        if unit.capacity_children is None:
            told.append(f"{unit.name}: it has no places now, so one more was not tried.")
            continue
        more = [*fixed]
        more[place] = unit.model_copy(update={"capacity_children": unit.capacity_children + 1})
        then = solved(more)
        gained, changed = before - _full(then), _unlike(now, then)
        told.append(_sentence(unit.name, gained, changed))
    return told


SCENARIOS = pl.Schema(
    {
        "scenario": pl.String(),
        "possible": pl.Boolean(),
        "why_not": pl.String(),
        "families": pl.Int64(),
        "move": pl.Int64(),
        "children_move": pl.Int64(),
        "no_room": pl.Int64(),
        "unlike_now": pl.Int64(),
    }
)
UNITS = pl.Schema(
    {
        "scenario": pl.String(),
        "unit": pl.String(),
        "capacity": pl.Int64(),
        "children": pl.Int64(),
        "families": pl.Int64(),
        "come": pl.Int64(),
        "leave": pl.Int64(),
        "load": pl.Float64(),
        "room": pl.Float64(),
    }
)


def _with(settings: Settings, units: list[Unit]) -> Settings:
    return settings.model_copy(update={"units": tuple(units)})


def _with_intake(
    scenario: Scenario, family_status: pl.DataFrame, memberships: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    status = [family_status, *([scenario.intake] if scenario.intake is not None else [])]
    members = [memberships, *([scenario.intake_memberships] if scenario.intake_memberships is not None else [])]
    there = pl.concat(status, how="diagonal_relaxed")
    if scenario.closed:
        closed = pl.col("unit").is_in(list(scenario.closed))
        there = there.with_columns(unit=pl.when(~closed).then("unit"))
    return there, pl.concat(members, how="diagonal_relaxed")


def _moved(proposals: pl.DataFrame, family_status: pl.DataFrame) -> pl.DataFrame:
    """Families that would leave the unit that really holds them: `family_id`, `unit`, `proposed_unit`, children."""
    return proposals.join(family_status.select("family_id", "unit", "n_children_open"), on="family_id").filter(
        pl.col("unit").is_not_null(), pl.col("unit").ne_missing(pl.col("proposed_unit"))
    )


def _impossible(name: str, error: AllocationError) -> dict[str, object]:
    more = "; ".join(part for part in (error.how_many, error.where) if part)
    why = f"{error.what} ({more})" if more else error.what
    empty = dict.fromkeys(("families", "move", "children_move", "no_room", "unlike_now"))
    return {"scenario": name, "possible": False, "why_not": why, **empty}


def _summary(name: str, proposals: pl.DataFrame, moved: pl.DataFrame, first: pl.DataFrame | None) -> dict[str, object]:
    return {
        "scenario": name,
        "possible": True,
        "why_not": None,
        "families": proposals.height,
        "move": moved.height,
        "children_move": int(moved["n_children_open"].sum()),
        "no_room": _full(proposals),
        "unlike_now": None if first is None else _unlike(first, proposals),
    }


def _full(proposals: pl.DataFrame) -> int:
    return int(proposals["reason"].str.contains(NO_ROOM, literal=True).sum())


def _unlike(one: pl.DataFrame, other: pl.DataFrame) -> int:
    both = one.join(other, on="family_id", suffix="_then")
    return both.filter(pl.col("proposed_unit").ne_missing(pl.col("proposed_unit_then"))).height


def _by_unit(
    name: str,
    proposals: pl.DataFrame,
    moved: pl.DataFrame,
    weighed: pl.DataFrame,
    capacities: Mapping[str, int | None],
    scenario: Scenario,
) -> list[dict[str, object]]:
    parts = HUNDREDTHS if is_weighted(scenario.settings) else 1
    held = (
        proposals.join(weighed.select("family_id", "n_children_open", "weight"), on="family_id")
        .group_by("proposed_unit")
        .agg(pl.col("n_children_open").sum(), pl.len(), pl.col("weight").sum() / parts)
    )
    counts = {unit: rest for unit, *rest in held.iter_rows()}
    come = dict(moved.group_by("proposed_unit").len().iter_rows())
    leave = dict(moved.group_by("unit").len().iter_rows())
    rows: list[dict[str, object]] = []
    for unit, capacity in capacities.items():
        children, families, load = counts.get(unit, (0, 0, 0.0))
        rows.append(
            {
                "scenario": name,
                "unit": unit,
                "capacity": capacity,
                "children": children,
                "families": families,
                "come": come.get(unit, 0),
                "leave": leave.get(unit, 0),
                "load": load,
                "room": None if capacity is None else capacity - load,
            }
        )
    return rows


def _sentence(unit: str, gained: int, changed: int) -> str:
    if not changed:
        return f"{unit}: one more place would change nothing."
    moved = f"{changed} {'family' if changed == 1 else 'families'} would be proposed another unit"
    if gained > 0:
        fit = f"{gained} more {'family' if gained == 1 else 'families'} would get the unit that fits best"
        return f"{unit}: with one more place {fit}, and {moved}."
    return f"{unit}: with one more place {moved}, and no more would get the unit that fits best."
