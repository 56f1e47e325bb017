"""Place whole households with units at the least cost within capacities, exactly.

Households that cost the same everywhere and have as many children are one type with a count, so that the integer
programme is small whatever the number of families. A large one is relaxed first: without the demand for whole
households no more types are split than there are units, so all but those few and their nearest rivals can stay where
the relaxation puts them, and its cost is a bound that proves how good the answer is.

Source:
    HiGHS (Huangfu and Hall 2018) through scipy.optimize.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, kron

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.patterns import Codes, Reals

GAP = 1e-4
"""The cost found is proven to be within this share of the least possible."""
SMALL = 4_000
"""Types times units up to which the integer programme is solved as a whole."""
_FREED = (60, 600)
"""How many types, those that care least, are placed anew with the split ones; more where fewer do not do."""
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
    if costs.size > SMALL:
        relaxed = _relaxed(costs, children, counts, capacities)
        for freed in _FREED:
            placed = _around(relaxed, costs, children, counts, capacities, freed=freed, gap=gap)
            if placed is not None:
                return placed
    result = _whole(costs, children, counts, capacities, gap)
    if result.x is None:
        if result.status == _INFEASIBLE:
            raise _does_not_fit(
                "The children fit by number, but not as whole households.", children, counts, capacities, units
            )
        raise AllocationError(f"The proposed allocation could not be worked out: {result.message}")
    households = np.rint(result.x).astype(np.int64).reshape(n_types, n_units)
    return Placement(households, float((households * costs).sum()), float(result.mip_gap or 0.0))


def _constraints(children: Codes, n_units: int) -> tuple[Any, Any]:
    """Sums over the units of a type, and children by unit."""
    every_household = kron(eye_array(len(children)), np.ones((1, n_units)), format="csr")
    every_unit = kron(children[None, :].astype(np.float64), eye_array(n_units), format="csr")
    return csr_array(every_household), csr_array(every_unit)


def _whole(costs: Reals, children: Codes, counts: Codes, capacities: Codes, gap: float) -> Any:
    every_household, every_unit = _constraints(children, costs.shape[1])
    return milp(
        costs.ravel(),
        constraints=[
            LinearConstraint(every_household, counts, counts),
            LinearConstraint(every_unit, -np.inf, capacities),
        ],
        integrality=np.ones(costs.size, dtype=np.int64),
        bounds=Bounds(0, np.repeat(counts, costs.shape[1])),
        options={"mip_rel_gap": gap},
    )


def _relaxed(costs: Reals, children: Codes, counts: Codes, capacities: Codes) -> Any:
    every_household, every_unit = _constraints(children, costs.shape[1])
    return linprog(
        costs.ravel(), A_ub=every_unit, b_ub=capacities, A_eq=every_household, b_eq=counts, method="highs-ds"
    )


def _around(
    relaxed: Any,
    costs: Reals,
    children: Codes,
    counts: Codes,
    capacities: Codes,
    *,
    freed: int,
    gap: float,
) -> Placement | None:
    """Whole households near the relaxed answer; None where these cannot be proven near enough to the least cost."""
    if relaxed.x is None:
        return None
    told = relaxed.x.reshape(costs.shape)
    whole = np.rint(told)
    split = (np.abs(told - whole) > 1e-6).any(axis=1)
    priced = np.sort(costs - np.outer(children, relaxed.ineqlin.marginals), axis=1)
    regret = np.where(split, -1.0, priced[:, 1] - priced[:, 0] if costs.shape[1] > 1 else 0.0)
    free = np.zeros(len(costs), dtype=np.bool_)
    free[np.argsort(regret, kind="stable")[: int(split.sum()) + freed]] = True
    households = np.where(free[:, None], 0, whole).astype(np.int64)
    room = capacities - children @ households
    if (room < 0).any():
        return None
    rest = _whole(costs[free], children[free], counts[free], room, gap / 10)
    if rest.x is None:
        return None
    households[free] = np.rint(rest.x).astype(np.int64).reshape(-1, costs.shape[1])
    cost = float((households * costs).sum())
    proven = max(0.0, cost - float(relaxed.fun)) / max(abs(cost), 1e-9)
    return Placement(households, cost, proven) if proven <= gap else None


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
