"""Place whole households with units at the least cost within capacities, exactly.

Households that cost the same everywhere and have as many children are one type with a count, so that the integer
programme is small whatever the number of families.

Source:
    HiGHS (Huangfu and Hall 2018) through scipy.optimize.milp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, kron

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.patterns import Codes, Reals

GAP = 1e-4
"""The cost found is proven to be within this share of the least possible."""
_INFEASIBLE = 2


@dataclass(frozen=True)
class Placement:
    """How many households of each type each unit gets.

    Attributes:
        households: type by unit.
        cost: the total cost.
        gap: the proven distance from the least possible cost, as a share.
    """

    households: Codes
    cost: float
    gap: float


def place(
    costs: Reals, children: Codes, counts: Codes, capacities: Codes, units: Sequence[str], *, gap: float = GAP
) -> Placement:
    """Place every household with one unit so that the total cost is least and no capacity is exceeded.

    Args:
        costs: type by unit, the cost of one household.
        children: children in a household of each type.
        counts: households of each type.
        capacities: children that each unit can take.
        units: names of the units for messages.
        gap: how near to the least cost is near enough, as a share of it.

    Raises:
        AllocationError: the households cannot all be placed; says which capacity binds and by how much.
    """
    n_types, n_units = costs.shape
    if n_types == 0:
        return Placement(np.zeros((0, n_units), dtype=np.int64), 0.0, 0.0)
    _check(children, counts, capacities, units)
    every_household = kron(eye_array(n_types), np.ones((1, n_units)), format="csr")
    every_unit = csr_array(np.hstack([np.diag(np.full(n_units, float(size))) for size in children]))
    result = milp(
        costs.ravel(),
        constraints=[
            LinearConstraint(every_household, counts, counts),
            LinearConstraint(every_unit, -np.inf, capacities),
        ],
        integrality=np.ones(n_types * n_units),
        bounds=Bounds(0, np.repeat(counts, n_units)),
        options={"mip_rel_gap": gap},
    )
    if result.x is None:
        if result.status == _INFEASIBLE:
            raise _does_not_fit(
                "The children fit by number, but not as whole households.", children, counts, capacities, units
            )
        raise AllocationError(f"The proposed allocation could not be worked out: {result.message}")
    households = np.rint(result.x).astype(np.int64).reshape(n_types, n_units)
    return Placement(households, float((households * costs).sum()), float(result.mip_gap or 0.0))


def _check(children: Codes, counts: Codes, capacities: Codes, units: Sequence[str]) -> None:
    too_large = int(counts[children > capacities.max(initial=0)].sum())
    if int(children @ counts) > int(capacities.sum()):
        raise _does_not_fit(
            "There are more children than the units together can hold.", children, counts, capacities, units
        )
    if too_large:
        raise _does_not_fit(
            f"{too_large} household{'s have' if too_large > 1 else ' has'} more children than any unit has room for.",
            children,
            counts,
            capacities,
            units,
        )


def _does_not_fit(
    what: str, children: Codes, counts: Codes, capacities: Codes, units: Sequence[str]
) -> AllocationError:
    asked, room = int(children @ counts), int(capacities.sum())
    short = f", {asked - room} too many" if asked > room else ""
    rooms = ", ".join(f"{unit} {capacity}" for unit, capacity in zip(units, capacities, strict=True))
    return AllocationError(
        what,
        where=f"room by unit: {rooms}",
        how_many=f"{asked} children to place, room for {room}{short}",
        next_step="Raise a capacity (units.capacity_children, or workers on the roster), or close or pass on families.",
    )


def types_of(costs: Reals, children: Codes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Collapse households that cost the same everywhere and have as many children.

    Returns:
        The first household of each type, types sorted, and the type of each household.
    """
    rows = np.column_stack([costs, children])
    _, first, of_household = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, of_household.ravel()
